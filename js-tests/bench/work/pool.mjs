import { idsOf } from './rosters.mjs';
import { pools } from './subjects/pools.mjs';
import { shown } from './tasks.mjs';

const concurrency = 50;
const updates = 3;
const sizeOf = (quick) => (quick ? 10_000 : 100_000);

/**
 * Tasks from a generator, each of which yields three times, read with `for await`. `kept` is what the heap has grown by
 * between the first tenth of them and the last, after full collections: nothing of a task is to stay.
 * @type {import('./measure.mjs').Case}
 */
export const pool = {
  id: 'pool',
  title: (quick) =>
    `A pool of ${shown(sizeOf(quick))} tasks that yield ${updates} times each (concurrency ${concurrency})`,
  note: "streaming-iterables' is parallelFlatMap, whose values do not say from whom they are",
  unit: 'ns per task',
  units: { kept: 'bytes per task' },
  roster: pools,
  subjects: idsOf(pools),
  warmups: 1,
  rounds: (quick) => (quick ? 1 : 9),
  async run(subject, { host, quick, warm }) {
    const size = sizeOf(quick || warm);
    const marks = [size * 0.1, size * 0.9];
    const heaps = [];
    let started = 0;
    let paused = 0;
    let values = 0;
    function* tasks() {
      while (started < size) {
        started++;
        yield async function* task() {
          for (let update = 0; update < updates; update++) yield update;
        };
      }
    }
    const from = host.now();
    for await (const _ of subject.run(tasks(), concurrency)) {
      values++;
      if (started >= marks[heaps.length]) {
        const since = host.now();
        await host.collect();
        heaps.push((await host.memory()).heap);
        paused += host.now() - since;
      }
    }
    const spent = host.now() - from - paused;
    if (values < size * updates) throw new Error(`${subject.id}: ${values} values are too few`);
    return { each: (spent * 1e6) / size, kept: (heaps[1] - heaps[0]) / (marks[1] - marks[0]) };
  },
};
