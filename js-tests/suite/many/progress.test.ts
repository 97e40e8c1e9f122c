// onProgress: told after each one that ended for good, and in time to end it all.
import { all, allSettled, any, forEach, map, mapSettled, type Progress, skip, stream } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { counted } from '../support/sources.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

useFakeTime();

const error = new Error('as planned');

/** What was told, as `done/failed/running/total`. */
function recorder() {
  const told: string[] = [];
  const onProgress = ({ done, failed, running, total }: Progress) => {
    told.push(`${done}/${failed}/${running}/${total}`);
  };
  return { told, onProgress };
}

describe('onProgress', () => {
  test('is told once for each, before whoever waits goes on', async () => {
    const { told, onProgress } = recorder();
    const gates = new Gates();
    const result = map(['a', 'b', 'c'], (name) => gates.task(name)(), { concurrency: 2, onProgress });
    await settle();
    for (const name of 'abc') {
      gates.open(name);
      await settle();
    }
    await result;
    expect(told).toEqual(['1/0/1/3', '2/0/1/3', '3/0/0/3']);
    const later = recorder();
    await map([1, 2], (item) => item, { onProgress: later.onProgress });
    expect(later.told.map((line) => line.slice(0, 3))).toEqual(['1/0', '2/0']);
  });

  test('counts failures, promises and values too', async () => {
    const { told, onProgress } = recorder();
    const tasks = [1, Promise.resolve(2), () => Promise.reject(error), Promise.reject(error)];
    await allSettled(tasks, { onProgress });
    expect(told).toHaveLength(4);
    expect(told.at(-1)).toBe('2/2/0/4');
  });

  test.each<[string, Iterable<number>, number | undefined]>([
    ['an array', [1, 2], 2],
    ['a set', new Set([1, 2]), 2],
    ['a typed array', Uint8Array.of(1, 2), 2],
    ['a generator', counted(2).source, undefined],
  ])('knows the total of %s', async (_name, source, total) => {
    const seen = new Set<number | undefined>();
    await forEach(source, () => null, { onProgress: (progress) => seen.add(progress.total) });
    expect([...seen]).toEqual([total]);
  });

  test('does not take the length of a text for the number of its characters', async () => {
    const seen: unknown[] = [];
    await forEach('a😀', () => null, { onProgress: ({ total }) => seen.push(total) });
    expect(seen).toEqual([undefined, undefined]);
  });

  test('is not told of attempts that are followed by another', async () => {
    const { told, onProgress } = recorder();
    let calls = 0;
    const fn = async () => {
      if (++calls < 3) throw error;
    };
    const result = watch(forEach([1], fn, { onProgress, retry: { backoff: 10, jitter: 'none' } }));
    await elapse(20);
    expect([result.state, told]).toEqual(['fulfilled', ['1/0/0/1']]);
  });

  test('is told of a failure that ends it all', async () => {
    const { told, onProgress } = recorder();
    await reasonOf(all([() => Promise.reject(error)], { onProgress }));
    expect(told).toEqual(['0/1/0/1']);
  });

  test('of a stream goes on where results are left out', async () => {
    const { told, onProgress } = recorder();
    const fn = (item: number) => (item < 3 ? skip : item);
    const results = stream([1, 2, 3], fn, { concurrency: 1, prefetch: 0, onProgress });
    expect(await results.next()).toEqual({ done: false, value: 3 });
    expect(await results.next()).toEqual({ done: true, value: undefined });
    expect(told).toHaveLength(3);
  });

  test('of a stream is told as results come, not as they are taken', async () => {
    const { told, onProgress } = recorder();
    const results = stream([1, 2, 3], (item) => item, { onProgress });
    await results.next();
    await settle();
    expect(told.at(-1)).toBe('3/0/0/3');
  });
});

describe('an error of onProgress', () => {
  const broken = {
    onProgress: () => {
      throw error;
    },
  };

  test('ends it all with that error', async () => {
    const seen: number[] = [];
    const see = async (item: number) => seen.push(item);
    expect(await reasonOf(map([1, 2, 3], see, { ...broken, concurrency: 1 }))).toBe(error);
    expect(seen.length).toBeLessThanOrEqual(2);
    const gates = new Gates();
    let signal: AbortSignal | undefined;
    const tasks = [
      () => 1,
      (context: { signal: AbortSignal }) => {
        signal = context.signal;
        return gates.task('other')();
      },
    ];
    expect(await reasonOf(all(tasks, broken))).toBe(error);
    expect(signal!.reason).toBe(error);
    gates.openAll();
  });

  test('counts for the last one too', async () => {
    for (const onFailure of ['abort', 'abort-and-wait', 'continue'] as const) {
      expect(await reasonOf(map([1], () => 1, { ...broken, onFailure }))).toBe(error);
      expect(await reasonOf(forEach([1], () => 1, { ...broken, onFailure, concurrency: 1 }))).toBe(error);
      expect(await reasonOf(any([1], { ...broken, onFailure }))).toBe(error);
      expect(await reasonOf(all({ a: 1 }, { ...broken, onFailure }))).toBe(error);
    }
    expect(await reasonOf(mapSettled([1], () => 1, broken))).toBe(error);
    expect(await reasonOf(mapSettled([1], () => Promise.reject(new Error('other')), broken))).toBe(error);
    const loop = async () => {
      for await (const _ of stream([1], () => 1, broken)) await settle();
    };
    expect(await reasonOf(loop())).toBe(error);
  });

  test('does not hide the failure that came first', async () => {
    const first = new Error('first');
    expect(await reasonOf(all([() => Promise.reject(first)], broken))).toBe(first);
    await settle();
  });

  test('with retry and all modes leaves nothing pending', async () => {
    const failing = () => Promise.reject(new Error('down'));
    for (const onFailure of ['abort', 'abort-and-wait', 'continue'] as const) {
      const result = watch(map([1, 2], failing, { ...broken, onFailure, retry: { retries: 1, backoff: 1 } }));
      await elapse(10);
      expect(result.state).toBe('rejected');
    }
  });
});
