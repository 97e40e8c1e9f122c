// What merges async iterables: values as they come, whichever source has one first.

/**
 * @typedef {import('../rosters.mjs').Subject & { merge: (sources: AsyncIterable<number>[]) => AsyncIterable<number> }} MergerSubject
 */

/** @type {import('../rosters.mjs').Roster} */
export const mergers = {
  own: ['fanfold'],
  loaders: {
    async fanfold() {
      const { merge } = await import('fanfold');
      return { kind: 'fanfold', merge: (sources) => merge(...sources) };
    },
    // Its `merge` takes turns and waits for each; this is the one that gives what is first.
    async 'streaming-iterables'() {
      const { parallelMerge } = await import('streaming-iterables');
      return { kind: 'peer', merge: (sources) => parallelMerge(...sources) };
    },
    // The package is `@repeaterjs/repeater`.
    async repeater() {
      const { Repeater } = await import('@repeaterjs/repeater');
      return { kind: 'peer', merge: (sources) => Repeater.merge(sources) };
    },
  },
};
