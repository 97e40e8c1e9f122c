import { idsOf } from './rosters.mjs';
import { settled } from './settled.mjs';
import { limiters } from './subjects/limiters.mjs';
import { endless, immediate } from './tasks.mjs';

/**
 * Bytes per queued task. One endless task holds the only slot; then the queue is filled, all promises are kept
 * by the caller in an array that exists before the first reading. The readings are taken after full
 * collections. `js` is the JavaScript heap and what it knows of outside; `engine` is Fanfold's own memory that
 * the JavaScript engine cannot see: the growth of the wasm linear memory, or, for the addon, the growth of the
 * resident set that nothing else explains. `total` is their sum.
 *
 * The residue is an estimate; the same figure of a library without an addon, in the same column, is its error.
 * @type {import('./measure.mjs').Case}
 */
export const memory = {
  id: 'memory',
  title: 'Bytes per queued task',
  unit: 'bytes per task',
  roster: limiters,
  subjects: idsOf(limiters).filter((id) => id !== 'no limiter'),
  isolated: true,
  warmups: 0,
  rounds: () => 1,
  async run(subject, { host, quick }) {
    const sizes = quick ? [100_000] : [100_000, 1_000_000];
    const values = {};
    // A first limiter pays for what exists once per process: compiled code, first pages, the engine's own tables.
    await weigh(subject.open(1), 1_000, host);
    for (const size of sizes) {
      const grown = await weigh(subject.open(1), size, host);
      const js = grown.heap + grown.external;
      const engine = grown.wasm > 0 ? grown.wasm : (grown.outside ?? 0);
      const label = size.toLocaleString('en-US');
      values[`js ${label}`] = js;
      values[`engine ${label}`] = engine;
      // A library without an engine of its own is not charged for what is only the error of the estimate.
      values[`total ${label}`] = subject.kind === 'fanfold' ? js + Math.max(0, engine) : js;
    }
    return values;
  },
};

async function weigh(submit, size, host) {
  const promises = new Array(size).fill(null);
  promises[0] = submit(endless);
  const steps = size >= 1_000_000 ? 10 : 1;
  const readings = [await settled(host)];
  for (let i = 0; i < size; i++) {
    promises[i] = submit(immediate);
    if ((i + 1) % (size / steps) === 0) readings.push(await settled(host));
  }
  // The promises are alive until here: without this use they could be collected before the last reading.
  if (promises.length !== size) throw new Error('the promises were not kept');
  const first = readings[0];
  const last = readings[steps];
  const perTask = (name) => (last[name] - first[name]) / size;
  return {
    heap: perTask('heap'),
    external: perTask('external'),
    wasm: perTask('wasm'),
    outside: first.outside === undefined ? undefined : slope(readings, 'outside') / (size / steps),
  };
}

/**
 * Growth from reading to reading, as a line through all of them. The first step is left out where there are
 * others: the process then makes room for itself once, more than any task takes.
 */
function slope(readings, name) {
  const values = readings.map((reading) => reading[name]).slice(readings.length > 2 ? 1 : 0);
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let over = 0;
  let under = 0;
  values.forEach((value, at) => {
    over += (at - middle) * (value - mean);
    under += (at - middle) ** 2;
  });
  return over / under;
}
