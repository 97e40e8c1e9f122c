// Bad options: the class and the words of the rejection are p-retry's, and which of two complaints comes first.
import { describe, expect, test } from 'vitest';
import { outcome, outcomeKind } from '../support/outcome.ts';
import { FANFOLD, type PRetryModule, REAL } from '../support/p-retry.ts';
import { show } from '../support/show.ts';

type Options = Parameters<PRetryModule['default']>[1];

const same = async (options: unknown): Promise<string> => {
  const of = ({ default: pRetry }: PRetryModule) => outcome(() => pRetry(() => 'value', options as Options));
  const ours = await of(FANFOLD);
  expect(ours).toBe(await of(REAL));
  return ours;
};

const named = (values: unknown[]): [string, unknown][] => values.map((value) => [show(value), value]);

const numbers = named([
  0,
  -0,
  1,
  0.5,
  -1,
  -0.5,
  1e21,
  2 ** 31,
  2 ** 53,
  Number.MIN_VALUE,
  Number.MAX_VALUE,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  '3',
  '',
  true,
  false,
  null,
  undefined,
  3n,
  [],
  {},
  () => 1,
  Symbol.iterator,
  new Number(1),
]);

const things = named([undefined, null, true, false, 0, 1, '', 'yes', {}, [], () => true, Symbol.iterator]);

describe.each(['retries', 'factor', 'minTimeout', 'maxTimeout', 'maxRetryTime'])('%s', (option) => {
  test.each(numbers)('%s', async (_name, value) => {
    await same({ [option]: value });
  });
});

describe.each(['randomize', 'unref', 'onFailedAttempt', 'shouldRetry', 'shouldConsumeRetry'])(
  '%s',
  (option) => {
    test.each(things)('%s', async (_name, value) => {
      await same({ [option]: value });
    });
  },
);

describe('signal', () => {
  test.each([
    ...things,
    ...named([
      new AbortController(),
      new EventTarget(),
      { throwIfAborted: () => {} },
      { throwIfAborted: () => {}, addEventListener: () => {} },
    ]),
  ])('%s', async (_name, signal) => {
    await same({ signal });
  });

  test('what has the methods of one is one', async () => {
    expect(
      await same({
        signal: { throwIfAborted: () => {}, addEventListener: () => {}, removeEventListener: () => {} },
      }),
    ).toBe('fulfils with "value"');
  });
});

describe('forever', () => {
  test.each(things)('%s', async (_name, forever) => {
    expect(await same({ forever })).toMatch('The `forever` option is no longer supported');
  });

  test('an inherited one is not seen', async () => {
    expect(await same(Object.create({ forever: true }))).toBe('fulfils with "value"');
  });
});

describe('the very words', () => {
  test.each([
    [{ retries: -1 }, 'TypeError: Expected `retries` to be a non-negative number.'],
    [{ retries: '3' }, 'TypeError: Expected `retries` to be a number or Infinity.'],
    [{ retries: Number.NaN }, 'TypeError: Expected `retries` to be a valid number or Infinity, got NaN.'],
    [{ retries: 1.5 }, 'TypeError: Expected `retries` to be a non-negative integer or Infinity.'],
    [{ factor: -1 }, 'TypeError: Expected `factor` to be ≥ 0.'],
    [{ factor: Number.POSITIVE_INFINITY }, 'TypeError: Expected `factor` to be a finite number.'],
    [{ maxTimeout: 'x' }, 'TypeError: Expected `maxTimeout` to be a number or Infinity.'],
    [{ minTimeout: Number.NaN }, 'TypeError: Expected `minTimeout` to be a number.'],
    [{ unref: 1 }, 'TypeError: Expected `unref` to be a boolean.'],
    [{ shouldRetry: 1 }, 'TypeError: Expected `shouldRetry` to be a function.'],
    [{ signal: 1 }, 'TypeError: Expected `signal` to be an AbortSignal.'],
  ])('%o', async (options, words) => {
    expect(await same(options)).toBe(`rejects with TypeError(${words})`);
  });
});

describe('which complaint comes first', () => {
  const order = [
    ['retries', -1],
    ['forever', true],
    ['onFailedAttempt', 1],
    ['shouldRetry', 1],
    ['shouldConsumeRetry', 1],
    ['randomize', 1],
    ['unref', 1],
    ['signal', 1],
    ['factor', -1],
    ['minTimeout', -1],
    ['maxTimeout', -1],
    ['maxRetryTime', -1],
  ] as const;

  test.each(order.map(([option], place) => [option, order.slice(place)] as const))(
    '%s',
    async (option, bad) => {
      expect(await same(Object.fromEntries([...bad].reverse()))).toMatch(`\`${option}\``);
    },
  );

  test('an aborted signal comes last', async () => {
    const signal = AbortSignal.abort(new Error('aborted'));
    expect(await same({ signal, maxRetryTime: -1 })).toMatch('`maxRetryTime`');
    expect(await same({ signal })).toBe('rejects with Error(Error: aborted)');
  });

  test('the function is not called', async () => {
    for (const { default: pRetry } of [REAL, FANFOLD]) {
      let calls = 0;
      await outcome(() => pRetry(() => calls++, { retries: -1 }));
      expect(calls).toBe(0);
    }
  });
});

describe('options objects of every kind', () => {
  test.each(named([undefined, null, {}, 5, 'text', true, [], () => 1]))('%s', async (_name, options) => {
    await same(options);
  });

  test('own options count, inherited ones do not', async () => {
    expect(await same(Object.create({ retries: -1 }))).toBe('fulfils with "value"');
    expect(await same(Object.defineProperty({}, 'retries', { value: -1, enumerable: false }))).toBe(
      'fulfils with "value"',
    );
  });

  test('each is read once, in the call; later changes are not seen', async () => {
    for (const { default: pRetry } of [REAL, FANFOLD]) {
      const reads: string[] = [];
      let retries = 2;
      const options = {
        get retries() {
          reads.push('retries');
          return retries;
        },
        get minTimeout() {
          reads.push('minTimeout');
          return 0;
        },
      };
      let calls = 0;
      const done = outcome(() =>
        pRetry(() => {
          calls++;
          throw new Error('fails');
        }, options),
      );
      expect(reads).toEqual(['retries', 'minTimeout']);
      retries = 9;
      await done;
      expect([reads.length, calls]).toEqual([2, 3]);
    }
  });

  test('options that are not known are ignored', async () => {
    expect(await same({ backoff: 'x', jitter: 1, attemptTimeout: -1, limiter: 5 })).toBe(
      'fulfils with "value"',
    );
  });
});

describe('things that are no functions', () => {
  test.each(named([undefined, null, 5, 'text', {}, Promise.resolve(1)]))('%s', async (_name, input) => {
    // The words are the JavaScript engine's.
    const of = ({ default: pRetry }: PRetryModule) => {
      const told: string[] = [];
      const note = (name: string) => () => {
        told.push(name);
      };
      return outcomeKind(() =>
        pRetry(input as () => unknown, {
          onFailedAttempt: note('onFailedAttempt'),
          shouldConsumeRetry: note('shouldConsumeRetry'),
          shouldRetry: () => {
            told.push('shouldRetry');
            return true;
          },
        }),
      ).then((end) => [end, told]);
    };
    expect(await of(FANFOLD)).toEqual(await of(REAL));
    expect(await of(FANFOLD)).toEqual(['rejects with TypeError', ['shouldConsumeRetry', 'onFailedAttempt']]);
  });
});
