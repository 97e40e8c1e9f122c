// Very many who wait for an unlock. Where each looked at all the others, these would not end before the time that any test
// has.
import { describe, expect, test } from 'vitest';
import { BOTH, FANFOLD } from '../support/async-mutex.ts';

describe('very many who wait for an unlock', () => {
  test('are told when it comes', async () => {
    const mutex = new FANFOLD.Mutex();
    const release = await mutex.acquire();
    const waiting = Array.from({ length: 200_000 }, () => mutex.waitForUnlock());
    release();
    await Promise.all(waiting);
  });

  test('cost nothing at the unlocks that are not for them', async () => {
    const mutex = new FANFOLD.Mutex();
    const release = await mutex.acquire();
    const count = 50_000;
    const locks = Array.from({ length: count }, () => mutex.runExclusive(() => null));
    const waiting = Array.from({ length: count }, () => mutex.waitForUnlock());
    release();
    await Promise.all([...locks, ...waiting]);
  });

  test('are told in the order of async-mutex, by weight, priority and time', async () => {
    const orders = BOTH.map(async ([, { Semaphore }]) => {
      const semaphore = new Semaphore(0);
      const order: (number | string)[] = [];
      let random = 12345;
      const next = (below: number) => {
        random = (random * 48271) % 2147483647;
        return random % below;
      };
      for (let step = 0; step < 3000; step++) {
        const wishes = [1 + next(5), next(7)] as const;
        if (next(3) > 0) void semaphore.waitForUnlock(...wishes).then(() => order.push(step));
        else if (next(2) === 0) void semaphore.acquire(...wishes).then(() => order.push(`has ${step}`));
        else semaphore.setValue(next(8));
        if (next(9) === 0) await null;
      }
      semaphore.setValue(10_000);
      await semaphore.acquire();
      return order;
    });
    const [real, ours] = await Promise.all(orders);
    expect(real!.length).toBeGreaterThan(1000);
    expect(ours).toEqual(real);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'a priority of %s is above all numbers',
    async (priority) => {
      const { Mutex } = FANFOLD;
      const mutex = new Mutex();
      const order: string[] = [];
      await mutex.acquire();
      void mutex.acquire(5).then(() => order.push('five'));
      void mutex.acquire(priority).then(() => order.push('highest'));
      for (let turn = 0; turn < 2; turn++) {
        mutex.release();
        await null;
        await null;
        await null;
      }
      expect(order).toEqual(['highest', 'five']);
    },
  );
});
