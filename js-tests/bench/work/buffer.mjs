import { buffers } from './subjects/buffers.mjs';
import { shown } from './tasks.mjs';

const capacity = 1_024;
const batch = 256;

const sizeOf = (quick) => (quick ? 100_000 : 1_000_000);

/**
 * Values on their way from one producer to one consumer, through a buffer that holds 1,024 of them. `each` is one by one;
 * `batch` is as many at once as there are, up to 256, where a library has that.
 * @type {import('./measure.mjs').Case}
 */
export const buffer = {
  id: 'buffer',
  title: (quick) => `${shown(sizeOf(quick))} values through a buffer of 1,024`,
  unit: 'ns per value',
  roster: buffers,
  subjects: Object.keys(buffers.loaders),
  onlyOnNode: ['node stream'],
  warmups: 1,
  rounds: (quick) => (quick ? 2 : 20),
  async run(subject, { host, quick }) {
    const size = sizeOf(quick);
    const timed = async (pass) => {
      let expected = 0;
      const from = host.now();
      await pass(
        size,
        capacity,
        (value) => {
          if (value !== expected++) throw new Error(`${subject.id}: out of order`);
        },
        batch,
      );
      if (expected !== size) throw new Error(`${subject.id}: values are missing`);
      return ((host.now() - from) * 1e6) / size;
    };
    const values = { each: await timed(subject.pass) };
    if (subject.passMany) values.batch = await timed(subject.passMany);
    return values;
  },
};
