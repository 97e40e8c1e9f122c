import { fillAndDrain } from './fill-and-drain.mjs';
import { idsOf } from './rosters.mjs';
import { schedulers } from './subjects/schedulers.mjs';

const concurrency = 16;
const sizes = [1_000, 10_000, 100_000, 1_000_000];

/**
 * The same as `million`, for what limiters can do besides: what a task costs is not to depend on how many wait.
 * @type {import('./measure.mjs').Case}
 */
export const lengths = {
  id: 'lengths',
  title: 'Cost against queue length: queued, then drained (concurrency 16)',
  unit: 'ns per task',
  units: { growth: 'times' },
  roster: schedulers,
  subjects: idsOf(schedulers).filter((id) => id.startsWith('fanfold')),
  warmups: 1,
  rounds: (quick) => (quick ? 1 : 5),
  async run(subject, { host, quick, warm }) {
    const values = {};
    for (const size of quick || warm ? sizes.slice(0, 3) : sizes) {
      await host.collect();
      await host.turn();
      const submit = await subject.openRated(concurrency);
      values[size.toLocaleString('en-US')] = await fillAndDrain(submit, concurrency, size, host);
    }
    if (values['1,000,000'] > 0) values.growth = values['1,000,000'] / values['10,000'];
    return values;
  },
};
