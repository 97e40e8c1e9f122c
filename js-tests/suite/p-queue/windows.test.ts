// What p-queue's own tests state of intervals, fixed and strict, and of being rate-limited; of p-queue too.
import { describe, expect, test } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { BOTH, later, type Options, type PQueue } from '../support/p-queue.ts';
import { reasonOf, watch } from '../support/watch.ts';

useFakeTime();

describe.each(BOTH)('%s', (_name, { default: PQueue }) => {
  /** A queue with the moments at which its tasks started, counted from now. */
  const timed = (options: Options) => {
    const queue = new PQueue(options);
    const begun = Date.now();
    const starts: number[] = [];
    const add = (count: number, ms = 0) => {
      for (let task = 0; task < count; task++) {
        void queue.add(() => {
          starts.push(Date.now() - begun);
          return later(ms);
        });
      }
    };
    return { queue, starts, add };
  };
  /** Lets time pass in small steps. */
  const pass = async (ms: number) => {
    for (let step = 0; step < ms; step += 10) await elapse(10);
  };
  /** Writes down the beginning and the end of being rate-limited. */
  const transitions = (queue: PQueue) => {
    const events: string[] = [];
    queue.on('rateLimit', () => events.push('limited'));
    queue.on('rateLimitCleared', () => events.push('free'));
    return events;
  };

  describe('fixed intervals', () => {
    test('no more start in each than the cap', async () => {
      const { starts, add } = timed({ interval: 100, intervalCap: 2 });
      add(5);
      expect(starts).toEqual([0, 0]);
      await pass(300);
      expect(starts).toEqual([0, 0, 100, 100, 200]);
    });

    test('those who take longer than an interval hold up nobody, unless they are carried over', async () => {
      const plain = timed({ interval: 100, intervalCap: 2 });
      const carried = timed({ interval: 100, intervalCap: 2, carryoverIntervalCount: true });
      for (const { add } of [plain, carried]) add(6, 150);
      await pass(600);
      expect(plain.starts).toEqual([0, 0, 100, 100, 200, 200]);
      expect(carried.starts).toEqual([0, 0, 200, 200, 400, 400]);
    });

    test('the limit of those who run holds as well', async () => {
      const { queue, starts, add } = timed({ interval: 100, intervalCap: 3, concurrency: 2 });
      add(6, 40);
      await pass(300);
      expect(starts).toEqual([0, 0, 40, 100, 100, 140]);
      expect(queue.pending).toBe(0);
    });

    test('what was used up is remembered while the queue rests', async () => {
      const { queue, starts, add } = timed({ interval: 1000, intervalCap: 2 });
      await queue.add(() => 'first');
      await pass(300);
      add(1, 200);
      add(1);
      await pass(50);
      expect(starts).toEqual([300]);
      await pass(1000);
      expect(starts).toHaveLength(2);
    });

    test('it is forgotten on time, also while the queue rests', async () => {
      const { queue, starts, add } = timed({ interval: 1000, intervalCap: 2 });
      const all = queue.addAll([() => later(500), () => later(500)]);
      await pass(500);
      await all;
      await pass(600);
      add(2);
      expect(starts).toEqual([1100, 1100]);
    });

    test('one by one, each awaited, they keep the distance', async () => {
      const queue = new PQueue({ interval: 100, intervalCap: 1 });
      const begun = Date.now();
      const starts: number[] = [];
      const loop = (async () => {
        for (let task = 0; task < 5; task++) await queue.add(() => starts.push(Date.now() - begun));
      })();
      await pass(500);
      await loop;
      expect(starts).toEqual([0, 100, 200, 300, 400]);
    });

    test('after a rest in the middle of an interval a new one has all its starts', async () => {
      for (const carryoverIntervalCount of [false, true]) {
        const { starts, add } = timed({ interval: 200, intervalCap: 2, carryoverIntervalCount });
        add(1);
        await pass(120);
        add(1);
        await pass(100);
        add(3);
        expect(starts).toEqual([0, 120, 220, 220]);
        await pass(200);
        expect(starts).toEqual([0, 120, 220, 220, 420]);
      }
    });

    test('before its end one that is used up is waited out', async () => {
      const { starts, add } = timed({ interval: 200, intervalCap: 2 });
      add(1);
      await pass(120);
      add(1);
      await pass(10);
      add(1);
      await pass(60);
      expect(starts).toEqual([0, 120]);
      await pass(10);
      expect(starts).toEqual([0, 120, 200]);
    });

    test('after a long rest they begin anew', async () => {
      const { starts, add } = timed({ interval: 100, intervalCap: 1 });
      add(2);
      await pass(1000);
      add(2);
      await pass(200);
      expect(starts).toEqual([0, 100, 1000, 1100]);
    });

    test('pausing keeps the intervals', async () => {
      const { queue, starts, add } = timed({ interval: 100, intervalCap: 2 });
      add(5);
      queue.pause();
      await pass(350);
      expect([starts, queue.size]).toEqual([[0, 0], 3]);
      queue.start();
      await pass(150);
      expect(starts).toHaveLength(5);
      expect([starts[2], starts[3]]).toEqual([350, 350]);
    });

    test('a task that pauses its queue stops it', async () => {
      const queue = new PQueue({ interval: 100, intervalCap: 1 });
      void queue.add(() => queue.pause());
      void queue.add(() => 'never');
      await pass(300);
      expect(queue.size).toBe(1);
    });

    test('tasks and listeners that add more find the count of the interval', async () => {
      const queue = new PQueue({ interval: 100, intervalCap: 2 });
      const starts: number[] = [];
      const add = (task: number): void => {
        void queue.add(() => {
          starts.push(task);
          if (task < 4) add(task + 1);
        });
      };
      add(0);
      expect(starts).toEqual([0, 1]);
      await pass(300);
      expect(starts).toEqual([0, 1, 2, 3, 4]);
      const other = new PQueue({ interval: 100, intervalCap: 2 });
      let [left, started] = [5, 0];
      other.on('active', () => {
        if (left-- > 0) void other.add(() => started++);
      });
      void other.add(() => started++);
      expect(started).toBe(2);
      await pass(300);
      expect(started).toBe(6);
    });

    test('priorities hold among those who wait for the next', async () => {
      const queue = new PQueue({ interval: 50, intervalCap: 1 });
      const order: string[] = [];
      for (const id of ['a', 'b', 'c', 'd']) void queue.add(() => order.push(id), { id });
      queue.setPriority('d', 1);
      await pass(200);
      expect(order.join('')).toBe('adbc');
    });

    test.each([{ interval: 0, intervalCap: 1 }, { interval: 100 }, { intervalCap: 1 }])(
      '%o is no limit',
      (options) => {
        const { queue, add } = timed(options);
        add(10, 10);
        expect([queue.pending, queue.isRateLimited]).toEqual([10, false]);
      },
    );
  });

  describe('strict', () => {
    test('no span of that length sees more than the cap', async () => {
      const { starts, add } = timed({ interval: 100, intervalCap: 2, strict: true });
      add(1);
      await pass(60);
      add(5);
      await pass(400);
      expect(starts).toEqual([0, 60, 100, 160, 200, 260]);
    });

    test('many at once', async () => {
      const { starts, add } = timed({ interval: 100, intervalCap: 10, strict: true });
      add(30);
      await pass(300);
      expect(starts).toEqual([0, 100, 200].flatMap((at) => new Array(10).fill(at)));
    });

    test('a rest and clear() forget nothing', async () => {
      const { queue, starts, add } = timed({ interval: 100, intervalCap: 2, strict: true });
      add(2);
      await pass(10);
      queue.clear();
      add(3);
      queue.clear();
      add(2);
      await pass(80);
      expect(starts).toEqual([0, 0]);
      await pass(20);
      expect(starts).toEqual([0, 0, 100, 100]);
      await pass(500);
      add(2);
      expect(starts.slice(4)).toEqual([610, 610]);
    });

    test('with a limit of those who run, pauses and priorities', async () => {
      const queue = new PQueue({ interval: 100, intervalCap: 3, concurrency: 1, strict: true });
      const begun = Date.now();
      const order: [number, number][] = [];
      for (const priority of [0, 1, 2, 3, 4]) {
        void queue.add(
          () => {
            order.push([priority, Date.now() - begun]);
            return later(20);
          },
          { priority },
        );
      }
      await pass(30);
      queue.pause();
      await pass(40);
      queue.start();
      await pass(150);
      expect(order).toEqual([
        [0, 0],
        [4, 20],
        [3, 70],
        [2, 100],
        [1, 120],
      ]);
    });

    test('counts starts, however long tasks take, and whether they are given up on', async () => {
      const { starts, add, queue } = timed({ interval: 50, intervalCap: 1, strict: true, timeout: 70 });
      queue.on('error', () => {});
      const failing = watch(queue.add(() => later(200)));
      add(2, 10);
      await pass(100);
      expect([starts, failing.state]).toEqual([[50, 100], 'rejected']);
    });

    test('hundreds of starts are forgotten when they count no longer', async () => {
      const { starts, add } = timed({ interval: 10, intervalCap: 100, strict: true });
      for (let round = 0; round < 5; round++) {
        add(100);
        await pass(10);
      }
      expect(starts).toEqual([0, 10, 20, 30, 40].flatMap((at) => new Array(100).fill(at)));
    });

    test('carrying over means nothing', async () => {
      const { starts, add } = timed({
        interval: 50,
        intervalCap: 1,
        strict: true,
        carryoverIntervalCount: true,
      });
      add(3, 200);
      await pass(100);
      expect(starts).toEqual([0, 50, 100]);
    });
  });

  describe.each([{ strict: false }, { strict: true }])('being rate-limited, with %o', ({ strict }) => {
    const options = { interval: 100, intervalCap: 2, strict };

    test('is so while some wait for the next start, and told once', async () => {
      const queue = new PQueue(options);
      const events = transitions(queue);
      const [limited, free] = [watch(queue.onRateLimit()), watch(queue.onRateLimitCleared())];
      for (let task = 0; task < 5; task++) void queue.add(() => later(5));
      expect([queue.isRateLimited, queue.isSaturated]).toEqual([false, false]);
      await elapse(0);
      expect([queue.isRateLimited, queue.isSaturated, events]).toEqual([true, true, ['limited']]);
      expect([limited.state, free.state]).toEqual(['fulfilled', 'fulfilled']);
      await queue.onRateLimit();
      const cleared = watch(queue.onRateLimitCleared());
      await pass(50);
      expect([cleared.state, events.length]).toEqual(['pending', 1]);
      await pass(200);
      expect([cleared.state, queue.isRateLimited, queue.size]).toEqual(['fulfilled', false, 0]);
      expect([events.at(0), events.at(-1)]).toEqual(['limited', 'free']);
    });

    test('is not so when nobody waits', async () => {
      const queue = new PQueue({ ...options, carryoverIntervalCount: true });
      const events = transitions(queue);
      await Promise.all([queue.add(() => {}), queue.add(() => {})]);
      expect([queue.isRateLimited, events]).toEqual([false, []]);
    });

    test('ends inside clear()', async () => {
      const queue = new PQueue(options);
      const events = transitions(queue);
      for (let task = 0; task < 5; task++) void queue.add(() => later(5));
      await elapse(0);
      queue.clear();
      expect([queue.isRateLimited, events]).toEqual([false, ['limited', 'free']]);
      await pass(300);
      expect(events).toEqual(['limited', 'free']);
    });

    test('ends when the last who waits is aborted', async () => {
      const queue = new PQueue(options);
      const controller = new AbortController();
      for (let task = 0; task < 2; task++) void queue.add(() => {});
      const reason = reasonOf(queue.add(() => {}, { signal: controller.signal }));
      await elapse(0);
      expect(queue.isRateLimited).toBe(true);
      controller.abort();
      await reason;
      await elapse(0);
      expect(queue.isRateLimited).toBe(false);
    });

    test('is so while it is paused, too', async () => {
      const queue = new PQueue(options);
      for (let task = 0; task < 4; task++) void queue.add(() => {});
      queue.pause();
      await elapse(0);
      expect(queue.isRateLimited).toBe(true);
      queue.start();
      await pass(150);
      expect([queue.isRateLimited, queue.size]).toEqual([false, 0]);
    });

    test('tasks that fail count as any other', async () => {
      const queue = new PQueue(options);
      const events = transitions(queue);
      const tasks = [1, 2, 3, 4].map(() => watch(queue.add(() => Promise.reject(new Error('broken')))));
      await elapse(0);
      expect([events, queue.size]).toEqual([['limited'], 2]);
      await pass(100);
      expect(tasks.map(({ state }) => state)).toEqual(new Array(4).fill('rejected'));
    });
  });
});
