// What p-queue's own tests state of adding, limits, priorities and ends. Each statement is also checked against p-queue
// itself, so a statement that is wrong fails here and not at a user's.
import { describe, expect, test } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { BOTH, later, type PQueue } from '../support/p-queue.ts';
import { reasonOf, watch } from '../support/watch.ts';

useFakeTime();

describe.each(BOTH)('%s', (_name, { default: PQueue, TimeoutError }) => {
  const counts = (queue: PQueue) => [queue.size, queue.pending];
  /** Adds so many that never end. */
  const fill = (queue: PQueue, count: number) => {
    for (let task = 0; task < count; task++) void queue.add(() => new Promise(() => {}));
  };

  describe('add', () => {
    test('starts what there is room for inside the call, and gives its result', async () => {
      const queue = new PQueue({ concurrency: 2 });
      const gate = deferred<string>();
      const results = [queue.add(() => 'a'), queue.add(() => gate.promise), queue.add(async () => 'c')];
      expect(counts(queue)).toEqual([1, 2]);
      gate.resolve('b');
      expect(await Promise.all(results)).toEqual(['a', 'b', 'c']);
    });

    test('without a limit nothing waits', () => {
      const queue = new PQueue();
      fill(queue, 100);
      expect(counts(queue)).toEqual([0, 100]);
    });

    test('one at a time, in the order of the calls', async () => {
      const queue = new PQueue({ concurrency: 1 });
      const order: number[] = [];
      const begun = Date.now();
      const results = Promise.all(
        [300, 200, 100].map((ms) => queue.add(() => later(ms, ms).then((value) => order.push(value)))),
      );
      await elapse(599);
      expect(order).toEqual([300, 200]);
      await elapse(1);
      expect([await results, Date.now() - begun]).toEqual([[1, 2, 3], 600]);
    });

    test('never more than the limit, which is reached', async () => {
      const queue = new PQueue({ concurrency: 5 });
      let [running, peak] = [0, 0];
      const results = Array.from({ length: 100 }, (_, index) =>
        queue.add(async () => {
          peak = Math.max(peak, ++running);
          await later((index * 7) % 11);
          running--;
        }),
      );
      for (let step = 0; step < 30; step++) await elapse(11);
      await Promise.all(results);
      expect(peak).toBe(5);
    });

    test('a limit that is changed holds from then on', async () => {
      const queue = new PQueue({ concurrency: 5 });
      let running = 0;
      const seen: number[] = [];
      for (let task = 0; task < 20; task++) {
        void queue.add(async () => {
          seen.push(++running);
          await later(10);
          running--;
        });
      }
      queue.concurrency = 2;
      expect(queue.concurrency).toBe(2);
      await elapse(10);
      expect(running).toBe(2);
      queue.concurrency = 4;
      expect([running, counts(queue)]).toEqual([4, [11, 4]]);
      await elapse(100);
      expect(Math.max(...seen)).toBe(5);
      expect(counts(queue)).toEqual([0, 0]);
    });

    test('goes by priority, which is 0 by default, and then by arrival', async () => {
      const queue = new PQueue({ concurrency: 1 });
      const order: string[] = [];
      for (const [name, priority] of [
        ['at once', 1],
        ['0', 0],
        ['1', 1],
        ['0 too', undefined],
        ['1 too', 1],
        ['2', 2],
        ['-1', -1],
        ['a half', 0.5],
        ['huge', 1e300],
      ] as const) {
        void queue.add(() => order.push(name), { priority: priority as number });
      }
      await queue.onIdle();
      expect(order).toEqual(['at once', 'huge', '2', '1', '1 too', 'a half', '0', '0 too', '-1']);
    });

    test('functions may answer at once or with a promise, and throw or reject', async () => {
      const queue = new PQueue({ concurrency: 1 });
      const failure = new RangeError('broken');
      const results = [
        queue.add(() => 'sync'),
        queue.add(async () => 'async'),
        queue.add(() => {
          throw failure;
        }),
        queue.add((): Promise<string> => Promise.reject(failure)),
        queue.add(() => undefined),
      ].map((promise) => watch<string | undefined>(promise));
      await queue.onIdle();
      expect(results.map(({ value, reason }) => value ?? reason)).toEqual([
        'sync',
        'async',
        failure,
        failure,
        undefined,
      ]);
      expect(counts(queue)).toEqual([0, 0]);
    });

    test('is free before the caller goes on', async () => {
      const queue = new PQueue({ concurrency: 2 });
      await queue.add(async () => {});
      expect(queue.pending).toBe(0);
      await queue.add(() => 'value');
      expect(queue.pending).toBe(0);
      const failing = queue.add(() => Promise.reject(new Error('broken')));
      await reasonOf(failing);
      expect(queue.pending).toBe(0);
    });

    test('what is no function rejects when its turn comes', async () => {
      const queue = new PQueue();
      expect(await reasonOf(queue.add('text' as never))).toBeInstanceOf(TypeError);
      expect(counts(queue)).toEqual([0, 0]);
    });

    test('leaves the options alone', async () => {
      const queue = new PQueue({ concurrency: 1 });
      const options = Object.freeze({ priority: 5 });
      await queue.addAll([() => 'a', () => 'b'], options);
      await queue.add(() => 'c', options);
      expect(Object.keys(options)).toEqual(['priority']);
    });
  });

  describe('addAll', () => {
    test('adds all, and gives all results', async () => {
      const queue = new PQueue({ concurrency: 2 });
      const all = queue.addAll([() => 'a', async () => 'b', () => later(10, 'c')]);
      expect(counts(queue)).toEqual([1, 2]);
      await elapse(10);
      expect(await all).toEqual(['a', 'b', 'c']);
    });

    test('fails with the first that fails, and the others run', async () => {
      const queue = new PQueue({ concurrency: 1 });
      let ran = 0;
      const failure = new RangeError('broken');
      expect(await reasonOf(queue.addAll<unknown>([() => Promise.reject(failure), () => ran++]))).toBe(
        failure,
      );
      await queue.onIdle();
      expect(ran).toBe(1);
    });
  });

  describe('pausing', () => {
    test('with autoStart: false nothing starts until start()', () => {
      const queue = new PQueue({ concurrency: 2, autoStart: false });
      fill(queue, 4);
      expect([counts(queue), queue.isPaused]).toEqual([[4, 0], true]);
      expect(queue.start()).toBe(queue);
      expect([counts(queue), queue.isPaused]).toEqual([[2, 2], false]);
    });

    test('pause() and start(), again and again', () => {
      const queue = new PQueue({ concurrency: 2 });
      queue.pause();
      fill(queue, 5);
      expect([counts(queue), queue.isPaused]).toEqual([[5, 0], true]);
      queue.start();
      expect([counts(queue), queue.isPaused]).toEqual([[3, 2], false]);
      fill(queue, 1);
      queue.pause();
      expect([counts(queue), queue.isPaused]).toEqual([[4, 2], true]);
      queue.start().start();
      expect([counts(queue), queue.isPaused]).toEqual([[4, 2], false]);
    });

    test('what ends while it is paused starts nobody', async () => {
      const queue = new PQueue({ concurrency: 1 });
      void queue.add(() => later(10));
      fill(queue, 2);
      queue.pause();
      await elapse(20);
      expect(counts(queue)).toEqual([2, 0]);
    });
  });

  describe('clear', () => {
    test('forgets those who wait, and leaves those alone that run', async () => {
      const queue = new PQueue({ concurrency: 2 });
      const results = Array.from({ length: 6 }, () => watch(queue.add(() => later(10, 'done'))));
      expect(counts(queue)).toEqual([4, 2]);
      queue.clear();
      expect(counts(queue)).toEqual([0, 2]);
      await elapse(50);
      const [done, pending] = ['fulfilled', 'pending'];
      expect(results.map(({ state }) => state)).toEqual([done, done, pending, pending, pending, pending]);
    });

    test('may be used again', async () => {
      const queue = new PQueue({ concurrency: 1, autoStart: false });
      fill(queue, 3);
      queue.clear();
      queue.start();
      expect(await queue.add(() => 'value')).toBe('value');
    });
  });

  describe('setPriority', () => {
    const order = async (concurrency: number, change: (queue: PQueue) => void) => {
      const queue = new PQueue({ concurrency });
      const started: string[] = [];
      for (const id of ['a', 'b', 'c', 'd', 'e']) {
        void queue.add(
          () => {
            started.push(id);
            return later(10);
          },
          { id },
        );
      }
      change(queue);
      await elapse(100);
      return started.join('');
    };

    test('lets one start sooner', async () => {
      expect(await order(1, (queue) => queue.setPriority('c', 1))).toBe('acbde');
      expect(await order(2, (queue) => queue.setPriority('d', 1))).toBe('abdce');
      expect(await order(3, (queue) => queue.setPriority('e', 1))).toBe('abced');
    });

    test('lets one start later, and several anew', async () => {
      expect(await order(1, (queue) => queue.setPriority('b', -1))).toBe('acdeb');
      const several = (queue: PQueue) => {
        queue.setPriority('e', 2);
        queue.setPriority('d', 1);
        queue.setPriority('c', 1);
      };
      expect(await order(2, several)).toBe('abedc');
    });

    test('puts one behind all of its new priority, also of the one that it has', async () => {
      expect(await order(1, (queue) => queue.setPriority('b', 0))).toBe('acdeb');
    });

    test('names tasks by numbers that have no name', async () => {
      const queue = new PQueue({ concurrency: 1 });
      const started: number[] = [];
      for (let task = 1; task <= 4; task++) {
        void queue.add(async () => {
          started.push(task);
        });
      }
      queue.setPriority('3', 1);
      await queue.onIdle();
      expect(started).toEqual([1, 3, 2, 4]);
    });

    test('means the first of several with one name', async () => {
      const queue = new PQueue({ concurrency: 1, autoStart: false });
      const started: string[] = [];
      const add = (name: string, id: string, priority: number) =>
        void queue.add(() => started.push(name), { id, priority });
      add('low', 'same', 0);
      add('high', 'same', 1);
      add('high too', 'same', 1);
      add('other', 'other', 3);
      queue.setPriority('same', 2);
      queue.setPriority('same', 4);
      queue.start();
      await queue.onIdle();
      expect(started).toEqual(['high', 'other', 'high too', 'low']);
    });

    test('throws for a name that nobody has who waits, and for what is no priority', () => {
      const queue = new PQueue({ concurrency: 1 });
      void queue.add(() => later(10), { id: 'runs' });
      void queue.add(() => later(10), { id: 'waits' });
      for (const id of ['runs', 'nobody']) {
        expect(() => queue.setPriority(id, 5)).toThrow(
          new ReferenceError(`No promise function with the id "${id}" exists in the queue.`),
        );
      }
      for (const priority of [Number.NaN, Number.POSITIVE_INFINITY, '1', undefined]) {
        expect(() => queue.setPriority('waits', priority as number)).toThrow(
          new TypeError(
            `Expected \`priority\` to be a finite number, got \`${priority}\` (${typeof priority})`,
          ),
        );
      }
    });
  });

  test('sizeBy counts those of a priority who wait', () => {
    const queue = new PQueue({ autoStart: false });
    for (const priority of [1, 0, 1, undefined, -3])
      void queue.add(() => 0, { priority: priority as number, id: 'x' });
    const sizes = () => [1, 0, -3, 7].map((priority) => queue.sizeBy({ priority }));
    expect(sizes()).toEqual([2, 2, 1, 0]);
    expect([queue.sizeBy({}), queue.sizeBy({ id: 'x' })]).toEqual([0, 0]);
    queue.setPriority('x', 7);
    expect(sizes()).toEqual([1, 2, 1, 1]);
    queue.clear();
    expect(sizes()).toEqual([0, 0, 0, 0]);
  });

  describe('timeouts', () => {
    test('a task that takes longer is given up on, and one that does not is not', async () => {
      const queue = new PQueue({ timeout: 300 });
      const results = [
        watch(queue.add(() => later(301))),
        watch(queue.add(() => later(299, 'in time'))),
        watch(queue.add(() => later(400, 'longer'), { timeout: 500 })),
        watch(queue.add(() => later(100), { timeout: 10 })),
        watch(queue.add(() => later(1000, 'for ever'), { timeout: undefined as never })),
      ];
      await elapse(299);
      await elapse(1);
      expect(results.map(({ state }) => state)).toEqual([
        'rejected',
        'fulfilled',
        'pending',
        'rejected',
        'pending',
      ]);
      for (const at of [0, 3]) expect(results[at]!.reason).toBeInstanceOf(TimeoutError);
      expect(results[0]!.reason).toMatchObject({
        name: 'TimeoutError',
        message: 'Task timed out after 300ms (queue has 1 running, 0 waiting)',
      });
      expect(Object.keys(results[0]!.reason as Error)).toEqual(['name', 'message']);
      expect((results[0]!.reason as Error).stack).toContain('TimeoutError');
      await elapse(700);
      expect([results[2]!.value, results[4]!.value]).toEqual(['longer', 'for ever']);
    });

    test('the time in the queue does not count, and the place is free at once', async () => {
      const queue = new PQueue({ concurrency: 1, timeout: 20 });
      let ended = false;
      const first = watch(
        queue.add(async () => {
          await later(100);
          ended = true;
        }),
      );
      const second = watch(queue.add(() => later(15, 'second')));
      await elapse(20);
      expect([first.state, second.state, ended, queue.pending]).toEqual(['rejected', 'pending', false, 1]);
      await elapse(15);
      expect([second.value, ended, queue.pending]).toEqual(['second', false, 0]);
    });

    test('can be changed for those that come', async () => {
      const queue = new PQueue({ timeout: 50, concurrency: 2 });
      const late = watch(queue.add(() => later(60)));
      queue.timeout = 200;
      const inTime = watch(queue.add(() => later(60, 'in time')));
      delete queue.timeout;
      await elapse(60);
      expect([late.state, inTime.value]).toEqual(['rejected', 'in time']);
      const without = watch(queue.add(() => later(1000)));
      await elapse(999);
      expect(without.state).toBe('pending');
    });
  });
});
