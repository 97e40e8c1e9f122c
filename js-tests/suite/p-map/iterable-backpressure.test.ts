// How far pMapIterable reads and maps ahead of its consumer: exact numbers at rest.
import { describe, expect, test } from 'vitest';
import { Gates } from '../support/gates.ts';
import { BOTH, sameAsPMap } from '../support/p-map.ts';
import { settle } from '../support/turns.ts';

const { POSITIVE_INFINITY } = Number;

/** An endless source, sync or async, that counts its items. */
function endless() {
  const count = { read: 0 };
  function* sync() {
    for (;;) yield `${count.read++}`;
  }
  async function* async() {
    yield* sync();
  }
  return { count, sync, async };
}

const open = <T>(iterable: AsyncIterable<T>) => iterable[Symbol.asyncIterator]() as AsyncGenerator<T>;

describe.each(BOTH)('%s', (_name, { pMapIterable, pMapSkip }) => {
  /** Asks once, then opens so many gates one by one, and tells how much was read and begun after each step. */
  const watchReading = async (
    kind: 'sync' | 'async',
    concurrency: number,
    backpressure: number | undefined,
  ) => {
    const { count, ...sources } = endless();
    const gates = new Gates();
    const options = { concurrency, ...(backpressure === undefined ? {} : { backpressure }) };
    const iterator = open(pMapIterable(sources[kind](), (item) => gates.task(item)(), options));
    const state = () => [count.read, gates.started.length];
    const next = async () => {
      const asked = iterator.next();
      asked.catch(() => {});
      await settle();
      return state();
    };
    const end = async (name: number) => {
      gates.open(`${name}`);
      await settle();
      return state();
    };
    return { next, end, gates };
  };

  describe.each(['sync', 'async'] as const)('%s source', (kind) => {
    test('by default as many are read as may run, and a result that nobody took keeps its place', async () => {
      const { next, end } = await watchReading(kind, 2, undefined);
      expect(await next()).toEqual([2, 2]);
      // The first result goes to the consumer that waits; the second one stays.
      expect(await end(0)).toEqual([3, 3]);
      expect(await end(1)).toEqual([3, 3]);
      expect(await end(2)).toEqual([3, 3]);
      expect(await next()).toEqual([4, 4]);
      expect(await next()).toEqual([5, 5]);
    });

    test('one at a time', async () => {
      const { next, end } = await watchReading(kind, 1, undefined);
      expect(await next()).toEqual([1, 1]);
      expect(await end(0)).toEqual([2, 2]);
      expect(await end(1)).toEqual([2, 2]);
      expect(await next()).toEqual([3, 3]);
    });

    test('more backpressure: results are kept until there are so many, and the next items are read ahead', async () => {
      const { next, end } = await watchReading(kind, 2, 5);
      // Two run, two more are read and wait for them.
      expect(await next()).toEqual([4, 2]);
      expect(await end(0)).toEqual([5, 3]);
      expect(await end(1)).toEqual([6, 4]);
      expect(await end(2)).toEqual([6, 5]);
      expect(await end(3)).toEqual([6, 6]);
      expect(await end(4)).toEqual([6, 6]);
      expect(await end(5)).toEqual([6, 6]);
      expect(await next()).toEqual([7, 7]);
      expect(await next()).toEqual([8, 8]);
    });

    test('backpressure of one more than the concurrency reads one ahead', async () => {
      const { next, end } = await watchReading(kind, 1, 2);
      expect(await next()).toEqual([2, 1]);
      expect(await end(0)).toEqual([3, 2]);
      expect(await end(1)).toEqual([3, 3]);
      expect(await end(2)).toEqual([3, 3]);
      expect(await next()).toEqual([4, 4]);
    });

    test('without a bound on results, what is read ahead is bounded by the concurrency', async () => {
      const { next, end } = await watchReading(kind, 3, POSITIVE_INFINITY);
      expect(await next()).toEqual([6, 3]);
      for (let ended = 0; ended < 20; ended++) expect(await end(ended)).toEqual([7 + ended, 4 + ended]);
    });
  });

  test('a skipped result counts until the consumer has stepped over it', async () => {
    const { count, sync } = endless();
    const gates = new Gates();
    const iterator = open(pMapIterable(sync(), (item) => gates.task(item)(), { concurrency: 3 }));
    void iterator.next();
    await settle();
    expect(count.read).toBe(3);
    gates.open('1', pMapSkip);
    gates.open('2', pMapSkip);
    await settle();
    expect(count.read).toBe(3);
    gates.open('0');
    await settle();
    // The consumer took the first; it has not asked again, and so has not stepped over the others.
    expect(count.read).toBe(4);
    void iterator.next();
    await settle();
    expect(count.read).toBe(6);
  });

  test('a consumer that never comes back leaves all at rest', async () => {
    const { count, async } = endless();
    const iterator = open(pMapIterable(async(), (item) => item, { concurrency: 4, backpressure: 10 }));
    expect(await iterator.next()).toEqual({ done: false, value: '0' });
    await settle();
    await settle();
    expect(count.read).toBe(11);
  });
});

describe('which item is read and begun when', () => {
  for (const [concurrency, backpressure] of [
    [1, 1],
    [1, 2],
    [1, POSITIVE_INFINITY],
    [2, 2],
    [2, 3],
    [2, 4],
    [2, 7],
    [3, 5],
    [POSITIVE_INFINITY, POSITIVE_INFINITY],
  ]) {
    const options = { concurrency: concurrency!, backpressure: backpressure! };
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

    for (const kind of ['items', 'asyncItems'] as const) {
      sameAsPMap(`${concurrency} at once, backpressure ${backpressure}, ${kind}`, async (stage) => {
        const iterator = open(stage.module.pMapIterable(stage[kind](names), stage.gated, options));
        stage.follow('next 0', iterator.next());
        await stage.flush();
        await stage.openEach('b', 'a', 'c', 'e');
        stage.follow('next 1', iterator.next());
        stage.follow('next 2', iterator.next());
        await stage.flush();
        await stage.openEach('d', 'g', 'f');
        for (let next = 3; next < 8; next++) {
          stage.follow(`next ${next}`, iterator.next());
          await stage.flush();
        }
      });
    }

    sameAsPMap(`${concurrency} at once, backpressure ${backpressure}, a slow source`, async (stage) => {
      const queue = stage.queue();
      const iterator = open(stage.module.pMapIterable(queue, stage.gated, options));
      for (let next = 0; next < 6; next++) stage.follow(`next ${next}`, iterator.next());
      await stage.flush();
      for (const [place, name] of names.slice(0, 5).entries()) {
        queue.give(place, name);
        await stage.flush();
        if (place % 2 === 1) await stage.openEach(name);
      }
      await stage.openEach('a', 'c', 'e');
      stage.note(`asked ${queue.asked} times`);
      for (let rest = 5; rest < queue.asked; rest++) queue.end(rest);
    });

    sameAsPMap(
      `${concurrency} at once, backpressure ${backpressure}, items that are promises`,
      async (stage) => {
        const items = names.map((name) => stage.gate(`item ${name}`).promise);
        const iterator = open(stage.module.pMapIterable(stage.items(items), stage.gated, options));
        for (let next = 0; next < 3; next++) stage.follow(`next ${next}`, iterator.next());
        await stage.flush();
        for (const name of ['b', 'a', 'c', 'd']) {
          stage.open(`item ${name}`, name);
          await stage.flush();
        }
        await stage.openEach('b', 'a', 'd', 'c');
        for (const name of ['g', 'f', 'e']) {
          stage.open(`item ${name}`, name);
          await stage.flush();
          await stage.openEach(name);
        }
        for (let next = 3; next < 8; next++) stage.follow(`next ${next}`, iterator.next());
      },
    );
  }
});
