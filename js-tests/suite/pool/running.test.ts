import { type Envelope, type PoolTask, TaskPool } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { linesOf, poolOf } from '../support/envelopes.ts';
import { Gates } from '../support/gates.ts';
import { microtasks, settle } from '../support/turns.ts';
import { thrownBy } from '../support/watch.ts';

describe('a pool gives', () => {
  test('what tasks come to: values, promises, errors, and what they throw', async () => {
    const pool = poolOf([
      () => 'a value',
      async () => 'a promise',
      () => Promise.reject(new Error('a rejection')),
      () => {
        throw new Error('a throw');
      },
    ]);
    expect(await linesOf(pool)).toEqual([
      '0 FINAL a value',
      '1 FINAL a promise',
      '2 ERROR a rejection',
      '3 ERROR a throw',
    ]);
  });

  test('envelopes of a fixed shape', async () => {
    const error = new Error('bad');
    const tasks = [
      async function* () {
        yield 'part';
        return 'whole';
      },
      {
        id: 'second',
        run: () => {
          throw error;
        },
      },
    ];
    const seen: Envelope[] = [];
    for await (const envelope of new TaskPool('shapes', tasks, 1).runTasks()) seen.push(envelope);
    expect(seen).toEqual([
      { type: 'INTERMEDIATE', taskId: 0, index: 0, attempt: 1, value: 'part' },
      { type: 'FINAL', taskId: 0, index: 0, attempt: 1, value: 'whole' },
      { type: 'ERROR', taskId: 'second', index: 1, attempt: 1, error },
    ]);
  });

  test.each([
    [
      'an async generator',
      async function* () {
        yield 1;
        await null;
        yield 2;
        return 3;
      },
    ],
    [
      'a generator',
      function* () {
        yield 1;
        yield Promise.resolve(2);
        return Promise.resolve(3);
      },
    ],
    [
      'a promise of a generator',
      async () =>
        (function* () {
          yield 1;
          yield 2;
          return 3;
        })(),
    ],
    [
      'an async iterator of its own making',
      () => {
        let at = 0;
        return {
          next: async () => (++at < 3 ? { value: at } : { done: true, value: at }),
          [Symbol.asyncIterator]() {
            return this;
          },
        };
      },
    ],
  ])('what %s yields, and then what it returns', async (_name, task) => {
    expect(await linesOf(poolOf([task as never]))).toEqual([
      '0 INTERMEDIATE 1',
      '0 INTERMEDIATE 2',
      '0 FINAL 3',
    ]);
  });

  test.each([
    ['a list', () => [1, 2]],
    ['an iterator of a list', () => [1, 2].values()],
    ['a stream that is only async iterable', () => ({ [Symbol.asyncIterator]: () => {} })],
  ])('%s as a value', async (_name, task) => {
    const { results } = await poolOf([task]).run();
    expect(results[0]).toMatchObject({ status: 'fulfilled' });
    expect(typeof (results[0] as PromiseFulfilledResult<object>).value).toBe('object');
  });

  test('the error of a generator after what it yielded, also of a promise among that', async () => {
    const pool = poolOf([
      async function* () {
        yield 'before';
        throw new Error('bad');
      },
      function* () {
        yield 'before';
        yield Promise.reject(new Error('bad too'));
      },
    ]);
    expect(await linesOf(pool)).toEqual([
      '0 INTERMEDIATE before',
      '0 ERROR bad',
      '1 INTERMEDIATE before',
      '1 ERROR bad too',
    ]);
  });

  test('what tasks say as they come, however their ends are ordered', async () => {
    const gates = new Gates();
    const lines = linesOf(
      poolOf(
        ['a', 'b', 'c'].map((name) => gates.task(name)),
        3,
      ),
    );
    await settle();
    for (const name of ['c', 'a', 'b']) {
      gates.open(name);
      await microtasks(9);
    }
    expect(await lines).toEqual(['2 FINAL c', '0 FINAL a', '1 FINAL b']);
  });

  test('nothing for an empty source', async () => {
    expect(await linesOf(poolOf([]))).toEqual([]);
    expect((await poolOf([]).run()).counts).toEqual({ total: 0, fulfilled: 0, rejected: 0 });
  });
});

describe('a task is told', () => {
  test('who it is and where', async () => {
    const seen: unknown[] = [];
    const pool = poolOf(
      [
        (task) => seen.push([task.id, task.index, task.attempt, task.name, task.limiter === pool.limiter]),
        {
          id: 'x',
          name: 'Report',
          run: (task) => seen.push([task.id, task.index, task.attempt, task.name, task.signal.aborted]),
        },
      ],
      2,
    );
    await pool.run();
    expect(seen).toEqual([
      [0, 0, 1, undefined, true],
      ['x', 1, 1, 'Report', false],
    ]);
  });

  test('what needs no `this`', async () => {
    const pool = poolOf([
      async ({ progress, suspend, receive, add }: PoolTask) => {
        await progress('said');
        add(() => 'added');
        return `${await suspend(Promise.resolve('waited'))} ${await receive()}`;
      },
    ]);
    pool.onProgress(() => pool.send(0, 'told'));
    expect(await linesOf(pool)).toEqual(['0 INTERMEDIATE said', '1 FINAL added', '0 FINAL waited told']);
  });

  test('of an object, as its method', async () => {
    class Report {
      readonly pages = 3;
      run() {
        return this.pages;
      }
    }
    expect(await linesOf(poolOf([new Report()]))).toEqual(['0 FINAL 3']);
  });
});

describe('run', () => {
  test('tells how each task ended, by its index', async () => {
    const gates = new Gates();
    const bad = new Error('bad');
    const pool = poolOf([gates.task('a'), () => Promise.reject(bad), gates.task('c')], 3);
    const running = pool.run();
    await settle();
    gates.open('c');
    await settle();
    gates.open('a');
    const settlement = await running;
    expect(settlement).toMatchObject({
      results: [
        { status: 'fulfilled', value: 'a' },
        { status: 'rejected', reason: bad },
        { status: 'fulfilled', value: 'c' },
      ],
      values: ['a', 'c'],
      errors: [{ index: 1, error: bad }],
      ok: false,
      counts: { total: 3, fulfilled: 2, rejected: 1 },
    });
    expect(thrownBy(() => settlement.throwIfAny())).toMatchObject({ errors: [bad] });
  });

  test('drops what is said on the way, and waits for nobody with it', async () => {
    const { values } = await poolOf(
      [
        async function* (task) {
          for (let page = 0; page < 100; page++) yield page;
          await task.progress('done');
          return 'whole';
        },
      ],
      1,
      { results: { capacity: 1 } },
    ).run();
    expect(values).toEqual(['whole']);
  });

  test.each([
    ['run', 'run'],
    ['run', 'runTasks'],
    ['runTasks', 'run'],
    ['runTasks', 'runTasks'],
  ] as const)('%s and then %s is once too often', async (first, second) => {
    const pool = poolOf([() => 1]);
    const before = pool[first]();
    expect(thrownBy(() => pool[second]())).toEqual(
      new Error('Pool "pool" was run before: make another one to run tasks again'),
    );
    if (before instanceof Promise) await before;
  });
});

test('nothing happens before the first envelope is asked for', async () => {
  let asked = 0;
  const source = {
    [Symbol.iterator]() {
      asked++;
      return [() => 1][Symbol.iterator]();
    },
  };
  const stream = poolOf(source).runTasks();
  await settle();
  expect(asked).toBe(0);
  expect((await stream.next()).value).toMatchObject({ value: 1 });
  expect(await stream.next()).toEqual({ value: undefined, done: true });
  expect(await stream.next()).toEqual({ value: undefined, done: true });
});

test('several loops share one stream', async () => {
  const stream = poolOf(
    Array.from({ length: 6 }, (_, index) => () => index),
    2,
  ).runTasks();
  const read = async (): Promise<unknown[]> => {
    const seen: unknown[] = [];
    for await (const envelope of stream) seen.push((envelope as { value: unknown }).value);
    return seen;
  };
  const [one, other] = await Promise.all([read(), read()]);
  expect([...one, ...other].sort()).toEqual([0, 1, 2, 3, 4, 5]);
});
