// makeRetriable: a function each call of which is retried.
import { describe, expect, test } from 'vitest';
import { outline } from '../support/outline.ts';
import { BOTH, FANFOLD, REAL } from '../support/p-retry.ts';
import { withReplacedTimers } from '../support/replaced-timers.ts';
import { reasonOf } from '../support/watch.ts';

describe.each(BOTH)('%s', (_name, { makeRetriable }) => {
  const now = { minTimeout: 0 };

  test('passes its arguments at every attempt, and nothing else', async () => {
    const calls: unknown[][] = [];
    const retriable = makeRetriable((...args: unknown[]) => {
      calls.push(args);
      if (calls.length < 3) throw new Error('again');
      return args.length;
    }, now);
    expect(await retriable('a', undefined, { b: 1 })).toBe(3);
    expect(calls).toEqual(Array(3).fill(['a', undefined, { b: 1 }]));
  });

  test('passes this', async () => {
    const adder = {
      base: 2,
      calls: 0,
      add: makeRetriable(async function (this: { base: number; calls: number }, value: number) {
        if (++this.calls < 3) throw new Error('again');
        return this.base + value;
      }, now),
    };
    expect(await adder.add(3)).toBe(5);
    expect(adder.calls).toBe(3);
  });

  test('rejects with the last error', async () => {
    const error = new Error('always');
    const retriable = makeRetriable(() => Promise.reject(error), { ...now, retries: 1 });
    expect(await reasonOf(retriable())).toBe(error);
  });

  test('each call has retries of its own', async () => {
    let calls = 0;
    const retriable = makeRetriable(
      () => {
        calls++;
        throw new Error('fails');
      },
      { ...now, retries: 2 },
    );
    await Promise.all([reasonOf(retriable()), reasonOf(retriable())]);
    expect(calls).toBe(6);
  });

  test('calls the function inside the call', () => {
    let calls = 0;
    void makeRetriable(() => calls++)();
    expect(calls).toBe(1);
  });

  test('options are looked at when it is called, not before', async () => {
    const options = { ...now, retries: -1 };
    let calls = 0;
    const retriable = makeRetriable(() => {
      calls++;
      throw new Error('fails');
    }, options);
    expect(await reasonOf(retriable())).toBeInstanceOf(TypeError);
    options.retries = 4;
    await reasonOf(retriable());
    expect(calls).toBe(5);
  });

  test('without options there are ten retries', async () => {
    let calls = 0;
    const retriable = makeRetriable(() => {
      calls++;
      throw new Error('fails');
    });
    await withReplacedTimers(() => reasonOf(retriable()));
    expect(calls).toBe(11);
  });

  test('AbortError ends it as it ends the others', async () => {
    const { AbortError } = _name === 'p-retry' ? REAL : FANFOLD;
    const original = new Error('original');
    expect(await reasonOf(makeRetriable(() => Promise.reject(new AbortError(original)))())).toBe(original);
  });
});

test('what it gives looks the same', () => {
  const [ours, theirs] = [FANFOLD, REAL].map(({ makeRetriable }) => {
    const retriable = makeRetriable(function named(a: number, b: number) {
      return a + b;
    });
    const { prototype: _, ...own } = outline(retriable);
    return {
      own,
      name: retriable.name,
      length: retriable.length,
      promise: retriable(1, 2).constructor === Promise,
    };
  });
  expect(ours).toEqual(theirs);
});
