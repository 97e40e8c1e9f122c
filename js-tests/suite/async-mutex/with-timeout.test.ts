// What async-mutex's own tests state of withTimeout and tryAcquire, and a little more; of async-mutex too.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { BOTH, type Mutex, type Semaphore } from '../support/async-mutex.ts';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { reasonOf, watch } from '../support/watch.ts';

useFakeTime();

const late = new Error('too late');

describe.each(BOTH)('%s', (_name, module) => {
  const { E_ALREADY_LOCKED, E_TIMEOUT, tryAcquire, withTimeout } = module;

  describe('a mutex with a timeout', () => {
    let inner: Mutex;
    let mutex: Mutex;
    beforeEach(() => {
      inner = new module.Mutex();
      mutex = withTimeout(inner, 100, late);
    });

    const hold = (ms: number): void => {
      mutex.acquire().then((release) => void setTimeout(release, ms));
    };

    test('leaves no timer behind for a lock that is had', async () => {
      await mutex.acquire().then((release) => release());
      hold(75);
      await elapse(25);
      expect(vi.getTimerCount()).toBe(1);
    });

    test('leaves no timer behind for a lock that is cancelled', async () => {
      await mutex.acquire();
      const waiting = reasonOf(mutex.acquire());
      mutex.cancel();
      await waiting;
      expect(vi.getTimerCount()).toBe(0);
    });

    test('gives up at its time, and not before', async () => {
      hold(150);
      const waiting = watch(mutex.acquire());
      await elapse(99);
      expect(waiting.state).toBe('pending');
      await elapse(1);
      expect(waiting).toMatchObject({ state: 'rejected', reason: late });
    });

    test('gives up with E_TIMEOUT by default', async () => {
      mutex = withTimeout(inner, 100);
      hold(150);
      const reasons = Promise.all([mutex.acquire(), mutex.runExclusive(() => {})].map(reasonOf));
      await elapse(110);
      for (const reason of await reasons) expect(reason).toBe(E_TIMEOUT);
    });

    test('who was given up on has the lock when it is their turn, and gives it back at once', async () => {
      hold(150);
      const waiting = watch(mutex.acquire());
      await elapse(149);
      expect(waiting.state).toBe('rejected');
      const next = watch(inner.acquire());
      await elapse(1);
      expect(next.state).toBe('fulfilled');
    });

    test('does not call a worker that was given up on, and is free afterwards', async () => {
      hold(150);
      let called = false;
      const work = () => {
        called = true;
      };
      const waiting = watch(mutex.runExclusive(work));
      await elapse(160);
      expect([waiting.state, called]).toEqual(['rejected', false]);
      expect(await mutex.runExclusive(() => 'next')).toBe('next');
    });

    test('cancel takes those out who were given up on', async () => {
      hold(150);
      const waiting = watch(mutex.acquire());
      await elapse(120);
      mutex.cancel();
      expect([waiting.reason, mutex.isLocked()]).toEqual([late, true]);
      await elapse(30);
      expect(mutex.isLocked()).toBe(false);
    });

    test('waitForUnlock gives up too', async () => {
      void mutex.acquire();
      const waiting = watch(mutex.waitForUnlock());
      await elapse(99);
      expect(waiting.state).toBe('pending');
      await elapse(1);
      expect(waiting).toMatchObject({ state: 'rejected', reason: late });
    });

    test('is the mutex that it was made of', async () => {
      const release = await inner.acquire();
      expect(mutex.isLocked()).toBe(true);
      const waiting = watch(mutex.acquire());
      release();
      await elapse(0);
      expect(waiting.state).toBe('fulfilled');
      mutex.release();
      expect(inner.isLocked()).toBe(false);
    });

    test('goes by priority', async () => {
      hold(10);
      const order: string[] = [];
      void mutex.acquire(-1).then((release) => {
        order.push('low');
        release();
      });
      void mutex.runExclusive(() => order.push('high'), 1);
      await elapse(10);
      expect(order).toEqual(['high', 'low']);
    });
  });

  describe('a semaphore with a timeout', () => {
    let semaphore: Semaphore;
    beforeEach(() => {
      semaphore = withTimeout(new module.Semaphore(2), 100, late);
    });

    const hold = (ms: number, weight?: number): void => {
      semaphore.acquire(weight).then(([, release]) => void setTimeout(release, ms));
    };

    test('leaves no timer behind for a ticket that is had', async () => {
      await semaphore.acquire().then(([, release]) => release());
      hold(75);
      await elapse(25);
      expect(vi.getTimerCount()).toBe(1);
    });

    test('gives up at its time', async () => {
      void semaphore.acquire();
      hold(150);
      const waiting = [watch(semaphore.acquire()), watch(semaphore.runExclusive(() => {}))];
      await elapse(110);
      for (const each of waiting) expect(each).toMatchObject({ state: 'rejected', reason: late });
    });

    test('gives up with E_TIMEOUT by default, also after no time', async () => {
      semaphore = withTimeout(new module.Semaphore(2), 0);
      void semaphore.acquire();
      hold(150);
      const waiting = reasonOf(semaphore.runExclusive(() => {}));
      await elapse(110);
      expect(await waiting).toBe(E_TIMEOUT);
    });

    test('who was given up on has the ticket when it is their turn, and gives it back at once', async () => {
      void semaphore.acquire();
      hold(150);
      const waiting = watch(semaphore.acquire());
      await elapse(160);
      expect([waiting.state, semaphore.getValue()]).toEqual(['rejected', 1]);
    });

    test('does not call a worker that was given up on', async () => {
      hold(150, 2);
      let called = false;
      const work = () => {
        called = true;
      };
      const waiting = watch(semaphore.runExclusive(work));
      await elapse(160);
      expect([waiting.state, called, semaphore.getValue()]).toEqual(['rejected', false, 2]);
    });

    test('cancel takes those out who were given up on', async () => {
      hold(150);
      hold(200);
      const waiting = watch(semaphore.acquire());
      await elapse(120);
      semaphore.cancel();
      expect([waiting.reason, semaphore.isLocked()]).toEqual([late, true]);
      await elapse(50);
      expect(semaphore.isLocked()).toBe(false);
    });

    test('waitForUnlock gives up too', async () => {
      void semaphore.acquire(2);
      const waiting = watch(semaphore.waitForUnlock());
      await elapse(120);
      expect(waiting).toMatchObject({ state: 'rejected', reason: late });
    });

    test('has a value that can be set', async () => {
      semaphore.setValue(-1);
      expect([semaphore.getValue(), semaphore.isLocked()]).toEqual([-1, true]);
      semaphore.release(3);
      expect(semaphore.getValue()).toBe(2);
    });
  });

  describe.each([
    ['mutex', 1, (): Mutex | Semaphore => new module.Mutex()],
    ['semaphore', 2, (): Mutex | Semaphore => new module.Semaphore(2)],
  ])('tryAcquire of a %s', (_kind, places, create) => {
    const attempt = (error?: Error) => tryAcquire(create() as Semaphore, error);

    test('has what is free', async () => {
      const lock = attempt();
      for (let place = 0; place < places; place++) await lock.acquire();
      expect(lock.isLocked()).toBe(true);
    });

    test('rejects with E_ALREADY_LOCKED, or with the error given', async () => {
      for (const error of [undefined, new Error('of its own')]) {
        const lock = attempt(error);
        for (let place = 0; place < places; place++) await lock.acquire();
        const waiting = [
          watch(lock.acquire()),
          watch(lock.runExclusive(() => {})),
          watch(lock.waitForUnlock()),
        ];
        await elapse(0);
        const reason = error ?? E_ALREADY_LOCKED;
        for (const each of waiting) expect(each).toMatchObject({ state: 'rejected', reason });
      }
    });
  });

  test('whatever stands in for a mutex or a semaphore is asked as one', async () => {
    const asked: unknown[] = [];
    const mutex = {
      acquire: async (...args: unknown[]) => {
        asked.push(args);
        return () => asked.push('released');
      },
    };
    await withTimeout(mutex as unknown as Mutex, 10).runExclusive(() => asked.push('works'), 3);
    const semaphore = {
      getValue: () => 7,
      acquire: async (...args: unknown[]) => {
        asked.push(args);
        return [7, () => asked.push('released')];
      },
    };
    const limited = withTimeout(semaphore as unknown as Semaphore, 10);
    await limited.runExclusive((value) => asked.push(value), 2, 3);
    expect(asked).toEqual([[3], 'works', 'released', [2, 3], 7, 'released']);
    expect(() => limited.acquire(0)).toThrow('invalid weight 0: must be positive');
    expect(await reasonOf(limited.runExclusive(() => {}, -1))).toEqual(
      new Error('invalid weight -1: must be positive'),
    );
    expect(vi.getTimerCount()).toBe(0);
  });
});
