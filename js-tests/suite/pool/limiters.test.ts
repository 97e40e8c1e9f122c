// What becomes of a pool whose limiter is shut, or has no place for a task that comes back.
import { ClosedError, createLimiter, type PoolTask, PushPullBuffer, TaskPool } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { settle } from '../support/turns.ts';

useFakeTime();

/** Envelopes in short. */
async function linesOf(pool: TaskPool): Promise<string[]> {
  const lines: string[] = [];
  for await (const { type, taskId, ...rest } of pool.runTasks()) {
    const what = 'error' in rest ? (rest.error as Error).name : String(rest.value);
    lines.push(`${taskId} ${type} ${what}`);
  }
  return lines;
}

describe('a limiter that is shut', () => {
  test('ends a pool that waits for its source', async () => {
    for (const shut of ['close', 'abort', 'close above', 'closed before'] as const) {
      const controller = new AbortController();
      const parent = createLimiter(2);
      const limiter = createLimiter({ concurrency: 2, signal: controller.signal, parent });
      if (shut === 'closed before') await limiter.close();
      const buffer = new PushPullBuffer<() => number>({ capacity: 1 });
      const ended = new TaskPool('waiting', buffer.source, limiter).run();
      await settle();
      if (shut === 'close') void limiter.close();
      if (shut === 'abort') controller.abort(new Error('enough'));
      if (shut === 'close above') void parent.close();
      expect((await ended).counts, shut).toEqual({ total: 0, fulfilled: 0, rejected: 0 });
      expect(await buffer.sink.next(() => 1), shut).toEqual({ done: true });
    }
  });

  test('ends tasks that are suspended, and waits for those that run', async () => {
    const limiter = createLimiter(2);
    const running = deferred<string>();
    const pool = new TaskPool('mixed', [(task: PoolTask) => task.receive(), () => running.promise], limiter);
    const lines = linesOf(pool);
    await settle();
    expect(pool.stats().suspended.length).toBe(1);
    const closed = limiter.close({ grace: 1_000 });
    await settle();
    expect(pool.stats().suspended).toEqual([]);
    running.resolve('done');
    expect(await lines).toEqual(['0 ERROR ClosedError', '1 FINAL done']);
    expect(await closed).toMatchObject({ drained: true });
  });
});

describe('a task that comes back', () => {
  test('waits where the queue is full, and never runs without a slot', async () => {
    const limiter = createLimiter({ concurrency: 1, maxQueue: 1 });
    let running = 0;
    let most = 0;
    const inside = async <T>(value: T, wait: Promise<unknown>): Promise<T> => {
      most = Math.max(most, ++running);
      await wait;
      running--;
      return value;
    };
    const away = deferred<void>();
    const gates = [deferred<void>(), deferred<void>()];
    const pool = new TaskPool(
      'full',
      [
        async (task: PoolTask) => {
          await task.suspend(away.promise);
          return inside('back', Promise.resolve());
        },
      ],
      limiter,
    );
    const lines = linesOf(pool);
    await settle();
    const others = gates.map(({ promise }) => limiter(() => inside('other', promise)));
    await settle();
    away.resolve();
    await elapse(100);
    expect(pool.stats().suspended.length).toBe(1);
    for (const gate of gates) gate.resolve();
    await Promise.all(others);
    await elapse(100);
    expect(await lines).toEqual(['0 FINAL back']);
    expect(most).toBe(1);
  });

  test('is not lost when the queue is cleared', async () => {
    const limiter = createLimiter(1);
    const away = deferred<void>();
    const pool = new TaskPool('cleared', [(task: PoolTask) => task.suspend(away.promise)], limiter);
    const lines = linesOf(pool);
    await settle();
    const gate = deferred<void>();
    const other = limiter(() => gate.promise);
    await settle();
    away.resolve();
    await settle();
    limiter.clear();
    await elapse(10);
    gate.resolve();
    await other;
    await elapse(100);
    expect(await lines).toEqual(['0 FINAL undefined']);
  });

  test('that was aborted meanwhile has its slot for what is left to do', async () => {
    const limiter = createLimiter({ concurrency: 1, maxQueue: 1 });
    const controller = new AbortController();
    const gates = [deferred<void>(), deferred<void>()];
    let cleanedUp = 0;
    const pool = new TaskPool(
      'aborted',
      [
        {
          signal: controller.signal,
          run: async (task: PoolTask) => {
            try {
              await task.receive();
            } finally {
              cleanedUp = limiter.activeCount;
            }
          },
        },
      ],
      limiter,
    );
    const lines = linesOf(pool);
    await settle();
    const others = gates.map(({ promise }) => limiter(() => promise));
    await settle();
    controller.abort(new Error('no'));
    expect(await lines).toEqual(['0 ERROR Error']);
    await elapse(100);
    expect(cleanedUp).toBe(0);
    for (const gate of gates) gate.resolve();
    await Promise.all(others);
    await elapse(100);
    expect(cleanedUp).toBe(1);
    expect(limiter.activeCount).toBe(0);
  });
});

describe('tasks without slots', () => {
  test('are so many at most', async () => {
    let started = 0;
    function* tasks() {
      for (;;) {
        started++;
        yield (task: PoolTask) => task.receive();
      }
    }
    const pool = new TaskPool('receivers', tasks(), 5, { maxSuspended: 20 });
    const stream = pool.runTasks();
    const first = stream.next();
    await settle();
    expect(pool.stats().suspended.length).toBe(20);
    const { taskId } = pool.stats().suspended[3] as { taskId: number };
    pool.send(taskId, 'approved');
    expect(await first).toMatchObject({ value: { taskId, value: 'approved' } });
    await settle();
    expect([started, pool.stats().suspended.length]).toEqual([21, 20]);
    await stream.return();
  });

  test('do not hold up others while they sleep before their next attempt', async () => {
    const healthy: string[] = [];
    const failing = async () => {
      throw new Error('ill');
    };
    const pool = new TaskPool(
      'ill and well',
      [failing, failing, ...['a', 'b', 'c'].map((name) => async () => void healthy.push(name))],
      2,
      { retry: { retries: 1, backoff: { kind: 'constant', base: 400 } } },
    );
    const ended = pool.run();
    await settle();
    expect(healthy).toEqual(['a', 'b', 'c']);
    await elapse(1_000);
    expect((await ended).counts).toEqual({ total: 5, fulfilled: 3, rejected: 2 });
  });

  test('`maxSuspended` is checked', () => {
    for (const wrong of [0, -1, 1.5]) {
      expect(() => new TaskPool('x', [], 1, { maxSuspended: wrong })).toThrow('`maxSuspended`');
    }
  });
});

describe('what tasks are called', () => {
  test('is unique, whatever the others are called', async () => {
    const slow = deferred<string>();
    const pool = new TaskPool('named', [{ id: 1, run: () => slow.promise }, async () => 'fast'], 2);
    const lines = linesOf(pool);
    await settle();
    slow.resolve('slow');
    expect(await lines).toEqual(['#1 FINAL fast', '1 FINAL slow']);
    expect(pool.progress).toMatchObject({ running: 0, done: 2 });
  });

  test('a task that is added with a dead signal ends once', async () => {
    const gate = deferred<void>();
    const pool = new TaskPool(
      'adding',
      [
        async (task: PoolTask) => {
          task.add({ id: 'late', run: () => 7, signal: AbortSignal.abort(new ClosedError('no', details)) });
          await gate.promise;
        },
      ],
      2,
    );
    const lines = linesOf(pool);
    await settle();
    expect(pool.stats().waiting).toBe(0);
    gate.resolve();
    expect(await lines).toEqual(['late ERROR ClosedError', '0 FINAL undefined']);
  });
});

const details = { limiter: 'x', queuedMs: 0, ranMs: 0 };
