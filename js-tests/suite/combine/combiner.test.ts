// AsyncIteratorCombiner: sources that come while it runs, its size, and who was first.
import { AsyncIteratorCombiner } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { collect, DONE, Feed, given } from '../support/feed.ts';
import { countedAsync } from '../support/sources.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

const OVER = { done: true, value: undefined, source: undefined };

describe('size', () => {
  test('is how many sources are under way', async () => {
    const [one, other] = [new Feed<number>(), new Feed<number>()];
    const values = new AsyncIteratorCombiner<number>([one, other], { onError: 'continue' });
    expect(values.size).toBe(2);
    const answer = watch(values.next());
    one.end();
    await settle();
    expect(values.size).toBe(1);
    values.add([7]);
    await settle();
    expect([values.size, answer.value]).toEqual([2, given(7)]);
    other.fail(new Error('gone'));
    await settle();
    expect(values.size).toBe(1);
    expect(await reasonOf(values.next())).toMatchObject({ name: 'AggregateError' });
    expect(values.size).toBe(0);
  });

  test('is 0 when it was left', async () => {
    const values = new AsyncIteratorCombiner([countedAsync(9).source]);
    await values.return();
    expect(values.size).toBe(0);
  });
});

describe('add', () => {
  test('asks the source at once where somebody waits, and otherwise with the next question', async () => {
    const [first, late, later] = [new Feed<number>(), new Feed<number>(), new Feed<number>()];
    const values = new AsyncIteratorCombiner<number>([first]);
    const answer = watch(values.next());
    expect(values.add(late)).toBe(true);
    expect(late.asked).toBe(1);
    late.give(1);
    await settle();
    expect(answer.value).toEqual(given(1));
    values.add(later);
    expect(later.asked).toBe(0);
    void values.next();
    expect([first.asked, late.asked, later.asked]).toEqual([1, 2, 1]);
  });

  test('takes nothing more when all is over, and leaves that source alone', async () => {
    const late = countedAsync(3);
    const ended = new AsyncIteratorCombiner<number>([[1]]);
    expect(await collect(ended)).toEqual([1]);
    const left = new AsyncIteratorCombiner<number>([[1]], { open: true });
    await left.return();
    const failed = new AsyncIteratorCombiner<number>([[Promise.reject(new Error('bad'))]]);
    await reasonOf(failed.next());
    expect([ended, left, failed].map((values) => values.add(late.source))).toEqual([false, false, false]);
    await settle();
    expect([late.asked, late.closed]).toEqual([0, 0]);
  });

  test('may be called by a source while it is asked', async () => {
    const values = new AsyncIteratorCombiner<number>();
    function* tree(depth: number): Generator<number> {
      if (depth < 3) for (let branch = 0; branch < 2; branch++) values.add(tree(depth + 1));
      yield depth;
    }
    values.add(tree(0));
    expect((await collect(values)).sort()).toEqual([0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3]);
  });

  test('serves any number of those who wait, from a list, without a stack for each', async () => {
    const values = new AsyncIteratorCombiner<number>([], { open: true });
    const answers = Array.from({ length: 20_000 }, () => values.next());
    values.add(Array.from({ length: 20_000 }, (_, index) => index));
    const got = await Promise.all(answers);
    expect(got.every(({ value }, index) => value === index)).toBe(true);
    await values.return();
  });
});

describe('without a source', () => {
  test('it ends at once', async () => {
    expect(await new AsyncIteratorCombiner().next()).toEqual(DONE);
  });

  test('an open one waits for more until it is told to end', async () => {
    const values = new AsyncIteratorCombiner<number>([], { open: true });
    const all = watch(collect(values));
    await settle();
    values.add([1, 2]);
    await settle();
    values.add([3]);
    await settle();
    expect([all.state, values.size]).toEqual(['pending', 0]);
    values.add([4]);
    values.end();
    await settle();
    expect(all.value).toEqual([1, 2, 3, 4]);
    expect(values.add([5])).toBe(false);
  });

  test('told to end it waits for those under way, and takes more as long as there are any', async () => {
    const feed = new Feed<number>();
    const values = new AsyncIteratorCombiner<number>([feed], { open: true });
    const all = watch(collect(values));
    values.end();
    expect(values.add([1])).toBe(true);
    await settle();
    expect(all.state).toBe('pending');
    feed.end();
    await settle();
    expect(all.value).toEqual([1]);
  });
});

describe('race', () => {
  test('gives the next value with its source, and loses nobody else', async () => {
    const [one, other] = [new Feed<string>(), new Feed<string>()];
    const values = new AsyncIteratorCombiner<string>([one, other]);
    const first = watch(values.race());
    other.give('other');
    await settle();
    one.give('one');
    await settle();
    expect(first.value).toEqual({ done: false, value: 'other', source: other });
    expect(await values.race()).toEqual({ done: false, value: 'one', source: one });
    // In one order with `next()`.
    const answers = [watch(values.next()), watch(values.race()), watch(values.next()), watch(values.race())];
    one.give('a');
    await settle();
    other.give('b');
    await settle();
    one.end();
    other.end();
    await settle();
    expect(answers.map(({ value }) => value)).toEqual([
      given('a'),
      { done: false, value: 'b', source: other },
      DONE,
      OVER,
    ]);
    expect((first.value as { source: unknown }).source).toBe(other);
  });

  test('rejects with the error of a source, and is over when it was left', async () => {
    const error = new Error('as planned');
    const values = new AsyncIteratorCombiner<number>([[Promise.reject(error)]]);
    expect(await reasonOf(values.race())).toBe(error);
    const left = new AsyncIteratorCombiner<number>([new Feed<number>()]);
    const waiting = watch(left.race());
    await left.return();
    expect([waiting.value, await left.race()]).toEqual([OVER, OVER]);
  });
});
