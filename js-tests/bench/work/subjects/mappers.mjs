// What maps items at some concurrency: Fanfold's two faces, the peers, and the loop that one would write by hand.
//
// Each has those of these that its library has: `map` gives all results in the order of the items, `stream` gives
// them in that order to `for await`, `forEach` is for the effects alone.

/** @typedef {(item: number, index?: number) => Promise<unknown>} Mapper */

/**
 * @typedef {object} MapperFace
 * @property {(items: number[], fn: Mapper, concurrency: number) => Promise<unknown[]>} [map]
 * @property {(items: number[], fn: Mapper, concurrency: number) => AsyncIterable<unknown>} [stream]
 * @property {(source: Iterable<number>, fn: Mapper, concurrency: number) => Promise<unknown>} [forEach]
 * @typedef {import('../rosters.mjs').Subject & MapperFace} MapperSubject
 */

/** @type {import('../rosters.mjs').Roster} */
export const mappers = {
  own: ['fanfold', 'fanfold/p-map'],
  loaders: {
    async fanfold() {
      const { forEach, map, stream } = await import('fanfold');
      return {
        kind: 'fanfold',
        map: (items, fn, concurrency) => map(items, fn, { concurrency }),
        stream: (items, fn, concurrency) => stream(items, fn, { concurrency }),
        forEach: (source, fn, concurrency) => forEach(source, fn, { concurrency }),
      };
    },
    async 'fanfold/p-map'() {
      const { default: pMap, pMapIterable } = await import('fanfold/p-map');
      return { kind: 'fanfold', ...likePMap(pMap, pMapIterable) };
    },
    async 'p-map'() {
      const { default: pMap, pMapIterable } = await import('p-map');
      return { kind: 'peer', ...likePMap(pMap, pMapIterable) };
    },
    async 'p-limit'() {
      const { default: pLimit } = await import('p-limit');
      return { kind: 'peer', map: (items, fn, concurrency) => pLimit(concurrency).map(items, fn) };
    },
    async async() {
      const { mapLimit } = await import('async');
      return { kind: 'peer', map: (items, fn, concurrency) => mapLimit(items, concurrency, fn) };
    },
    // The package is `@supercharge/promise-pool`. Its results come in the order in which they are ready, unless
    // they are asked for as here.
    async 'promise-pool'() {
      const { PromisePool } = await import('@supercharge/promise-pool');
      return {
        kind: 'peer',
        async map(items, fn, concurrency) {
          const pool = PromisePool.withConcurrency(concurrency).for(items).useCorrespondingResults();
          return (await pool.process(fn)).results;
        },
      };
    },
    async 'streaming-iterables'() {
      const { parallelMap } = await import('streaming-iterables');
      return { kind: 'peer', stream: (items, fn, concurrency) => parallelMap(concurrency, fn, items) };
    },
    async 'by hand'() {
      return { kind: 'floor', map: mapByHand, forEach: forEachByHand };
    },
  },
};

const likePMap = (pMap, pMapIterable) => ({
  map: (items, fn, concurrency) => pMap(items, fn, { concurrency }),
  stream: (items, fn, concurrency) => pMapIterable(items, fn, { concurrency }),
  forEach: (source, fn, concurrency) => pMap(source, fn, { concurrency }),
});

/** Workers that each take the next item: no checks, no aborting, nothing stops when one of them fails. */
async function mapByHand(items, fn, concurrency) {
  const results = new Array(items.length);
  let next = 0;
  const work = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await fn(items[index], index);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return results;
}

async function forEachByHand(source, fn, concurrency) {
  const iterator = source[Symbol.iterator]();
  const work = async () => {
    for (let step = iterator.next(); !step.done; step = iterator.next()) await fn(step.value);
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}
