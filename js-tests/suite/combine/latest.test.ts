// latest: the newest state of several sources, for each change as far as the reader keeps up.
import { latest } from 'fanfold';
import { describe, expect, test, vi } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { collect, collectToEnd, DONE, Feed, given } from '../support/feed.ts';
import { countListeners } from '../support/listeners.ts';
import { counted, countedAsync } from '../support/sources.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

useFakeTime();

const error = new Error('as planned');

describe('a tuple', () => {
  test('comes once each source has given a value, and then for each new one', async () => {
    const [price, rate] = [new Feed<number>(), new Feed<string>()];
    const states = latest(price, rate);
    expect([price.asked, rate.asked]).toEqual([0, 0]);
    const answers = [watch(states.next()), watch(states.next()), watch(states.next())];
    price.give(1);
    await settle();
    price.give(2);
    await settle();
    expect(answers[0]!.state).toBe('pending');
    rate.give('a');
    await settle();
    expect(answers[0]!.value).toEqual(given([2, 'a']));
    rate.give('b');
    await settle();
    price.give(3);
    await settle();
    expect(answers.map(({ value }) => value)).toEqual([given([2, 'a']), given([2, 'b']), given([3, 'b'])]);
    expect([price.peak, rate.peak]).toEqual([1, 1]);
  });

  test('is the newest state where the reader was slow', async () => {
    const [price, rate] = [new Feed<number>(), new Feed<number>()];
    const states = latest(price, rate);
    const first = watch(states.next());
    price.give(1);
    rate.give(10);
    await settle();
    expect(first.value).toEqual(given([1, 10]));
    for (let value = 2; value < 6; value++) {
      price.give(value);
      rate.give(10 * value);
      await settle();
    }
    expect(await states.next()).toEqual(given([5, 50]));
    const next = watch(states.next());
    await settle();
    expect(next.state).toBe('pending');
    price.end();
    await settle();
    rate.give(60);
    await settle();
    rate.end();
    expect([next.value, await states.next()]).toEqual([given([5, 60]), DONE]);
  });

  test('of lists comes at the pace of the reader, and nothing is left out', async () => {
    const [one, other] = [counted(3, (index) => `a${index}`), counted(2, (index) => `b${index}`)];
    const states = latest(one.source, other.source);
    expect(await states.next()).toEqual(given(['a0', 'b0']));
    await settle();
    expect([one.asked, other.asked]).toEqual([1, 1]);
    expect(await collect(states)).toEqual([
      ['a1', 'b0'],
      ['a1', 'b1'],
      ['a2', 'b1'],
    ]);
    expect(await collect(latest())).toEqual([]);
    expect(await collect(latest([[1, 2]], {}))).toEqual([[1], [2]]);
  });

  test('is the readers own', async () => {
    const states = latest([1, 2], ['a']);
    const { value: first } = await states.next();
    (first as unknown[]).length = 0;
    expect((await states.next()).value).toEqual([2, 'a']);
  });
});

describe('the end', () => {
  test('comes with the last source, after the last state', async () => {
    expect((await collect(latest(countedAsync(3).source, countedAsync(5).source))).at(-1)).toEqual([2, 4]);
  });

  test('comes at once where a source ends without a value, and closes the others', async () => {
    const other = new Feed<number>();
    expect(await collect(latest(other, countedAsync(0).source))).toEqual([]);
    expect(other.closed).toBe(1);
  });

  test('is the error of a source, after the state before it', async () => {
    const [one, other] = [new Feed<number>(), new Feed<number>()];
    const states = latest(one, other);
    const first = watch(states.next());
    one.give(1);
    other.give(2);
    await settle();
    one.give(3);
    await settle();
    one.fail(error);
    await settle();
    expect([first.value, other.closed]).toEqual([given([1, 2]), 1]);
    expect(await collectToEnd(states)).toEqual([[[3, 2]], error]);
  });

  test('is the reason of the signal, or that it was left', async () => {
    for (const how of ['leave', 'abort'] as const) {
      const controller = new AbortController();
      const count = countListeners(controller.signal);
      const feed = new Feed<number>();
      const list = counted(9);
      const states = latest([feed, list.source], { signal: controller.signal });
      const answer = watch(states.next());
      if (how === 'leave') await states.return();
      else controller.abort(error);
      await settle();
      expect([answer.reason, answer.value]).toEqual(how === 'abort' ? [error, undefined] : [undefined, DONE]);
      expect([feed.closed, list.closed, count.now]).toEqual([1, 1, 0]);
    }
  });
});

describe('a source that is always ready', () => {
  test('does not keep the program from its other work', async () => {
    const busy = countedAsync(Number.POSITIVE_INFINITY, undefined, { delay: 0 });
    const slow = new Feed<string>();
    const states = latest(busy.source, slow);
    const answer = watch(states.next());
    await settle();
    // It rests until the program has had its turn, which fake time gives.
    expect([busy.asked, vi.getTimerCount()]).toEqual([1000, 1]);
    await elapse(0);
    expect(busy.asked).toBe(2000);
    slow.give('now');
    await settle();
    expect(answer.value).toEqual(given([1999, 'now']));
    await states.return();
    await settle();
    expect([busy.closed, slow.closed, vi.getTimerCount()]).toEqual([1, 1, 0]);
  });

  test('is read on when a tuple is taken', async () => {
    const busy = countedAsync(Number.POSITIVE_INFINITY, undefined, { delay: 0 });
    const states = latest(busy.source);
    await states.next();
    await settle();
    const { asked } = busy;
    const { value } = await states.next();
    expect(value).toEqual([asked - 1]);
    await settle();
    expect(busy.asked).toBeGreaterThan(asked);
    await states.return();
    expect(vi.getTimerCount()).toBe(0);
    expect(await reasonOf(states.throw(error))).toBe(error);
  });
});
