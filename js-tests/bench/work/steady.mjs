import { idsOf } from './rosters.mjs';
import { limiters } from './subjects/limiters.mjs';
import { immediate } from './tasks.mjs';

/**
 * A steady stream: submit one task, await it, submit the next. Nothing ever waits in the queue, and nothing
 * can be batched: this is the worst case for a mailbox.
 * @type {import('./measure.mjs').Case}
 */
export const steady = {
  id: 'steady',
  title: 'Steady stream: submit, await, submit (concurrency 16)',
  unit: 'ns per task',
  roster: limiters,
  subjects: idsOf(limiters),
  warmups: 2,
  rounds: (quick) => (quick ? 3 : 50),
  async run(subject, { host, quick }) {
    const size = quick ? 10_000 : 50_000;
    const submit = subject.open(16);
    const from = host.now();
    for (let i = 0; i < size; i++) await submit(immediate);
    return { each: ((host.now() - from) * 1e6) / size };
  },
};
