// What async-mutex's own tests state of a mutex, and of one with a timeout. Each statement is also checked against
// async-mutex itself, so a statement that is wrong fails here and not at a user's.
import { beforeEach, describe, expect, test } from 'vitest';
import { BOTH, type Mutex } from '../support/async-mutex.ts';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { reasonOf, watch } from '../support/watch.ts';

useFakeTime();

const kinds = BOTH.flatMap(([name, module]) => [
  [name, module, (cancelError?: Error): Mutex => new module.Mutex(cancelError)] as const,
  [
    `${name}, with a timeout`,
    module,
    (cancelError?: Error): Mutex => module.withTimeout(new module.Mutex(cancelError), 500),
  ] as const,
]);

describe.each(kinds)('a mutex of %s', (_name, { E_CANCELED }, create) => {
  let mutex: Mutex;
  beforeEach(() => {
    mutex = create();
  });

  /** Takes the mutex, and gives it back after so many milliseconds. */
  const hold = (ms: number, note: () => void = () => {}, priority?: number): void => {
    mutex.acquire(priority).then((release) => {
      note();
      setTimeout(release, ms);
    });
  };

  test('belongs to one at a time', async () => {
    hold(50);
    const second = watch(mutex.acquire());
    await elapse(49);
    expect(second.state).toBe('pending');
    await elapse(1);
    expect(second.state).toBe('fulfilled');
  });

  test('goes to the highest priority of those who wait, and to whoever finds it free', async () => {
    const order: number[] = [];
    for (const priority of [0, -1, 1]) hold(100, () => order.push(priority), priority);
    await elapse(300);
    expect(order).toEqual([0, 1, -1]);
  });

  test.each([
    ['a value', () => 10],
    ['a promise', async () => 10],
  ])('runExclusive gives what the worker gives: %s', async (_kind, worker) => {
    expect(await mutex.runExclusive(worker)).toBe(10);
  });

  test.each([
    ['rejects', () => Promise.reject(new RangeError('broken'))],
    [
      'throws',
      () => {
        throw new RangeError('broken');
      },
    ],
  ])('runExclusive fails as the worker fails that %s, and leaves the mutex free', async (_kind, worker) => {
    expect(await reasonOf(mutex.runExclusive<number>(worker))).toEqual(new RangeError('broken'));
    expect(mutex.isLocked()).toBe(false);
    expect(await mutex.runExclusive(() => 'next')).toBe('next');
  });

  test('runExclusive lets nobody else work', async () => {
    let ended = false;
    const work = async () => {
      await new Promise((resolve) => void setTimeout(resolve, 50));
      ended = true;
    };
    void mutex.runExclusive(work);
    const second = watch(mutex.runExclusive(() => ended));
    await elapse(50);
    expect(second).toMatchObject({ state: 'fulfilled', value: true });
  });

  test('runExclusive goes by priority too', async () => {
    const order: number[] = [];
    await Promise.all([0, -1, 1].map((each) => mutex.runExclusive(() => order.push(each), each)));
    expect(order).toEqual([0, 1, -1]);
  });

  test('is not locked when it is new', () => {
    expect(mutex.isLocked()).toBe(false);
  });

  test('is locked from the call on until the last one has given it back', async () => {
    const requests = [mutex.acquire(), mutex.acquire()];
    expect(mutex.isLocked()).toBe(true);
    for (const request of requests) {
      const release = await request;
      expect(mutex.isLocked()).toBe(true);
      release();
    }
    expect(mutex.isLocked()).toBe(false);
  });

  test('release gives it back, whoever has it', async () => {
    await mutex.acquire();
    mutex.release();
    expect(mutex.isLocked()).toBe(false);
  });

  test('release of one that is free is nothing', async () => {
    mutex.release();
    expect(mutex.isLocked()).toBe(false);
    await mutex.acquire();
    expect(mutex.isLocked()).toBe(true);
  });

  test('release works for one after the other', async () => {
    let count = 0;
    const run = async () => {
      await mutex.acquire();
      count++;
      mutex.release();
    };
    await Promise.all([run(), run(), run()]);
    expect([count, mutex.isLocked()]).toEqual([3, false]);
  });

  test('cancel rejects all who wait with E_CANCELED', async () => {
    await mutex.acquire();
    const waiting = [mutex.acquire(), mutex.runExclusive(() => {})].map(reasonOf);
    mutex.cancel();
    expect(await Promise.all(waiting)).toEqual([E_CANCELED, E_CANCELED]);
    expect(await waiting[0]).toBe(E_CANCELED);
  });

  test('cancel rejects with the error that the mutex was given', async () => {
    const error = new Error('of its own');
    mutex = create(error);
    await mutex.acquire();
    const waiting = reasonOf(mutex.acquire());
    mutex.cancel();
    expect(await waiting).toBe(error);
  });

  test('whoever was cancelled does not lock it any more', async () => {
    const release = await mutex.acquire();
    const waiting = reasonOf(mutex.acquire());
    mutex.cancel();
    expect(mutex.isLocked()).toBe(true);
    release();
    expect(mutex.isLocked()).toBe(false);
    await waiting;
  });

  test('waitForUnlock does not wait for one that is free', async () => {
    const waiting = [watch(mutex.waitForUnlock()), watch(mutex.waitForUnlock())];
    await elapse(0);
    expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled']);
  });

  test('waitForUnlock waits for one that is locked', async () => {
    const release = mutex.acquire();
    const waiting = [watch(mutex.waitForUnlock()), watch(mutex.waitForUnlock())];
    await elapse(0);
    expect(waiting.map(({ state }) => state)).toEqual(['pending', 'pending']);
    (await release)();
    await elapse(0);
    expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled']);
    expect(mutex.isLocked()).toBe(false);
  });

  test('waitForUnlock waits until nobody else waits', async () => {
    void mutex.acquire();
    void mutex.acquire();
    const waiting = watch(mutex.waitForUnlock());
    mutex.release();
    await elapse(0);
    expect(waiting.state).toBe('pending');
    mutex.release();
    await elapse(0);
    expect(waiting.state).toBe('fulfilled');
  });

  test.each([
    ['above', 1, 'fulfilled'],
    ['as', 0, 'pending'],
    ['below', -1, 'pending'],
  ])('waitForUnlock with a priority %s those who wait', async (_what, priority, state) => {
    void mutex.acquire(0);
    void mutex.acquire(0);
    const waiting = watch(mutex.waitForUnlock(priority));
    mutex.release();
    await elapse(0);
    expect(waiting.state).toBe(state);
  });
});
