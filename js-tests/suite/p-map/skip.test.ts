// pMapSkip leaves a result out.
import { describe, expect, test } from 'vitest';
import { Gates } from '../support/gates.ts';
import { BOTH, sameAsPMap } from '../support/p-map.ts';
import { settle } from '../support/turns.ts';
import { reasonOf } from '../support/watch.ts';

describe.each(BOTH)('%s', (_name, { default: pMap, pMapSkip, pMapStop }) => {
  const odd = (item: number) => (item % 2 === 1 ? item : pMapSkip);

  test('one, several, all and none are left out, the others stay in their order', async () => {
    expect(await pMap([1, 2, 3], odd)).toEqual([1, 3]);
    expect(await pMap([1, 2, 3, 4, 6, 8, 9, 10], odd)).toEqual([1, 3, 9]);
    expect(await pMap([2, 4, 6], odd)).toEqual([]);
    expect(await pMap([1, 3], odd)).toEqual([1, 3]);
  });

  test('also at the beginning and at the end, and where all ends in another order', async () => {
    const gates = new Gates();
    const done = pMap('abcd', (item) => gates.task(item)(), { concurrency: 4 });
    for (const [name, value] of [
      ['d', pMapSkip],
      ['b', 'B'],
      ['a', pMapSkip],
      ['c', 'C'],
    ] as const) {
      gates.open(name, value);
      await settle();
    }
    expect(await done).toEqual(['B', 'C']);
  });

  test('from an async source too', async () => {
    const source = async function* () {
      yield* [1, 2, 3, 4];
    };
    expect(await pMap(source(), async (item) => odd(item), { concurrency: 2 })).toEqual([1, 3]);
  });

  test('an item that is pMapSkip is an item: the mapper decides', async () => {
    expect(await pMap([1, pMapSkip, 2], (item) => item)).toEqual([1, 2]);
    expect(await pMap([1, pMapSkip, 2], (item) => typeof item)).toEqual(['number', 'symbol', 'number']);
  });

  test('other results that are nothing stay', async () => {
    expect(await pMap([1, 2, 3], (item) => (item === 2 ? undefined : item))).toEqual([1, undefined, 3]);
    expect(await pMap([1, 2], (item) => [pMapSkip, item])).toEqual([
      [pMapSkip, 1],
      [pMapSkip, 2],
    ]);
  });

  test('beside errors: with stopOnError: false these are what it rejects with', async () => {
    const run = pMap([1, 2, 3], (item) => (item === 2 ? Promise.reject(item) : pMapSkip), {
      stopOnError: false,
    });
    expect(((await reasonOf(run)) as AggregateError).errors).toEqual([2]);
  });

  test('it and pMapStop are symbols of their own, that say what they are for', () => {
    expect([typeof pMapSkip, pMapSkip.description]).toEqual(['symbol', 'skip']);
    expect([typeof pMapStop, pMapStop.description]).toEqual(['symbol', 'stop']);
    expect(Symbol.keyFor(pMapSkip)).toBeUndefined();
    expect(Symbol.keyFor(pMapStop)).toBeUndefined();
  });

  test('thousands of them', async () => {
    const items = Array.from({ length: 10_000 }, (_, index) => index);
    const kept = await pMap(items, (item) => (item % 1000 === 0 ? item : pMapSkip), { concurrency: 50 });
    expect(kept).toEqual(items.filter((item) => item % 1000 === 0));
  });
});

sameAsPMap('a skipped item makes room as any other', async (stage) => {
  const { default: pMap, pMapSkip } = stage.module;
  stage.follow('run', pMap(stage.items(['a', 'b', 'c', 'd']), stage.gated, { concurrency: 2 }));
  await stage.flush();
  for (const name of ['b', 'a', 'c']) {
    stage.open(name, pMapSkip);
    await stage.flush();
  }
  stage.open('d');
});
