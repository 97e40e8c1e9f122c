// What async-mutex's own tests state of a semaphore, and of one with a timeout; of async-mutex too.
import { beforeEach, describe, expect, test } from 'vitest';
import { BOTH, type Semaphore } from '../support/async-mutex.ts';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { reasonOf, watch } from '../support/watch.ts';

useFakeTime();

const kinds = BOTH.flatMap(([name, module]) => [
  [name, module, (value: number, error?: Error): Semaphore => new module.Semaphore(value, error)] as const,
  [
    `${name}, with a timeout`,
    module,
    (value: number, error?: Error): Semaphore => module.withTimeout(new module.Semaphore(value, error), 500),
  ] as const,
]);

describe.each(kinds)('a semaphore of %s', (_name, { E_CANCELED }, create) => {
  let semaphore: Semaphore;
  let values: number[];
  beforeEach(() => {
    semaphore = create(2);
    values = [];
  });

  /** Takes a ticket, and gives it back after so many milliseconds, unless it is kept. Writes down what it was told. */
  const hold = (ms: number | undefined, weight?: number, priority?: number, note?: number): void => {
    semaphore.acquire(weight, priority).then(([value, release]) => {
      values.push(note ?? value);
      if (ms !== undefined) setTimeout(release, ms);
    });
  };

  describe('acquire', () => {
    test('does not wait as long as something is left, and tells how much', async () => {
      hold(undefined);
      hold(undefined);
      await elapse(0);
      expect(values).toEqual([2, 1]);
    });

    test('waits when nothing is left', async () => {
      hold(undefined);
      hold(100);
      hold(undefined);
      await elapse(99);
      expect(values).toEqual([2, 1]);
      await elapse(1);
      expect(values).toEqual([2, 1, 1]);
    });

    test('takes as much as it weighs', async () => {
      hold(100, 2);
      hold(undefined, 1);
      await elapse(0);
      expect(values).toEqual([2]);
      await elapse(100);
      expect(values).toEqual([2, 2]);
    });

    test('goes by priority', async () => {
      for (const priority of [0, -1, 1]) hold(100, 2, priority, priority);
      await elapse(300);
      expect(values).toEqual([0, 1, -1]);
    });

    test('lets a light one of a higher priority pass a heavy one', async () => {
      hold(undefined, 3, 0);
      hold(undefined, 1, 1, 7);
      await elapse(0);
      expect(values).toEqual([7]);
    });

    test('lets no light one of a lower priority pass a heavy one', async () => {
      hold(100, 1, 0, 0);
      hold(100, 1, 0, 0);
      hold(100, 1, -1, -1);
      hold(100, 2, 1, 1);
      await elapse(400);
      expect(values).toEqual([0, 0, 1, -1]);
    });

    test('lets no light ones of the same priority starve a heavy one', async () => {
      let done = false;
      const lightly = async () => {
        while (!done) {
          const [, release] = await semaphore.acquire(1);
          await new Promise((resolve) => void setTimeout(resolve, 10));
          release();
        }
      };
      void lightly();
      await elapse(5);
      void lightly();
      semaphore.acquire(2).then(() => {
        done = true;
      });
      await elapse(20);
      expect(done).toBe(true);
    });

    test('has it back when it is given back', async () => {
      hold(100);
      hold(200);
      await elapse(250);
      const [value] = await semaphore.acquire();
      expect(value).toBe(2);
    });

    test('gives a releaser that works once', async () => {
      semaphore.acquire().then(([value, release]) => {
        values.push(value);
        setTimeout(() => {
          release();
          release();
        }, 50);
      });
      hold(100);
      await elapse(10);
      hold(undefined);
      hold(undefined);
      await elapse(10);
      expect(values).toEqual([2, 1]);
      await elapse(40);
      expect(values).toEqual([2, 1, 1]);
      await elapse(50);
      expect(values).toEqual([2, 1, 1, 1]);
    });

    test('gives a releaser that gives back what was taken', async () => {
      const [, release] = await semaphore.acquire(2);
      expect(semaphore.getValue()).toBe(0);
      release();
      expect(semaphore.getValue()).toBe(2);
    });

    test.each([0, -1])('throws for a weight of %d', (weight) => {
      expect(() => semaphore.acquire(weight)).toThrow(`invalid weight ${weight}: must be positive`);
    });
  });

  describe('the value', () => {
    test('may begin below zero', async () => {
      semaphore = create(-2);
      hold(undefined);
      await elapse(0);
      semaphore.release(2);
      await elapse(0);
      expect(values).toEqual([]);
      semaphore.release(2);
      await elapse(0);
      expect(values).toEqual([2]);
    });

    test('is known as soon as the call returns', () => {
      expect(semaphore.getValue()).toBe(2);
      void semaphore.acquire();
      expect(semaphore.getValue()).toBe(1);
    });

    test('set anew lets all have their tickets that can', async () => {
      semaphore = create(0);
      const requests = [1, 2, 4].map((weight) => watch(semaphore.acquire(weight)));
      semaphore.setValue(3);
      await elapse(0);
      expect(requests.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled', 'pending']);
      expect(semaphore.getValue()).toBe(0);
    });

    test('set anew, for weights that nobody has between', async () => {
      const requests = [watch(semaphore.acquire(4)), watch(semaphore.acquire(8))];
      semaphore.setValue(4);
      await elapse(0);
      expect(requests.map(({ state }) => state)).toEqual(['fulfilled', 'pending']);
    });

    test('grows by what is released, whoever has how much', async () => {
      semaphore = create(1);
      await semaphore.acquire();
      expect(semaphore.isLocked()).toBe(true);
      semaphore.release();
      semaphore.release();
      expect([semaphore.isLocked(), semaphore.getValue()]).toEqual([false, 2]);
      await semaphore.acquire(2);
      semaphore.release(2);
      expect(semaphore.getValue()).toBe(2);
    });

    test.each([0, -1])('a release of %d throws', (weight) => {
      expect(() => semaphore.release(weight)).toThrow(`invalid weight ${weight}: must be positive`);
    });

    test('says whether it is locked', async () => {
      expect(semaphore.isLocked()).toBe(false);
      const requests = [semaphore.acquire(), semaphore.acquire(), semaphore.acquire()];
      const seen = [semaphore.isLocked()];
      for (const request of requests) {
        (await request)[1]();
        seen.push(semaphore.isLocked());
      }
      expect([seen, semaphore.getValue()]).toEqual([[true, true, false, false], 2]);
    });
  });

  describe('runExclusive', () => {
    test.each([
      ['a value', (value: number) => value * 5],
      ['a promise', async (value: number) => value * 5],
    ])('tells the worker the value, and gives what it gives: %s', async (_kind, worker) => {
      expect(await semaphore.runExclusive(worker)).toBe(10);
    });

    test.each([
      ['rejects', () => Promise.reject(new RangeError('broken'))],
      [
        'throws',
        () => {
          throw new RangeError('broken');
        },
      ],
    ])('fails as the worker fails that %s, and gives all back', async (_kind, worker) => {
      void semaphore.acquire();
      expect(await reasonOf(semaphore.runExclusive<number>(worker))).toEqual(new RangeError('broken'));
      expect(semaphore.getValue()).toBe(1);
      expect(await semaphore.runExclusive(() => 'next')).toBe('next');
    });

    test('waits until there is enough', async () => {
      let ended = false;
      void semaphore.acquire();
      void semaphore.runExclusive(async () => {
        await new Promise((resolve) => void setTimeout(resolve, 50));
        ended = true;
      });
      const second = watch(semaphore.runExclusive(() => ended));
      await elapse(50);
      expect(second).toMatchObject({ state: 'fulfilled', value: true });
    });

    test('takes as much as it weighs, and gives that back', async () => {
      const run = semaphore.runExclusive(() => {}, 2);
      await elapse(0);
      await run;
      expect(semaphore.getValue()).toBe(2);
      void semaphore.runExclusive(() => new Promise(() => {}), 2);
      expect(semaphore.getValue()).toBe(0);
    });

    test('goes by priority', async () => {
      const order: number[] = [];
      await Promise.all([0, -1, 1].map((each) => semaphore.runExclusive(() => order.push(each), 2, each)));
      expect(order).toEqual([0, 1, -1]);
    });
  });

  describe('cancel', () => {
    test('rejects all who wait with E_CANCELED, and leaves those alone who have something', async () => {
      await semaphore.acquire();
      await semaphore.acquire();
      const waiting = [semaphore.acquire(), semaphore.runExclusive(() => {}), semaphore.acquire(3)];
      const reasons = Promise.all(waiting.map(reasonOf));
      semaphore.cancel();
      for (const reason of await reasons) expect(reason).toBe(E_CANCELED);
      expect(semaphore.getValue()).toBe(0);
    });

    test('rejects with the error that the semaphore was given', async () => {
      const error = new Error('of its own');
      semaphore = create(1, error);
      await semaphore.acquire();
      const waiting = reasonOf(semaphore.acquire());
      semaphore.cancel();
      expect(await waiting).toBe(error);
    });

    test('takes them out for good', async () => {
      const [, release] = await semaphore.acquire(2);
      const waiting = reasonOf(semaphore.acquire());
      semaphore.cancel();
      expect(semaphore.isLocked()).toBe(true);
      release();
      expect(semaphore.getValue()).toBe(2);
      await waiting;
    });
  });

  describe('waitForUnlock', () => {
    test('does not wait as long as something is left', async () => {
      const waiting = [watch(semaphore.waitForUnlock()), watch(semaphore.waitForUnlock(2))];
      await elapse(0);
      expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled']);
    });

    test('waits when nothing is left', async () => {
      const lock = semaphore.acquire();
      void semaphore.acquire();
      const waiting = [watch(semaphore.waitForUnlock()), watch(semaphore.waitForUnlock())];
      await elapse(0);
      expect(waiting.map(({ state }) => state)).toEqual(['pending', 'pending']);
      const [, release] = await lock;
      release();
      await elapse(0);
      expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled']);
    });

    test('waits until there is as much as it weighs', async () => {
      await semaphore.acquire(2);
      const waiting = [watch(semaphore.waitForUnlock(1)), watch(semaphore.waitForUnlock(2))];
      semaphore.release();
      await elapse(0);
      expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'pending']);
      semaphore.release();
      await elapse(0);
      expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled']);
    });

    test('passes those of a lower priority only', async () => {
      const told: number[] = [];
      void semaphore.acquire(3, 1);
      for (const priority of [0, 2, 1]) {
        semaphore.waitForUnlock(1, priority).then(() => told.push(priority));
      }
      await elapse(0);
      expect(told).toEqual([2]);
    });

    test('is told when those of a higher priority have had theirs', async () => {
      let release = () => {};
      semaphore.acquire(2, 2).then(([, releaser]) => {
        release = releaser;
      });
      hold(100, 2, 0);
      const waiting = watch(semaphore.waitForUnlock(2, 1));
      await elapse(0);
      expect(waiting.state).toBe('pending');
      release();
      await elapse(0);
      expect([waiting.state, semaphore.getValue()]).toEqual(['fulfilled', 0]);
    });

    test('waits until nobody else waits', async () => {
      void semaphore.acquire(2);
      void semaphore.acquire(2);
      const waiting = watch(semaphore.waitForUnlock());
      semaphore.release(2);
      await elapse(0);
      expect(waiting.state).toBe('pending');
      semaphore.release(2);
      await elapse(0);
      expect(waiting.state).toBe('fulfilled');
    });

    test.each([0, -1])('throws for a weight of %d', (weight) => {
      expect(() => semaphore.waitForUnlock(weight)).toThrow(`invalid weight ${weight}: must be positive`);
    });
  });
});
