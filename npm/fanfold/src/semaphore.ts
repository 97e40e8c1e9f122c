import { checkOptions } from './check/names.js';
import { checkFunction } from './check/options.js';
import { wrongType } from './errors/misuse.js';
import { openLimiter } from './limiter/limiter.js';
import { LIMITER_OPTIONS, MUTEX_OPTIONS } from './limiter/options.js';
import type { Permit } from './limiter/permit.js';
import type { AcquireOptions, Limiter, LimiterOptions, TaskOptions } from './limiter/types.js';

/** A limiter used by its permits. First come, first served. */
export interface Semaphore {
  /** Takes a permit when there is one. Rejects and throws as `Limiter.acquire` does. */
  acquire(options?: AcquireOptions): Promise<Permit>;
  /** Takes a permit if there is one and nobody waits for it; `undefined` otherwise, also when paused or closed. */
  tryAcquire(): Permit | undefined;
  /**
   * Runs a function with a permit, which is released when it has ended. Rejects and throws as `Limiter.run` does;
   * a function that was given up on keeps the permit until it has ended.
   */
  runExclusive<Result>(fn: () => PromiseLike<Result> | Result, options?: TaskOptions): Promise<Result>;
  /** Whether whoever asks for a permit now has to wait: none is free, somebody waits already, or it is paused. */
  readonly locked: boolean;
  /** The limiter behind it, with all that it can do. */
  readonly limiter: Limiter;
}

/** A semaphore of one permit. */
export type Mutex = Semaphore;

class LimiterSemaphore implements Semaphore {
  readonly limiter: Limiter;

  constructor(limiter: Limiter) {
    this.limiter = limiter;
  }

  acquire(options?: AcquireOptions): Promise<Permit> {
    return this.limiter.acquire(options);
  }

  tryAcquire(): Permit | undefined {
    return this.limiter.tryAcquire();
  }

  runExclusive<Result>(fn: () => PromiseLike<Result> | Result, options?: TaskOptions): Promise<Result> {
    checkFunction('fn', fn);
    return this.limiter.run(() => fn(), options);
  }

  get locked(): boolean {
    const { limiter } = this;
    return limiter.activeCount >= limiter.concurrency || limiter.pendingCount > 0 || limiter.isPaused;
  }
}

/**
 * A semaphore: `n` permits, or the options of a limiter, whose `name` is `'semaphore'` by default.
 *
 * @throws TypeError or RangeError naming the option that is wrong.
 * @throws BackendError if no engine can run here.
 */
export function createSemaphore(n: number | LimiterOptions): Semaphore {
  const options = typeof n === 'number' ? { concurrency: n } : n;
  if (typeof options !== 'object' || options === null) {
    throw wrongType('n', 'a number or an object with a `concurrency`', n);
  }
  checkOptions(options, LIMITER_OPTIONS);
  return new LimiterSemaphore(openLimiter(options, options.concurrency, 'semaphore'));
}

/**
 * A mutex: one at a time.
 *
 * @param options The options of a limiter, except its concurrency; the `name` is `'mutex'` by default.
 * @throws TypeError or RangeError naming the option that is wrong.
 * @throws BackendError if no engine can run here.
 */
export function createMutex(options: Omit<LimiterOptions, 'concurrency'> = {}): Mutex {
  checkOptions(options, MUTEX_OPTIONS);
  return new LimiterSemaphore(openLimiter(options, 1, 'mutex'));
}
