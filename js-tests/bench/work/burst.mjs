import { idsOf } from './rosters.mjs';
import { limiters } from './subjects/limiters.mjs';
import { immediate, shown } from './tasks.mjs';

const concurrency = 16;
const tasksOf = (few) => (few ? 10_000 : 100_000);

/**
 * A burst: all tasks are submitted in one go, then they run. Two ways to wait for the end:
 * `last` keeps and awaits only the promise of the last task, so that next to nothing but the limiter is timed
 * (this one is judged); `all` keeps every promise and awaits `Promise.all`, as programs do. What
 * `Promise.all`, the array and the bare calls cost by themselves is what the subject "no limiter" shows.
 * @type {import('./measure.mjs').Case}
 */
export const burst = {
  id: 'burst',
  title: (quick) => `Burst of ${shown(tasksOf(quick))} immediate async tasks at concurrency 16`,
  unit: 'ns per task',
  roster: limiters,
  subjects: idsOf(limiters),
  note: 'async-mutex with 10,000 tasks: it shifts an array, and 100,000 take it many seconds',
  warmups: 2,
  rounds: (quick) => (quick ? 3 : 50),
  async run(subject, { host, quick }) {
    const size = tasksOf(quick || subject.id === 'async-mutex');
    const last = await awaitLast(subject.open(concurrency), size, host);
    await host.collect();
    await host.turn();
    const all = await awaitAll(subject.open(concurrency), size, host);
    return { last, all };
  },
};

async function awaitLast(submit, size, host) {
  let promise;
  const from = host.now();
  for (let i = 0; i < size; i++) promise = submit(immediate);
  await promise;
  return ((host.now() - from) * 1e6) / size;
}

async function awaitAll(submit, size, host) {
  const promises = new Array(size);
  const from = host.now();
  for (let i = 0; i < size; i++) promises[i] = submit(immediate);
  await Promise.all(promises);
  return ((host.now() - from) * 1e6) / size;
}
