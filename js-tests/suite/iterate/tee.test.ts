// tee: every item for every branch, each pulled once, and no more held than was said.
import { tee } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { collect, collectToEnd, DONE, Feed, given } from '../support/feed.ts';
import { countListeners } from '../support/listeners.ts';
import { counted, countedAsync, KINDS } from '../support/sources.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, thrownBy, watch } from '../support/watch.ts';

const ENDLESS = Number.POSITIVE_INFINITY;
const error = new Error('as planned');

describe.each(KINDS)('tee of %s', (_name, make) => {
  test.each([1, 2, 3, 5])('gives %s branches every item, each pulled once', async (count) => {
    const items = make(50);
    const branches = tee(items.source, count, { capacity: 4 });
    await settle();
    expect(items.asked).toBe(0);
    const all = Array.from({ length: 50 }, (_, index) => index);
    expect(await Promise.all(branches.map((branch) => collect(branch)))).toEqual(Array(count).fill(all));
    expect([items.asked, items.closed]).toEqual([51, 0]);
  });

  test('lets the fastest wait for the slowest', async () => {
    const items = make(ENDLESS);
    const [fast, slow] = tee(items.source, 2, { capacity: 3 });
    const answers = Array.from({ length: 5 }, () => watch(fast.next()));
    await settle();
    expect([items.asked, answers.map(({ state }) => state)]).toEqual([
      3,
      ['fulfilled', 'fulfilled', 'fulfilled', 'pending', 'pending'],
    ]);
    expect(await slow.next()).toEqual(given(0));
    await settle();
    expect([items.asked, answers[3]!.value, answers[4]!.state]).toEqual([4, given(3), 'pending']);
    expect([await slow.next(), await slow.next()]).toEqual([given(1), given(2)]);
    await settle();
    expect([items.asked, answers[4]!.value]).toEqual([5, given(4)]);
    // Nobody waits any more: nothing is pulled.
    await slow.next();
    await settle();
    expect(items.asked).toBe(5);
    await Promise.all([fast.return(), slow.return()]);
    expect(items.closed).toBe(1);
  });

  test('counts no longer who left, and closes the source with the last', async () => {
    const items = make(ENDLESS, undefined, { closeError: error });
    const [one, other, third] = tee(items.source, 3, { capacity: 2 });
    for (const expected of [0, 1])
      expect([await one.next(), await other.next()]).toEqual(Array(2).fill(given(expected)));
    const blocked = watch(one.next());
    await settle();
    expect(blocked.state).toBe('pending');
    expect(await third.return()).toEqual(DONE);
    await settle();
    expect([blocked.value, items.closed]).toEqual([given(2), 0]);
    expect(await one.return()).toEqual(DONE);
    expect(items.closed).toBe(0);
    expect(await other.next()).toEqual(given(2));
    expect(await reasonOf(other.return())).toBe(error);
    expect([items.closed, await other.next(), await third.next()]).toEqual([1, DONE, DONE]);
  });

  test('throws the error in each branch, after the items before it', async () => {
    const branches = tee(make(9, undefined, { failsAt: 2, error }).source, 2);
    expect(await collectToEnd(branches[0])).toEqual([[0, 1], error]);
    expect(await collectToEnd(branches[1])).toEqual([[0, 1], error]);
    expect([await branches[0].next(), await branches[1].next()]).toEqual([DONE, DONE]);
  });
});

describe('tee', () => {
  test('holds 1,024 items where nothing is said, and any number if it is told to', async () => {
    const items = counted(ENDLESS);
    const [fast] = tee(items.source, 2);
    for (let taken = 0; taken < 1024; taken++) await fast.next();
    const blocked = watch(fast.next());
    await settle();
    expect([blocked.state, items.asked]).toEqual(['pending', 1024]);
    const more = counted(5000);
    const [all, late] = tee(more.source, 2, { capacity: ENDLESS });
    expect(await collect(all)).toHaveLength(5000);
    expect(await collect(late)).toHaveLength(5000);
  });

  test('answers those who ask several at once in their order', async () => {
    const feed = new Feed<number>();
    const [one, other] = tee(feed, 2);
    const answers = [watch(one.next()), watch(other.next()), watch(one.next())];
    expect(feed.asked).toBe(1);
    feed.give(1);
    await settle();
    expect(answers.map(({ value }) => value)).toEqual([given(1), given(1), undefined]);
    expect([feed.asked, feed.peak]).toEqual([2, 1]);
    feed.end();
    await settle();
    expect([answers[2]!.value, await other.next()]).toEqual([DONE, DONE]);
  });

  test('ends all branches with the reason of its signal, and leaves no listener', async () => {
    const controller = new AbortController();
    const count = countListeners(controller.signal);
    const items = countedAsync(ENDLESS);
    const [one, other] = tee(items.source, 2, { signal: controller.signal });
    await one.next();
    expect(count.now).toBe(1);
    controller.abort(error);
    expect([await reasonOf(one.next()), await reasonOf(other.next())]).toEqual([error, error]);
    expect([await one.next(), items.closed, count.now]).toEqual([DONE, 1, 0]);
    const [aborted] = tee([1], 2, { signal: controller.signal });
    expect(await reasonOf(aborted.next())).toBe(error);
  });

  test('refuses what is wrong', () => {
    expect(thrownBy(() => tee([], 0))).toMatchObject({
      message: 'Expected `count` to be an integer from 1 up, got 0',
    });
    expect(thrownBy(() => tee([], 2, { capacity: 0 }))).toMatchObject({
      message: 'Expected `capacity` to be an integer from 1 up or Infinity, got 0',
    });
    expect(thrownBy(() => tee(1 as never, 2))).toMatchObject({
      message: 'Expected `source` to be an iterable or an async iterable, got 1',
    });
  });
});
