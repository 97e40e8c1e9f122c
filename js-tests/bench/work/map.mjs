import { firstAndWarm } from './passes.mjs';
import { mappers } from './subjects/mappers.mjs';
import { increment, itemsOf, numbers, shown } from './tasks.mjs';

/**
 * An array of items mapped by an async function that is done at once; all results, in the order of the items.
 * @type {import('./measure.mjs').Case}
 */
export const map = {
  id: 'map',
  title: (quick) => `${shown(itemsOf(quick))} items mapped by an immediate async function at concurrency 16`,
  unit: 'ns per item',
  roster: mappers,
  subjects: ['fanfold', 'fanfold/p-map', 'p-map', 'p-limit', 'async', 'promise-pool', 'by hand'],
  warmups: 1,
  rounds: (quick) => (quick ? 2 : 50),
  async run(subject, { host, quick }) {
    const size = itemsOf(quick);
    const items = numbers(size);
    let results;
    const values = await firstAndWarm(host, size, async () => {
      results = await subject.map(items, increment, 16);
    });
    if (results.length !== size || results.some((result, at) => result !== items[at] + 1))
      throw new Error(`${subject.id}: wrong results`);
    return values;
  },
};
