// SourceBuffer: a list as a source.
import { merge, SourceBuffer } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { deferred } from '../support/deferred.ts';
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

  test('a pull gives what is in front of one that rejects, the next call fails with it, and the rest comes then', async () => {
    const unhandled = watchUnhandled();
    const items = () => [1, Promise.resolve(2), Promise.reject(error), 4, Promise.resolve(5)];
    for (const next of ['next', 'pull'] as const) {
      const source = new SourceBuffer(items());
      expect([await source.pull(4), source.size]).toEqual([[1, 2], 3]);
      expect(await reasonOf(source[next](9))).toBe(error);
      expect([await source.pull(9), await source.pull(9)]).toEqual([[4, 5], []]);
    }
    const last = new SourceBuffer(items(), 'lifo');
    expect(await last.pull(Number.POSITIVE_INFINITY)).toEqual([5, 4]);
    expect(await reasonOf(last.pull(1))).toBe(error);
    expect(await last.pull(Number.POSITIVE_INFINITY)).toEqual([2, 1]);
    expect(await unhandled.stop()).toEqual([]);
  });

  test('nothing goes back to one that was left while a pull waited', async () => {
    const failing = deferred<number>();
    const source = new SourceBuffer([1, failing.promise, 3]);
    const pulled = source.pull(3);
    await source.return();
    failing.reject(error);
    expect([await pulled, source.size, await source.next()]).toEqual([[1], 0, DONE]);
  });

  test('a pull of all of them', async () => {
    expect(await new SourceBuffer([1, 2, 3]).pull(Number.POSITIVE_INFINITY)).toEqual([1, 2, 3]);
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
    for (const count of [0, 1.5, Number.NaN, Number.NEGATIVE_INFINITY]) {
      expect(await reasonOf(new SourceBuffer([1]).pull(count))).toMatchObject({
        name: 'RangeError',
        message: `Expected \`count\` to be an integer from 1 up or Infinity, got ${count}`,
      });
    }
  });
});
