// eager: the source works while the reader does, and no further ahead than was said.
import { eager } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { collect, collectToEnd, DONE, Feed, given } from '../support/feed.ts';
import { countListeners } from '../support/listeners.ts';
import { countedAsync, KINDS } from '../support/sources.ts';
import { settle } from '../support/turns.ts';
import { watchUnhandled } from '../support/unhandled.ts';
import { reasonOf, thrownBy, watch } from '../support/watch.ts';

const ENDLESS = Number.POSITIVE_INFINITY;
const error = new Error('as planned');

describe.each(KINDS)('eager on %s', (_name, make) => {
  test.each([1, 2, 5])('holds no more than %s', async (count) => {
    const items = make(ENDLESS);
    const ahead = eager(items.source, count);
    await settle();
    expect(items.asked).toBe(0);
    for (let taken = 1; taken < 8; taken++) {
      expect(await ahead.next()).toEqual(given(taken - 1));
      await settle();
      expect(items.asked).toBe(taken + count);
    }
    await ahead.return();
    expect(items.closed).toBe(1);
  });

  test('begins at once where it is told to', async () => {
    const items = make(ENDLESS);
    const ahead = eager(items.source, 3, { start: 'now' });
    await settle();
    expect(items.asked).toBe(3);
    expect(await Promise.all(Array.from({ length: 6 }, () => ahead.next()))).toEqual(
      [0, 1, 2, 3, 4, 5].map(given),
    );
    await ahead.return();
  });

  test('gives all that there is in order, then the end or the error', async () => {
    expect(await collect(eager(make(100).source, 7))).toEqual(
      Array.from({ length: 100 }, (_, index) => index),
    );
    const unhandled = watchUnhandled();
    const ahead = eager(make(9, undefined, { failsAt: 2, error }).source, 5, { start: 'now' });
    await settle();
    expect(await collectToEnd(ahead)).toEqual([[0, 1], error]);
    expect(await ahead.next()).toEqual(DONE);
    void eager(make(9, undefined, { failsAt: 0, error }).source, 5, { start: 'now' });
    expect(await unhandled.stop()).toEqual([]);
  });

  test('drops what was read ahead when it is left', async () => {
    const items = make(ENDLESS, undefined, { closeError: error });
    const ahead = eager(items.source, 3);
    await ahead.next();
    await settle();
    expect(await reasonOf(ahead.return())).toBe(error);
    expect([items.closed, await ahead.next()]).toEqual([1, DONE]);
  });
});

describe('eager', () => {
  test('asks one question at a time, though several wait', async () => {
    const feed = new Feed<number>();
    const ahead = eager(feed, 3);
    const answers = [watch(ahead.next()), watch(ahead.next())];
    for (let value = 0; value < 5; value++) {
      expect(feed.outstanding).toBe(1);
      feed.give(value);
      await settle();
    }
    expect(answers.map(({ value }) => value)).toEqual([given(0), given(1)]);
    expect([feed.asked, feed.outstanding]).toEqual([5, 0]);
    expect(await ahead.next()).toEqual(given(2));
    expect(feed.outstanding).toBe(1);
    const left = watch(ahead.return());
    await settle();
    expect([left.value, feed.closed]).toEqual([DONE, 1]);
  });

  test('waits for promises, one after the other', async () => {
    expect(await collect(eager([Promise.resolve(1), 2, Promise.resolve(3)], 2))).toEqual([1, 2, 3]);
    expect(await collectToEnd(eager([1, Promise.reject(error), 3], 2, { start: 'now' }))).toEqual([
      [1],
      error,
    ]);
  });

  test('ends with the reason of its signal, drops what it holds and leaves no listener', async () => {
    const controller = new AbortController();
    const count = countListeners(controller.signal);
    const items = countedAsync(ENDLESS);
    const ahead = eager(items.source, 3, { signal: controller.signal, start: 'now' });
    expect(count.now).toBe(1);
    await settle();
    controller.abort(error);
    expect(await reasonOf(ahead.next())).toBe(error);
    expect([await ahead.next(), items.closed, count.now]).toEqual([DONE, 1, 0]);
    const never = countedAsync(1);
    const aborted = eager(never.source, 3, { signal: controller.signal, start: 'now' });
    expect([await reasonOf(aborted.next()), never.asked, never.closed]).toEqual([error, 0, 1]);
  });

  test('refuses what is wrong', () => {
    expect(thrownBy(() => eager(5 as never, 1))).toMatchObject({
      message: 'Expected `source` to be an iterable or an async iterable, got 5',
    });
    for (const count of [0, -1, 1.5, ENDLESS]) {
      expect(thrownBy(() => eager([], count))).toMatchObject({
        message: `Expected \`count\` to be an integer from 1 up, got ${count}`,
      });
    }
    expect(thrownBy(() => eager([], 1, { start: 'later' as never }))).toMatchObject({
      message: 'Expected `start` to be one of "asked", "now", got "later"',
    });
  });
});
