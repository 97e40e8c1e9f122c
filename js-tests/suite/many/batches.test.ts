// chunk, mapBatches and measureConcurrency.
import { chunk, map, mapBatches, measureConcurrency, skip } from 'fanfold';
import { describe, expect, test, vi } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { countListeners } from '../support/listeners.ts';
import { counted, countedAsync } from '../support/sources.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, thrownBy, watch } from '../support/watch.ts';

useFakeTime();

const ENDLESS = Number.POSITIVE_INFINITY;
const error = new Error('as planned');

describe('chunk', () => {
  test('gives arrays of so many, and the rest', () => {
    expect([...chunk([1, 2, 3, 4, 5], 2)]).toEqual([[1, 2], [3, 4], [5]]);
    expect([...chunk([1, 2, 3, 4], 2)]).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect([...chunk([], 2)]).toEqual([]);
    expect([...chunk('abc', 1)]).toEqual([['a'], ['b'], ['c']]);
  });

  test('gives the same of an async source', async () => {
    expect(await map(chunk(countedAsync(5).source, 2), (items) => items)).toEqual([[0, 1], [2, 3], [4]]);
  });

  test('reads only as far as it is asked, and closes when it is left', async () => {
    const items = counted(ENDLESS);
    for (const [first] of chunk(items.source, 3)) if (first === 3) break;
    expect([items.asked, items.closed]).toEqual([6, 1]);
    const later = countedAsync(ENDLESS);
    for await (const [first] of chunk(later.source, 3)) if (first === 3) break;
    expect([later.asked, later.closed]).toEqual([6, 1]);
  });

  test('throws what the source throws', async () => {
    const items = counted(ENDLESS, undefined, { failsAt: 3, error });
    expect(thrownBy(() => [...chunk(items.source, 2)])).toBe(error);
    expect(items.closed).toBe(0);
    const later = countedAsync(ENDLESS, undefined, { failsAt: 3, error });
    expect(await reasonOf(map(chunk(later.source, 2), () => null))).toBe(error);
  });
});

describe('mapBatches', () => {
  test('gives the results of batches, in order', async () => {
    const sizes = await mapBatches([1, 2, 3, 4, 5], 2, async (batch, index) => [batch.length, index]);
    expect(sizes).toEqual([
      [2, 0],
      [2, 1],
      [1, 2],
    ]);
    expect(await mapBatches(countedAsync(3).source, 2, (batch) => (batch.length < 2 ? skip : batch))).toEqual(
      [[0, 1]],
    );
    expect(await mapBatches([], 2, () => 1)).toEqual([]);
  });

  test('retries a batch as a whole', async () => {
    const seen: string[] = [];
    const result = watch(
      mapBatches(
        [1, 2, 3],
        2,
        async (batch) => {
          seen.push(batch.join());
          if (seen.length === 1) throw error;
          return batch.length;
        },
        { concurrency: 1, retry: { backoff: 10, jitter: 'none' } },
      ),
    );
    await elapse(10);
    expect(seen).toEqual(['1,2', '3', '1,2']);
    expect(result.value).toEqual([2, 1]);
  });

  test('closes the source after a failure', async () => {
    for (const items of [counted(ENDLESS), countedAsync(ENDLESS)]) {
      const fail = () => Promise.reject(error);
      expect(await reasonOf(mapBatches(items.source as Iterable<number>, 3, fail, { concurrency: 1 }))).toBe(
        error,
      );
      await settle();
      expect(items.closed).toBe(1);
      expect(items.asked).toBeLessThanOrEqual(4);
    }
  });
});

describe('mapBatches of promises', () => {
  test.each([
    ['an array', () => [1, Promise.resolve(2), 3, 4, Promise.resolve(5)]],
    ['a set', () => new Set([1, Promise.resolve(2), 3, 4, Promise.resolve(5)])],
    ['a generator', () => [1, 2, 3, 4, 5].map(async (item) => item).values()],
    ['an async source', () => countedAsync(5, async (index) => index + 1).source],
  ])('waits for those in %s', async (_, source) => {
    expect(await mapBatches<number, number[]>(source(), 2, (batch) => batch)).toEqual([[1, 2], [3, 4], [5]]);
  });

  test('calls for a batch when all of it is there', async () => {
    const gate = deferred<number>();
    const fn = vi.fn((batch: number[]) => batch.length);
    const result = watch(mapBatches([1, gate.promise, 3], 2, fn));
    await settle();
    expect(fn.mock.calls.map(([batch]) => batch)).toEqual([[3]]);
    gate.resolve(2);
    await settle();
    expect(result.value).toEqual([2, 1]);
  });

  test('fails as a mapper does with one that rejects, and calls for nothing of its batch', async () => {
    const fn = vi.fn((batch: unknown) => batch);
    const items = () => [1, Promise.reject(error), 3, 4];
    const options = { onFailure: 'continue', retry: { retries: 2 } } as const;
    const reason = (await reasonOf(mapBatches(items(), 2, fn, options))) as AggregateError;
    expect(reason.errors).toEqual([error]);
    expect(fn.mock.calls.map(([batch]) => batch)).toEqual([[3, 4]]);
    const alone = (await reasonOf(map(items(), fn, options))) as AggregateError;
    expect(alone.errors).toEqual(reason.errors);
    expect(await reasonOf(mapBatches(items(), 2, fn))).toBe(error);
  });

  test('gives up a batch that the source does not complete', async () => {
    for (const make of [counted<unknown>, countedAsync<unknown>]) {
      const fn = vi.fn();
      const items = make(ENDLESS, (index) => (index === 2 ? Promise.reject(new Error('item')) : index), {
        failsAt: 3,
        error,
      });
      const source = items.source as Iterable<unknown>;
      expect(await reasonOf(mapBatches(source, 2, fn, { onFailure: 'continue' }))).toBe(error);
      expect(items.closed).toBe(0);
    }
  });

  test('closes an async source at once while a batch is not complete', async () => {
    const controller = new AbortController();
    let closed = 0;
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => {}),
        return: async () => {
          closed++;
          return { done: true as const, value: undefined };
        },
      }),
    };
    const result = watch(mapBatches(source, 2, () => 1, { signal: controller.signal }));
    await settle();
    controller.abort(error);
    await settle();
    expect([result.reason, closed]).toEqual([error, 1]);
  });
});

describe('the progress of mapBatches', () => {
  const totals = async (source: Iterable<unknown> | AsyncIterable<unknown>, size: number) => {
    const told: unknown[] = [];
    await mapBatches(source, size, () => 1, {
      concurrency: 1,
      onProgress: ({ done, total }) => told.push([done, total]),
    });
    return told;
  };

  test('is that of batches, of which it says how many there are where that is known', async () => {
    const known = [
      [1, 2],
      [2, 2],
    ];
    expect(await totals([1, 2, 3], 2)).toEqual(known);
    expect(await totals(new Set([1, 2, 3, 4]), 2)).toEqual(known);
    expect(await totals(new Map(Object.entries({ a: 1, b: 2, c: 3 })), 2)).toEqual(known);
    expect(await totals([1, 2, 3], 5)).toEqual([[1, 1]]);
    const unknown = [
      [1, undefined],
      [2, undefined],
    ];
    expect(await totals(counted(3).source, 2)).toEqual(unknown);
    expect(await totals(countedAsync(3).source, 2)).toEqual(unknown);
  });

  test('holds though the list grows after its last batch', async () => {
    const items = [1, 2, 3];
    const sizes = await mapBatches(
      items,
      2,
      (batch) => {
        if (batch.length === 1) items.push(4);
        return batch.length;
      },
      { concurrency: 1 },
    );
    expect(sizes).toEqual([2, 1]);
  });
});

describe('measureConcurrency', () => {
  test('tries each candidate on the same items, and takes the lowest of the fastest', async () => {
    const items = countedAsync(ENDLESS);
    let running = 0;
    const peaks: number[] = [];
    const table = watch(
      measureConcurrency(
        items.source,
        async () => {
          running++;
          peaks.push(running);
          // Two at a time, as a service would have it: wider is no faster.
          await new Promise((resolve) => setTimeout(resolve, 10 * Math.max(1, running / 2)));
          running--;
        },
        { candidates: [1, 2, 2, 4], items: 8, rounds: 1 },
      ),
    );
    await elapse(1000);
    expect([items.asked, items.closed]).toEqual([8, 1]);
    expect(Math.max(...peaks)).toBe(4);
    const { best, rows } = table.value!;
    expect(rows.map(({ concurrency }) => concurrency)).toEqual([1, 2, 4]);
    expect(rows[0]).toEqual({ concurrency: 1, items: 8, failed: 0, ms: 80, perSecond: 100 });
    expect(best).toBe(2);
    expect(String(table.value)).toMatch(/concurrency +items +failed +ms +per second\n.*\n +2 .*<- best/);
  });

  test('counts failures, which are no gain', async () => {
    const fn = (_item: number, _index: number, { limiter }: { limiter: { concurrency: number } }) =>
      limiter.concurrency > 1 ? Promise.reject(error) : new Promise((resolve) => setTimeout(resolve, 5));
    const table = watch(measureConcurrency([1, 2, 3], fn, { candidates: [1, 8], rounds: 1 }));
    await elapse(100);
    expect(table.value!.rows.map(({ failed }) => failed)).toEqual([0, 3]);
    expect(table.value!.best).toBe(1);
  });

  test('names no best where everything failed', async () => {
    const table = await measureConcurrency([1, 2], () => Promise.reject(error), { candidates: [1, 2] });
    expect(table.rows).toMatchObject([{ failed: 2 }, { failed: 2 }]);
    expect(table.best).toBe(undefined);
    expect(String(table)).not.toContain('best');
  });

  test('gives a table for no items too', async () => {
    const table = await measureConcurrency([], () => 1, { candidates: [1], rounds: 1 });
    expect(table.rows).toMatchObject([{ items: 0, failed: 0, perSecond: 0 }]);
    expect(table.best).toBe(undefined);
  });

  test('prints where it is asked to', async () => {
    const print = vi.spyOn(console, 'log').mockImplementation(() => {});
    try {
      await measureConcurrency([1], () => 1, { candidates: [1], rounds: 1 });
      expect(print).not.toHaveBeenCalled();
      const table = await measureConcurrency([1], () => 1, { candidates: [1], rounds: 1, print: true });
      expect(print.mock.calls).toEqual([[String(table)]]);
    } finally {
      print.mockRestore();
    }
  });

  test('ends with its signal, also while it reads the source', async () => {
    for (const source of [
      [1],
      { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) },
    ] as Iterable<number>[]) {
      const controller = new AbortController();
      const count = countListeners(controller.signal);
      const result = watch(
        measureConcurrency(source, () => new Promise(() => {}), { signal: controller.signal }),
      );
      await settle();
      controller.abort(error);
      await settle();
      expect([result.reason, count.now]).toEqual([error, 0]);
    }
  });

  test('rejects with the error of the source', async () => {
    const items = counted(ENDLESS, undefined, { failsAt: 2, error });
    expect(await reasonOf(measureConcurrency(items.source, () => 1))).toBe(error);
  });

  test.each([
    [{ candidates: [] }, 'candidates', RangeError],
    [{ candidates: 'many' }, 'candidates', TypeError],
    [{ candidates: [1, 0] }, 'candidates[1]', RangeError],
    [{ candidates: ['1'] }, 'candidates[0]', TypeError],
    [{ items: 0 }, 'items', RangeError],
    [{ items: '5' }, 'items', TypeError],
    [{ rounds: 1.5 }, 'rounds', RangeError],
    [{ signal: {} }, 'signal', TypeError],
    [{ print: 'yes' }, 'print', TypeError],
    [5, 'options', TypeError],
  ])('refuses %o', (options, option, kind) => {
    const reason = thrownBy(() => measureConcurrency([1], () => 1, options as object));
    expect(reason).toBeInstanceOf(kind);
    expect((reason as Error).message).toContain(`\`${option}\``);
  });
});
