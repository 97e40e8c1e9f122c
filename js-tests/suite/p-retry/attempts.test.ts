// How often a function is called, with what, and what comes of it.
import { describe, expect, test } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { BOTH } from '../support/p-retry.ts';
import { withReplacedTimers } from '../support/replaced-timers.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

describe.each(BOTH)('%s', (_name, { default: pRetry }) => {
  /** Fails so many times, then gives `value`. */
  const failing = (failures: number, value: unknown) => {
    const calls: unknown[][] = [];
    const input = (...args: unknown[]) => {
      calls.push(args);
      if (calls.length <= failures) throw new Error(`failure ${calls.length}`);
      return value;
    };
    return { calls, input };
  };
  const now = { minTimeout: 0 };

  test('a function that succeeds is called once, inside the call', async () => {
    const { calls, input } = failing(0, 'value');
    const promise = pRetry(input);
    expect(calls).toEqual([[1]]);
    await expect(promise).resolves.toBe('value');
    expect(calls).toHaveLength(1);
  });

  test('one that fails is called again, with the number of the attempt and nothing else', async () => {
    const { calls, input } = failing(2, 'value');
    await expect(pRetry(input, now)).resolves.toBe('value');
    expect(calls).toEqual([[1], [2], [3]]);
  });

  test('it has no this', async () => {
    let self: unknown = 'not called';
    await pRetry(function (this: unknown) {
      self = this;
    });
    expect(self).toBeUndefined();
  });

  test('after the last retry it rejects with the last error, as it is', async () => {
    for (const retries of [0, 1, 4]) {
      const errors: Error[] = [];
      const input = async (attempt: number) => {
        errors.push(new Error(`attempt ${attempt}`));
        throw errors.at(-1);
      };
      const reason = await reasonOf(pRetry(input, { ...now, retries }));
      expect(errors).toHaveLength(retries + 1);
      expect(reason).toBe(errors.at(-1));
    }
  });

  test('ten retries unless said otherwise', async () => {
    for (const retries of [undefined, null]) {
      const { calls, input } = failing(100, 'never');
      await reasonOf(pRetry(input, { ...now, retries: retries as undefined }));
      expect(calls).toHaveLength(11);
    }
    const { calls, input } = failing(100, 'never');
    await withReplacedTimers(() => reasonOf(pRetry(input)));
    expect(calls).toHaveLength(11);
  });

  test('as often as it takes with Infinity, and with a number that is as good', async () => {
    for (const retries of [Number.POSITIVE_INFINITY, 2 ** 32, 2 ** 53, 1e21]) {
      const { calls, input } = failing(500, 'at last');
      await expect(pRetry(input, { ...now, retries })).resolves.toBe('at last');
      expect(calls).toHaveLength(501);
    }
  });

  test.each([undefined, null, false, 0, '', Number.NaN])('%s is a success', async (value) => {
    const { calls, input } = failing(1, value);
    expect(await pRetry(input, now)).toBe(value);
    expect(calls).toHaveLength(2);
  });

  test('an error that is returned and not thrown is a success', async () => {
    const error = new Error('returned');
    expect(await pRetry(() => error)).toBe(error);
  });

  test('promises and thenables are waited for', async () => {
    const thenable = {
      // biome-ignore lint/suspicious/noThenProperty: a thenable is what this case is about
      then: (fulfil: (value: string) => void) => fulfil('from a thenable'),
    };
    expect(await pRetry(() => thenable as PromiseLike<string>)).toBe('from a thenable');
    const refusing = {
      // biome-ignore lint/suspicious/noThenProperty: a thenable is what this case is about
      then: (_fulfil: unknown, reject: (reason: Error) => void) => reject(new Error('refused')),
    };
    expect(await reasonOf(pRetry(() => refusing as unknown, { ...now, retries: 1 }))).toEqual(
      new Error('refused'),
    );
  });

  test('throwing and rejecting are the same', async () => {
    for (const fail of [
      (error: Error) => {
        throw error;
      },
      (error: Error) => Promise.reject(error),
    ]) {
      let calls = 0;
      const reason = await reasonOf(pRetry(() => fail(new Error(`${++calls}`)), { ...now, retries: 2 }));
      expect([calls, reason]).toEqual([3, new Error('3')]);
    }
  });

  test('an attempt is not begun before the one before it has ended', async () => {
    const gates = [deferred(), deferred()];
    const begun: number[] = [];
    const run = watch(
      pRetry((attempt) => {
        begun.push(attempt);
        return gates[attempt - 1]!.promise;
      }, now),
    );
    await settle();
    expect(begun).toEqual([1]);
    gates[0]!.reject(new Error('first'));
    await settle();
    expect([begun, run.state]).toEqual([[1, 2], 'pending']);
    gates[1]!.resolve();
    await settle();
    expect(run.state).toBe('fulfilled');
  });

  test('without waits no timer is set', async () => {
    const { input } = failing(5, 'value');
    const { delays } = await withReplacedTimers(() => pRetry(input, now));
    expect(delays).toEqual([]);
  });

  test('calls know nothing of each other', async () => {
    const first = failing(1, 'first');
    const second = failing(3, 'second');
    const both = [pRetry(first.input, { ...now, retries: 3 }), pRetry(second.input, { ...now, retries: 3 })];
    expect(await Promise.all(both)).toEqual(['first', 'second']);
    expect([first.calls, second.calls].map((calls) => calls.length)).toEqual([2, 4]);
  });

  test('nested: the outer tries again what the inner gave up', async () => {
    let calls = 0;
    const inner = () =>
      pRetry(
        () => {
          calls++;
          throw new Error('inner');
        },
        { ...now, retries: 1 },
      );
    expect(await reasonOf(pRetry(inner, { ...now, retries: 2 }))).toEqual(new Error('inner'));
    expect(calls).toBe(6);
  });
});
