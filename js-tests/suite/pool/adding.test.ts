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
