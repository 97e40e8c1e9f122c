// Limiters that can do more than count: priorities, rates, trees. Each is used as its own documentation says.
//
// `openPriorities(concurrency)` gives a function that takes a task and its priority, the higher the sooner; `openRated(
// concurrency)` one that takes a task, with a rate that never holds anybody back: what is timed is the keeping of it.

/** @typedef {(task: () => Promise<unknown>, priority: number) => PromiseLike<unknown>} SubmitRanked */
/** @typedef {(task: () => Promise<unknown>) => PromiseLike<unknown>} Submit */

/**
 * @typedef {object} SchedulerFace
 * @property {(concurrency: number) => SubmitRanked} [openPriorities]
 * @property {(concurrency: number) => Submit | Promise<Submit>} [openRated]
 * @typedef {import('../rosters.mjs').Subject & SchedulerFace} SchedulerSubject
 */

/** So many a minute as no machine can start. */
const PLENTY = 1_000_000_000;
const MINUTE = 60_000;

/** @type {import('../rosters.mjs').Roster} */
export const schedulers = {
  own: ['fanfold', 'fanfold/p-queue'],
  loaders: {
    async fanfold() {
      const { createLimiter } = await import('fanfold');
      return {
        kind: 'fanfold',
        openPriorities(concurrency) {
          const limiter = createLimiter({ concurrency, order: 'priority' });
          return (task, priority) => limiter.run(task, { priority });
        },
        openRated: (concurrency) => createLimiter({ concurrency, rate: { limit: PLENTY, interval: MINUTE } }),
      };
    },
    async 'fanfold/p-queue'() {
      const { default: PQueue } = await import('fanfold/p-queue');
      return { kind: 'fanfold', ...openQueues(PQueue) };
    },
    async 'fanfold plain'() {
      const { createLimiter } = await import('fanfold');
      return { kind: 'fanfold', openRated: (concurrency) => createLimiter(concurrency) };
    },
    async 'fanfold smooth'() {
      const { createLimiter } = await import('fanfold');
      const rate = { limit: PLENTY, interval: MINUTE, shape: 'smooth' };
      return { kind: 'fanfold', openRated: (concurrency) => createLimiter({ concurrency, rate }) };
    },
    async 'fanfold tree'() {
      const { createLimiter } = await import('fanfold');
      return {
        kind: 'fanfold',
        openRated(concurrency) {
          const root = createLimiter({ concurrency: 64, rate: { limit: PLENTY, interval: MINUTE } });
          const middle = createLimiter({ concurrency: 32, parent: root });
          return createLimiter({ concurrency, parent: middle });
        },
      };
    },
    async 'fanfold keys'() {
      const { createLimiter } = await import('fanfold');
      return {
        kind: 'fanfold',
        openRated(concurrency) {
          const limiter = createLimiter(concurrency);
          let nth = 0;
          return (task) => limiter.run(task, { key: nth++ % 1_000 });
        },
      };
    },
    async 'p-queue'() {
      const { default: PQueue } = await import('p-queue');
      return { kind: 'peer', ...openQueues(PQueue) };
    },
    async bottleneck() {
      const { default: Bottleneck } = await import('bottleneck');
      return {
        kind: 'peer',
        openPriorities(concurrency) {
          const limiter = new Bottleneck({ maxConcurrent: concurrency });
          // Its priorities are 0 to 9, the lower the sooner.
          return (task, priority) => limiter.schedule({ priority: 9 - (priority % 10) }, task);
        },
        openRated(concurrency) {
          const limiter = new Bottleneck({
            maxConcurrent: concurrency,
            reservoir: PLENTY,
            reservoirRefreshAmount: PLENTY,
            reservoirRefreshInterval: MINUTE,
          });
          return (task) => limiter.schedule(task);
        },
      };
    },
    async 'p-throttle'() {
      const { default: pThrottle } = await import('p-throttle');
      return {
        kind: 'peer',
        openRated() {
          const throttle = pThrottle({ limit: PLENTY, interval: MINUTE, strict: true });
          return throttle((task) => task());
        },
      };
    },
    async 'effect semaphore'() {
      const { Effect, Semaphore } = await import('effect');
      return {
        kind: 'peer',
        openRated(concurrency) {
          const semaphore = Semaphore.makeUnsafe(concurrency);
          return (task) => Effect.runPromise(semaphore.withPermits(1)(Effect.promise(task)));
        },
      };
    },
    async 'effect rate limiter'() {
      const { Effect } = await import('effect');
      const RateLimiter = await import('effect/persistence/RateLimiter');
      return {
        kind: 'peer',
        async openRated() {
          const limiter = await Effect.runPromise(
            RateLimiter.make.pipe(Effect.provide(RateLimiter.layerStoreMemory)),
          );
          const options = { limit: PLENTY, window: MINUTE, key: 'bench', onExceeded: 'delay' };
          return (task) => Effect.runPromise(Effect.andThen(limiter.consume(options), Effect.promise(task)));
        },
      };
    },
  },
};

/** The same for p-queue and its drop-in. */
function openQueues(PQueue) {
  return {
    openPriorities(concurrency) {
      const queue = new PQueue({ concurrency });
      return (task, priority) => queue.add(task, { priority });
    },
    openRated(concurrency) {
      const queue = new PQueue({ concurrency, intervalCap: PLENTY, interval: MINUTE, strict: true });
      return (task) => queue.add(task);
    },
  };
}
