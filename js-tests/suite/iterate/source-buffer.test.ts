// SourceBuffer: a list as a source.
import { merge, SourceBuffer } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { collect, DONE, given } from '../support/feed.ts';
import { watchUnhandled } from '../support/unhandled.ts';
import { reasonOf, thrownBy } from '../support/watch.ts';

const error = new Error('as planned');

describe('SourceBuffer', () => {
  test.each([
    [undefined, ['a', 'b', 'c']],
    ['fifo', ['a', 'b', 'c']],
    ['lifo', ['c', 'b', 'a']],
  ] as const)('gives its items in order %s, by next and by pull', async (order, expected) => {
    expect(await collect(new SourceBuffer(new Set(['a', 'b', 'c']), order))).toEqual(expected);
    const source = new SourceBuffer('abc', order);
    expect([await source.pull(2), source.size]).toEqual([expected.slice(0, 2), 1]);
    expect(await source.next()).toEqual(given(expected[2]));
    expect([source.size, await source.next(), await source.pull(3)]).toEqual([0, DONE, []]);
  });

  test('has its own copy of the list', async () => {
    const items = [1, 2];
    const source = new SourceBuffer(items);
    items.push(3);
    items[0] = 9;
    expect(await source.pull(9)).toEqual([1, 2]);
    expect(items).toEqual([9, 2, 3]);
  });

  test('waits for promises, and one that rejects takes nothing with it', async () => {
    const unhandled = watchUnhandled();
    const source = new SourceBuffer([Promise.resolve(1), Promise.reject(error), 3, 4]);
    expect(await source.next()).toEqual(given(1));
    expect(await reasonOf(source.next())).toBe(error);
    expect(await source.pull(2)).toEqual([3, 4]);
    new SourceBuffer([Promise.reject(error)]);
    expect(await unhandled.stop()).toEqual([]);
  });

  test('is empty when it was left', async () => {
    const leave: ((source: SourceBuffer<number>) => Promise<unknown>)[] = [
      (source) => source.return(),
      (source) => reasonOf(source.throw(error)),
      (source) =>
        source[(Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')) as typeof Symbol.asyncDispose](),
    ];
    const told: unknown[] = [];
    for (const one of leave) {
      const source = new SourceBuffer([1, 2]);
      told.push(await one(source));
      expect([source.size, await source.next()]).toEqual([0, DONE]);
    }
    expect(told).toEqual([DONE, error, undefined]);
  });

  test('may have several readers, and be a source like any other', async () => {
    const source = new SourceBuffer([1, 2, 3, 4]);
    expect((await collect(merge(source, source))).sort()).toEqual([1, 2, 3, 4]);
  });

  test('refuses what is no list, no order and no count', async () => {
    expect(thrownBy(() => new SourceBuffer(5 as never))).toMatchObject({
      message: 'Expected `items` to be an iterable, got 5',
    });
    expect(thrownBy(() => new SourceBuffer([], 'last' as never))).toMatchObject({
      message: 'Expected `order` to be one of "fifo", "lifo", got "last"',
    });
    for (const count of [0, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(await reasonOf(new SourceBuffer([1]).pull(count))).toMatchObject({
        name: 'RangeError',
        message: `Expected \`count\` to be an integer from 1 up, got ${count}`,
      });
    }
  });
});
