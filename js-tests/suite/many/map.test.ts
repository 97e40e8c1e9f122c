// map, forEach, filter, mapSettled: results in the order of the items, whatever the order in which they come.
import { createLimiter, filter, forEach, map, mapSettled, skip } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { Gates } from '../support/gates.ts';
import { countedAsync } from '../support/sources.ts';
import { microtasks, settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

const double = async (item: number) => item * 2;

describe('map', () => {
  test('gives the results in the order of the items', async () => {
    const gates = new Gates();
    const result = watch(map(['a', 'b', 'c'], (name) => gates.task(name)()));
    await settle();
    for (const name of ['c', 'a', 'b']) {
      gates.open(name);
      await settle();
    }
    expect(gates.ended).toEqual(['c', 'a', 'b']);
    expect(result.value).toEqual(['a', 'b', 'c']);
  });

  test.each<[string, () => Iterable<unknown> | AsyncIterable<unknown>, unknown[]]>([
    ['an array', () => [1, 2], [1, 2]],
    ['an empty array', () => [], []],
    // biome-ignore lint/suspicious/noSparseArray: holes are what is tested
    ['an array with holes', () => [1, , 3], [1, undefined, 3]],
    ['a set', () => new Set([1, 2]), [1, 2]],
    ['a map', () => new Map([['a', 1]]), [['a', 1]]],
    ['a string', () => 'ab😀', ['a', 'b', '😀']],
    ['a typed array', () => Uint8Array.of(1, 2), [1, 2]],
    ['an empty generator', function* () {}, []],
    [
      'a generator',
      function* () {
        yield 1;
        yield 2;
      },
      [1, 2],
    ],
    [
      'an async generator',
      async function* () {
        yield 1;
        await null;
        yield 2;
      },
      [1, 2],
    ],
    ['an array of promises', () => [Promise.resolve(1), 2], [1, 2]],
    ['a generator of promises', () => [1, 2].map(async (x) => x).values(), [1, 2]],
    ['an async source of promises', () => countedAsync(2, async (index) => index).source, [0, 1]],
    // biome-ignore lint/suspicious/noThenProperty: being a thenable is its purpose
    ['thenables', () => [{ then: (fulfill: (value: number) => void) => fulfill(7) }], [7]],
  ])('takes %s', async (_name, source, items) => {
    expect(await map(source(), (item) => item)).toEqual(items);
    expect(await map(source(), async (item) => item, { concurrency: 1 })).toEqual(items);
    expect(await map(source(), async (item) => item, { limiter: createLimiter(1) })).toEqual(items);
    expect(await map(source(), (item) => item, { concurrency: Number.POSITIVE_INFINITY })).toEqual(items);
  });

  test('finds what is added to an array while it is worked on', async () => {
    const items = [3];
    const countDown = async (item: number) => {
      if (item > 0) items.push(item - 1);
      return item;
    };
    expect(await map(items, countDown, { concurrency: 1 })).toEqual([3, 2, 1, 0]);
    // As by an iterator: where its end was found before, it has ended.
    expect(await map([3], countDown, { concurrency: 2 })).toEqual([3]);
  });

  test('tells item, index and context', async () => {
    const seen: unknown[] = [];
    await map(['a', 'b'], (item, index, context) => {
      seen.push([item, index, context.signal instanceof AbortSignal, typeof context.limiter]);
    });
    expect(seen).toEqual([
      ['a', 0, true, 'function'],
      ['b', 1, true, 'function'],
    ]);
  });

  test('calls nothing before it returns, and starts in the order of the items', async () => {
    const seen: number[] = [];
    const result = map([1, 2, 3, 4, 5], (item) => seen.push(item), { concurrency: 2 });
    expect(seen).toEqual([]);
    await result;
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  test('runs 16 at once where nothing is said', async () => {
    const gates = new Gates();
    const names = Array.from({ length: 40 }, (_, index) => `t${index}`);
    const result = map(names, (name) => gates.task(name)());
    await settle();
    expect(gates.running).toBe(16);
    gates.openAll();
    expect(await result).toEqual(names);
    expect(gates.peak).toBe(16);
  });

  test.each([1, 3, Number.POSITIVE_INFINITY])('runs no more than %s at once', async (concurrency) => {
    const gates = new Gates();
    const names = Array.from({ length: 10 }, (_, index) => `t${index}`);
    const result = map(names, (name) => gates.task(name)(), { concurrency });
    await settle();
    expect(gates.running).toBe(Math.min(concurrency, 10));
    gates.openAll();
    await result;
    expect(gates.peak).toBe(Math.min(concurrency, 10));
  });

  test('keeps undefined and leaves out what is skipped', async () => {
    expect(await map([1, 2, 3, 4], (item) => (item % 2 === 0 ? skip : undefined))).toEqual([
      undefined,
      undefined,
    ]);
    expect(await map([1, 2, 3, 4], async (item) => (item < 4 ? skip : item))).toEqual([4]);
    expect(await map([1], () => skip)).toEqual([]);
  });

  test('rejects with the first error, and starts nothing more', async () => {
    const started: number[] = [];
    const error = new Error('two');
    const reason = await reasonOf(
      map(
        [1, 2, 3, 4, 5],
        async (item) => {
          started.push(item);
          if (item === 2) throw error;
          await microtasks(20);
        },
        { concurrency: 2 },
      ),
    );
    expect(reason).toBe(error);
    await settle();
    expect(started).toEqual([1, 2]);
  });

  test('takes what is thrown at once as a failure, and what is no error', async () => {
    const error = new Error('at once');
    const thrower = () => {
      throw error;
    };
    expect(await reasonOf(map([1], thrower))).toBe(error);
    expect(await reasonOf(map([1], () => Promise.reject(undefined)))).toBe(undefined);
  });

  test('fails with a promise among the items that fails', async () => {
    const error = new Error('the item');
    expect(await reasonOf(map([1, Promise.reject(error)], double))).toBe(error);
    expect(
      await reasonOf(map([1, Promise.reject(error), 3], double, { onFailure: 'continue' })),
    ).toMatchObject({ errors: [error] });
  });

  test('gives the limiter that it was given, to every function', async () => {
    const limiter = createLimiter(2);
    const seen = await map([1, 2, 3], (_item, _index, context) => context.limiter === limiter, { limiter });
    expect(seen).toEqual([true, true, true]);
  });
});

describe('forEach', () => {
  test('fulfils with undefined when all is done', async () => {
    const seen: number[] = [];
    const result = forEach([1, 2, 3], async (item) => {
      await null;
      seen.push(item);
      return item;
    });
    expect(await result).toBe(undefined);
    expect(seen).toEqual([1, 2, 3]);
    expect(await forEach([], () => 1)).toBe(undefined);
  });

  test('rejects as map does', async () => {
    const fail = (item: number) => Promise.reject(new Error(`item ${item}`));
    expect(await reasonOf(forEach([1, 2], fail))).toMatchObject({ message: 'item 1' });
    const all = (await reasonOf(forEach([1, 2], fail, { onFailure: 'continue' }))) as AggregateError;
    expect(all.errors.map((error) => error.message)).toEqual(['item 1', 'item 2']);
  });
});

describe('filter', () => {
  test('gives the items for which something truthy came, in their order', async () => {
    const rounds = [5, 0, 3, 1];
    const kept = await filter(rounds, async (item, index) => {
      await microtasks(item);
      return index === 1 ? '' : 'yes';
    });
    expect(kept).toEqual([5, 3, 1]);
    expect(await filter([0, undefined, null], () => true)).toEqual([0, undefined, null]);
    expect(await filter([], () => true)).toEqual([]);
  });

  test('gives what promises among the items come to', async () => {
    expect(await filter([Promise.resolve(1), 2, Promise.resolve(3)], (item) => item !== 2)).toEqual([1, 3]);
  });

  test('rejects with the error of the predicate', async () => {
    const error = new Error('no idea');
    expect(await reasonOf(filter([1], () => Promise.reject(error)))).toBe(error);
  });
});

describe('mapSettled', () => {
  test('tells how each one ended, in the order of the items', async () => {
    const error = new Error('two');
    const results = await mapSettled([3, 2, 1], async (item) => {
      await microtasks(item);
      if (item === 2) throw error;
      return item;
    });
    expect(results).toEqual([
      { status: 'fulfilled', value: 3 },
      { status: 'rejected', reason: error },
      { status: 'fulfilled', value: 1 },
    ]);
  });

  test('leaves out what is skipped, and no failure', async () => {
    const results = await mapSettled([1, 2, 3], (item) => {
      if (item === 1) return Promise.reject(skip);
      return item === 2 ? skip : item;
    });
    expect(results).toEqual([
      { status: 'rejected', reason: skip },
      { status: 'fulfilled', value: 3 },
    ]);
  });

  test('runs no more than it may, whatever fails', async () => {
    const gates = new Gates();
    const names = [...'abcdef'];
    const result = watch(mapSettled(names, (name) => gates.task(name)(), { concurrency: 2 }));
    await settle();
    for (const name of names) {
      gates.fail(name, name);
      await settle();
    }
    expect(gates.peak).toBe(2);
    expect(result.value).toEqual(names.map((reason) => ({ status: 'rejected', reason })));
  });

  test('tells of promises among the items that failed', async () => {
    expect(await mapSettled([Promise.reject('gone'), 2], double)).toEqual([
      { status: 'rejected', reason: 'gone' },
      { status: 'fulfilled', value: 4 },
    ]);
  });
});
