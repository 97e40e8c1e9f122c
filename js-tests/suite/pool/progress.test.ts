import { type PoolProgress, type PoolTask, TaskPool } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { line, linesOf, poolOf, reading, stop } from '../support/envelopes.ts';
import { Gates } from '../support/gates.ts';
import { microtasks, settle } from '../support/turns.ts';
import { watchUnhandled } from '../support/unhandled.ts';
import { watch } from '../support/watch.ts';

describe('task.progress', () => {
  test('is an envelope on the way, before the last', async () => {
    const pool = poolOf([
      async (task) => {
        void task.progress('one');
        await task.progress('two');
        void task.progress('three');
        return 'end';
      },
    ]);
    expect(await linesOf(pool)).toEqual([
      '0 INTERMEDIATE one',
      '0 INTERMEDIATE two',
      '0 INTERMEDIATE three',
      '0 FINAL end',
    ]);
  });

  test('resolves when it is taken', async () => {
    let told: PoolTask | undefined;
    const { promise, open } = stop();
    const pool = poolOf(
      [
        (task) => {
          told = task;
          return promise;
        },
      ],
      1,
      { results: { capacity: 1 } },
    );
    const stream = pool.runTasks();
    const first = stream.next();
    await settle();
    const taken = ['a', 'b', 'c'].map((value) => watch(told?.progress(value) as Promise<void>));
    await settle();
    // The first was handed to the reader, and the second fits.
    expect(taken.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled', 'pending']);
    await first;
    await stream.next();
    await settle();
    expect(taken[2]?.state).toBe('fulfilled');
    open('end');
    for await (const _ of stream);
  });

  test('need not be waited for, whatever becomes of the pool', async () => {
    const unhandled = watchUnhandled();
    const pool = poolOf(
      [
        async (task) => {
          for (let nth = 0; nth < 9; nth++) void task.progress(nth);
          await microtasks(50);
          void task.progress('late');
        },
      ],
      1,
      { results: { capacity: 1 } },
    );
    for await (const _ of pool.runTasks()) break;
    await settle();
    expect(await unhandled.stop()).toEqual([]);
  });

  test('resolves for a reader that leaves', async () => {
    let taken: unknown;
    const pool = poolOf(
      [
        async (task) => {
          await task.progress(1);
          await task.progress(2);
          taken = watch(task.progress(3));
          await new Promise(() => {});
        },
      ],
      1,
      { results: { capacity: 1 } },
    );
    const stream = pool.runTasks();
    await stream.next();
    await settle();
    expect(taken).toMatchObject({ state: 'pending' });
    await stream.return();
    await settle();
    expect(taken).toMatchObject({ state: 'fulfilled' });
  });
});

describe("progress: 'latest'", () => {
  test('keeps one envelope of each task for a slow reader, and the last one counts', async () => {
    const gates = new Gates();
    const pool = poolOf(
      ['a', 'b'].map((name) => async (task: PoolTask) => {
        for (let nth = 0; nth < 100; nth++) await task.progress(`${name}${nth}`);
        await gates.task(name)();
        void task.progress(`${name} at last`);
        return name;
      }),
      2,
      { progress: 'latest' },
    );
    const stream = pool.runTasks();
    const next = async () => line((await stream.next()).value as never);
    const first = await next();
    await settle();
    expect([first, await next(), await next()].sort()).toEqual([
      expect.stringMatching(/^0 INTERMEDIATE a\d+$/),
      '0 INTERMEDIATE a99',
      '1 INTERMEDIATE b99',
    ]);
    gates.openAll();
    await settle();
    const rest = [await next(), await next(), await next(), await next()];
    const of = (task: string) => rest.filter((one) => one.startsWith(task));
    expect(of('0')).toEqual(['0 INTERMEDIATE a at last', '0 FINAL a']);
    expect(of('1')).toEqual(['1 INTERMEDIATE b at last', '1 FINAL b']);
    expect((await stream.next()).done).toBe(true);
  });

  test('holds of what is yielded too, and holds up no generator', async () => {
    const pool = poolOf(
      [
        async function* () {
          for (let nth = 0; nth < 1000; nth++) yield nth;
          return 'end';
        },
      ],
      1,
      { progress: 'latest', results: { capacity: 2 } },
    );
    const stream = pool.runTasks();
    await stream.next();
    await settle();
    const rest: string[] = [];
    for await (const envelope of stream) rest.push(line(envelope));
    expect(rest).toEqual(['0 INTERMEDIATE 999', '0 FINAL end']);
  });

  test('lets all run to their end, whoever reads, and their last envelopes wait', async () => {
    const ended: number[] = [];
    const five = (index: number) =>
      index === 1
        ? function* () {
            for (let nth = 0; nth < 5; nth++) yield nth;
            ended.push(index);
            return 'end';
          }
        : async function* () {
            for (let nth = 0; nth < 5; nth++) yield nth;
            ended.push(index);
            return 'end';
          };
    const pool = poolOf([five(0), five(1), five(2)], 3, { progress: 'latest', results: { capacity: 1 } });
    const stream = pool.runTasks();
    await stream.next();
    await settle();
    expect(ended.sort()).toEqual([0, 1, 2]);
    expect(pool.stats()).toMatchObject({ running: 0, done: 3 });
    const rest: string[] = [];
    for await (const envelope of stream) rest.push(line(envelope));
    for (const id of [0, 1, 2]) {
      const own = rest.filter((one) => one.startsWith(`${id} `));
      expect(own.slice(-2)).toEqual([`${id} INTERMEDIATE 4`, `${id} FINAL end`]);
      expect(own.length).toBe(2);
    }
  });

  test('tells of which attempt the value is', async () => {
    const other = stop();
    const pool = poolOf(
      [
        {
          retry: { retries: 1, backoff: 0 },
          run: async (task) => {
            void task.progress(`of ${task.attempt}`);
            if (task.attempt === 1) throw new Error('again');
            return 'end';
          },
        },
        () => other.promise,
      ],
      2,
      { progress: 'latest' },
    );
    const stream = pool.runTasks();
    const seen = [line((await stream.next()).value as never)];
    for await (const envelope of stream) {
      seen.push(line(envelope));
      if (seen.length === 3) other.open('later');
    }
    expect(seen.slice(0, 3)).toEqual([
      '0 INTERMEDIATE of 1',
      '0 INTERMEDIATE of 2 of attempt 2',
      '0 FINAL end of attempt 2',
    ]);
  });
});

describe('the overall fraction', () => {
  test('goes by what has ended, and by what tasks say of themselves', async () => {
    const gates = new Gates();
    const seen: number[] = [];
    const pool = poolOf(
      [
        async (task) => {
          await task.progress(0.5);
          await gates.task('a')();
          await task.progress({ fraction: 0.75, page: 3 });
          await gates.task('b')();
        },
        () => 1,
        gates.task('c'),
        async function* () {
          // A number that is yielded is a number.
          yield 0.5;
          yield { fraction: 0.5 };
          await gates.task('d')();
        },
      ],
      4,
    );
    const { end } = reading(pool);
    const note = async () => {
      await settle();
      seen.push(pool.progress.fraction);
    };
    await note();
    for (const name of ['a', 'b', 'c', 'd']) {
      gates.open(name);
      await note();
    }
    await end;
    expect(seen).toEqual([0.5, 0.5625, 0.625, 0.875, 1]);
  });

  test('weighs tasks by their weight, or their share', async () => {
    const gates = new Gates();
    const pool = poolOf(
      [
        { weight: 3, run: gates.task('three') },
        { weight: 2, share: 6, run: gates.task('six') },
        gates.task('one'),
      ],
      6,
    );
    const { end } = reading(pool);
    await settle();
    gates.open('six');
    await settle();
    expect(pool.progress.fraction).toBe(0.6);
    gates.open('one');
    await settle();
    expect(pool.progress.fraction).toBe(0.7);
    gates.open('three');
    await end;
    expect(pool.progress.fraction).toBe(1);
  });

  test('is that of all tasks of a list, and of those that are known of any other source', async () => {
    const gates = new Gates();
    const tasks = ['a', 'b', 'c', 'd'].map((name) => gates.task(name));
    const list = poolOf(tasks);
    const unknown = poolOf(tasks.values());
    const both = [reading(list), reading(unknown)];
    gates.open('a');
    await settle();
    expect([list.progress, unknown.progress]).toMatchObject([
      { fraction: 0.25, total: 4 },
      { fraction: 1 / 3, total: undefined },
    ]);
    gates.openAll();
    await Promise.all(both.map(({ end }) => end));
    expect([list.progress, unknown.progress]).toMatchObject([
      { fraction: 1, total: 4 },
      { fraction: 1, total: 4 },
    ]);
  });

  test('is that of the task whose work another pool is', async () => {
    const gates = new Gates();
    const inner = ['a', 'b', 'c', 'd'].map((name) => gates.task(name));
    const pool = poolOf(
      [
        async (task) => {
          await new TaskPool('inner', inner, 2, { parent: task }).run();
          await gates.task('after')();
        },
        () => 1,
      ],
      2,
    );
    const { end } = reading(pool);
    await settle();
    expect(pool.progress.fraction).toBe(0.5);
    gates.open('a');
    await settle();
    expect(pool.progress.fraction).toBe(0.625);
    gates.openAll();
    await end;
    expect(pool.progress.fraction).toBe(1);
  });

  test('has failures for done', async () => {
    const pool = poolOf([() => Promise.reject(new Error('bad')), () => 1], 2);
    await linesOf(pool);
    expect(pool.progress).toEqual({
      fraction: 1,
      done: 1,
      failed: 1,
      running: 0,
      suspended: 0,
      waiting: 0,
      total: 2,
      ended: true,
    });
  });

  test('of nothing is whole in the end', async () => {
    const pool = poolOf([]);
    expect(pool.progress.fraction).toBe(0);
    await linesOf(pool);
    expect(pool.progress).toMatchObject({ fraction: 1, total: 0 });
  });
});

describe('onProgress', () => {
  test('is called once for all that changes in one go, never inside anything, and at the end', async () => {
    const pool = poolOf(
      [1, 2, 3].map((nth) => () => nth),
      3,
    );
    const seen: PoolProgress[] = [];
    let isInside = false;
    pool.onProgress((progress) => {
      expect(isInside).toBe(false);
      seen.push(progress);
    });
    isInside = true;
    const stream = pool.runTasks();
    const first = stream.next();
    isInside = false;
    await first;
    for await (const _ of stream);
    await settle();
    expect(seen.at(-1)).toEqual(pool.progress);
    expect(seen.at(-1)).toMatchObject({ done: 3, fraction: 1 });
    expect(seen.length).toBeLessThan(12);
  });

  test('ends when it is told to, each by itself', async () => {
    const pool = poolOf([() => 1]);
    const calls = [0, 0];
    const listener = () => calls[0]!++;
    const stops = [pool.onProgress(listener), pool.onProgress(listener), pool.onProgress(() => calls[1]!++)];
    stops[0]?.();
    stops[0]?.();
    stops[1]?.();
    await linesOf(pool);
    await settle();
    expect(calls[0]).toBe(0);
    expect(calls[1]).toBeGreaterThan(0);
  });

  test('takes a function', () => {
    expect(() => poolOf([]).onProgress(1 as never)).toThrow('Expected `listener` to be a function, got 1');
  });
});
