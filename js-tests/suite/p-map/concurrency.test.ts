// How many run at once, and what counts as running.
import { describe, expect, test } from 'vitest';
import { Gates } from '../support/gates.ts';
import { BOTH, sameAsPMap } from '../support/p-map.ts';
import { microtasks, settle } from '../support/turns.ts';

async function* asynchronous<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) {
    await microtasks(2);
    yield item;
  }
}

describe.each(BOTH)('%s', (_name, { default: pMap }) => {
  test.each([1, 2, 4, 7, 100, Number.POSITIVE_INFINITY])('%s at once: never more, and as many', async (n) => {
    const items = Array.from({ length: 60 }, (_, index) => index);
    for (const source of [items, asynchronous(items)]) {
      const gates = new Gates();
      const done = pMap(source, (item) => gates.task(String(item))(), { concurrency: n });
      await settle();
      expect(gates.running).toBe(Math.min(n, items.length));
      // Opened from behind, so that an item that was begun late ends early.
      for (const item of [...items].reverse()) {
        gates.open(String(item));
        if (item % 7 === 0) await settle();
      }
      expect(await done).toEqual(items.map(String));
      expect(gates.peak).toBe(Math.min(n, items.length));
    }
  });

  test('there is no limit unless one is given', async () => {
    const gates = new Gates();
    const done = pMap(Array(500).keys(), (item) => gates.task(String(item))());
    await settle();
    expect(gates.running).toBe(500);
    gates.openAll();
    await done;
  });

  test('items start in the order of the input, one for each that ends', async () => {
    const gates = new Gates();
    const done = pMap('abcde', (item) => gates.task(item)(), { concurrency: 2 });
    await settle();
    expect(gates.started).toEqual(['a', 'b']);
    for (const [name, next] of [
      ['b', 'c'],
      ['c', 'd'],
      ['a', 'e'],
    ]) {
      gates.open(name!);
      await settle();
      expect(gates.started.at(-1)).toBe(next);
    }
    gates.openAll();
    await done;
    expect(gates.started).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('an item that is not ready yet takes a place, and nothing passes it beyond the limit', async () => {
    const gates = new Gates();
    const slow = gates.task('slow')();
    const done = pMap([slow, 'a', 'b', 'c'], (item) => gates.task(String(item))(), { concurrency: 2 });
    await settle();
    expect(gates.started).toEqual(['slow', 'a']);
    gates.open('a');
    await settle();
    expect(gates.started).toEqual(['slow', 'a', 'b']);
    gates.open('slow', 'item');
    await settle();
    expect(gates.started).toEqual(['slow', 'a', 'b', 'item']);
    gates.openAll();
    expect(await done).toEqual(['item', 'a', 'b', 'c']);
  });

  test('the limit is one for each call', async () => {
    const gates = new Gates();
    const mapper = (item: string) => gates.task(item)();
    const done = Promise.all([
      pMap('ab', mapper, { concurrency: 1 }),
      pMap('cd', mapper, { concurrency: 1 }),
    ]);
    await settle();
    expect(gates.started).toEqual(['a', 'c']);
    gates.openAll();
    expect(await done).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  test('a mapper may call it, and wait for it', async () => {
    const done = pMap(
      [1, 2],
      (outer) =>
        pMap([10, 20], (inner) => pMap([outer + inner], (sum) => sum, { concurrency: 1 }), {
          concurrency: 1,
        }),
      { concurrency: 1 },
    );
    expect(await done).toEqual([
      [[11], [21]],
      [[12], [22]],
    ]);
  });
});

describe('which item is read and begun when', () => {
  for (const concurrency of [1, 2, 3, Number.POSITIVE_INFINITY]) {
    sameAsPMap(`${concurrency} at once, a source that answers at once`, async (stage) => {
      stage.follow(
        'run',
        stage.module.default(stage.items(['a', 'b', 'c', 'd']), stage.gated, { concurrency }),
      );
      await stage.flush();
      await stage.openEach('b', 'a', 'd', 'c');
    });

    sameAsPMap(`${concurrency} at once, an async source`, async (stage) => {
      const source = stage.asyncItems(['a', 'b', 'c', 'd']);
      stage.follow('run', stage.module.default(source, stage.gated, { concurrency }));
      await stage.flush();
      await stage.openEach('a', 'c', 'b', 'd');
    });

    sameAsPMap(`${concurrency} at once, a source that answers when it is told to`, async (stage) => {
      const queue = stage.queue();
      stage.follow('run', stage.module.default(queue, stage.gated, { concurrency }));
      await stage.flush();
      queue.give(0, 'a');
      await stage.flush();
      queue.give(1, 'b');
      await stage.flush();
      stage.open('a');
      await stage.flush();
      stage.open('b');
      await stage.flush();
      queue.give(2, 'c');
      queue.give(3, 'd');
      await stage.flush();
      await stage.openEach('c', 'd');
      for (const last of [4, 5, 6]) queue.end(last);
    });

    sameAsPMap(`${concurrency} at once, items that are promises`, async (stage) => {
      const items = ['a', 'b', 'c', 'd'].map((name) => stage.gate(`item ${name}`).promise);
      stage.follow('run', stage.module.default(stage.items(items), stage.plain, { concurrency }));
      await stage.flush();
      await stage.openEach('item b', 'item a', 'item d', 'item c');
    });
  }
});
