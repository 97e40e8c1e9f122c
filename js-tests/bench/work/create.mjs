import { idsOf } from './rosters.mjs';
import { limiters } from './subjects/limiters.mjs';
import { immediate } from './tasks.mjs';

/**
 * What a limiter itself costs: `made` is one created and dropped, `used` one created, given a single task,
 * awaited and dropped (a limiter per request). Collections that this causes are part of the time.
 * @type {import('./measure.mjs').Case}
 */
export const create = {
  id: 'create',
  title: 'Creating a limiter',
  unit: 'ns per limiter',
  roster: limiters,
  subjects: idsOf(limiters).filter((id) => id !== 'no limiter'),
  warmups: 2,
  rounds: (quick) => (quick ? 3 : 50),
  async run(subject, { host, quick }) {
    const size = quick ? 1_000 : 10_000;
    let submit;
    const first = host.now();
    for (let i = 0; i < size; i++) submit = subject.open(4);
    const made = ((host.now() - first) * 1e6) / size;
    await submit(immediate);
    const second = host.now();
    for (let i = 0; i < size; i++) await subject.open(4)(immediate);
    return { made, used: ((host.now() - second) * 1e6) / size };
  },
};
