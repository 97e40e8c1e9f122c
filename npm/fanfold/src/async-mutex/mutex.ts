import type { MutexInterface } from './interfaces.js';
import { Semaphore } from './semaphore.js';

/**
 * A mutex: one at a time.
 *
 * @example
 * ```ts
 * const mutex = new Mutex();
 * await mutex.runExclusive(() => save(state));
 * ```
 */
export class Mutex implements MutexInterface {
  readonly #semaphore: Semaphore;

  /** @param cancelError What those who wait reject with after `cancel()`. Default {@link E_CANCELED}. */
  constructor(cancelError?: Error) {
    this.#semaphore = new Semaphore(1, cancelError);
  }

  async acquire(priority = 0): Promise<MutexInterface.Releaser> {
    const [, release] = await this.#semaphore.acquire(1, priority);
    return release;
  }

  runExclusive<T>(callback: MutexInterface.Worker<T>, priority = 0): Promise<T> {
    // What the worker of a semaphore is told is nothing to that of a mutex.
    return this.#semaphore.runExclusive(() => callback(), 1, priority);
  }

  isLocked(): boolean {
    return this.#semaphore.isLocked();
  }

  waitForUnlock(priority = 0): Promise<void> {
    return this.#semaphore.waitForUnlock(1, priority);
  }

  release(): void {
    if (this.isLocked()) this.#semaphore.release();
  }

  cancel(): void {
    this.#semaphore.cancel();
  }
}
