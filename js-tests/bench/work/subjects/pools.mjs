// What runs tasks that tell of their progress, so many at once, and gives what all of them say as one stream.

/**
 * @typedef {object} PoolFace
 * @property {(tasks: Iterable<() => AsyncIterable<number>>, concurrency: number) => AsyncIterable<unknown>} run
 * @typedef {import('../rosters.mjs').Subject & PoolFace} PoolSubject
 */

/** @type {import('../rosters.mjs').Roster} */
export const pools = {
  own: ['fanfold'],
  loaders: {
    async fanfold() {
      const { TaskPool } = await import('fanfold');
      return {
        kind: 'fanfold',
        run: (tasks, concurrency) => new TaskPool('bench', tasks, concurrency).runTasks(),
      };
    },
    // Values without envelopes: nobody knows from whom they are, or when a task has ended.
    async 'streaming-iterables'() {
      const { parallelFlatMap } = await import('streaming-iterables');
      return {
        kind: 'peer',
        run: (tasks, concurrency) => parallelFlatMap(concurrency, (task) => task(), tasks),
      };
    },
  },
};
