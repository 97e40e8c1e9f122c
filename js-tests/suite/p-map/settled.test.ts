// pMapSettled: every item has a result, whatever came of it.
import { describe, expect, test } from 'vitest';
import { BOTH, sameAsPMap } from '../support/p-map.ts';
import { microtasks } from '../support/turns.ts';
import { reasonOf } from '../support/watch.ts';

describe.each(BOTH)('%s', (_name, { pMapSettled, pMapSkip }) => {
  test('what was fulfilled and what was rejected, in the order of the input', async () => {
    const results = await pMapSettled([5, 1, 3], async (rounds) => {
      await microtasks(rounds);
      if (rounds === 1) throw new RangeError('one');
      return rounds * 2;
    });
    expect(results).toEqual([
      { status: 'fulfilled', value: 10 },
      { status: 'rejected', reason: new RangeError('one') },
      { status: 'fulfilled', value: 6 },
    ]);
  });

  test('the same objects as those of Promise.allSettled', async () => {
    const reason = { any: 'thing' };
    const mapper = (item: number) => (item === 1 ? item : Promise.reject(reason));
    const ours = await pMapSettled([1, 2], mapper);
    const standard = await Promise.allSettled([1, 2].map(mapper));
    expect(ours).toStrictEqual(standard);
    expect(ours.map((each) => Object.keys(each))).toEqual(standard.map((each) => Object.keys(each)));
    expect((ours[1] as PromiseRejectedResult).reason).toBe(reason);
  });

  test('an item that is rejected has its result too, and the mapper is not called for it', async () => {
    const mapped: number[] = [];
    const items = [1, Promise.reject('item'), 3] as (number | Promise<number>)[];
    expect(await pMapSettled(items, (item) => mapped.push(item))).toEqual([
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason: 'item' },
      { status: 'fulfilled', value: 2 },
    ]);
    expect(mapped).toEqual([1, 3]);
  });

  test('mappers that throw before they return', async () => {
    expect(
      await pMapSettled([1], () => {
        throw new RangeError('sync');
      }),
    ).toEqual([{ status: 'rejected', reason: new RangeError('sync') }]);
    expect(await pMapSettled([1], () => Promise.reject(undefined))).toEqual([
      { status: 'rejected', reason: undefined },
    ]);
  });

  test('nothing, and what was skipped', async () => {
    expect(await pMapSettled([], () => 1)).toEqual([]);
    expect(
      await pMapSettled([1, 2, 3], (item) => (item === 2 ? pMapSkip : item === 3 ? Promise.reject(3) : item)),
    ).toEqual([
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason: 3 },
    ]);
  });

  test('a result that looks like one of its own is a value', async () => {
    const lookalike = { status: 'rejected', reason: 'not really' };
    expect(await pMapSettled([1], () => lookalike)).toEqual([{ status: 'fulfilled', value: lookalike }]);
  });

  test('there is no stopOnError', async () => {
    const options = { stopOnError: true } as object;
    expect(await pMapSettled([1], () => Promise.reject(1), options)).toEqual([
      { status: 'rejected', reason: 1 },
    ]);
  });

  test('a source that throws still rejects', async () => {
    const reason = new Error('the source');
    const source = function* () {
      yield 1;
      throw reason;
    };
    expect(await reasonOf(pMapSettled(source(), (item) => item))).toBe(reason);
  });
});

for (const concurrency of [1, 2, Number.POSITIVE_INFINITY]) {
  sameAsPMap(`a failure is followed by the next item, ${concurrency} at once`, async (stage) => {
    const source = stage.items(['a', 'b', 'c', 'd']);
    stage.follow('run', stage.module.pMapSettled(source, stage.gated, { concurrency }));
    await stage.flush();
    stage.fail('a');
    await stage.flush();
    await stage.openEach('c', 'b');
    stage.fail('d');
  });
}
