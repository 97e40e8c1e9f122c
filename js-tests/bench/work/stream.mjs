import { firstAndWarm } from './passes.mjs';
import { mappers } from './subjects/mappers.mjs';
import { increment, itemsOf, numbers, shown } from './tasks.mjs';

/**
 * The items of `map`, consumed one by one with `for await`, in their order, by a body that is done at once. What
 * may be ready ahead of the body is what each library has as its default: the concurrency.
 * @type {import('./measure.mjs').Case}
 */
export const stream = {
  id: 'stream',
  title: (quick) => `The same ${shown(itemsOf(quick))} items, their results consumed with for await`,
  unit: 'ns per item',
  roster: mappers,
  subjects: ['fanfold', 'fanfold/p-map', 'p-map', 'streaming-iterables'],
  note: "p-map's is pMapIterable, streaming-iterables' is parallelMap",
  warmups: 1,
  rounds: (quick) => (quick ? 2 : 50),
  async run(subject, { host, quick }) {
    const size = itemsOf(quick);
    const items = numbers(size);
    return firstAndWarm(host, size, async () => {
      let expected = 1;
      for await (const result of subject.stream(items, increment, 16)) {
        if (result !== expected++) throw new Error(`${subject.id}: out of order`);
      }
      if (expected !== size + 1) throw new Error(`${subject.id}: results are missing`);
    });
  },
};
