// What users of async-mutex write, and what TypeScript must say to it. Checked twice: against fanfold/async-mutex, and (by
// tsconfig.peers.json) against async-mutex itself, so that no statement here is wrong.
import {
  E_ALREADY_LOCKED,
  E_CANCELED,
  E_TIMEOUT,
  Mutex,
  type MutexInterface,
  Semaphore,
  type SemaphoreInterface,
  tryAcquire,
  withTimeout,
} from 'fanfold/async-mutex';
import { exactly } from './expect.ts';

exactly<Error>()(E_TIMEOUT);
exactly<Error>()(E_ALREADY_LOCKED);
exactly<Error>()(E_CANCELED);

// Mutexes.
const mutex = new Mutex();
new Mutex(new RangeError('cancelled'));
exactly<Promise<MutexInterface.Releaser>>()(mutex.acquire());
exactly<Promise<MutexInterface.Releaser>>()(mutex.acquire(1));
exactly<Promise<string>>()(mutex.runExclusive(() => 'text'));
exactly<Promise<string>>()(mutex.runExclusive(async () => 'text', 2));
exactly<Promise<void>>()(mutex.waitForUnlock(3));
exactly<boolean>()(mutex.isLocked());
exactly<void>()(mutex.release());
exactly<void>()(mutex.cancel());
// @ts-expect-error a mutex takes no weight
mutex.acquire(1, 1);
// @ts-expect-error a priority is a number
mutex.acquire('1');
// @ts-expect-error a worker of a mutex is told nothing
mutex.runExclusive((_value: number) => 1);
// @ts-expect-error a function, not a promise
mutex.runExclusive(Promise.resolve(1));
// @ts-expect-error a mutex has no value
mutex.getValue();
// @ts-expect-error a release of a mutex has no weight
mutex.release(1);
// @ts-expect-error an error, not a text
new Mutex('cancelled');

// Semaphores.
const semaphore = new Semaphore(2);
new Semaphore(-1, new RangeError('cancelled'));
exactly<Promise<[number, SemaphoreInterface.Releaser]>>()(semaphore.acquire());
exactly<Promise<[number, SemaphoreInterface.Releaser]>>()(semaphore.acquire(2, 3));
exactly<Promise<number>>()(semaphore.runExclusive((value) => exactly<number>()(value) ?? value));
exactly<Promise<string>>()(semaphore.runExclusive(async () => 'text', 2, 3));
exactly<Promise<void>>()(semaphore.waitForUnlock(2, 3));
exactly<boolean>()(semaphore.isLocked());
exactly<number>()(semaphore.getValue());
exactly<void>()(semaphore.setValue(5));
exactly<void>()(semaphore.release(2));
exactly<void>()(semaphore.cancel());
// @ts-expect-error the value is required
new Semaphore();
// @ts-expect-error a weight is a number
semaphore.acquire('2');
// @ts-expect-error a worker is told one thing
semaphore.runExclusive((_value: number, _more: number) => 1);
// @ts-expect-error the value is required
semaphore.setValue();

// With timeouts.
exactly<MutexInterface>()(withTimeout(mutex, 100));
exactly<MutexInterface>()(withTimeout(mutex, 100, new Error('late')));
exactly<SemaphoreInterface>()(withTimeout(semaphore, 100));
exactly<MutexInterface>()(tryAcquire(mutex));
exactly<MutexInterface>()(tryAcquire(withTimeout(mutex, 100), new Error('locked')));
exactly<SemaphoreInterface>()(tryAcquire(semaphore, new Error('locked')));
// @ts-expect-error the time is required
withTimeout(mutex);
// @ts-expect-error a number of milliseconds
withTimeout(mutex, '100');
// @ts-expect-error neither a mutex nor a semaphore
withTimeout({}, 100);
// @ts-expect-error an error, not a number
tryAcquire(mutex, 100);

// What people write around them.
export class Guarded {
  readonly #lock: MutexInterface = withTimeout(new Mutex(), 100);
  async update(change: () => Promise<void>): Promise<void> {
    const release: MutexInterface.Releaser = await this.#lock.acquire();
    try {
      await change();
    } finally {
      release();
    }
  }
}
export const worker: SemaphoreInterface.Worker<string> = (value) => value.toFixed();
export class Counting extends Semaphore {
  override acquire(weight?: number, priority?: number): Promise<[number, SemaphoreInterface.Releaser]> {
    return super.acquire(weight, priority);
  }
}
