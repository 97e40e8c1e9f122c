import { idsOf } from './rosters.mjs';
import { retriers } from './subjects/retriers.mjs';
import { immediate } from './tasks.mjs';

/**
 * What it costs to be ready for a failure that does not come: a function that succeeds at once is called, with no
 * options, and awaited; then the next. The floor is the call itself.
 * @type {import('./measure.mjs').Case}
 */
export const retry = {
  id: 'retry',
  title: 'A retried function that succeeds at once: call, await, call',
  unit: 'ns per call',
  roster: retriers,
  subjects: idsOf(retriers),
  warmups: 2,
  rounds: (quick) => (quick ? 3 : 50),
  async run(subject, { host, quick }) {
    const size = quick ? 10_000 : 100_000;
    const from = host.now();
    for (let i = 0; i < size; i++) await subject.retry(immediate);
    return { each: ((host.now() - from) * 1e6) / size };
  },
};
