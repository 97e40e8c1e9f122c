import { PushPullBuffer } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { type Item, linesOf, poolOf, reading } from '../support/envelopes.ts';
import { Gates } from '../support/gates.ts';
import { counted } from '../support/sources.ts';
import { settle } from '../support/turns.ts';
import { thrownBy } from '../support/watch.ts';

describe('tasks that are added', () => {
  test('by tasks run before the next of the source', async () => {
    const gates = new Gates();
    const { lines, end } = reading(
      poolOf([
        async (task) => {
          await gates.task('first')();
          task.add(() => 'added first');
          task.add(() => 'added second');
        },
        gates.task('second'),
        gates.task('third'),
      ]),
    );
    await settle();
    gates.openAll();
    await end;
    // The second one waits for its slot already.
    expect(lines.map((one) => one.split('FINAL ')[1])).toEqual([
      'undefined',
      'second',
      'added first',
      'added second',
      'third',
      undefined,
    ]);
  });

  test('keep the pool from its end, and those that they add', async () => {
    const crawl =
      (depth: number): Item =>
      (task) => {
        if (depth < 5) for (const _ of [0, 1]) task.add(crawl(depth + 1));
        return depth;
      };
    const { counts } = await poolOf([crawl(0)], 3).run();
    expect(counts.total).toBe(63);
  });

  test('from outside are told by the id that they are given', async () => {
    const gates = new Gates();
    const pool = poolOf([gates.task('a')]);
    const { lines, end } = reading(pool);
    await settle();
    expect([pool.add(() => 'b'), pool.add({ id: 'mine', run: () => 'c' })]).toEqual([1, 'mine']);
    expect(pool.progress).toMatchObject({ total: 3, waiting: 2 });
    gates.openAll();
    await end;
    expect(lines).toEqual(['0 FINAL a', '1 FINAL b', 'mine FINAL c', 'end']);
  });

  test('before it began wait for that', async () => {
    const pool = poolOf([() => 'of the source']);
    expect(pool.add(() => 'added')).toBe(0);
    await settle();
    expect(pool.progress).toMatchObject({ done: 0, waiting: 1 });
    expect(await linesOf(pool)).toEqual(['0 FINAL added', '1 FINAL of the source']);
  });

  test('while the results are full wait for room', async () => {
    const pool = poolOf(counted(20, () => () => 1).source, 2, { results: { capacity: 2 } });
    const stream = pool.runTasks();
    await stream.next();
    await settle();
    const { done } = pool.progress;
    pool.add(() => 2);
    await settle();
    expect(pool.progress.done - done).toBeLessThanOrEqual(1);
    let count = 1;
    for await (const _ of stream) count++;
    expect(count).toBe(21);
  });

  test('can be aborted before they begin', async () => {
    const controller = new AbortController();
    const gates = new Gates();
    const pool = poolOf([gates.task('a')]);
    pool.add({ signal: controller.signal, run: () => 'never' });
    controller.abort(new Error('before'));
    const { lines, end } = reading(pool);
    gates.openAll();
    await end;
    expect(lines).toEqual(['0 ERROR before', '1 FINAL a', 'end']);
  });

  test.each<[unknown, string]>([
    [5, 'Expected `task` to be a function, or an object with a function `run`, got 5'],
    [{ run: 1 }, 'Expected `task.run` to be a function, got 1'],
    [{ run: () => 1, share: 0 }, 'Expected `task.share` to be a finite number above 0, got 0'],
    [{ run: () => 1, name: 1 }, 'Expected `task.name` to be a string, got 1'],
    [{ run: () => 1, prority: 1 }, 'did you mean `task.priority`?'],
    [{ run: () => 1, id: 'taken' }, 'Expected `task.id` to be of no task that has not ended, got "taken"'],
    [
      { run: () => 1, retry: { signal: new AbortController().signal } },
      'Expected `retry.signal` to be left out',
    ],
  ])('are checked at once: %j', (task, message) => {
    const pool = poolOf([]);
    pool.add({ id: 'taken', run: () => 1 });
    expect(thrownBy(() => pool.add(task as never))).toMatchObject({
      message: expect.stringContaining(message),
    });
  });

  test('after the end are refused', async () => {
    const pool = poolOf([]);
    await pool.run();
    expect(thrownBy(() => pool.add(() => 1))).toMatchObject({ name: 'ClosedError', code: 'FANFOLD_CLOSED' });
  });
});

describe('a buffer for a source', () => {
  const opened = (capacity: number) => {
    const buffer = new PushPullBuffer<Item>({ capacity });
    return { buffer, pool: poolOf(buffer.source, 2) };
  };

  test('is waited for while it is empty, and ends the pool when it is closed', async () => {
    const { buffer, pool } = opened(8);
    const { lines, end } = reading(pool);
    await settle();
    buffer.sink.push(() => 'first');
    await settle();
    expect(lines).toEqual(['0 FINAL first']);
    expect(pool.progress).toMatchObject({ total: undefined, running: 0, waiting: 0 });
    buffer.sink.push((task) => buffer.sink.push(() => `pushed by ${task.id}`));
    buffer.sink.push({ id: 'third', run: () => 'third' });
    await settle();
    buffer.sink.return();
    await end;
    expect([...lines].sort()).toEqual([
      '0 FINAL first',
      '1 FINAL true',
      '3 FINAL pushed by 1',
      'end',
      'third FINAL third',
    ]);
  });

  test('runs what was added while it is empty, and does not end for that', async () => {
    const { buffer, pool } = opened(8);
    const { lines, end } = reading(pool);
    await settle();
    pool.add(() => 'added');
    await settle();
    expect(lines).toEqual(['0 FINAL added']);
    buffer.sink.return();
    await end;
  });

  test('lets its producers wait while the pool does', async () => {
    const { buffer, pool } = opened(3);
    const gates = new Gates();
    const { end } = reading(pool);
    let taken = 0;
    const producing = (async () => {
      for (let nth = 0; nth < 20; nth++) {
        await buffer.sink.next(gates.task(String(nth)));
        taken++;
      }
      buffer.sink.return();
    })();
    await settle();
    // Two run, one waits for its slot, three are stored.
    expect([gates.running, taken]).toEqual([2, 6]);
    gates.openAll();
    await Promise.all([producing, end]);
    expect(gates.ended.length).toBe(20);
  });

  test('lets its producers go when the pool is left, also before it began', async () => {
    for (const isBegun of [true, false]) {
      const { buffer, pool } = opened(0);
      const pushed = buffer.sink.next(() => 'first');
      const waiting = buffer.sink.next(() => new Promise(() => {}));
      const stream = pool.runTasks();
      if (isBegun) await stream.next();
      await stream.return();
      expect([(await pushed).done, buffer.sink.isClosed]).toEqual([!isBegun, true]);
      if (!isBegun) expect((await waiting).done).toBe(true);
      expect((await buffer.sink.next(() => 'late')).done).toBe(true);
    }
  });

  test('that fails throws after what was pushed before', async () => {
    const { buffer, pool } = opened(8);
    buffer.sink.push(() => 'first');
    buffer.sink.push(() => 'second');
    buffer.sink.throw(new Error('torn'));
    expect(await linesOf(pool)).toEqual(['0 FINAL first', '1 FINAL second', 'throws torn']);
  });
});

test('a hundred thousand added tasks cost no more each than a few', async () => {
  const pool = poolOf([], 50);
  for (let nth = 0; nth < 100_000; nth++) pool.add(() => nth);
  const { counts } = await pool.run();
  expect(counts.fulfilled).toBe(100_000);
});
