// Limiters: Fanfold's two faces, the peers, and two floors that say what the machine itself costs.
//
// `open(concurrency)` gives a function that takes a task and gives its promise; `openAbortable` the same with
// a signal per task, only where the library has that.

/** @typedef {(task: () => Promise<unknown>) => PromiseLike<unknown>} Submit */
/** @typedef {(task: () => Promise<unknown>, signal: AbortSignal) => PromiseLike<unknown>} SubmitAbortable */

/**
 * @typedef {object} LimiterFace
 * @property {(concurrency: number) => Submit} open
 * @property {(concurrency: number) => SubmitAbortable} [openAbortable]
 * @typedef {import('../rosters.mjs').Subject & LimiterFace} LimiterSubject
 */

/** @type {import('../rosters.mjs').Roster} */
export const limiters = {
  own: ['fanfold', 'fanfold/p-limit'],
  loaders: {
    async fanfold() {
      const { createLimiter } = await import('fanfold');
      return {
        kind: 'fanfold',
        open: (concurrency) => createLimiter(concurrency),
        openAbortable(concurrency) {
          const limiter = createLimiter(concurrency);
          return (task, signal) => limiter.run(task, { signal });
        },
      };
    },
    async 'fanfold/p-limit'() {
      const { default: pLimit } = await import('fanfold/p-limit');
      return { kind: 'fanfold', open: (concurrency) => pLimit(concurrency) };
    },
    async 'p-limit'() {
      const { default: pLimit } = await import('p-limit');
      return { kind: 'peer', open: (concurrency) => pLimit(concurrency) };
    },
    async 'p-queue'() {
      const { default: PQueue } = await import('p-queue');
      return {
        kind: 'peer',
        open(concurrency) {
          const queue = new PQueue({ concurrency });
          return (task) => queue.add(task);
        },
        openAbortable(concurrency) {
          const queue = new PQueue({ concurrency });
          return (task, signal) => queue.add(task, { signal });
        },
      };
    },
    async fastq() {
      const { default: fastq } = await import('fastq');
      return {
        kind: 'peer',
        open(concurrency) {
          const queue = fastq.promise((task) => task(), concurrency);
          return (task) => queue.push(task);
        },
      };
    },
    async 'async-sema'() {
      const { Sema } = await import('async-sema');
      return {
        kind: 'peer',
        open(concurrency) {
          const sema = new Sema(concurrency);
          return async (task) => {
            await sema.acquire();
            try {
              return await task();
            } finally {
              sema.release();
            }
          };
        },
      };
    },
    async 'async-mutex'() {
      const { Semaphore } = await import('async-mutex');
      return {
        kind: 'peer',
        open(concurrency) {
          const semaphore = new Semaphore(concurrency);
          return (task) => semaphore.runExclusive(task);
        },
      };
    },
    async 'bare queue'() {
      return { kind: 'floor', open: openBareQueue };
    },
    async 'no limiter'() {
      return { kind: 'floor', open: () => (task) => task() };
    },
  },
};

/**
 * The least that a limiter in plain JavaScript does: a queue, a counter, a promise per task. It checks
 * nothing, keeps no async context and cannot be aborted; it shows how much of a figure is the engine of the
 * language and how much is the library.
 * @param {number} concurrency
 * @returns {Submit}
 */
function openBareQueue(concurrency) {
  let active = 0;
  let head = 0;
  let waiting = [];
  const start = (entry) => {
    entry.task().then(
      (value) => {
        next();
        entry.resolve(value);
      },
      (error) => {
        next();
        entry.reject(error);
      },
    );
  };
  const next = () => {
    if (head < waiting.length) {
      const entry = waiting[head];
      waiting[head++] = undefined;
      start(entry);
    } else {
      active--;
      head = 0;
      waiting = [];
    }
  };
  return (task) =>
    new Promise((resolve, reject) => {
      const entry = { task, resolve, reject };
      if (active < concurrency) {
        active++;
        start(entry);
      } else {
        waiting.push(entry);
      }
    });
}
