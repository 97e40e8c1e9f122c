// pMapIterable: results as a stream, in the order of the input.
import { describe, expect, test } from 'vitest';
import { Gates } from '../support/gates.ts';
import { BOTH, sameAsPMap } from '../support/p-map.ts';
import { microtasks, settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

async function all<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of iterable) values.push(value);
  return values;
}

const open = <T>(iterable: AsyncIterable<T>) => iterable[Symbol.asyncIterator]() as AsyncGenerator<T>;

describe.each(BOTH)('%s', (_name, { pMapIterable, pMapSkip, pMapStop }) => {
  const double = (value: number) => value * 2;

  test('results in the order of the input, with any limits', async () => {
    const rounds = [9, 1, 5, 0, 12, 3];
    const mapper = async (value: number, index: number) => {
      await microtasks(value);
      return [value, index];
    };
    const expected = rounds.map((value, index) => [value, index]);
    expect(await all(pMapIterable(rounds, mapper))).toEqual(expected);
    for (const [concurrency, backpressure] of [
      [1, 1],
      [1, 4],
      [2, 2],
      [3, Number.POSITIVE_INFINITY],
    ]) {
      expect(
        await all(pMapIterable(rounds, mapper, { concurrency: concurrency!, backpressure: backpressure! })),
      ).toEqual(expected);
    }
  });

  test('of iterables of every kind, with promises among the items', async () => {
    async function* source() {
      yield* [1, 2, 3];
    }
    expect(await all(pMapIterable([1, Promise.resolve(2), 3], double))).toEqual([2, 4, 6]);
    expect(await all(pMapIterable(source(), double))).toEqual([2, 4, 6]);
    expect(await all(pMapIterable('ab', (letter, index) => letter + index))).toEqual(['a0', 'b1']);
    expect(await all(pMapIterable([], double))).toEqual([]);
    expect(await all(pMapIterable(pMapIterable([1, 2], double), double))).toEqual([4, 8]);
  });

  test('the index is the place in the input also where items are ready in another order', async () => {
    const items = [9, 1, 5].map((rounds) => microtasks(rounds).then(() => rounds));
    expect(await all(pMapIterable(items, (value, index) => [value, index], { concurrency: 3 }))).toEqual([
      [9, 0],
      [1, 1],
      [5, 2],
    ]);
  });

  test('nothing is done before the first next, and the source is asked inside it', async () => {
    const seen: string[] = [];
    const source = {
      [Symbol.iterator]() {
        seen.push('opened');
        let count = 0;
        return {
          next: () => {
            seen.push('next');
            return { done: count++ > 0, value: count };
          },
        };
      },
    };
    const iterable = pMapIterable(source as Iterable<number>, (item) => item * 2);
    const iterator = open(iterable);
    await settle();
    expect(seen).toEqual([]);
    const first = iterator.next();
    expect(seen).toEqual(['opened', 'next']);
    expect(await first).toEqual({ done: false, value: 2 });
  });

  test('what it gives can be iterated again: the source is opened anew each time', async () => {
    const iterable = pMapIterable([1, 2], double);
    expect(await all(iterable)).toEqual([2, 4]);
    expect(await all(iterable)).toEqual([2, 4]);
    const [first, second] = [open(iterable), open(iterable)];
    expect(first).not.toBe(second);
    expect(await Promise.all([first.next(), second.next()])).toEqual([
      { done: false, value: 2 },
      { done: false, value: 2 },
    ]);
  });

  test('an iterator is an async generator, and itself iterable', async () => {
    const iterator = open(pMapIterable([1, 2, 3], double));
    expect(Object.prototype.toString.call(iterator)).toBe('[object AsyncGenerator]');
    expect(iterator[Symbol.asyncIterator]()).toBe(iterator);
    expect(await iterator.next()).toEqual({ done: false, value: 2 });
    expect(await all(iterator)).toEqual([4, 6]);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  test('several nexts at once are answered in their order', async () => {
    const gates = new Gates();
    const iterator = open(pMapIterable('abc', (item) => gates.task(item)(), { concurrency: 3 }));
    const nexts = [1, 2, 3, 4].map(() => watch(iterator.next()));
    await settle();
    gates.open('c');
    gates.open('b');
    await settle();
    expect(nexts.map(({ state }) => state)).toEqual(Array(4).fill('pending'));
    gates.open('a');
    await settle();
    expect(nexts.map(({ value }) => value?.value)).toEqual(['a', 'b', 'c', undefined]);
    expect(nexts[3]!.value).toEqual({ done: true, value: undefined });
  });

  test('skipped results are not given', async () => {
    expect(await all(pMapIterable([1, pMapSkip, 2], (item) => item))).toEqual([1, 2]);
    expect(await all(pMapIterable([1, 2, 3], () => pMapSkip))).toEqual([]);
    const skipEven = (item: number) => (item % 2 ? item : pMapSkip);
    const many = Array.from({ length: 2000 }, (_, index) => index);
    expect(await all(pMapIterable(many, skipEven, { concurrency: 3 }))).toEqual(
      many.filter((item) => item % 2),
    );
  });

  test('a stop ends it after what is in front', async () => {
    const mapper = (item: number) => (item === 3 ? pMapStop : item);
    for (const concurrency of [1, 2, Number.POSITIVE_INFINITY]) {
      expect(await all(pMapIterable([1, 2, 3, 4, 5], mapper, { concurrency }))).toEqual([1, 2]);
    }
    function* numbers() {
      for (let number = 0; ; number++) yield number;
    }
    expect(await all(pMapIterable(numbers(), mapper))).toEqual([0, 1, 2]);
  });

  test('an error comes after the results in front of it', async () => {
    const gates = new Gates();
    const iterator = open(pMapIterable('abc', (item) => gates.task(item)()));
    const nexts = [1, 2, 3].map(() => watch(iterator.next()));
    await settle();
    gates.fail('b', 'b fails');
    gates.open('c');
    await settle();
    expect(nexts.map(({ state }) => state)).toEqual(Array(3).fill('pending'));
    gates.open('a');
    await settle();
    expect(nexts[0]!.value).toEqual({ done: false, value: 'a' });
    expect(nexts[1]).toMatchObject({ state: 'rejected', reason: 'b fails' });
    expect(nexts[2]!.value).toEqual({ done: true, value: undefined });
  });

  test('of several errors the first in the input is thrown, the others are unheard', async () => {
    const run = all(
      pMapIterable([5, 1], async (rounds) => {
        await microtasks(rounds);
        throw new Error(`${rounds}`);
      }),
    );
    expect(await reasonOf(run)).toEqual(new Error('5'));
    await settle();
  });

  test('whatever is thrown comes as it is, undefined too', async () => {
    for (const thrown of [undefined, null, 'text', { done: true }]) {
      expect(await reasonOf(all(pMapIterable([1], () => Promise.reject(thrown))))).toBe(thrown);
      expect(await reasonOf(all(pMapIterable([Promise.reject(thrown)], double)))).toBe(thrown);
    }
  });

  test('results that look like the inside of it are results', async () => {
    const results = [{ done: true }, { error: 1 }, { value: 1 }, undefined, null];
    expect(await all(pMapIterable(results, (result) => result))).toEqual(results);
  });

  test('a source that throws is thrown at its place', async () => {
    const source = function* () {
      yield 1;
      throw new RangeError('source');
    };
    const iterator = open(pMapIterable(source(), double));
    expect(await iterator.next()).toEqual({ done: false, value: 2 });
    expect(await reasonOf(iterator.next())).toEqual(new RangeError('source'));
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  test('an async source that rejects the first time', async () => {
    let asked = 0;
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          if (asked++ === 0) throw new Error('first');
          return { done: true as const, value: undefined };
        },
      }),
    };
    expect(await reasonOf(open(pMapIterable(source, double)).next())).toEqual(new Error('first'));
  });

  test('what throws when the source is opened is thrown by the first next', async () => {
    const source = {
      [Symbol.iterator](): Iterator<number> {
        throw new RangeError('no iterator');
      },
    };
    const iterator = open(pMapIterable(source, double));
    expect(await reasonOf(iterator.next())).toEqual(new RangeError('no iterator'));
  });

  test.each([1, 2, 5, Number.POSITIVE_INFINITY])(
    '%s at once: never more, and as many',
    async (concurrency) => {
      const items = Array.from({ length: 20 }, (_, index) => `${index}`);
      const gates = new Gates();
      const options = { concurrency, backpressure: Number.POSITIVE_INFINITY };
      const run = all(pMapIterable(items, (item) => gates.task(item)(), options));
      await settle();
      expect(gates.running).toBe(Math.min(concurrency, 20));
      for (const item of items) {
        gates.open(item);
        if (Number(item) % 3 === 0) await settle();
      }
      expect(await run).toEqual(items);
      expect(gates.peak).toBe(Math.min(concurrency, 20));
      expect(gates.started).toEqual(items);
    },
  );
});

for (const concurrency of [1, 2, Number.POSITIVE_INFINITY]) {
  for (const kind of ['items', 'asyncItems'] as const) {
    sameAsPMap(`a consumer that asks one by one, ${concurrency} at once, ${kind}`, async (stage) => {
      const source = stage[kind](['a', 'b', 'c', 'd']);
      const iterator = open(stage.module.pMapIterable(source, stage.gated, { concurrency }));
      for (const name of ['a', 'b', 'c', 'd']) {
        stage.follow('next', iterator.next());
        await stage.flush();
        stage.open(name);
        await stage.flush();
      }
      stage.follow('next', iterator.next());
    });

    sameAsPMap(`mappers that end in another order, ${concurrency} at once, ${kind}`, async (stage) => {
      const source = stage[kind](['a', 'b', 'c', 'd']);
      const iterator = open(stage.module.pMapIterable(source, stage.gated, { concurrency }));
      for (let next = 0; next < 5; next++) stage.follow(`next ${next}`, iterator.next());
      await stage.flush();
      await stage.openEach('c', 'a', 'd', 'b');
    });

    sameAsPMap(`an error while others run, ${concurrency} at once, ${kind}`, async (stage) => {
      const source = stage[kind](['a', 'b', 'c', 'd', 'e', 'f']);
      const iterator = open(stage.module.pMapIterable(source, stage.gated, { concurrency }));
      stage.follow('next 0', iterator.next());
      await stage.flush();
      stage.fail('b');
      await stage.flush();
      await stage.openEach('a');
      stage.follow('next 1', iterator.next());
      stage.follow('next 2', iterator.next());
      await stage.flush();
      await stage.openEach('c', 'd', 'e');
    });

    sameAsPMap(`a stop while others run, ${concurrency} at once, ${kind}`, async (stage) => {
      const { pMapIterable, pMapStop } = stage.module;
      const source = stage[kind](['a', 'b', 'c', 'd', 'e', 'f']);
      const iterator = open(pMapIterable(source, stage.gated, { concurrency }));
      stage.follow('next 0', iterator.next());
      await stage.flush();
      stage.open('b', pMapStop);
      await stage.flush();
      await stage.openEach('a');
      stage.follow('next 1', iterator.next());
      stage.follow('next 2', iterator.next());
      await stage.flush();
      await stage.openEach('c', 'd', 'e');
    });

    for (const throwsAt of [0, 1, 2]) {
      sameAsPMap(`a source that throws at ${throwsAt}, ${concurrency} at once, ${kind}`, async (stage) => {
        const source = stage[kind](['a', 'b', 'c'], { throwsAt });
        const iterator = open(stage.module.pMapIterable(source, stage.gated, { concurrency }));
        for (let next = 0; next < 4; next++) stage.follow(`next ${next}`, iterator.next());
        await stage.flush();
        await stage.openEach('a', 'b', 'c');
      });
    }
  }
}
