// What p-queue's own tests state of its events, and what eventemitter3 does with listeners; of p-queue too.
import { describe, expect, test } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { BOTH, EVENTS, later, type PQueue } from '../support/p-queue.ts';
import { reasonOf } from '../support/watch.ts';

useFakeTime();

describe.each(BOTH)('%s', (_name, { default: PQueue }) => {
  /** Counts events from now on. */
  const count = (queue: PQueue) => {
    const counts: Partial<Record<(typeof EVENTS)[number], number>> = {};
    for (const event of EVENTS) {
      queue.on(event, () => {
        counts[event] = (counts[event] ?? 0) + 1;
      });
    }
    return counts;
  };

  test('each comes as often as it should', async () => {
    const queue = new PQueue({ concurrency: 1 });
    const counts = count(queue);
    const first = queue.add(() => later(10));
    const second = queue.add(() => later(10));
    expect(counts).toEqual({ add: 2, active: 1 });
    await elapse(10);
    await first;
    expect(counts).toEqual({ add: 2, active: 2, completed: 1, next: 1, pendingZero: 1 });
    await elapse(10);
    await second;
    const idle = { completed: 2, next: 2, pendingZero: 2, empty: 1, idle: 1 };
    expect(counts).toEqual({ add: 2, active: 2, ...idle });
    await reasonOf(queue.add(() => Promise.reject(new Error('broken'))));
    expect(counts).toMatchObject({ completed: 2, error: 1, next: 3, empty: 2, idle: 2 });
  });

  test('completed and error tell what came of a task', async () => {
    const queue = new PQueue();
    const told: unknown[] = [];
    queue.on('completed', (value) => told.push(['completed', value]));
    queue.on('error', (reason) => told.push(['error', reason]));
    const failure = new RangeError('broken');
    await queue.add(() => 'value');
    await reasonOf(queue.add(() => Promise.reject(failure)));
    expect(told).toEqual([
      ['completed', 'value'],
      ['error', failure],
    ]);
  });

  test('clear tells that it is empty, and idle only if nothing runs', async () => {
    const queue = new PQueue({ concurrency: 1 });
    const task = queue.add(() => later(100));
    for (let task = 0; task < 2; task++) void queue.add(() => later(50));
    const counts = count(queue);
    queue.clear();
    expect(counts).toEqual({ empty: 1, next: 1 });
    await elapse(100);
    await task;
    expect(counts).toEqual({ empty: 2, next: 2, completed: 1, pendingZero: 1, idle: 1 });
  });

  test('an aborted task that waits is next, and neither completed nor an error', async () => {
    const queue = new PQueue({ autoStart: false });
    const counts = count(queue);
    const controller = new AbortController();
    const task = reasonOf(queue.add(() => 'value', { signal: controller.signal }));
    controller.abort();
    await task;
    expect(counts).toEqual({ add: 1, empty: 1, idle: 1, next: 1 });
  });

  describe('listeners', () => {
    const calls: unknown[] = [];
    const note =
      (name: string) =>
      (...args: unknown[]) =>
        void calls.push([name, ...args]);
    const take = () => calls.splice(0);

    test('are called in their order, with all arguments, and emit tells whether there were any', () => {
      const queue = new PQueue();
      expect(queue.emit('completed')).toBe(false);
      queue.on('completed', note('a')).addListener('completed', note('b'));
      expect(queue.emit('completed', 1, 2, 3, 4, 5, 6, 7)).toBe(true);
      expect(take()).toEqual([
        ['a', 1, 2, 3, 4, 5, 6, 7],
        ['b', 1, 2, 3, 4, 5, 6, 7],
      ]);
      expect(queue.emit('error', 'nobody minds')).toBe(false);
    });

    test('have the queue as their this, or what was given', () => {
      const queue = new PQueue();
      const seen: unknown[] = [];
      function look(this: unknown) {
        seen.push(this);
      }
      const context = { own: true };
      queue.on('add', look).on('add', look, context).once('add', look, context);
      queue.emit('add');
      expect(seen).toEqual([queue, context, context]);
    });

    test('may listen once', () => {
      const queue = new PQueue();
      const once = note('once');
      queue.once('next', once).on('next', note('always')).once('next', once);
      queue.emit('next');
      queue.emit('next');
      expect(take()).toEqual([['once'], ['always'], ['once'], ['always']]);
    });

    test('are removed by function, context and kind', () => {
      const queue = new PQueue();
      const [a, b, context] = [note('a'), note('b'), {}];
      const listen = () =>
        queue.removeAllListeners().on('idle', a).on('idle', a, context).once('idle', a).on('idle', b);
      const left = () =>
        queue
          .listeners('idle')
          .map((each) => (each === a ? 'a' : 'b'))
          .join('');
      listen();
      expect(left()).toBe('aaab');
      expect(queue.listenerCount('idle')).toBe(4);
      listen().off('idle', a);
      expect(left()).toBe('b');
      listen().off('idle', a, context);
      expect(left()).toBe('aab');
      listen().removeListener('idle', a, undefined, true);
      expect(left()).toBe('aab');
      listen().off('idle', note('a stranger'));
      expect(left()).toBe('aaab');
      listen().off('idle');
      expect(left()).toBe('');
      listen().removeAllListeners('idle');
      expect(left()).toBe('');
      listen().removeAllListeners('add');
      expect(left()).toBe('aaab');
      listen().removeAllListeners();
      expect(queue.eventNames()).toEqual([]);
    });

    test('that come while others are called wait for the next time, and those that go are called once more', () => {
      const queue = new PQueue();
      const last = note('last');
      queue.on('empty', () => {
        calls.push('first');
        queue.on('empty', note('newcomer'));
        queue.off('empty', last);
      });
      queue.on('empty', last);
      queue.emit('empty');
      expect(take()).toEqual(['first', ['last']]);
      queue.emit('empty');
      expect(take()).toEqual(['first', ['newcomer']]);
    });

    test('have to be functions', () => {
      const queue = new PQueue();
      for (const method of ['on', 'once', 'addListener'] as const) {
        expect(() => queue[method]('add', 'text' as never)).toThrow(
          new TypeError('The listener must be a function'),
        );
      }
    });

    test('names of events', () => {
      const queue = new PQueue();
      expect([queue.eventNames(), queue.listeners('add'), queue.listenerCount('add')]).toEqual([[], [], 0]);
      queue.on('next', note('next')).once('add', note('add'));
      expect(queue.eventNames()).toEqual(['next', 'add']);
      queue.emit('add');
      expect(queue.eventNames()).toEqual(['next']);
      take();
    });
  });

  describe('a listener that throws', () => {
    const broken = () => {
      throw new RangeError('the listener');
    };

    test('of add rejects, and the task waits', async () => {
      const queue = new PQueue();
      queue.once('add', broken);
      let ran = false;
      const work = () => {
        ran = true;
      };
      expect(await reasonOf(queue.add(work))).toEqual(new RangeError('the listener'));
      expect([queue.size, ran]).toEqual([1, false]);
      await queue.add(() => 'another');
      expect([queue.size, ran]).toEqual([0, true]);
    });

    test('of active rejects too late for a task that ran', async () => {
      const queue = new PQueue();
      queue.once('active', broken);
      expect(await reasonOf(queue.add(() => later(10)))).toEqual(new RangeError('the listener'));
      expect(queue.pending).toBe(1);
      await elapse(10);
      expect(queue.pending).toBe(0);
    });

    test('of completed is an error of the task, whose result has been told', async () => {
      const queue = new PQueue();
      const errors: unknown[] = [];
      queue.on('error', (error) => errors.push(error));
      queue.on('completed', broken);
      expect(await queue.add(() => 'value')).toBe('value');
      expect([errors, queue.pending]).toEqual([[new RangeError('the listener')], 0]);
    });
  });
});
