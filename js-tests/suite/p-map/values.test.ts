// What may be mapped, what the mapper is given, and what it may give back.
import { describe, expect, test } from 'vitest';
import { BOTH } from '../support/p-map.ts';
import { microtasks } from '../support/turns.ts';
import { reasonOf } from '../support/watch.ts';

describe.each(BOTH)('%s', (_name, { default: pMap }) => {
  const double = (value: number) => value * 2;

  test('results come in the order of the input, whatever order the mappers end in', async () => {
    const rounds = [30, 20, 3, 11, 4, 14];
    const mapper = async (value: number) => {
      await microtasks(value);
      return value;
    };
    for (const concurrency of [1, 2, 3, Number.POSITIVE_INFINITY]) {
      expect(await pMap(rounds, mapper, { concurrency })).toEqual(rounds);
    }
  });

  test.each<[string, () => Iterable<number> | AsyncIterable<number>]>([
    ['an array', () => [1, 2, 3]],
    ['a Set', () => new Set([1, 2, 3])],
    ['an iterator', () => [1, 2, 3].values()],
    [
      'a generator',
      function* () {
        yield* [1, 2, 3];
      },
    ],
    [
      'an async generator',
      async function* () {
        yield* [1, 2, 3];
      },
    ],
    ['a typed array', () => Uint8Array.of(1, 2, 3)],
  ])('%s', async (_kind, source) => {
    expect(await pMap(source(), double)).toEqual([2, 4, 6]);
    expect(await pMap(source(), double, { concurrency: 1 })).toEqual([2, 4, 6]);
  });

  test('a string is mapped by its letters, a Map by its entries', async () => {
    expect(await pMap('aß😀', (letter, index) => letter + index)).toEqual(['a0', 'ß1', '😀2']);
    expect(await pMap(new Map([['a', 1]]), ([key, value]) => key + value)).toEqual(['a1']);
  });

  test('nothing gives an empty array, sync or async, with any limit', async () => {
    for (const concurrency of [1, 5, Number.POSITIVE_INFINITY]) {
      expect(await pMap([], double, { concurrency })).toEqual([]);
      expect(await pMap((async function* () {})(), double, { concurrency })).toEqual([]);
    }
  });

  test('an iterable of both kinds is taken as the async one', async () => {
    const both = {
      *[Symbol.iterator]() {
        yield 'sync';
      },
      async *[Symbol.asyncIterator]() {
        yield 'async';
      },
    };
    expect(await pMap(both, (item) => item)).toEqual(['async']);
    expect(await pMap({ ...both, [Symbol.asyncIterator]: undefined } as never, (item) => item)).toEqual([
      'sync',
    ]);
  });

  test('promises among the items are waited for, in both kinds of iterable', async () => {
    const items = [1, Promise.resolve(2), microtasks(7).then(() => 3)];
    expect(await pMap(items, double)).toEqual([2, 4, 6]);
    expect(await pMap(items, double, { concurrency: 1 })).toEqual([2, 4, 6]);
    const iterator = items.values();
    const iterable: AsyncIterable<number | Promise<number>> = {
      [Symbol.asyncIterator]: () => ({ next: async () => iterator.next() as IteratorResult<number> }),
    };
    expect(await pMap(iterable, double)).toEqual([2, 4, 6]);
  });

  test('thenables among the items and as results are followed', async () => {
    const thenable = (value: number): Promise<number> =>
      ({
        // biome-ignore lint/suspicious/noThenProperty: a thenable is what this case is about
        then: (fulfil: (value: number) => void) => fulfil(value),
      }) as unknown as Promise<number>;
    expect(await pMap([thenable(1), 2], (value) => thenable(value * 2))).toEqual([2, 4]);
  });

  test('an iterator that answers with promises is waited for, async or not', async () => {
    let count = 0;
    const odd = {
      [Symbol.iterator]: () => ({
        next: () => microtasks(2).then(() => ({ done: ++count > 3, value: count })),
      }),
    };
    expect(await pMap(odd as unknown as Iterable<number>, double)).toEqual([2, 4, 6]);
  });

  test('an iterator may answer with thenables, which are subscribed to once', async () => {
    let count = 0;
    let subscriptions = 0;
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () => ({
          // biome-ignore lint/suspicious/noThenProperty: a thenable is what this case is about
          then: (fulfil: (result: IteratorResult<number>) => void) => {
            subscriptions++;
            count++;
            fulfil({ done: count > 2, value: count } as IteratorResult<number>);
          },
        }),
      }),
    };
    expect(await pMap(source as unknown as AsyncIterable<number>, double, { concurrency: 1 })).toEqual([
      2, 4,
    ]);
    expect(subscriptions).toBe(3);
  });

  test('the mapper is given the item and its index, and no this', async () => {
    const calls: unknown[] = [];
    await pMap(['a', Promise.resolve('b')], function (this: unknown, ...args: unknown[]) {
      calls.push([this, ...args]);
    });
    expect(calls).toEqual([
      [undefined, 'a', 0],
      [undefined, 'b', 1],
    ]);
  });

  test('an index is the place in the input also where items are ready in another order', async () => {
    const items = [9, 1, 5].map((rounds) => microtasks(rounds).then(() => rounds));
    expect(await pMap(items, (value, index) => [value, index])).toEqual([
      [9, 0],
      [1, 1],
      [5, 2],
    ]);
  });

  test('every kind of result is kept as it is', async () => {
    const results = [undefined, null, false, 0, '', Number.NaN, [], () => 1, Symbol.iterator, [undefined]];
    const mapped = await pMap(results, (value) => value);
    expect(mapped).toEqual(results);
    expect(mapped.map((value, index) => Object.is(value, results[index]))).not.toContain(false);
    expect(Object.keys(mapped)).toHaveLength(results.length);
  });

  test('an async function is not special: the mapper may answer at once', async () => {
    expect(await pMap([1, 2], (value) => value)).toEqual([1, 2]);
    expect(await pMap([1, 2], async (value) => value)).toEqual([1, 2]);
  });

  test('the result is a plain array, a new one each time', async () => {
    const input = [1, 2];
    const first = await pMap(input, (value) => value);
    const second = await pMap(input, (value) => value);
    expect(Array.isArray(first) && first !== second && first !== input).toBe(true);
    expect(Object.getPrototypeOf(first)).toBe(Array.prototype);
  });

  test('an item that is rejected fails as the mapper would, which is not called for it', async () => {
    const reason = new Error('the item is broken');
    const mapped: number[] = [];
    const broken = Promise.reject(reason);
    const run = pMap([1, broken as Promise<number>, 3], (value) => mapped.push(value), { concurrency: 1 });
    expect(await reasonOf(run)).toBe(reason);
    expect(mapped).toEqual([1]);
  });

  test('an array that grows while it is mapped is mapped on, as its iterator goes on', async () => {
    const input = [1, 2];
    const mapper = async (value: number) => {
      if (value < 3) input.push(value + 2);
      return value;
    };
    expect(await pMap(input, mapper, { concurrency: 1 })).toEqual([1, 2, 3, 4]);
  });
});
