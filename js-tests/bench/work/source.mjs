import { settled } from './settled.mjs';
import { mappers } from './subjects/mappers.mjs';
import { immediate } from './tasks.mjs';

const concurrency = 16;
const megabyte = 1_000_000;

/**
 * A generator of a million items, walked for the effects alone, and the same with ten thousand: what a program
 * needs at its highest should not depend on how many there are.
 *
 * `held` is the memory in use after full collections, at the highest of ten readings along the way, while all that
 * run wait: the JavaScript heap, what it knows of outside, and the linear memory. What the addon holds outside the
 * heap is not in it. `resident` (Linux, Node) is the highest that the resident set of the whole process has been,
 * with everything in it, garbage too. Nothing interrupts the walks for that one, and both sizes walk the same number
 * of items, the smaller one in many walks: the room that V8 makes for garbage is then the same for both.
 * @type {import('./measure.mjs').Case}
 */
export const source = {
  id: 'source',
  title: 'Memory at its highest while a generator is walked, no results kept (concurrency 16)',
  unit: 'MB',
  roster: mappers,
  subjects: ['fanfold', 'p-map', 'by hand'],
  note: "Fanfold's forEach; p-map has none, and map keeps its results",
  isolated: true,
  warmups: 0,
  rounds: () => 1,
  async run(subject, { host, quick }) {
    // The smaller one first: what the process had as its peak is never less later on. And they are written out here,
    // since the first call of `toLocaleString` loads megabytes.
    const sizes = quick
      ? { '10,000': 10_000, '100,000': 100_000 }
      : { '10,000': 10_000, '1,000,000': 1_000_000 };
    const most = Math.max(...Object.values(sizes));
    const values = {};
    for (const [label, size] of Object.entries(sizes)) {
      for (let left = most; left > 0; left -= size) {
        await subject.forEach(count(size), immediate, concurrency);
      }
      const peak = host.peak();
      if (peak !== undefined) values[`resident ${label}`] = peak / megabyte;
    }
    for (const [label, size] of Object.entries(sizes)) {
      values[`held ${label}`] = (await highest(subject, size, host)) / megabyte;
    }
    return values;
  },
};

async function highest(subject, size, host) {
  let most = 0;
  let reading;
  const read = async () => {
    const { heap, external, wasm } = await settled(host);
    most = Math.max(most, heap + external + wasm);
    reading = undefined;
  };
  const task = async (item) => {
    if ((item + 1) % (size / 10) === 0) reading = read();
    // Whoever is started during a reading waits for it, so that soon nobody runs and nothing moves.
    await reading;
  };
  await subject.forEach(count(size), task, concurrency);
  return most;
}

function* count(size) {
  for (let i = 0; i < size; i++) yield i;
}
