// What p-queue's own tests state of those who wait for a queue; of p-queue too.
import { describe, expect, test } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { BOTH, later, type PQueue } from '../support/p-queue.ts';
import { reasonOf, watch } from '../support/watch.ts';

useFakeTime();

describe.each(BOTH)('%s', (_name, { default: PQueue }) => {
  const counts = (queue: PQueue) => [queue.size, queue.pending];
  const fill = (queue: PQueue, count: number, ms = 100) => {
    for (let task = 0; task < count; task++) void queue.add(() => later(ms));
  };
  const states = (...waiting: { state: string }[]) => waiting.map(({ state }) => state[0]).join('');

  test('onEmpty fulfils when nothing waits, as often as it is asked', async () => {
    const queue = new PQueue({ concurrency: 1 });
    for (let round = 0; round < 2; round++) {
      fill(queue, 2, 1);
      expect(counts(queue)).toEqual([1, 1]);
      const empty = queue.onEmpty();
      await elapse(1);
      await elapse(1);
      await empty;
      expect(counts(queue)).toEqual([0, 0]);
    }
    await queue.onEmpty();
  });

  test('onIdle fulfils when nothing runs either', async () => {
    const queue = new PQueue({ concurrency: 2 });
    await queue.onIdle();
    for (let round = 0; round < 2; round++) {
      fill(queue, 3);
      expect(counts(queue)).toEqual([1, 2]);
      const [empty, idle] = [watch(queue.onEmpty()), watch(queue.onIdle())];
      await elapse(100);
      await elapse(99);
      expect([states(empty, idle), counts(queue)]).toEqual(['fp', [0, 1]]);
      await elapse(1);
      expect([states(empty, idle), counts(queue)]).toEqual(['ff', [0, 0]]);
    }
  });

  describe('onSizeLessThan', () => {
    test('fulfils when fewer wait', async () => {
      const queue = new PQueue({ concurrency: 1 });
      fill(queue, 5);
      const waiting = [4, 2, 10, 1].map((limit) => watch(queue.onSizeLessThan(limit)));
      await elapse(0);
      expect(states(...waiting)).toBe('ppfp');
      await elapse(100);
      expect([states(...waiting), counts(queue)]).toEqual(['fpfp', [3, 1]]);
      await elapse(200);
      expect([states(...waiting), counts(queue)]).toEqual(['fffp', [1, 1]]);
      await elapse(100);
      expect([states(...waiting), counts(queue)]).toEqual(['ffff', [0, 1]]);
    });

    test.each([
      ['clear', (queue: PQueue) => queue.clear()],
      ['start', (queue: PQueue) => queue.start()],
    ])('fulfils after %s', async (_what, act) => {
      const queue = new PQueue({ concurrency: 4, autoStart: false });
      fill(queue, 6);
      const waiting = [5, 4, 3].map((limit) => watch(queue.onSizeLessThan(limit)));
      act(queue);
      await elapse(0);
      expect(states(...waiting)).toBe('fff');
      expect([queue.listenerCount('next'), queue.listenerCount('active')]).toEqual([0, 0]);
    });

    test('fulfils when a raised limit lets enough start', async () => {
      const queue = new PQueue({ concurrency: 1 });
      fill(queue, 4);
      const waiting = watch(queue.onSizeLessThan(2));
      queue.concurrency = 3;
      await elapse(0);
      expect([waiting.state, counts(queue)]).toEqual(['fulfilled', [1, 3]]);
    });

    test('fulfils when a new interval lets enough start', async () => {
      const queue = new PQueue({ interval: 50, intervalCap: 2 });
      fill(queue, 5, 1000);
      const waiting = watch(queue.onSizeLessThan(2));
      await elapse(49);
      expect(waiting.state).toBe('pending');
      await elapse(1);
      expect([waiting.state, counts(queue)]).toEqual(['fulfilled', [1, 4]]);
    });
  });

  describe('onPendingZero', () => {
    test('fulfils at once when nothing runs, whatever waits', async () => {
      const queue = new PQueue({ autoStart: false });
      fill(queue, 3);
      await queue.onPendingZero();
      expect(queue.size).toBe(3);
    });

    test('fulfils when what runs has ended, however it ends, and whatever waits', async () => {
      const queue = new PQueue({ concurrency: 2 });
      fill(queue, 1, 10);
      const failing = reasonOf(queue.add(() => later(20).then(() => Promise.reject(new Error('broken')))));
      fill(queue, 2);
      queue.pause();
      const waiting = [watch(queue.onPendingZero()), watch(queue.onPendingZero())];
      await elapse(10);
      expect(states(...waiting)).toBe('pp');
      await elapse(10);
      await failing;
      expect([states(...waiting), counts(queue)]).toEqual(['ff', [2, 0]]);
      queue.start();
      const again = watch(queue.onPendingZero());
      await elapse(99);
      expect(again.state).toBe('pending');
      await elapse(1);
      expect(again.state).toBe('fulfilled');
    });

    test('waits for those that start in the meantime too', async () => {
      const queue = new PQueue();
      fill(queue, 1, 20);
      const waiting = watch(queue.onPendingZero());
      await elapse(10);
      fill(queue, 1, 30);
      await elapse(29);
      expect(waiting.state).toBe('pending');
      await elapse(1);
      expect(waiting.state).toBe('fulfilled');
    });

    test('after clear it waits for what runs', async () => {
      const queue = new PQueue({ concurrency: 1 });
      fill(queue, 3);
      queue.clear();
      const [zero, idle, empty] = [queue.onPendingZero(), queue.onIdle(), queue.onEmpty()].map(watch);
      await elapse(0);
      expect(states(zero!, idle!, empty!)).toBe('ppf');
      await elapse(100);
      expect(states(zero!, idle!, empty!)).toBe('fff');
    });
  });

  test('clear fulfils onEmpty, and onIdle if nothing runs', async () => {
    const queue = new PQueue({ autoStart: false });
    fill(queue, 2);
    const waiting = [watch(queue.onEmpty()), watch(queue.onIdle())];
    queue.clear();
    await elapse(0);
    expect(states(...waiting)).toBe('ff');
  });

  describe('onError', () => {
    test('rejects with the first error from then on', async () => {
      const queue = new PQueue({ concurrency: 2 });
      const reasons = Promise.all([queue.onError(), queue.onError()].map(reasonOf));
      const fail = async (ms: number, text: string) => {
        await later(ms);
        throw new RangeError(text);
      };
      const tasks = [queue.add(() => fail(20, 'second')), queue.add(() => fail(10, 'first'))].map(reasonOf);
      await elapse(20);
      await Promise.all(tasks);
      expect(await reasons).toEqual([new RangeError('first'), new RangeError('first')]);
      expect(queue.listenerCount('error')).toBe(0);
    });

    test('may race with onIdle', async () => {
      const queue = new PQueue({ concurrency: 1 });
      const tasks = [() => later(10), () => Promise.reject(new RangeError('broken')), () => later(10)];
      for (const task of tasks) queue.add<unknown>(task).catch(() => {});
      const race = watch(Promise.race([queue.onError(), queue.onIdle()]));
      await elapse(10);
      expect(race).toMatchObject({ state: 'rejected', reason: new RangeError('broken') });
      queue.pause();
      queue.clear();
    });
  });
});
