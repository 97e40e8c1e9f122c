import { idsOf } from './rosters.mjs';
import { schedulers } from './subjects/schedulers.mjs';
import { immediate } from './tasks.mjs';

const tasksOf = { bottleneck: 1_000, 'effect semaphore': 1_000, 'effect rate limiter': 10_000 };

/**
 * What keeping a rate costs: a burst of tasks under one that never holds them back, beside the same limiter without a
 * rate, and a tree of three with a rate at its root. p-throttle and Effect's rate limiter limit nothing but the rate.
 * @type {import('./measure.mjs').Case}
 */
export const rated = {
  id: 'rated',
  title: 'Burst of 100,000 immediate tasks at concurrency 16 under a rate that holds nobody back',
  note: "Bottleneck and Effect's semaphore with 1,000, its rate limiter with 10,000; p-throttle and that have no concurrency",
  unit: 'ns per task',
  roster: schedulers,
  subjects: idsOf(schedulers),
  warmups: 2,
  rounds: (quick) => (quick ? 1 : 9),
  async run(subject, { host, quick }) {
    const size = Math.min(quick ? 10_000 : 100_000, tasksOf[subject.id] ?? 100_000);
    const submit = await subject.openRated(16);
    const all = new Array(size);
    const from = host.now();
    for (let i = 0; i < size; i++) all[i] = submit(immediate);
    await Promise.all(all);
    return { each: ((host.now() - from) * 1e6) / size };
  },
};
