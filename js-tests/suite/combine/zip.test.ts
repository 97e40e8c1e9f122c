// zip and concat: one of each, one after the other.
import { concat, zip } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { collect, collectToEnd, DONE, Feed, given } from '../support/feed.ts';
import { countListeners } from '../support/listeners.ts';
import { counted, countedAsync } from '../support/sources.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, thrownBy, watch } from '../support/watch.ts';

const ENDLESS = Number.POSITIVE_INFINITY;
const error = new Error('as planned');

describe('zip', () => {
  test('gives a value of each source, all asked at once and only for the tuple that is wanted', async () => {
    const feeds = [new Feed<string>(), new Feed<string>()] as const;
    const tuples = zip(feeds[0], ['x', 'y'], feeds[1]);
    expect(feeds.map(({ asked }) => asked)).toEqual([0, 0]);
    const answers = [watch(tuples.next()), watch(tuples.next())];
    expect(feeds.map(({ asked }) => asked)).toEqual([1, 1]);
    feeds[1].give('b');
    await settle();
    expect([answers[0]!.state, feeds[1].asked]).toEqual(['pending', 1]);
    feeds[0].give('a');
    await settle();
    expect(answers.map(({ value }) => value)).toEqual([given(['a', 'x', 'b']), undefined]);
    expect(feeds.map(({ asked }) => asked)).toEqual([2, 2]);
    feeds[0].give('c');
    feeds[1].give('d');
    await settle();
    expect(answers[1]!.value).toEqual(given(['c', 'y', 'd']));
    expect(feeds.map(({ asked, peak }) => [asked, peak])).toEqual([
      [2, 1],
      [2, 1],
    ]);
  });

  test.each([
    ['no source', [], []],
    ['one', [[1, 2]], [[1], [2]]],
    ['an empty one', [[1, 2], []], []],
    [
      'promises',
      [
        [Promise.resolve(1), 2],
        [3, Promise.resolve(4)],
      ],
      [
        [1, 3],
        [2, 4],
      ],
    ],
  ] as [string, unknown[][], unknown[][]][])('of %s', async (_name, sources, expected) => {
    expect(await collect(zip(sources, {}))).toEqual(expected);
  });

  test('ends with the shortest and closes the others, also one that is still being asked', async () => {
    const [long, endless] = [countedAsync(ENDLESS), new Feed<number>()];
    const short = counted(2);
    const tuples = watch(collect(zip(long.source, endless, short.source)));
    for (let round = 0; round < 2; round++) {
      await settle();
      endless.give(round);
    }
    await settle();
    expect(tuples.value).toEqual([
      [0, 0, 0],
      [1, 1, 1],
    ]);
    expect([long.closed, endless.closed, short.closed]).toEqual([1, 1, 0]);
  });

  test("with mode 'longest' gives undefined for those that have ended", async () => {
    const tuples = zip([[1, 2, 3], countedAsync(1).source, []], { mode: 'longest' });
    expect(await collect(tuples)).toEqual([
      [1, 0, undefined],
      [2, undefined, undefined],
      [3, undefined, undefined],
    ]);
    expect(await collect(zip([[], []], { mode: 'longest' }))).toEqual([]);
  });

  test("with mode 'strict' fails if they do not end together", async () => {
    expect(await collect(zip([[1, 2], countedAsync(2).source], { mode: 'strict' }))).toEqual([
      [1, 0],
      [2, 1],
    ]);
    for (const [one, other] of [
      [2, 3],
      [3, 2],
    ] as const) {
      const [left, right] = [countedAsync(one), counted(other)];
      expect(await collectToEnd(zip([left.source, right.source], { mode: 'strict' }))).toEqual([
        [
          [0, 0],
          [1, 1],
        ],
        new TypeError('The sources of `zip` do not end together, as `mode: "strict"` wants'),
      ]);
      expect([left.closed, right.closed]).toEqual([Number(one > other), Number(other > one)]);
    }
  });

  test('throws the error of a source after the tuples before it, and closes the others', async () => {
    const other = countedAsync(ENDLESS);
    const tuples = zip(other.source, countedAsync(9, undefined, { failsAt: 2, error }).source);
    expect(await collectToEnd(tuples)).toEqual([
      [
        [0, 0],
        [1, 1],
      ],
      error,
    ]);
    expect([other.closed, await tuples.next()]).toEqual([1, DONE]);
  });

  test('closes all when it is left, and tells what that throws', async () => {
    const items = [counted(ENDLESS), countedAsync(ENDLESS, undefined, { closeError: error })];
    const tuples = zip(...items.map(({ source }) => source));
    await tuples.next();
    expect(await reasonOf(tuples.return())).toBe(error);
    expect(items.map(({ closed }) => closed)).toEqual([1, 1]);
    expect(await tuples.next()).toEqual(DONE);
  });

  test('ends with the reason of its signal, and leaves no listener', async () => {
    const controller = new AbortController();
    const count = countListeners(controller.signal);
    const feed = new Feed<number>();
    const tuples = zip([feed, [1, 2]], { signal: controller.signal });
    const answer = watch(tuples.next());
    expect(count.now).toBe(1);
    controller.abort(error);
    await settle();
    expect([answer.reason, feed.closed, count.now]).toEqual([error, 1, 0]);
  });

  test('refuses a mode that it does not know', () => {
    expect(thrownBy(() => zip([], { mode: 'short' as never }))).toMatchObject({
      message: 'Expected `mode` to be one of "shortest", "longest", "strict", got "short"',
    });
  });
});

describe('concat', () => {
  test('gives one source after the other, and asks each only for what is wanted', async () => {
    const [one, other] = [countedAsync(2, (index) => `a${index}`), counted(2, (index) => `b${index}`)];
    const values = concat(one.source, [], other.source, ['c']);
    expect([one.asked, other.asked]).toEqual([0, 0]);
    expect(await values.next()).toEqual(given('a0'));
    await settle();
    expect([one.asked, other.asked]).toEqual([1, 0]);
    expect(await collect(values)).toEqual(['a1', 'b0', 'b1', 'c']);
    expect([one.closed, other.closed]).toEqual([0, 0]);
  });

  test('answers those who ask several at once in their order, over the ends of sources', async () => {
    const values = concat(countedAsync(1).source, [], countedAsync(2).source);
    const answers = await Promise.all(Array.from({ length: 5 }, () => values.next()));
    expect(answers).toEqual([given(0), given(0), given(1), DONE, DONE]);
    expect(await collect(concat())).toEqual([]);
    expect(await collect(concat(...Array.from({ length: 20_000 }, () => []), [1]))).toEqual([1]);
  });

  test('throws the error of a source and closes those behind it', async () => {
    const behind = counted(3);
    const values = concat(countedAsync(3, undefined, { failsAt: 1, error }).source, behind.source);
    expect(await collectToEnd(values)).toEqual([[0], error]);
    expect([behind.asked, behind.closed]).toEqual([0, 1]);
  });

  test('closes all that have not ended when it is left, or aborted', async () => {
    for (const how of ['leave', 'abort'] as const) {
      const controller = new AbortController();
      const count = countListeners(controller.signal);
      const items = [countedAsync(1), countedAsync(5), counted(5)];
      const values = concat(
        items.map(({ source }) => source),
        { signal: controller.signal },
      );
      await values.next();
      await values.next();
      if (how === 'leave') await values.return();
      else controller.abort(error);
      await settle();
      expect(items.map(({ closed }) => closed)).toEqual([0, 1, 1]);
      expect(count.now).toBe(0);
      if (how === 'abort') expect(await reasonOf(values.next())).toBe(error);
      expect(await values.next()).toEqual(DONE);
    }
  });
});
