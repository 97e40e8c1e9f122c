// merge: whichever source is ready first, one question each, fair, and closed however it ends.
import { AsyncIteratorCombiner, merge } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { collect, collectToEnd, DONE, Feed, given } from '../support/feed.ts';
import { countListeners } from '../support/listeners.ts';
import { counted, countedAsync } from '../support/sources.ts';
import { settle } from '../support/turns.ts';
import { watchUnhandled } from '../support/unhandled.ts';
import { reasonOf, thrownBy, watch } from '../support/watch.ts';

const ENDLESS = Number.POSITIVE_INFINITY;
const error = new Error('as planned');

describe('the order', () => {
  test('is that in which values come', async () => {
    const feeds = [new Feed<string>(), new Feed<string>(), new Feed<string>()] as const;
    const all = watch(collect(merge(...feeds)));
    for (const [at, value] of [
      [2, 'a'],
      [0, 'b'],
      [2, 'c'],
      [1, 'd'],
    ] as const) {
      await settle();
      feeds[at].give(value);
    }
    await settle();
    for (const feed of feeds) feed.end();
    await settle();
    expect(all.value).toEqual(['a', 'b', 'c', 'd']);
  });

  test('puts who gave a value behind all others that are ready', async () => {
    const endless = ['a', 'b', 'c'].map((name) => countedAsync(ENDLESS, () => name).source);
    const values = merge(...endless);
    const seen: string[] = [];
    for (let taken = 0; taken < 30; taken++) seen.push((await values.next()).value!);
    for (const name of 'abc') expect(seen.filter((one) => one === name)).toHaveLength(10);
    await values.return();
  });

  test('lets nobody starve who is ready, beside lists that always are', async () => {
    const lists = [counted(ENDLESS, () => 'list').source, counted(ENDLESS, () => 'list').source];
    const values = merge(...lists, countedAsync(ENDLESS, () => 'late', { delay: 3 }).source);
    const seen: string[] = [];
    for (let taken = 0; taken < 60; taken++) seen.push((await values.next()).value!);
    // It takes some rounds to be ready, and then no longer than one value of each other source.
    expect(seen.filter((one) => one === 'late').length).toBeGreaterThanOrEqual(5);
    await values.return();
  });

  test('is kept for those who ask several at once', async () => {
    const [one, other] = [new Feed<number>(), new Feed<number>()];
    const values = merge(one, other);
    const answers = Array.from({ length: 5 }, () => watch(values.next()));
    other.give(1);
    await settle();
    other.give(2);
    one.give(3);
    await settle();
    expect(answers.map(({ value }) => value)).toEqual([given(1), given(2), given(3), undefined, undefined]);
    one.end();
    other.end();
    await settle();
    expect(answers.slice(3).map(({ value }) => value)).toEqual([DONE, DONE]);
  });
});

describe('sources', () => {
  test('are iterables and async iterables of any kind, and values any value', async () => {
    const values = [undefined, null, Number.NaN, 0];
    expect(await collect(merge(values))).toEqual(values);
    expect(
      (await collect(merge('ab', new Set([1]), new Map([['k', 2]]), countedAsync(2).source))).sort(),
    ).toEqual(['a', 'b', 1, ['k', 2], 0, 1].sort());
    expect(await collect(merge())).toEqual([]);
    expect(await collect(merge([], []))).toEqual([]);
    expect(await collect(merge([], {}))).toEqual([]);
  });

  test('may come in an iterable, with options', async () => {
    expect((await collect(merge(new Set([[1, 2], [3]]), {}))).sort()).toEqual([1, 2, 3]);
    expect((await collect(merge([[1], [2]], undefined))).sort()).toEqual([1, 2]);
    // A list alone is one source.
    expect(await collect(merge([[1], [2]]))).toEqual([[1], [2]]);
  });

  test('are not what is in a list that is given alone: that is one source', async () => {
    const lists = [[1, 2], [3]];
    expect(await collect(merge(lists))).toEqual(lists);
    expect(await collect(merge(...lists))).toEqual([1, 3, 2]);
    expect(await collect(merge(lists, {}))).toEqual([1, 3, 2]);
  });

  test('may give promises, which are waited for, each in its source', async () => {
    let open!: (value: string) => void;
    const late = new Promise<string>((resolve) => {
      open = resolve;
    });
    const values = merge(
      [late, 'after'],
      ['other'],
      (async function* () {
        yield 'async';
      })(),
    );
    expect([await values.next(), await values.next()]).toEqual([given('other'), given('async')]);
    const rest = watch(collect(values));
    await settle();
    expect(rest.state).toBe('pending');
    open('late');
    await settle();
    expect(rest.value).toEqual(['late', 'after']);
  });

  test('are not touched before the first value is asked for, and then asked once each', async () => {
    const feeds = [new Feed<number>(), new Feed<number>(), new Feed<number>()];
    const values = merge(...feeds);
    await settle();
    expect(feeds.map(({ asked }) => asked)).toEqual([0, 0, 0]);
    const first = watch(values.next());
    expect(feeds.map(({ asked }) => asked)).toEqual([1, 1, 1]);
    for (const [at, feed] of feeds.entries()) feed.give(at);
    await settle();
    expect(first.value).toEqual(given(0));
    // One value each is held, and nobody is asked again before the next is asked for.
    expect(feeds.map(({ asked }) => asked)).toEqual([1, 1, 1]);
    expect(await values.next()).toEqual(given(1));
    expect(feeds.map(({ asked }) => asked)).toEqual([2, 1, 1]);
    expect(await values.next()).toEqual(given(2));
    expect(feeds.map(({ asked }) => asked)).toEqual([2, 2, 1]);
    for (let nth = 0; nth < 10; nth++) void values.next();
    await settle();
    expect(feeds.map(({ asked, peak }) => [asked, peak])).toEqual([
      [2, 1],
      [2, 1],
      [2, 1],
    ]);
    await values.return();
  });

  test('may answer without a promise', async () => {
    let left = 2;
    const next = () => (left > 0 ? { done: false, value: left-- } : DONE);
    const odd = { [Symbol.asyncIterator]: () => ({ next }) };
    expect(await collect(merge(odd as unknown as AsyncIterable<number>))).toEqual([2, 1]);
  });

  test('that answer with nonsense have failed', async () => {
    const odd = { [Symbol.asyncIterator]: () => ({ next: async () => 5 }) };
    expect(await reasonOf(collect(merge(odd as unknown as AsyncIterable<number>)))).toMatchObject({
      name: 'TypeError',
      message: 'Expected `source.next()` to be an object, got 5',
    });
  });

  test('may ask it for values, and leave it, while they are asked themselves', async () => {
    const inner: { value: unknown }[] = [];
    const values = new AsyncIteratorCombiner<number>();
    function* meddler(): Generator<number> {
      inner.push(watch(values.next()));
      yield 1;
      void values.return();
      yield 2;
    }
    values.add(meddler());
    values.add([10, 11]);
    const outer = [await values.next(), await values.next(), await values.next()].map(({ value }) => value);
    await settle();
    // What the list gave last was held when it was left.
    expect([inner[0]!.value, ...outer]).toEqual([given(10), 1, undefined, undefined]);
  });
});

describe('a source that fails', () => {
  test('ends it after the values that came before, and all others are closed', async () => {
    const [one, other, third] = [new Feed<number>(), new Feed<number>(), new Feed<number>()];
    const values = merge(one, other, third);
    const first = watch(values.next());
    one.give(1);
    await settle();
    other.give(2);
    await settle();
    third.fail(error);
    await settle();
    expect([one.closed, other.closed, third.closed]).toEqual([1, 1, 0]);
    expect(first.value).toEqual(given(1));
    expect(await values.next()).toEqual(given(2));
    expect(await reasonOf(values.next())).toBe(error);
    expect([await values.next(), await values.next()]).toEqual([DONE, DONE]);
    await values.return();
    expect([one.closed, other.closed, third.closed]).toEqual([1, 1, 0]);
  });

  test('is told to the first who waits, and the end to the others', async () => {
    const feed = new Feed<number>();
    const values = merge(feed, new Feed<number>());
    const answers = [watch(values.next()), watch(values.next())];
    feed.fail(error);
    await settle();
    expect([answers[0]!.reason, answers[1]!.value]).toEqual([error, DONE]);
  });

  test.each([
    ['an iterable', () => counted(5, undefined, { failsAt: 2, error }).source],
    ['an async iterable', () => countedAsync(5, undefined, { failsAt: 2, error }).source],
    ['one whose next throws', () => ({ [Symbol.asyncIterator]: throwing(2) })],
    ['a list with a promise that rejects', () => [0, 1, Promise.reject(error), 3]],
  ] as [string, () => AsyncIterable<number>][])('may be %s', async (_name, open) => {
    expect(await collectToEnd(merge(open()))).toEqual([[0, 1], error]);
  });

  test('has ended, and is not closed; one that gave a promise that rejects is', async () => {
    const failing = countedAsync(5, undefined, { failsAt: 2, error });
    await collectToEnd(merge(failing.source));
    expect(failing.closed).toBe(0);
    const giving = counted(5, (index) => (index === 1 ? Promise.reject(error) : index));
    expect(await collectToEnd(merge(giving.source))).toEqual([[0], error]);
    expect(giving.closed).toBe(1);
  });

  test("with onError: 'continue' the others go on, and all errors are told at the end", async () => {
    const late = new Error('late');
    const values = merge(
      [
        counted(9, (index) => `a${index}`, { failsAt: 1, error }).source,
        countedAsync(3, (index) => `b${index}`).source,
        countedAsync(9, (index) => `c${index}`, { failsAt: 2, error: late }).source,
      ],
      { onError: 'continue' },
    );
    const [all, reason] = await collectToEnd(values);
    expect((all as string[]).sort()).toEqual(['a0', 'b0', 'b1', 'b2', 'c0', 'c1']);
    expect(reason).toMatchObject({
      name: 'AggregateError',
      errors: [error, late],
      message: '2 of the sources failed. The first error: as planned',
    });
    expect(await values.next()).toEqual(DONE);
  });
});

function throwing(count: number): () => AsyncIterator<number> {
  return () => {
    let given = 0;
    return {
      next: () => {
        if (given === count) throw error;
        return Promise.resolve({ done: false, value: given++ });
      },
    };
  };
}

describe('leaving it', () => {
  test('by break closes all that have not ended, once, and waits for them', async () => {
    const items = [countedAsync(ENDLESS), countedAsync(ENDLESS), counted(ENDLESS), countedAsync(0)];
    let steps = 0;
    const cleaning = (async function* () {
      try {
        for (;;) yield 0;
      } finally {
        await settle();
        steps++;
      }
    })();
    let taken = 0;
    for await (const _ of merge(...items.map(({ source }) => source), cleaning)) {
      if (++taken < 30) continue;
      await settle();
      break;
    }
    expect(items.map(({ closed }) => closed)).toEqual([1, 1, 1, 0]);
    expect(steps).toBe(1);
  });

  test('does not wait for a source that is still being asked, but for all others', async () => {
    const [asked, held] = [new Feed<number>(), new Feed<number>()];
    const values = merge(asked, held);
    const first = watch(values.next());
    held.give(1);
    await settle();
    expect(first.value).toEqual(given(1));
    let finish!: () => void;
    held.closing = new Promise<void>((resolve) => {
      finish = resolve;
    });
    asked.closing = new Promise(() => {});
    const left = watch(values.return());
    await settle();
    expect([asked.closed, held.closed, left.state]).toEqual([1, 1, 'pending']);
    finish();
    await settle();
    expect(left.value).toEqual(DONE);
    expect(await values.return()).toEqual(DONE);
    expect([asked.closed, held.closed]).toEqual([1, 1]);
  });

  test('tells those who wait of the end, and drops what is held', async () => {
    const [one, other] = [new Feed<number>(), new Feed<number>()];
    const values = merge(one, other);
    void values.next();
    one.give(1);
    other.give(2);
    await settle();
    await values.return();
    expect(await values.next()).toEqual(DONE);
    const waiting = merge(new Feed<number>());
    const answers = [watch(waiting.next()), watch(waiting.next())];
    await waiting.return();
    expect(answers.map(({ value }) => value)).toEqual([DONE, DONE]);
  });

  test('before the first value closes the sources, which were opened when they were handed in', async () => {
    const items = countedAsync(3);
    const list = counted(3);
    const values = merge(items.source, list.source);
    await values.return();
    expect([items.asked, items.closed, list.closed]).toEqual([0, 1, 1]);
    expect(await values.next()).toEqual(DONE);
  });

  test('by throw closes all and rejects with the error, even if closing fails', async () => {
    const items = countedAsync(3, undefined, { closeError: new Error('closing') });
    const values = merge(items.source);
    await values.next();
    expect(await reasonOf(values.throw(error))).toBe(error);
    expect(items.closed).toBe(1);
    expect(await values.next()).toEqual(DONE);
  });

  test('throws what the sources throw when they are closed', async () => {
    const open = (closeError: unknown) => counted(ENDLESS, undefined, { closeError }).source;
    const one = merge(open(error), counted(ENDLESS).source);
    await one.next();
    expect(await reasonOf(one.return())).toBe(error);
    expect(await one.return()).toEqual(DONE);
    const other = new Error('other');
    const two = merge(open(error), countedAsync(ENDLESS).source, open(other));
    await two.next();
    expect(await reasonOf(two.return())).toMatchObject({
      name: 'AggregateError',
      errors: [error, other],
      message: '2 of the sources failed when they were closed',
    });
  });

  test('`await using` leaves it', async () => {
    const items = countedAsync(ENDLESS);
    const values = merge(items.source);
    await values.next();
    await values[(Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')) as typeof Symbol.asyncDispose]();
    expect(items.closed).toBe(1);
  });
});

describe('the signal', () => {
  test('rejects who waits with its reason, closes all and leaves no listener', async () => {
    const controller = new AbortController();
    const count = countListeners(controller.signal);
    const [one, other] = [new Feed<number>(), new Feed<number>()];
    const values = merge([one, other], { signal: controller.signal });
    expect(count.now).toBe(0);
    const answers = [watch(values.next()), watch(values.next())];
    expect(count.now).toBe(1);
    controller.abort(error);
    await settle();
    expect([answers[0]!.reason, answers[1]!.value]).toEqual([error, DONE]);
    expect([one.closed, other.closed, count.now]).toEqual([1, 1, 0]);
  });

  test('drops what is held, and is told to who asks next', async () => {
    const controller = new AbortController();
    const [one, other] = [new Feed<number>(), new Feed<number>()];
    const values = merge([one, other], { signal: controller.signal });
    void values.next();
    one.give(1);
    other.give(2);
    await settle();
    controller.abort(error);
    expect(await reasonOf(values.next())).toBe(error);
    expect(await values.next()).toEqual(DONE);
  });

  test('that is aborted before ends it with the first question', async () => {
    const items = countedAsync(3);
    const values = merge([items.source], { signal: AbortSignal.abort(error) });
    expect(await reasonOf(values.next())).toBe(error);
    expect([items.asked, items.closed]).toEqual([0, 1]);
  });

  test.each(['end', 'leave', 'fail'] as const)('has no listener left after the %s', async (how) => {
    const { signal } = new AbortController();
    const count = countListeners(signal);
    const habits = how === 'fail' ? { failsAt: 1, error } : {};
    const values = merge([countedAsync(how === 'leave' ? ENDLESS : 3, undefined, habits).source], { signal });
    if (how === 'leave') for await (const _ of values) break;
    else await collectToEnd(values);
    expect([count.now, count.added]).toEqual([0, 1]);
  });
});

describe('what comes too late', () => {
  test('is never reported as unhandled', async () => {
    const unhandled = watchUnhandled();
    for (const late of ['value', 'promise', 'failure', 'closing'] as const) {
      const feed = new Feed<unknown>();
      const values = merge(feed, [1]);
      await values.next();
      if (late === 'closing') feed.closing = Promise.reject(error);
      await values.return();
      if (late === 'failure') feed.fail(error);
      else if (late === 'promise') feed.give(Promise.reject(error));
      else feed.give(1);
      await settle();
    }
    // Closed because of another's failure: nobody hears what they make of that.
    const bad = countedAsync(ENDLESS, undefined, { closeError: new Error('closing') });
    expect(
      await collectToEnd(merge(counted(0, undefined, { failsAt: 0, error }).source, bad.source)),
    ).toEqual([[], error]);
    void merge([Promise.reject(error)]);
    expect(await unhandled.stop()).toEqual([]);
  });
});

describe('bad input', () => {
  test.each([
    [() => merge([1], 5 as never), 'Expected `options` to be an object, got 5'],
    [
      () => merge([1], [2], 5 as never),
      'Expected `sources[2]` to be an iterable or an async iterable, got 5',
    ],
    [() => merge(null as never), 'Expected `sources[0]` to be an iterable or an async iterable, got null'],
    [() => merge([1] as never, {}), 'Expected `sources[0]` to be an iterable or an async iterable, got 1'],
    [() => merge(5 as never, {}), 'Expected `sources` to be an iterable of sources, got 5'],
    [() => merge([], { signal: 1 as never }), 'Expected `signal` to be an AbortSignal, got 1'],
    [
      () => merge([], { onError: true as never }),
      'Expected `onError` to be one of "stop", "continue", got true',
    ],
    [() => merge([], { open: true } as never), 'There is no option `open`'],
    [() => new AsyncIteratorCombiner([], { open: 1 as never }), 'Expected `open` to be a boolean, got 1'],
    [
      () => new AsyncIteratorCombiner('ab' as never),
      'Expected `sources` to be an iterable of sources, got "ab"',
    ],
    [
      () => new AsyncIteratorCombiner().add(1 as never),
      'Expected `source` to be an iterable or an async iterable, got 1',
    ],
  ])('is refused: %s', (action, message) => {
    expect(thrownBy(action)).toMatchObject({ message: expect.stringContaining(message) });
  });

  test('closes what was opened before a source that is none', () => {
    const items = countedAsync(3);
    expect(thrownBy(() => merge(items.source, [], 5 as never))).toBeInstanceOf(TypeError);
    expect([items.asked, items.closed]).toEqual([0, 1]);
  });
});
