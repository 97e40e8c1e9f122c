// onFailedAttempt, shouldConsumeRetry and shouldRetry: when they are asked, in which order, and what they are told.
import { describe, expect, test } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { BOTH, sameAsPRetry } from '../support/p-retry.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

interface Context {
  readonly error: Error;
  readonly attemptNumber: number;
  readonly retriesLeft: number;
  readonly retriesConsumed: number;
  readonly retryDelay: number;
}

const NAMES = ['shouldConsumeRetry', 'onFailedAttempt', 'shouldRetry'] as const;

describe.each(BOTH)('%s', (_name, { default: pRetry }) => {
  const fails = (attempt: number): never => {
    throw new Error(`attempt ${attempt}`);
  };

  /** Retries what always fails, and gives all that the callbacks were told. */
  const told = async (options: object = {}) => {
    const contexts: [name: string, context: Context][] = [];
    const note = (name: string) => (context: Context) => {
      contexts.push([name, context]);
      return true;
    };
    const callbacks = Object.fromEntries(NAMES.map((name) => [name, note(name)]));
    const reason = await reasonOf(pRetry(fails, { minTimeout: 0, retries: 2, ...callbacks, ...options }));
    return { contexts, reason };
  };

  test('they are asked in their order after each failure; nobody asks whether to retry when nothing is left', async () => {
    const { contexts } = await told();
    expect(contexts.map(([name, { attemptNumber }]) => `${name} ${attemptNumber}`)).toEqual([
      'shouldConsumeRetry 1',
      'onFailedAttempt 1',
      'shouldRetry 1',
      'shouldConsumeRetry 2',
      'onFailedAttempt 2',
      'shouldRetry 2',
      'shouldConsumeRetry 3',
      'onFailedAttempt 3',
    ]);
  });

  test('what they are told: the error, the attempt, and how the retries stand', async () => {
    const { contexts, reason } = await told();
    const onFailed = contexts.filter(([name]) => name === 'onFailedAttempt').map(([, context]) => context);
    expect(onFailed).toEqual([
      { error: new Error('attempt 1'), attemptNumber: 1, retriesLeft: 2, retriesConsumed: 0, retryDelay: 0 },
      { error: new Error('attempt 2'), attemptNumber: 2, retriesLeft: 1, retriesConsumed: 1, retryDelay: 0 },
      { error: new Error('attempt 3'), attemptNumber: 3, retriesLeft: 0, retriesConsumed: 2, retryDelay: 0 },
    ]);
    expect(onFailed[2]!.error).toBe(reason);
  });

  test('contexts are frozen plain objects with these keys, in this order', async () => {
    const { contexts } = await told();
    for (const [, context] of contexts) {
      expect(Object.isFrozen(context)).toBe(true);
      expect(Object.getPrototypeOf(context)).toBe(Object.prototype);
      expect(Object.keys(context)).toEqual([
        'error',
        'attemptNumber',
        'retriesLeft',
        'retriesConsumed',
        'retryDelay',
      ]);
    }
  });

  test('onFailedAttempt and shouldRetry are told by one object, shouldConsumeRetry by another', async () => {
    const { contexts } = await told();
    const [consume, failed, retry] = contexts.map(([, context]) => context);
    expect(failed).toBe(retry);
    expect(consume).not.toBe(failed);
    expect(consume).toEqual(failed);
  });

  test('they are called with one argument', async () => {
    const lengths: number[] = [];
    const count = (...args: unknown[]) => {
      lengths.push(args.length);
      return true;
    };
    const callbacks = Object.fromEntries(NAMES.map((name) => [name, count]));
    await reasonOf(pRetry(fails, { minTimeout: 0, retries: 1, ...callbacks }));
    expect(lengths).toEqual([1, 1, 1, 1, 1]);
  });

  test('this is an object with the options, complete', async () => {
    const seen: unknown[] = [];
    const options = {
      retries: 1,
      minTimeout: 0,
      onFailedAttempt(this: unknown) {
        const { retries, minTimeout, factor, maxTimeout, randomize } = this as Record<string, unknown>;
        seen.push({ retries, minTimeout, factor, maxTimeout, randomize }, this === options);
      },
    };
    await reasonOf(pRetry(fails, options));
    expect(seen.slice(0, 2)).toEqual([
      { retries: 1, minTimeout: 0, factor: 2, maxTimeout: Number.POSITIVE_INFINITY, randomize: false },
      false,
    ]);
  });

  test('with Infinity there are always as many left', async () => {
    const left: unknown[] = [];
    const onFailedAttempt = ({ retriesLeft, retriesConsumed }: Context) => {
      left.push([retriesLeft, retriesConsumed]);
      if (left.length === 3) throw new Error('enough');
    };
    await reasonOf(pRetry(fails, { retries: Number.POSITIVE_INFINITY, minTimeout: 0, onFailedAttempt }));
    expect(left).toEqual([0, 1, 2].map((consumed) => [Number.POSITIVE_INFINITY, consumed]));
  });

  test('without retries, the failure is told all the same', async () => {
    const { contexts } = await told({ retries: 0 });
    expect(contexts.map(([name]) => name)).toEqual(['shouldConsumeRetry', 'onFailedAttempt']);
  });

  test('after a success nobody is told anything', async () => {
    const seen: string[] = [];
    const onFailedAttempt = () => {
      seen.push('told');
    };
    await pRetry(() => 1, { onFailedAttempt });
    expect(seen).toEqual([]);
  });

  test('their promises are waited for, one after the other', async () => {
    const seen: string[] = [];
    const gates = NAMES.map((name) => ({ name, gate: deferred() }));
    const callbacks = Object.fromEntries(
      gates.map(({ name, gate }) => [
        name,
        async () => {
          seen.push(name);
          await gate.promise;
          return true;
        },
      ]),
    );
    const run = watch(
      pRetry(
        (attempt) => {
          seen.push(`attempt ${attempt}`);
          if (attempt === 1) throw new Error('once');
        },
        { minTimeout: 0, ...callbacks },
      ),
    );
    const expected = ['attempt 1'];
    for (const { name, gate } of gates) {
      await settle();
      expected.push(name);
      expect(seen).toEqual(expected);
      gate.resolve();
    }
    await settle();
    expect(seen).toEqual([...expected, 'attempt 2']);
    expect(run.state).toBe('fulfilled');
  });

  test.each(NAMES)('%s that throws or rejects ends it with its own error', async (name) => {
    for (const thrown of [new Error('from the callback'), undefined, 'text']) {
      for (const callback of [
        () => {
          throw thrown;
        },
        () => Promise.reject(thrown),
      ]) {
        let attempts = 0;
        const input = () => {
          attempts++;
          throw new Error('from the function');
        };
        expect(await reasonOf(pRetry(input, { minTimeout: 0, [name]: callback }))).toBe(thrown);
        expect(attempts).toBe(1);
      }
    }
  });

  test.each(NAMES)('nobody behind %s is asked when it throws', async (name) => {
    const seen: string[] = [];
    const callbacks = Object.fromEntries(
      NAMES.map((each) => [
        each,
        () => {
          seen.push(each);
          if (each === name) throw new Error(each);
          return true;
        },
      ]),
    );
    await reasonOf(pRetry(fails, { minTimeout: 0, ...callbacks }));
    expect(seen).toEqual(NAMES.slice(0, NAMES.indexOf(name) + 1));
  });

  describe('shouldRetry', () => {
    test.each([false, undefined, null, 0, ''])('%s ends it with the error', async (answer) => {
      for (const given of [answer, Promise.resolve(answer)]) {
        let attempts = 0;
        const error = new Error('final');
        const input = () => {
          attempts++;
          throw error;
        };
        const shouldRetry = () => given as boolean;
        expect(await reasonOf(pRetry(input, { minTimeout: 0, shouldRetry }))).toBe(error);
        expect(attempts).toBe(1);
      }
    });

    test.each([true, 1, 'yes', {}])('%s goes on', async (answer) => {
      let attempts = 0;
      const input = () => {
        if (++attempts < 3) throw new Error('again');
        return attempts;
      };
      expect(await pRetry(input, { minTimeout: 0, shouldRetry: () => answer as boolean })).toBe(3);
    });

    test('may decide by the error', async () => {
      let attempts = 0;
      const input = () => {
        throw ++attempts < 3 ? new RangeError('worth it') : new SyntaxError('not worth it');
      };
      const shouldRetry = ({ error }: Context) => error instanceof RangeError;
      expect(await reasonOf(pRetry(input, { minTimeout: 0, shouldRetry }))).toEqual(
        new SyntaxError('not worth it'),
      );
      expect(attempts).toBe(3);
    });
  });

  describe('shouldConsumeRetry', () => {
    test('a failure that consumes none is retried, and the retries stay as they are', async () => {
      const seen: unknown[] = [];
      let attempts = 0;
      const input = () => {
        attempts++;
        throw new Error(attempts <= 3 ? 'free' : 'paid');
      };
      const reason = await reasonOf(
        pRetry(input, {
          minTimeout: 0,
          retries: 1,
          shouldConsumeRetry: ({ error }) => error.message === 'paid',
          onFailedAttempt: ({ attemptNumber, retriesLeft, retriesConsumed }) => {
            seen.push([attemptNumber, retriesLeft, retriesConsumed]);
          },
        }),
      );
      expect(reason).toEqual(new Error('paid'));
      expect(seen).toEqual([
        [1, 1, 0],
        [2, 1, 0],
        [3, 1, 0],
        [4, 1, 0],
        [5, 0, 1],
      ]);
    });

    test('where there are no retries, a failure that would consume none is not retried either', async () => {
      let attempts = 0;
      const input = () => {
        attempts++;
        throw new Error('free');
      };
      await reasonOf(pRetry(input, { retries: 0, shouldConsumeRetry: () => false }));
      expect(attempts).toBe(1);
    });

    test.each([
      [undefined, 2],
      [null, 2],
      [true, 2],
      ['', 9],
      [0, 9],
      [false, 9],
    ])('%s makes %i attempts of one retry', async (answer, expected) => {
      for (const given of [answer, Promise.resolve(answer)]) {
        let attempts = 0;
        const input = () => {
          if (++attempts === 9) return 'the ninth';
          throw new Error('again');
        };
        const shouldConsumeRetry = () => given as boolean;
        await pRetry(input, { minTimeout: 0, retries: 1, shouldConsumeRetry }).catch(() => {});
        expect(attempts).toBe(expected);
      }
    });
  });

  test.each(NAMES)('%s may be undefined or null', async (name) => {
    for (const nothing of [undefined, null]) {
      let attempts = 0;
      const input = () => {
        attempts++;
        throw new Error('fails');
      };
      await reasonOf(pRetry(input, { minTimeout: 0, retries: 1, [name]: nothing }));
      expect(attempts).toBe(2);
    }
  });
});

for (const consumes of [true, false, undefined]) {
  sameAsPRetry(`the whole of three failures, shouldConsumeRetry ${consumes}`, async (stage) => {
    stage.follow(
      'run',
      stage.module.default(stage.gated, {
        minTimeout: 0,
        retries: 2,
        shouldConsumeRetry: stage.callback('shouldConsumeRetry', () => consumes),
        onFailedAttempt: stage.callback('onFailedAttempt', () => {}),
        shouldRetry: stage.callback('shouldRetry', ({ attemptNumber }) => attemptNumber < 4),
      }),
    );
    stage.note('called');
    for (const attempt of ['1', '2', '3', '4']) {
      stage.fail(attempt);
      await stage.flush();
    }
  });
}
