import { E_ALREADY_LOCKED, E_TIMEOUT } from './errors.js';
import type { MutexInterface, SemaphoreInterface } from './interfaces.js';
import type { Ticket } from './line.js';

/** Either of them, or whatever stands in for one: all that is looked at is whether it has a value. */
type Lock = MutexInterface | SemaphoreInterface;

/** What `acquire` of either gives. */
type Held = MutexInterface.Releaser | Ticket;

/**
 * The same mutex or semaphore, of which `acquire`, `runExclusive` and `waitForUnlock` wait no longer than so many
 * milliseconds, by a timer of the platform for each.
 *
 * What was given up on keeps its place in the line, as async-mutex leaves it: when its turn comes it takes what it asked
 * for, and gives it back at once. `cancel()` takes it out.
 *
 * @param timeoutError What they reject with then. Default {@link E_TIMEOUT}.
 */
export function withTimeout(mutex: MutexInterface, timeout: number, timeoutError?: Error): MutexInterface;
export function withTimeout(
  semaphore: SemaphoreInterface,
  timeout: number,
  timeoutError?: Error,
): SemaphoreInterface;
export function withTimeout(
  lock: Lock,
  timeout: number,
  timeoutError: Error = E_TIMEOUT,
): MutexInterface & SemaphoreInterface {
  const limited = {
    acquire(weightOrPriority?: number, priority?: number): Promise<Held> {
      const request = requestOf(lock, weightOrPriority, priority);
      return new Promise((resolve, reject) => {
        let isLate = false;
        const timer = setTimeout(() => {
          isLate = true;
          reject(timeoutError);
        }, timeout);
        const take = async (): Promise<void> => {
          try {
            const held = await request.acquire();
            if (isLate) return releaserOf(held)();
            clearTimeout(timer);
            resolve(held);
          } catch (error) {
            // When it is late nobody hears this.
            clearTimeout(timer);
            reject(error);
          }
        };
        void take();
      });
    },

    async runExclusive<T>(
      callback: (value?: number) => Promise<T> | T,
      weightOrPriority?: number,
      priority?: number,
    ): Promise<T> {
      const held = await this.acquire(weightOrPriority, priority);
      try {
        return await (Array.isArray(held) ? callback(held[0]) : callback());
      } finally {
        releaserOf(held)();
      }
    },

    waitForUnlock(weightOrPriority?: number, priority?: number): Promise<void> {
      const request = requestOf(lock, weightOrPriority, priority);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(timeoutError), timeout);
        const done = (): void => {
          clearTimeout(timer);
          resolve();
        };
        void request.waitForUnlock().then(done);
      });
    },

    release: (weight?: number): void => lock.release(weight),
    cancel: (): void => lock.cancel(),
    isLocked: (): boolean => lock.isLocked(),
    getValue: (): number => (lock as SemaphoreInterface).getValue(),
    setValue: (value: number): void => (lock as SemaphoreInterface).setValue(value),
  };
  return limited as MutexInterface & SemaphoreInterface;
}

/**
 * The same mutex or semaphore, of which `acquire`, `runExclusive` and `waitForUnlock` wait for a timer of 0 milliseconds
 * at most: what is free, or becomes free before any timer goes off, is had.
 *
 * @param alreadyAcquiredError What they reject with otherwise. Default {@link E_ALREADY_LOCKED}.
 */
export function tryAcquire(mutex: MutexInterface, alreadyAcquiredError?: Error): MutexInterface;
export function tryAcquire(semaphore: SemaphoreInterface, alreadyAcquiredError?: Error): SemaphoreInterface;
export function tryAcquire(
  lock: Lock,
  alreadyAcquiredError: Error = E_ALREADY_LOCKED,
): MutexInterface & SemaphoreInterface {
  return withTimeout(lock as MutexInterface & SemaphoreInterface, 0, alreadyAcquiredError) as MutexInterface &
    SemaphoreInterface;
}

/** What is asked of a lock: a mutex takes no weight, so that the priority is its first argument. */
function requestOf(lock: Lock, weightOrPriority: number | undefined, priority: number | undefined) {
  if (!isSemaphore(lock)) {
    return {
      acquire: (): Promise<Held> => lock.acquire(weightOrPriority),
      waitForUnlock: (): Promise<void> => lock.waitForUnlock(weightOrPriority),
    };
  }
  if (weightOrPriority !== undefined && weightOrPriority <= 0) {
    throw new Error(`invalid weight ${weightOrPriority}: must be positive`);
  }
  return {
    acquire: (): Promise<Held> => lock.acquire(weightOrPriority, priority),
    waitForUnlock: (): Promise<void> => lock.waitForUnlock(weightOrPriority, priority),
  };
}

function isSemaphore(lock: Lock): lock is SemaphoreInterface {
  return (lock as Partial<SemaphoreInterface>).getValue !== undefined;
}

function releaserOf(held: Held): () => void {
  return Array.isArray(held) ? held[1] : held;
}
