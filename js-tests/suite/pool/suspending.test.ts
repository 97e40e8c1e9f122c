import { createLimiter, type PoolTask, sleep } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { linesOf, poolOf, reading, stop, suspending } from '../support/envelopes.ts';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { microtasks, settle } from '../support/turns.ts';
import { watchUnhandled } from '../support/unhandled.ts';
import { watch } from '../support/watch.ts';

useFakeTime();

describe('a task that suspends', () => {
  test('gives its slot back in that step, and has one again before it goes on', async () => {
    const limiter = createLimiter(1);
    const seen: string[] = [];
    const { promise, open } = stop();
    const gates = new Gates();
    const { end } = reading(
      poolOf(
        [
          async (task) => {
            const waiting = task.suspend(promise);
            seen.push(`${limiter.activeCount} active at once`);
            await waiting;
            seen.push(`${limiter.activeCount} active then`);
          },
          gates.task('other'),
        ],
        limiter,
      ),
    );
    await settle();
    expect([gates.started, limiter.activeCount]).toEqual([['other'], 1]);
    open('now');
    await settle();
    expect(seen).toEqual(['0 active at once']);
    gates.open('other');
    await end;
    expect(seen).toEqual(['0 active at once', '1 active then']);
    expect(gates.peak).toBe(1);
  });

  test('does so however many do: a hundred do not block a pool of five', async () => {
    const { promise, open } = stop();
    const pool = poolOf(
      [...Array.from({ length: 100 }, () => (task: PoolTask) => task.suspend(promise)), () => 'last'],
      5,
    );
    const { lines, end } = reading(pool);
    await settle();
    expect(lines).toEqual(['100 FINAL last']);
    expect(pool.stats()).toMatchObject({ running: 0, waiting: 0, done: 1 });
    expect(pool.stats().suspended.length).toBe(100);
    open('yes');
    await end;
    expect(lines.length).toBe(102);
  });

  test('goes on with what the promise came to', async () => {
    const seen: string[] = [];
    const lines = await linesOf(
      poolOf([
        suspending(Promise.resolve('a value'), seen, 'a'),
        suspending(Promise.reject(new Error('bad')), seen, 'b'),
      ]),
    );
    expect(seen).toEqual(['a begins', 'b begins', 'a has a value', 'b fails with bad']);
    expect(lines).toEqual(['0 FINAL a', '1 ERROR bad']);
  });

  test('has a slot again before it hears of a rejection, a timeout, or that it was aborted', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    const controller = new AbortController();
    const seen: string[] = [];
    const never = new Promise(() => {});
    const waits = (name: string, wait: (task: PoolTask) => Promise<unknown>) => ({
      signal: name === 'aborted' ? controller.signal : undefined,
      run: async (task: PoolTask) => {
        try {
          await wait(task);
        } catch (error) {
          seen.push(`${name}: ${(error as Error).message}, ${limiter.activeCount} active`);
        }
      },
    });
    const { end, lines } = reading(
      poolOf(
        [
          waits('rejected', (task) => task.suspend(sleep(10).then(() => Promise.reject(new Error('bad'))))),
          waits('timed out', (task) => task.suspend(never, { timeout: 20 })),
          waits('aborted', (task) => task.suspend(never)),
          gates.task('other'),
        ],
        limiter,
      ),
    );
    await elapse(30);
    controller.abort(new Error('enough'));
    await settle();
    expect([seen, gates.running]).toEqual([[], 1]);
    expect(lines).toEqual(['2 ERROR enough']);
    gates.open('other');
    await end;
    expect(seen).toEqual([
      'rejected: bad, 1 active',
      'timed out: Task 1 of pool "pool" was suspended for longer than 20 ms, 1 active',
      'aborted: enough, 1 active',
    ]);
  });

  test('can be ended by a signal of that wait alone', async () => {
    const controller = new AbortController();
    const { lines, end } = reading(
      poolOf([
        async (task) => {
          await task.suspend(new Promise(() => {}), { signal: controller.signal }).catch(() => {});
          return task.signal.aborted;
        },
        (task) => task.suspend(new Promise(() => {}), { signal: AbortSignal.abort(new Error('before')) }),
      ]),
    );
    await settle();
    controller.abort(new Error('no more'));
    await end;
    expect(lines).toEqual(['1 ERROR before', '0 FINAL false', 'end']);
  });

  test('resumes by its priority, or that of its wait', async () => {
    const limiter = createLimiter({ concurrency: 1, order: 'priority' });
    const gates = new Gates();
    const { promise, open } = stop();
    const seen: string[] = [];
    const task = (name: string, priority: number, own?: number) => ({
      priority,
      run: async (told: PoolTask) => {
        await told.suspend(promise, { priority: own });
        seen.push(name);
      },
    });
    const { end } = reading(
      poolOf(
        [
          task('low', 1),
          task('high', 3),
          task('raised', 0, 9),
          task('middle', 2),
          { run: gates.task('other') },
        ],
        limiter,
      ),
    );
    await settle();
    open(1);
    await settle();
    gates.openAll();
    await end;
    expect(seen).toEqual(['raised', 'high', 'middle', 'low']);
  });

  test('pays no rate for going on', async () => {
    const limiter = createLimiter({ concurrency: 5, rate: { limit: 2, interval: 1000 } });
    const { lines, end } = reading(
      poolOf(
        [1, 2].map(() => async (task: PoolTask) => {
          await task.suspend(sleep(1));
          await task.suspend(sleep(1));
          return 'done';
        }),
        limiter,
      ),
    );
    await elapse(10);
    expect(lines).toEqual(['0 FINAL done', '1 FINAL done', 'end']);
    expect(limiter.stats().tokensLeft).toEqual([0]);
    await end;
  });

  test('takes all of its weight again', async () => {
    const limiter = createLimiter(3);
    const gates = new Gates();
    const { promise, open } = stop();
    const { end } = reading(
      poolOf(
        [{ weight: 2, run: (task) => task.suspend(promise).then(() => gates.task('heavy')()) }],
        limiter,
      ),
    );
    await settle();
    expect(limiter.activeCount).toBe(0);
    void limiter(gates.task('other'));
    open(1);
    await settle();
    expect(limiter.activeCount).toBe(3);
    gates.openAll();
    await end;
  });

  test('keeps its limiter from being idle', async () => {
    const limiter = createLimiter(2);
    const { promise, open } = stop();
    const { end } = reading(poolOf([(task) => task.suspend(promise)], limiter));
    await settle();
    const idle = watch(limiter.onIdle());
    await settle();
    expect([idle.state, limiter.activeCount]).toEqual(['pending', 0]);
    open(1);
    await end;
    await settle();
    expect(idle.state).toBe('fulfilled');
  });

  test('can be a generator', async () => {
    const gates = new Gates();
    const { lines, end } = reading(
      poolOf([
        async function* (task) {
          yield 'before';
          yield await task.suspend(sleep(10).then(() => 'waited'));
          return 'end';
        },
        gates.task('other'),
      ]),
    );
    await elapse(10);
    expect(lines).toEqual(['0 INTERMEDIATE before']);
    gates.open('other');
    await end;
    expect(lines).toEqual([
      '0 INTERMEDIATE before',
      '1 FINAL other',
      '0 INTERMEDIATE waited',
      '0 FINAL end',
      'end',
    ]);
  });

  test('is listed with the time at which it gave its slot back', async () => {
    const { promise, open } = stop();
    const pool = poolOf([
      { id: 'approval', run: (task) => task.suspend(promise) },
      (task) => task.suspend(promise),
    ]);
    const { end } = reading(pool);
    const now = Date.now();
    await elapse(100);
    expect(pool.stats()).toEqual({
      waiting: 0,
      running: 0,
      suspended: [
        { taskId: 'approval', index: 0, since: now },
        { taskId: 1, index: 1, since: now },
      ],
      done: 0,
      failed: 0,
    });
    open(1);
    await end;
  });

  test.each([
    ['a value', 5, undefined, 'Expected `promise` to be a promise, got 5'],
    ['nothing', undefined, undefined, 'Expected `promise` to be a promise, got undefined'],
    [
      'a bad timeout',
      Promise.resolve(),
      { timeout: 0 },
      'Expected `timeout` to be a number of milliseconds above 0',
    ],
    ['a bad signal', Promise.resolve(), { signal: 1 }, 'Expected `signal` to be an AbortSignal, got 1'],
    ['a misspelt option', Promise.resolve(), { timeuot: 1 }, 'did you mean `timeout`?'],
    ['a priority that means nothing', Promise.resolve(), { priority: 1 }, '`priority` says nothing'],
  ])('is refused with %s', async (_name, promise, options, message) => {
    const tasks = [(task: PoolTask) => task.suspend(promise as never, options as never)];
    const lines = await linesOf(poolOf(tasks, createLimiter(1)));
    expect(lines[0]).toContain(message);
  });
});

describe('several waits at once', () => {
  test('take the slot again when the first is over, and keep it', async () => {
    const limiter = createLimiter(1);
    const [first, second] = [stop(), stop()];
    const seen: string[] = [];
    const { end } = reading(
      poolOf(
        [
          async (task) => {
            const one = task
              .suspend(first.promise)
              .then(() => seen.push(`first, ${limiter.activeCount} active`));
            const other = task
              .suspend(second.promise)
              .then(() => seen.push(`second, ${limiter.activeCount} active`));
            await Promise.all([one, other]);
          },
        ],
        limiter,
      ),
    );
    await settle();
    expect(limiter.activeCount).toBe(0);
    second.open(1);
    await settle();
    expect([seen, limiter.activeCount]).toEqual([['second, 1 active'], 1]);
    first.open(1);
    await end;
    expect(seen).toEqual(['second, 1 active', 'first, 1 active']);
  });

  test('give it back with each that begins', async () => {
    const limiter = createLimiter(1);
    const [first, second, third] = [stop(), stop(), stop()];
    const { end } = reading(
      poolOf(
        [
          async (task) => {
            const slow = task.suspend(first.promise);
            await task.suspend(second.promise);
            await task.suspend(third.promise);
            await slow;
          },
        ],
        limiter,
      ),
    );
    await settle();
    second.open(1);
    await settle();
    expect(limiter.activeCount).toBe(0);
    third.open(1);
    await settle();
    expect(limiter.activeCount).toBe(1);
    first.open(1);
    await end;
  });

  test('race, and the slot is there for the first', async () => {
    const lines = linesOf(
      poolOf([
        (task) =>
          Promise.race([
            task.suspend(sleep(50).then(() => 'slow')),
            task.suspend(sleep(5).then(() => 'fast')),
          ]),
      ]),
    );
    await elapse(5);
    expect(await lines).toEqual(['0 FINAL fast']);
  });

  test('have the higher priority of those that are over', async () => {
    const limiter = createLimiter({ concurrency: 1, order: 'priority' });
    const gates = new Gates();
    const [low, high] = [stop(), stop()];
    const seen: string[] = [];
    const { end } = reading(
      poolOf(
        [
          async (task) => {
            await Promise.all([
              task.suspend(low.promise, { priority: 1 }),
              task.suspend(high.promise, { priority: 5 }),
            ]);
            seen.push('resumed');
          },
        ],
        limiter,
      ),
    );
    await settle();
    void limiter(gates.task('holder'));
    await settle();
    void limiter.run(() => seen.push('between'), { priority: 3 });
    low.open(1);
    await settle();
    high.open(1);
    await settle();
    gates.open('holder');
    await end;
    await settle();
    expect(seen).toEqual(['resumed', 'between']);
  });
});

describe('a wait that nobody waits for', () => {
  test.each([
    ['is still to come', () => new Promise(() => {})],
    ['fails later', () => sleep(5).then(() => Promise.reject(new Error('late')))],
  ])('ends with the function, where it %s', async (_name, promise) => {
    const limiter = createLimiter(1);
    const unhandled = watchUnhandled();
    const { lines, end } = reading(
      poolOf(
        [
          (task) => {
            void task.suspend(promise());
            return 'ended';
          },
          () => 'next',
        ],
        limiter,
      ),
    );
    await elapse(10);
    await end;
    expect([...lines].sort()).toEqual(['0 FINAL ended', '1 FINAL next', 'end']);
    await limiter.onIdle();
    expect(limiter.stats()).toMatchObject({ active: 0, queued: 0 });
    expect(await unhandled.stop()).toEqual([]);
  });

  test('does not take a slot for a function that has ended', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    const { promise, open } = stop();
    const { end } = reading(
      poolOf(
        [
          async (task) => {
            void task.suspend(promise);
            await microtasks(20);
          },
          gates.task('other'),
        ],
        limiter,
      ),
    );
    await microtasks(15);
    open(1);
    await settle();
    expect(limiter.pendingCount).toBe(0);
    gates.openAll();
    await end;
  });

  test('later is refused', async () => {
    let told: PoolTask | undefined;
    await poolOf([
      (task) => {
        told = task;
      },
    ]).run();
    const message = 'Task 0 of pool "pool" has ended, and waits for nothing';
    await expect(told?.suspend(Promise.resolve())).rejects.toThrow(message);
    await expect(told?.receive()).rejects.toThrow(message);
    await expect(told?.progress(1)).resolves.toBeUndefined();
  });
});

describe('where the limiter gives no slot any more', () => {
  test('the task has failed with its verdict, and hears of it without a slot', async () => {
    const limiter = createLimiter({ concurrency: 1, name: 'api' });
    const { promise, open } = stop();
    const seen: string[] = [];
    const { lines, end } = reading(poolOf([suspending(promise, seen)], limiter));
    await settle();
    const closing = limiter.close();
    open('now');
    await end;
    await settle();
    const message = 'Limiter "api" is closed and takes no tasks';
    expect(seen).toEqual(['task begins', `task fails with ${message}`]);
    expect(lines).toEqual([`0 ERROR ${message}`, 'end']);
    expect((await closing).drained).toBe(true);
  });

  test('since it was aborted, all that are suspended hear of it at once', async () => {
    const controller = new AbortController();
    const limiter = createLimiter({ concurrency: 1, signal: controller.signal });
    const seen: string[] = [];
    const { lines, end } = reading(
      poolOf(
        [suspending(new Promise(() => {}), seen, 'a'), suspending(new Promise(() => {}), seen, 'b')],
        limiter,
      ),
    );
    await settle();
    controller.abort(new Error('shut down'));
    await end;
    expect(lines).toEqual(['0 ERROR shut down', '1 ERROR shut down', 'end']);
    await settle();
    expect(seen).toEqual(['a begins', 'b begins', 'a fails with shut down', 'b fails with shut down']);
  });
});
