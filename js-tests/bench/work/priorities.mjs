import { idsOf } from './rosters.mjs';
import { schedulers } from './subjects/schedulers.mjs';
import { gate } from './tasks.mjs';

const concurrency = 16;
const subjects = ['fanfold', 'fanfold/p-queue', 'p-queue', 'bottleneck'];
/** Small sizes are repeated on the same limiter until so many tasks were timed. */
const fewest = { fanfold: 100_000, 'fanfold/p-queue': 100_000, 'p-queue': 10_000, bottleneck: 1_000 };
const sizes = [1_000, 10_000, 100_000, 1_000_000];
const longest = { fanfold: 1_000_000, 'fanfold/p-queue': 1_000_000, 'p-queue': 100_000, bottleneck: 1_000 };

/**
 * Random priorities: every slot is held while the queue fills, then it drains, the highest first. What a place in the
 * queue costs is to grow with its logarithm at most.
 * @type {import('./measure.mjs').Case}
 */
export const priorities = {
  id: 'priorities',
  title: 'Random priorities: queued, then drained (concurrency 16)',
  note: 'p-queue up to 100,000, where it takes seconds, Bottleneck only 1,000, with its ten priorities',
  unit: 'ns per task',
  units: { growth: 'times' },
  roster: schedulers,
  subjects: idsOf(schedulers).filter((id) => subjects.includes(id)),
  warmups: 1,
  rounds: (quick) => (quick ? 1 : 5),
  async run(subject, { host, quick, warm }) {
    const values = {};
    const most = quick || warm ? 10_000 : longest[subject.id];
    for (const size of sizes.filter((each) => each <= Math.min(most, longest[subject.id]))) {
      await host.collect();
      await host.turn();
      const repeats = Math.max(1, fewest[subject.id] / size);
      const metric = size.toLocaleString('en-US');
      values[metric] = await fillAndDrain(subject.openPriorities(concurrency), size, repeats, host);
    }
    if (values['10,000'] > 0 && values['1,000,000'] > 0)
      values.growth = values['1,000,000'] / values['10,000'];
    return values;
  },
};

/** Nanoseconds per task, from the first submission until the last function has run. */
async function fillAndDrain(submit, size, repeats, host) {
  let spent = 0;
  let chance = 12_345;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const { open, task } = gate();
    const holders = Array.from({ length: concurrency }, () => submit(task, 0));
    await host.turn();
    // Whose turn comes last only the library knows. Waiting for all promises would be the same again for each of them.
    let resolve;
    const drained = new Promise((settle) => {
      resolve = settle;
    });
    let left = size;
    const counted = async () => {
      if (--left === 0) resolve();
    };
    const from = host.now();
    for (let i = 0; i < size; i++) {
      // The generator of Park and Miller: the same priorities for all.
      chance = (chance * 48_271) % 2_147_483_647;
      submit(counted, chance % 1_000);
    }
    open();
    await drained;
    spent += host.now() - from;
    await Promise.all(holders);
  }
  return (spent * 1e6) / (size * repeats);
}
