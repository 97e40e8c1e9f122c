import { createLimiter, TaskPool } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { line, linesOf, poolOf, reading } from '../support/envelopes.ts';
import { Gates } from '../support/gates.ts';
import { counted, countedAsync } from '../support/sources.ts';
import { microtasks, settle } from '../support/turns.ts';

const gated = (gates: Gates) => (index: number) => gates.task(String(index));

describe('the source', () => {
  test('is asked for one task more than run', async () => {
    const gates = new Gates();
    const pulls = counted(Number.POSITIVE_INFINITY, gated(gates));
    const { lines } = reading(poolOf(pulls.source, 3));
    await settle();
    expect(pulls.given).toBe(4);
    expect(gates.started).toEqual(['0', '1', '2']);
    gates.open('1');
    await settle();
    expect(pulls.given).toBe(5);
    expect(gates.started).toEqual(['0', '1', '2', '3']);
    expect(lines).toEqual(['1 FINAL 1']);
  });

  test('is never asked again before it has answered', async () => {
    let asking = 0;
    let peak = 0;
    let given = 0;
    const source = {
      [Symbol.asyncIterator]: () => ({
        async next() {
          peak = Math.max(peak, ++asking);
          await microtasks(5);
          asking--;
          return given++ < 20
            ? { done: false, value: () => microtasks(given % 7) }
            : { done: true, value: undefined };
        },
      }),
    } as never;
    expect((await linesOf(poolOf(source, 4))).length).toBe(20);
    expect(peak).toBe(1);
  });

  test('that answers at once is read without microtasks in between', async () => {
    const rounds: number[] = [];
    let round = 0;
    let isDone = false;
    const pulls = counted(4, () => () => 1, { onPull: () => rounds.push(round) });
    const reader = linesOf(poolOf(pulls.source, 9)).then(() => {
      isDone = true;
    });
    for (; !isDone; round++) await null;
    await reader;
    // A start costs a turn of its limiter; the pull costs none.
    for (let at = 1; at < rounds.length; at++)
      expect((rounds[at] as number) - (rounds[at - 1] as number)).toBeLessThan(3);
  });

  test('is read on while others wait for a slot of the limiter that it shares', async () => {
    const gates = new Gates();
    const limiter = createLimiter(2);
    void limiter(gates.task('other'));
    const pulls = counted(5, gated(gates));
    const { lines } = reading(poolOf(pulls.source, limiter));
    await settle();
    void limiter(gates.task('late'));
    gates.open('0');
    await settle();
    expect(gates.started).toEqual(['other', '0', '1']);
    gates.open('1');
    await settle();
    // One task of the pool waits at a time: the other is behind it, and before the next.
    expect(gates.started).toEqual(['other', '0', '1', 'late']);
    gates.openAll();
    await settle();
    expect(lines.at(-1)).toBe('end');
  });

  test('that is async is waited for while what was added runs', async () => {
    const source = countedAsync(1, () => () => 'of the source', { delay: 50 });
    const pool = poolOf(source.source);
    const { lines, end } = reading(pool);
    pool.add(() => 'added');
    await microtasks(40);
    expect(lines).toEqual(['0 FINAL added']);
    await end;
    expect(lines).toEqual(['0 FINAL added', '1 FINAL of the source', 'end']);
  });

  test.each<[unknown, string]>([
    [5, 'got 5'],
    [null, 'got null'],
    [{ run: 'no' }, 'Expected `tasks[1].run` to be a function, got "no"'],
    [{ run: () => 1, wieght: 2 }, 'did you mean `tasks[1].weight`?'],
    [{ run: () => 1, weight: 3 }, 'Expected `weight` to be an integer from 1 to 2'],
    [{ run: () => 1, id: Number.NaN }, 'Expected `tasks[1].id` to be a string or a number, got NaN'],
    [{ run: () => 1, priority: 1 }, "`priority` says nothing without a limiter with order: 'priority'"],
  ])('may give what is no task: %j', async (item, message) => {
    const lines = await linesOf(poolOf([() => 'before', item as never, () => 'after'], createLimiter(2)));
    expect([...lines].sort()).toEqual(['0 FINAL before', expect.stringContaining(message), '2 FINAL after']);
  });

  test('may give an id again once its task has ended, and not before', async () => {
    const gates = new Gates();
    const task = (name: string) => ({ id: 'same', run: gates.task(name) });
    const { lines, end } = reading(poolOf([task('a'), task('b'), gates.task('c'), task('d')]));
    await settle();
    gates.openAll();
    await end;
    expect(lines).toEqual([
      '1 ERROR Expected `tasks[1].id` to be of no task that has not ended, got "same"',
      'same FINAL a',
      '2 FINAL c',
      'same FINAL d',
      'end',
    ]);
  });
});

describe('what tasks wish of their limiter', () => {
  test('weights', async () => {
    const gates = new Gates();
    const limiter = createLimiter(3);
    const { end } = reading(
      poolOf([gates.task('a'), { weight: 3, run: gates.task('heavy') }, gates.task('c')], limiter),
    );
    await settle();
    expect([gates.started, limiter.activeCount]).toEqual([['a'], 1]);
    gates.open('a');
    await settle();
    expect([gates.started, limiter.activeCount]).toEqual([['a', 'heavy'], 3]);
    gates.openAll();
    await end;
  });

  test('priorities among all who share it', async () => {
    const gates = new Gates();
    const limiter = createLimiter({ concurrency: 1, order: 'priority' });
    const first = reading(
      poolOf(
        ['a', 'b', 'c'].map((name) => ({ run: gates.task(name) })),
        limiter,
      ),
    );
    await settle();
    const second = reading(
      poolOf(
        ['x', 'y'].map((name) => ({ priority: 1, run: gates.task(name) })),
        limiter,
      ),
    );
    await settle();
    gates.openAll();
    await Promise.all([first.end, second.end]);
    expect(gates.started).toEqual(['a', 'x', 'y', 'b', 'c']);
  });

  test('places in a tree', async () => {
    const gates = new Gates();
    const root = createLimiter(2);
    const names = ['a', 'b', 'c'].map((name) => createLimiter({ concurrency: 2, parent: root, name }));
    const pools = names.map((limiter) =>
      reading(
        poolOf(
          [0, 1, 2].map((nth) => gates.task(`${limiter.name}${nth}`)),
          limiter,
        ),
      ),
    );
    await settle();
    expect(root.activeCount).toBe(2);
    gates.openAll();
    await Promise.all(pools.map(({ end }) => end));
    expect([gates.peak, gates.ended.length]).toEqual([2, 9]);
  });

  test('costs and keys', async () => {
    const limiter = createLimiter({ concurrency: 9, rate: { limit: 10, interval: 1e9, resource: 'tokens' } });
    await poolOf([{ cost: { tokens: 7 }, key: 'tenant', run: () => 1 }], limiter).run();
    expect(limiter.stats().tokensLeft).toEqual([3]);
  });
});

test('a number is a limiter of its own with the name of the pool', () => {
  const pool = new TaskPool('mine', [], 7);
  expect([pool.name, pool.limiter.name, pool.limiter.concurrency]).toEqual(['mine', 'mine', 7]);
});

describe('when the results are full', () => {
  test('nothing is started, and it goes on where it was', async () => {
    let started = 0;
    const pulls = counted(100, () => () => ++started);
    const stream = poolOf(pulls.source, 2, { results: { capacity: 3 } }).runTasks();
    const seen: unknown[] = [];
    const read = async (): Promise<void> => {
      const { value } = await stream.next();
      seen.push(value && line(value));
    };
    await read();
    await settle();
    // Those that fit, as many as run, and the one that waited for its slot.
    const before = started;
    expect(before).toBeLessThanOrEqual(1 + 3 + 2 + 1);
    await settle();
    expect(started).toBe(before);
    for (let nth = 0; nth < 10; nth++) await read();
    await settle();
    expect(started - before).toBeLessThanOrEqual(10);
    expect(started).toBeGreaterThan(before);
    while (seen.at(-1) !== undefined) await read();
    expect(seen.length).toBe(101);
    expect(new Set(seen).size).toBe(101);
  });

  test('slots are free as soon as functions have ended, and others may have them', async () => {
    const limiter = createLimiter(3);
    const stream = poolOf(
      Array.from({ length: 9 }, () => async () => 1),
      limiter,
      { results: { capacity: 1 } },
    ).runTasks();
    await stream.next();
    await settle();
    expect(limiter.activeCount).toBe(0);
    expect(await limiter(() => 'other')).toBe('other');
    await stream.return();
  });

  test('generators wait at their yields', async () => {
    const yielded: number[] = [];
    const pool = poolOf(
      [0, 1].map(
        (task) =>
          async function* () {
            for (let nth = 0; nth < 50; nth++) {
              yielded[task] = nth;
              yield nth;
            }
          },
      ),
      2,
      { results: { capacity: 4 } },
    );
    const stream = pool.runTasks();
    await stream.next();
    await settle();
    expect(yielded[0]! + yielded[1]!).toBeLessThanOrEqual(1 + 4 + 2);
    let count = 1;
    for await (const _ of stream) count++;
    expect(count).toBe(102);
  });

  test('with no capacity at all envelopes are handed over', async () => {
    const lines = await linesOf(
      poolOf(
        [1, 2, 3].map(
          (nth) =>
            async function* () {
              yield nth;
              return nth;
            },
        ),
        2,
        { results: { capacity: 0 } },
      ),
    );
    expect(lines.length).toBe(6);
  });

  test('Infinity lets it run to its end without a reader', async () => {
    let started = 0;
    const pool = poolOf(counted(5000, () => () => ++started).source, 4, {
      results: { capacity: Number.POSITIVE_INFINITY },
    });
    const stream = pool.runTasks();
    await stream.next();
    for (let turn = 0; turn < 50 && pool.progress.done < 5000; turn++) await settle();
    expect(started).toBe(5000);
    let count = 1;
    for await (const _ of stream) count++;
    expect(count).toBe(5000);
  });
});
