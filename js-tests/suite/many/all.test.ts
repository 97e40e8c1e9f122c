// all, allSettled, any, race, some, settle: tasks in every shape, and what they come to in the same shape.
import {
  all,
  allSettled,
  any,
  createLimiter,
  race,
  settle as settleAll,
  skip,
  some,
  type Task,
} from 'fanfold';
import { describe, expect, test } from 'vitest';
import { Gates } from '../support/gates.ts';
import { counted, countedAsync } from '../support/sources.ts';
import { microtasks, settle } from '../support/turns.ts';
import { reasonOf, thrownBy, watch } from '../support/watch.ts';

const fails = (message: string) => () => Promise.reject(new Error(message));

describe('all', () => {
  test('takes functions, promises and values, and gives their outcomes in order', async () => {
    const result = await all([() => 1, async () => 2, Promise.resolve(3), 4, undefined, null, 'six']);
    expect(result).toEqual([1, 2, 3, 4, undefined, null, 'six']);
  });

  test('gives a record for a record', async () => {
    const result = await all({ a: async () => 1, b: Promise.resolve('two'), c: 3, d: () => undefined });
    expect(result).toEqual({ a: 1, b: 'two', c: 3, d: undefined });
    expect(Object.keys(result)).toEqual(['a', 'b', 'c', 'd']);
    expect(await all({})).toEqual({});
  });

  test('keeps a key that names the prototype', async () => {
    const tasks = JSON.parse('{"__proto__": 1, "b": 2}') as Record<string, number>;
    const result = await all(tasks);
    expect(Object.keys(result)).toEqual(['__proto__', 'b']);
  });

  test.each<[string, () => Iterable<Task> | AsyncIterable<Task>]>([
    ['a generator', () => counted(3, (index) => () => index).source],
    ['an async source', () => countedAsync(3, (index) => () => index).source],
    ['an async source of promises and values', () => countedAsync(3, async (index) => index).source],
    ['a set', () => new Set([() => 0, 1, Promise.resolve(2)])],
  ])('takes %s', async (_name, source) => {
    expect(await all(source())).toEqual([0, 1, 2]);
    expect(await all(source(), { concurrency: 1 })).toEqual([0, 1, 2]);
  });

  test.each([[[]], [new Set()], [counted(0).source]])('fulfils with nothing for nothing', async (tasks) => {
    expect(await all(tasks as [])).toEqual([]);
    expect(await all(countedAsync(0).source)).toEqual([]);
  });

  test('calls functions later, with a signal and a limiter', async () => {
    let seen: unknown;
    const result = all([
      (context) => {
        seen = context;
      },
    ]);
    expect(seen).toBe(undefined);
    await result;
    expect(seen).toMatchObject({ signal: expect.any(AbortSignal), limiter: expect.any(Function) });
  });

  test('starts all at once where nothing is said, else no more than it may', async () => {
    const gates = new Gates();
    const names = Array.from({ length: 30 }, (_, index) => `t${index}`);
    const tasks = names.map((name) => gates.task(name));
    const first = all(tasks);
    await settle();
    expect(gates.running).toBe(30);
    gates.openAll();
    expect(await first).toEqual(names);
    const bounded = new Gates();
    const second = all(names.map(bounded.task, bounded), { concurrency: 4 });
    await settle();
    expect(bounded.running).toBe(4);
    bounded.openAll();
    await second;
    expect(bounded.peak).toBe(4);
  });

  test('takes no slot for what is there or under way', async () => {
    const limiter = createLimiter(1);
    const held = limiter.tryAcquire()!;
    const result = watch(all([1, Promise.resolve(2)], { limiter }));
    await settle();
    expect(result.value).toEqual([1, 2]);
    held.release();
  });

  test('does not take a result for skipped: that is for mappers', async () => {
    expect(await all({ a: () => skip, b: 1 })).toEqual({ a: skip, b: 1 });
    expect(await all([() => skip, 1])).toEqual([skip, 1]);
    expect(await allSettled([skip])).toEqual([{ status: 'fulfilled', value: skip }]);
    expect((await settleAll([() => skip])).values).toEqual([skip]);
  });

  test('rejects with the first error in time, not in the input', async () => {
    const slow = async () => {
      await microtasks(10);
      throw new Error('slow');
    };
    expect(await reasonOf(all([slow, fails('fast')]))).toMatchObject({ message: 'fast' });
    expect(await reasonOf(all({ slow, fast: fails('fast') }))).toMatchObject({ message: 'fast' });
    expect(await reasonOf(all([Promise.reject('promised'), slow]))).toBe('promised');
  });

  test('works inside itself', async () => {
    const result = await all([
      () => all([() => 1, () => all({ deep: () => 2 })]),
      () => allSettled([fails('inner')]),
    ]);
    expect(result).toEqual([[1, { deep: 2 }], [{ status: 'rejected', reason: new Error('inner') }]]);
    const nested = (await reasonOf(
      all([() => all([fails('a'), fails('b')], { onFailure: 'continue' }), fails('c')], {
        onFailure: 'continue',
      }),
    )) as AggregateError;
    expect(nested.errors[0]).toBeInstanceOf(AggregateError);
    expect((nested.errors[0] as AggregateError).errors).toEqual([new Error('a'), new Error('b')]);
    expect(nested.errors[1]).toEqual(new Error('c'));
  });

  test('refuses what has no tasks in it', () => {
    const noTasks = [undefined, null, 5, true, () => [], Symbol('x'), Promise.resolve([])];
    const noRecords = [new Date(), /x/, Object.assign(new Error('x'), { code: 1 }), new Map([['a', 1]])];
    for (const tasks of [...noTasks, ...noRecords, new WeakMap(), new URL('http://x')]) {
      for (const fn of [all, allSettled, any, race, settleAll] as ((tasks: unknown) => unknown)[]) {
        const error = thrownBy(() => fn(tasks));
        expect(error).toBeInstanceOf(TypeError);
        expect((error as Error).message).toContain('`tasks`');
      }
    }
    expect((thrownBy(() => all(new Map())) as Error).message).toContain('`.values()`');
  });

  test('takes an object of a class for a record, and the values of a Map', async () => {
    class Jobs {
      readonly first = () => 1;
      readonly second = Promise.resolve(2);
    }
    expect(await all(new Jobs() as unknown as Record<string, () => number>)).toEqual({ first: 1, second: 2 });
    expect(await all(Object.assign(Object.create(null), { a: () => 1 }) as { a: () => number })).toEqual({
      a: 1,
    });
    expect(await all(new Map([['a', () => 1]]).values())).toEqual([1]);
  });
});

describe('allSettled', () => {
  test('tells how each one ended, in the shape of the tasks', async () => {
    const error = new Error('no');
    const good = { status: 'fulfilled', value: 1 };
    const bad = { status: 'rejected', reason: error };
    const reject = () => Promise.reject(error);
    expect(await allSettled([() => 1, reject, reject(), 1])).toEqual([good, bad, bad, good]);
    expect(await allSettled({ a: reject, b: 1 })).toEqual({ a: bad, b: good });
    expect(await allSettled([])).toEqual([]);
    expect(await allSettled({})).toEqual({});
  });
});

describe('any', () => {
  test('gives what is fulfilled first', async () => {
    expect(await any([fails('a'), async () => 'b', new Promise(() => {})])).toBe('b');
    expect(await any({ a: fails('a'), b: Promise.resolve('b') })).toBe('b');
    expect(await any(countedAsync(3, (index) => () => index).source)).toBe(0);
    expect(await any([() => undefined])).toBe(undefined);
  });

  test('rejects with all errors in the order of the input if none is', async () => {
    const slow = async () => {
      await microtasks(10);
      throw new Error('slow');
    };
    const error = (await reasonOf(any([slow, fails('fast'), Promise.reject(3)]))) as AggregateError;
    expect(error).toBeInstanceOf(AggregateError);
    expect(error.errors).toEqual([new Error('slow'), new Error('fast'), 3]);
    expect(error.message).toContain('3');
  });

  test('rejects for nothing', async () => {
    for (const tasks of [[], {}, new Set()]) {
      expect(await reasonOf(any(tasks as []))).toMatchObject({ name: 'AggregateError', errors: [] });
    }
    expect(await reasonOf(any(countedAsync(0).source))).toMatchObject({ errors: [] });
  });

  test('hedges: with one at a time the next is only started when the one before failed', async () => {
    const gates = new Gates();
    const result = watch(any([...'abc'].map(gates.task, gates), { concurrency: 1 }));
    await settle();
    expect(gates.started).toEqual(['a']);
    gates.fail('a', new Error('a'));
    await settle();
    gates.open('b');
    await settle();
    expect(gates.started).toEqual(['a', 'b']);
    expect(result.value).toBe('b');
  });
});

describe('race', () => {
  test('settles as the first one does', async () => {
    expect(await race([() => new Promise(() => {}), async () => 2])).toBe(2);
    expect(await reasonOf(race([() => new Promise(() => {}), fails('first')]))).toEqual(new Error('first'));
    expect(await race({ a: 1, b: 2 })).toBe(1);
  });

  test('rejects where there is nobody', async () => {
    expect(await reasonOf(race([]))).toBeInstanceOf(RangeError);
    expect(await reasonOf(race(countedAsync(0).source))).toBeInstanceOf(RangeError);
  });
});

describe('some', () => {
  test('gives the first so many, in the order of the input', async () => {
    const gates = new Gates();
    const result = watch(some([...'abcd'].map(gates.task, gates), 2));
    await settle();
    gates.open('d');
    await settle();
    gates.fail('a', new Error('a'));
    await settle();
    expect(result.state).toBe('pending');
    gates.open('b');
    await settle();
    expect(result.value).toEqual(['b', 'd']);
  });

  test('rejects as soon as there cannot be so many', async () => {
    const gates = new Gates();
    const result = watch(some([...'abc'].map(gates.task, gates), 2));
    await settle();
    gates.fail('c', new Error('c'));
    await settle();
    expect(result.state).toBe('pending');
    gates.fail('a', new Error('a'));
    await settle();
    expect(result.reason).toMatchObject({ errors: [new Error('a'), new Error('c')] });
    expect((result.reason as Error).message).toContain('2');
  });

  test('rejects at once where there never were so many', async () => {
    const gates = new Gates();
    const result = watch(some([gates.task('a')], 2));
    await settle();
    expect(result.state).toBe('rejected');
    expect(result.reason).toMatchObject({ name: 'AggregateError', errors: [] });
    expect(await reasonOf(some([1, 2], Number.POSITIVE_INFINITY))).toBeInstanceOf(AggregateError);
  });

  test('needs nothing for none', async () => {
    let called = 0;
    expect(await some([() => called++], 0)).toEqual([]);
    await settle();
    expect(called).toBe(0);
    const { source } = counted(3);
    expect(await some(source, 0)).toEqual([]);
  });
});

describe('settle', () => {
  test('tells what can be used, what failed and where', async () => {
    const result = await settleAll([() => 'a', fails('b'), Promise.resolve('c'), Promise.reject('d')]);
    expect(result.results).toEqual([
      { status: 'fulfilled', value: 'a' },
      { status: 'rejected', reason: new Error('b') },
      { status: 'fulfilled', value: 'c' },
      { status: 'rejected', reason: 'd' },
    ]);
    expect(result.values).toEqual(['a', 'c']);
    expect(result.errors).toEqual([
      { index: 1, error: new Error('b') },
      { index: 3, error: 'd' },
    ]);
    expect(result.ok).toBe(false);
    expect(result.counts).toEqual({ total: 4, fulfilled: 2, rejected: 2 });
    const thrown = thrownBy(() => result.throwIfAny()) as AggregateError;
    expect(thrown).toBeInstanceOf(AggregateError);
    expect(thrown.errors).toEqual([new Error('b'), 'd']);
    expect(thrown.message).toMatch(/2 of 4.*1, 3/);
  });

  test('names the keys of a record', async () => {
    const result = await settleAll({ good: () => 1, bad: fails('bad') });
    expect(result.results).toEqual({
      good: { status: 'fulfilled', value: 1 },
      bad: { status: 'rejected', reason: new Error('bad') },
    });
    expect(result.errors).toEqual([{ index: 'bad', error: new Error('bad') }]);
    expect((thrownBy(() => result.throwIfAny()) as Error).message).toContain('"bad"');
  });

  test('is ok where nothing failed', async () => {
    for (const result of [await settleAll([]), await settleAll([1]), await settleAll({})]) {
      expect(result).toMatchObject({ ok: true, errors: [] });
      expect(result.throwIfAny()).toBe(undefined);
    }
  });
});
