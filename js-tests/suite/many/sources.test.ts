// Sources: read only as far as there are slots, and closed exactly once, however it ends.
import { all, any, createLimiter, forEach, map, mapSettled, race, some, stream } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { Gates } from '../support/gates.ts';
import { type CountedSource, counted, countedAsync, type SourceHabits } from '../support/sources.ts';
import { microtasks, settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

const ENDLESS = Number.POSITIVE_INFINITY;
const error = new Error('as planned');

/** Both kinds of sources behave the same. */
const kinds = [
  ['iterable', counted],
  ['async iterable', countedAsync],
] as unknown as [
  string,
  <Item = number>(
    count: number,
    item?: (index: number) => Item,
    habits?: SourceHabits,
  ) => CountedSource<Item>,
][];

describe.each(kinds)('an %s', (_kind, make) => {
  describe('is read as far as there are slots', () => {
    test.each([1, 2, 5])('by map with a concurrency of %i', async (concurrency) => {
      const gates = new Gates();
      const items = make(ENDLESS, (index) => `t${index}`);
      const controller = new AbortController();
      const result = watch(
        forEach(items.source, (name) => gates.task(name)(), { concurrency, signal: controller.signal }),
      );
      await settle();
      expect([items.asked, gates.running]).toEqual([concurrency, concurrency]);
      gates.open('t0');
      await settle();
      expect([items.asked, gates.running]).toEqual([concurrency + 1, concurrency]);
      controller.abort(error);
      await settle();
      expect([result.reason, items.closed]).toEqual([error, 1]);
      expect(items.asked).toBe(concurrency + 1);
    });

    test('with 16 where nothing is said', async () => {
      const items = make(ENDLESS);
      const controller = new AbortController();
      watch(map(items.source, () => new Promise(() => {}), { signal: controller.signal }));
      await settle();
      expect(items.asked).toBe(16);
      controller.abort();
    });

    test('with as many as the limiter has, also where they are taken', async () => {
      const limiter = createLimiter(3);
      const held = [limiter.tryAcquire()!, limiter.tryAcquire()!];
      const items = make(ENDLESS);
      const controller = new AbortController();
      watch(forEach(items.source, () => new Promise(() => {}), { limiter, signal: controller.signal }));
      await settle();
      expect([items.asked, limiter.activeCount, limiter.pendingCount]).toEqual([3, 3, 2]);
      controller.abort();
      expect([limiter.activeCount, limiter.pendingCount]).toEqual([3, 0]);
      for (const permit of held) permit.release();
    });

    test('while promises among the items are waited for', async () => {
      const items = make(ENDLESS, () => new Promise<number>(() => {}));
      const controller = new AbortController();
      watch(forEach(items.source, () => 1, { concurrency: 3, signal: controller.signal }));
      await settle();
      expect(items.asked).toBe(3);
      controller.abort();
      await settle();
      expect(items.closed).toBe(1);
    });

    test('by all, any, race and some with a concurrency', async () => {
      for (const run of [
        (source: Iterable<() => unknown>, signal: AbortSignal) => all(source, { concurrency: 2, signal }),
        (source: Iterable<() => unknown>, signal: AbortSignal) => any(source, { concurrency: 2, signal }),
        (source: Iterable<() => unknown>, signal: AbortSignal) => race(source, { concurrency: 2, signal }),
        (source: Iterable<() => unknown>, signal: AbortSignal) => some(source, 2, { concurrency: 2, signal }),
      ]) {
        const items = make(ENDLESS, () => () => new Promise(() => {}));
        const controller = new AbortController();
        watch(run(items.source, controller.signal));
        await settle();
        expect(items.asked).toBe(2);
        controller.abort();
        await settle();
        expect(items.closed).toBe(1);
      }
    });
  });

  describe('is closed exactly once', () => {
    test('and not at all when it has ended by itself', async () => {
      const items = make(5);
      await map(items.source, (item) => microtasks(item), { concurrency: 2 });
      expect(items).toMatchObject({ given: 5, closed: 0, ended: true });
      expect(items.asked).toBe(6);
    });

    test.each(['abort', 'abort-and-wait'] as const)('after a failure (%s)', async (onFailure) => {
      const items = make(ENDLESS);
      const fn = (item: number) => (item === 3 ? Promise.reject(error) : null);
      expect(await reasonOf(map(items.source, fn, { concurrency: 2, onFailure }))).toBe(error);
      await settle();
      expect(items.closed).toBe(1);
    });

    test('and not for failures that are put up with', async () => {
      const items = make(5);
      const reason = await reasonOf(
        map(items.source, () => Promise.reject(error), { onFailure: 'continue' }),
      );
      expect((reason as AggregateError).errors).toHaveLength(5);
      await mapSettled(make(5).source, () => Promise.reject(error));
      expect(items).toMatchObject({ closed: 0, ended: true });
    });

    test('with enough', async () => {
      const items = make(ENDLESS, (index) => () => index);
      expect(await any(items.source, { concurrency: 2 })).toBe(0);
      await settle();
      expect(items.closed).toBe(1);
      const more = make(ENDLESS, (index) => () => index);
      expect(await some(more.source, 3, { concurrency: 1 })).toEqual([0, 1, 2]);
      await settle();
      expect(more.closed).toBe(1);
    });

    test('and not when it throws itself', async () => {
      const items = make(ENDLESS, undefined, { failsAt: 3, error });
      expect(await reasonOf(map(items.source, (item) => item, { concurrency: 2 }))).toBe(error);
      await settle();
      expect(items).toMatchObject({ closed: 0, ended: true });
      const first = make(ENDLESS, undefined, { failsAt: 0, error });
      expect(await reasonOf(map(first.source, (item) => item))).toBe(error);
      expect(await reasonOf(mapSettled(make(9, undefined, { failsAt: 3, error }).source, () => 1))).toBe(
        error,
      );
    });

    test('whatever it throws then', async () => {
      const items = make(ENDLESS, undefined, { closeError: new Error('while closing') });
      const fn = (item: number) => (item === 3 ? Promise.reject(error) : null);
      expect(await reasonOf(map(items.source, fn))).toBe(error);
      await settle();
      expect(items.closed).toBe(1);
    });

    test('when it is aborted before it begins: then it is not even asked', async () => {
      const items = make(5);
      expect(await reasonOf(map(items.source, () => 1, { signal: AbortSignal.abort(error) }))).toBe(error);
      expect(items).toMatchObject({ asked: 0, closed: 1 });
    });

    test('when asking it aborts everything', async () => {
      const controller = new AbortController();
      const onPull = (index: number) => {
        if (index === 3) controller.abort(error);
      };
      for (const concurrency of [1, 2]) {
        const items = make(ENDLESS, undefined, { onPull });
        const { signal } = controller;
        expect(await reasonOf(forEach(items.source, () => null, { concurrency, signal }))).toBe(error);
        await settle();
        expect(items.closed).toBe(1);
      }
    });
  });

  test('that throws leaves what runs with an aborted signal', async () => {
    const items = make(ENDLESS, undefined, { failsAt: 2, error });
    const signals: AbortSignal[] = [];
    const result = watch(
      map(
        items.source,
        (_item, _index, { signal }) => {
          signals.push(signal);
          return new Promise(() => {});
        },
        { concurrency: 2 },
      ),
    );
    await settle();
    expect(result.state).toBe('pending');
    const late = make(ENDLESS, undefined, { failsAt: 1, error });
    const next = watch(
      map(
        late.source,
        async (_item, _index, { signal }) => {
          signals.push(signal);
          await microtasks(30);
        },
        { concurrency: 1 },
      ),
    );
    await settle();
    expect(next.reason).toBe(error);
  });
});

describe('an async source', () => {
  test('is not asked again before it has answered', async () => {
    let waiting = 0;
    let most = 0;
    let count = 0;
    const source = {
      [Symbol.asyncIterator]: () => ({
        async next() {
          most = Math.max(most, ++waiting);
          await microtasks(count % 4);
          waiting--;
          return count < 50 ? { done: false, value: count++ } : { done: true, value: undefined };
        },
      }),
    } as AsyncIterable<number>;
    const result = await map(source, async (item) => microtasks(item % 3).then(() => item), {
      concurrency: 8,
    });
    expect(result).toHaveLength(50);
    expect(most).toBe(1);
  });

  test('that gives its items one by one feeds all lanes that wait for one', async () => {
    const gates = new Gates();
    let give: ((result: IteratorResult<string>) => void) | undefined;
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () =>
          new Promise<IteratorResult<string>>((resolve) => {
            give = resolve;
          }),
      }),
    };
    const result = watch(map(source, (name) => gates.task(name)(), { concurrency: 3 }));
    for (const value of ['a', 'b', 'c']) {
      await settle();
      give?.({ done: false, value });
    }
    await settle();
    expect(gates.running).toBe(3);
    for (const name of 'abc') gates.open(name);
    await settle();
    for (const value of ['d', 'e']) {
      give?.({ done: false, value });
      await settle();
    }
    expect(gates.running).toBe(2);
    give?.({ done: true, value: undefined });
    gates.openAll();
    await settle();
    expect(result.value).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('that fails after it was given up on is nobody’s concern', async () => {
    let fail: ((reason: unknown) => void) | undefined;
    let asked = 0;
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () =>
          asked++ < 2
            ? Promise.resolve({ done: false, value: asked })
            : new Promise<IteratorResult<number>>((_, reject) => {
                fail = reject;
              }),
      }),
    };
    const gates = new Gates();
    const result = watch(
      map(source, (item) => (item === 2 ? Promise.reject(error) : gates.task('other')()), {
        concurrency: 3,
        onFailure: 'abort-and-wait',
      }),
    );
    await settle();
    fail?.(new Error('the source'));
    await settle();
    expect(result.state).toBe('pending');
    gates.open('other');
    await settle();
    expect(result.reason).toBe(error);
  });

  test('that does not answer is left at once', async () => {
    const controller = new AbortController();
    const source = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
    const result = watch(map(source, () => 1, { signal: controller.signal }));
    await settle();
    controller.abort(error);
    await settle();
    expect(result.reason).toBe(error);
  });

  test('that is a generator has its finally run', async () => {
    const seen: string[] = [];
    async function* source() {
      try {
        for (let item = 0; ; item++) yield item;
      } finally {
        await null;
        seen.push('finally');
      }
    }
    await reasonOf(map(source(), (item) => (item === 2 ? Promise.reject(error) : null)));
    await settle();
    expect(seen).toEqual(['finally']);
  });
});

describe('what is no source', () => {
  test.each([
    ['next() gives no object', { [Symbol.iterator]: () => ({ next: () => 5 }) }],
    ['next() of an async one gives no object', { [Symbol.asyncIterator]: () => ({ next: async () => 5 }) }],
    ['there is no next()', { [Symbol.iterator]: () => ({}) }],
    ['there is no next() of an async one', { [Symbol.asyncIterator]: () => ({}) }],
  ])('fails: %s', async (_name, source) => {
    const result = watch(map(source as unknown as Iterable<number>, (item) => item, { concurrency: 1 }));
    await settle();
    // A number has no `done`, and is taken for an endless source by loops of the language too, unless they check.
    expect(result.reason).toBeInstanceOf(TypeError);
  });
});

describe('the results of a stream', () => {
  test.each([1, 3, 8])('may be asked for by its own source (%i at once)', async (concurrency) => {
    const results: unknown[] = [];
    let own: AsyncIterator<number> | undefined;
    function* source() {
      for (let item = 0; item < 6; item++) {
        if (item === 2) void own?.next().then((result) => results.push(result.value));
        yield item;
      }
    }
    const rest = stream(source(), async (item) => item, { concurrency });
    own = rest;
    for await (const item of rest) results.push(item);
    expect(results.sort()).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

test('an item that throws when it is asked whether it is a promise fails, and the others go on', async () => {
  const odd = {
    // biome-ignore lint/suspicious/noThenProperty: one that cannot be asked for is what this is about
    get then(): never {
      throw new Error('odd');
    },
  };
  for (const items of [
    [1, odd, 3],
    [odd, 2],
  ]) {
    const results = await mapSettled(items, (item) => item, { concurrency: 1 });
    expect(results.map(({ status }) => status)).toEqual(
      items.map((item) => (item === odd ? 'rejected' : 'fulfilled')),
    );
  }
});
