// Very many who wait, in the queue or elsewhere in the process. Where a step looked at all of them, these would not end
// before the time that any test has.
import { createLimiter } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { BOTH, FANFOLD } from '../support/p-queue.ts';
import { settle } from '../support/turns.ts';

/** Numbers that look random, the same each time. */
function* numbers(below: number): Generator<number, never> {
  for (let seed = 12345; ; seed = (seed * 48271) % 2147483647) yield seed % below;
}

describe('what waits elsewhere', () => {
  test('is nothing to a queue that is asked how many wait, or to put one first', async () => {
    const limiter = createLimiter(1);
    const elsewhere = new FANFOLD.default({ concurrency: 1, autoStart: false });
    const permit = limiter.tryAcquire();
    const results: Promise<unknown>[] = [];
    for (let index = 0; index < 100_000; index++) {
      results.push(limiter(() => index));
      void elsewhere.add(() => index);
    }
    for (let index = 0; index < 50_000; index++) {
      const queue = new FANFOLD.default({ concurrency: 1, autoStart: false });
      void queue.add(() => index, { id: 'first' });
      queue.setPriority('first', 2);
      expect(queue.sizeBy({ priority: 2 })).toBe(1);
      queue.clear();
      if (index % 1000 === 0) await settle();
    }
    permit?.release();
    await Promise.all(results);
    elsewhere.clear();
  });
});

describe('tasks with the same name', () => {
  test('are put first one by one', () => {
    const queue = new FANFOLD.default({ concurrency: 1, autoStart: false });
    const count = 50_000;
    for (let index = 0; index < count; index++) void queue.add(() => index, { id: 'one' });
    for (let index = 0; index < count; index++) queue.setPriority('one', -index);
    expect(queue.sizeBy({ priority: 0 })).toBe(1);
    expect(queue.size).toBe(count);
    queue.clear();
  });

  test('are as many, and start in the order, as with p-queue', async () => {
    const orders = BOTH.map(async ([, { default: PQueue }]) => {
      const queue = new PQueue({ concurrency: 1, autoStart: false });
      const random = numbers(1000);
      const next = (below: number) => random.next().value % below;
      const order: (number | string)[] = [];
      const controllers: AbortController[] = [];
      for (let step = 0; step < 2000; step++) {
        const id = `name ${next(3)}`;
        if (next(4) > 1) {
          const controller = new AbortController();
          const { signal } = controller;
          controllers.push(controller);
          queue
            .add(async () => void order.push(step), { id, priority: next(9), signal })
            .catch(() => order.push(`not ${step}`));
        } else if (next(5) === 0) {
          controllers[next(controllers.length)]?.abort();
          await settle();
        } else if (next(40) === 0) {
          queue.start();
          await queue.add(() => null, { priority: next(9) });
          queue.pause();
          await settle();
        } else {
          try {
            queue.setPriority(id, next(9));
          } catch (error) {
            order.push((error as Error).name);
          }
        }
        if (step % 50 === 0) order.push(queue.size, queue.sizeBy({ priority: 3 }));
      }
      queue.start();
      await queue.onIdle();
      return order;
    });
    const [real, ours] = await Promise.all(orders);
    expect(real!.length).toBeGreaterThan(1000);
    expect(ours).toEqual(real);
  });
});
