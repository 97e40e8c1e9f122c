// The options of retry: what is refused, with words that help, what is taken, and that each is read once.
import {
  createLimiter,
  RetryBudget,
  type RetryBudgetOptions,
  type RetryOptions,
  retry,
  stopRetry,
} from 'fanfold';
import { describe, expect, test } from 'vitest';
import { reasonOf } from '../support/watch.ts';

type Kind = typeof TypeError | typeof RangeError;

/** What a misuse ends in, whether it throws or rejects. */
async function misuseOf(action: () => unknown): Promise<Error> {
  return (await reasonOf((async () => action())())) as Error;
}

async function expectMisuse(action: () => unknown, kind: Kind, option: string, shown: string) {
  const error = await misuseOf(action);
  const { message } = error;
  expect(error.constructor, message).toBe(kind);
  expect(message).toContain(`\`${option}\``);
  expect(message).toContain(`got ${shown}`);
}

/** A run that never fails, so that only the options can be at fault. */
function run(options: unknown): Promise<string> {
  return retry(() => 'done', options as RetryOptions);
}

/** A run that fails once. */
function failOnce(options: unknown): Promise<string> {
  return retry(
    ({ attempt }) => {
      if (attempt === 1) throw new Error('the first');
      return 'done';
    },
    { jitter: 'none', ...(options as RetryOptions) },
  );
}

const notANumber: [unknown, string][] = [
  ['3', '"3"'],
  [null, 'null'],
  [true, 'true'],
  [5n, '5n'],
];
const notASpan: [unknown, string][] = [
  [0, '0'],
  [-1, '-1'],
  [Number.NaN, 'NaN'],
  [Number.NEGATIVE_INFINITY, '-Infinity'],
];
const notAWait: [unknown, string][] = [
  [-1, '-1'],
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, 'Infinity'],
];

test.each([null, 0, 'text', true])('options that are no object: %o', async (options) => {
  await expectMisuse(
    () => run(options),
    TypeError,
    'options',
    typeof options === 'string' ? '"text"' : `${options}`,
  );
});

test('no options, and options left undefined, mean the defaults', async () => {
  expect(await retry(() => 1)).toBe(1);
  expect(await run(undefined)).toBe('done');
  const all = ['retries', 'backoff', 'jitter', 'seed', 'maxElapsed', 'attemptTimeout', 'signal', 'limiter'];
  all.push('shouldRetry', 'onRetry', 'budget', 'unref');
  expect(await run(Object.fromEntries(all.map((name) => [name, undefined])))).toBe('done');
});

test('each option is read once, whatever comes of it', async () => {
  const reads: string[] = [];
  const options = new Proxy(
    { retries: 1, backoff: 0, jitter: 'none' },
    {
      get: (target, name) => {
        reads.push(String(name));
        return Reflect.get(target, name);
      },
    },
  );
  await reasonOf(retry(() => Promise.reject(new Error('always')), options as RetryOptions));
  expect(reads).toContain('retries');
  expect(reads).toEqual([...new Set(reads)]);
});

describe('retries', () => {
  test.each(notANumber)('%o', (value, shown) =>
    expectMisuse(() => run({ retries: value }), TypeError, 'retries', shown),
  );
  test.each([
    [-1, '-1'],
    [1.5, '1.5'],
    [Number.NaN, 'NaN'],
  ])('%o', (value, shown) => expectMisuse(() => run({ retries: value }), RangeError, 'retries', shown));
  test.each([0, 1, 1e9, Number.POSITIVE_INFINITY])('takes %s', async (retries) => {
    expect(await run({ retries })).toBe('done');
  });
});

describe.each(['maxElapsed', 'attemptTimeout'])('%s', (option) => {
  test.each(notANumber)('%o', (value, shown) =>
    expectMisuse(() => run({ [option]: value }), TypeError, option, shown),
  );
  test.each(notASpan)('%o', (value, shown) =>
    expectMisuse(() => run({ [option]: value }), RangeError, option, shown),
  );
  test.each([0.5, 1, 1e15, Number.POSITIVE_INFINITY])('takes %s', async (value) => {
    expect(await run({ [option]: value })).toBe('done');
  });
});

describe('backoff', () => {
  test.each([
    ['100', '"100"'],
    [null, 'null'],
    [true, 'true'],
    [Symbol.iterator, 'Symbol(Symbol.iterator)'],
  ])('of another type: %o', (value, shown) =>
    expectMisuse(() => run({ backoff: value }), TypeError, 'backoff', shown),
  );
  test.each(notAWait)('as a number: %o', (value, shown) =>
    expectMisuse(() => run({ backoff: value }), RangeError, 'backoff', shown),
  );

  test('an array is judged as a whole, before the first attempt', async () => {
    await expectMisuse(() => run({ backoff: [1, 2, -3] }), RangeError, 'backoff[2]', '-3');
    await expectMisuse(() => run({ backoff: [1, '2'] }), TypeError, 'backoff[1]', '"2"');
    await expectMisuse(() => run({ backoff: new Array(1) }), TypeError, 'backoff[0]', 'undefined');
    await expectMisuse(() => run({ backoff: [] }), RangeError, 'backoff', 'none');
  });

  test('any other iterable is judged as it is read', async () => {
    await expectMisuse(() => failOnce({ backoff: new Set(['2']) }), TypeError, 'backoff[0]', '"2"');
    await expectMisuse(() => failOnce({ backoff: new Set() }), RangeError, 'backoff', 'none');
    expect(await run({ backoff: new Set() })).toBe('done');
  });

  test('each item is one wait, the last stays, and an endless iterator is closed once', async () => {
    const delays: number[] = [];
    let closed = 0;
    function* waits() {
      try {
        for (let wait = 1; ; wait++) yield wait;
      } finally {
        closed += 1;
      }
    }
    const always = () => Promise.reject(new Error('always'));
    const onRetry: RetryOptions['onRetry'] = (_error, { delay }) => delays.push(delay);
    await reasonOf(retry(always, { backoff: waits(), jitter: 'none', retries: 4, onRetry }));
    expect(delays.splice(0)).toEqual([1, 2, 3, 4]);
    expect(closed).toBe(1);
    const backoff = [3, 1];
    for (let run = 0; run < 2; run++) {
      await reasonOf(retry(always, { backoff, jitter: 'none', retries: 3, onRetry }));
      expect(delays.splice(0)).toEqual([3, 1, 1]);
    }
  });

  test('what its function gives is judged too, and it is told attempt and error', async () => {
    await expectMisuse(() => failOnce({ backoff: () => '5' }), TypeError, 'backoff()', '"5"');
    await expectMisuse(() => failOnce({ backoff: () => undefined }), TypeError, 'backoff()', 'undefined');
    await expectMisuse(() => failOnce({ backoff: () => -5 }), RangeError, 'backoff()', '-5');
    const told: unknown[] = [];
    await failOnce({
      backoff: (attempt: number, error: Error) => {
        told.push(attempt, error.message);
        return 0;
      },
    });
    expect(told).toEqual([1, 'the first']);
  });

  describe('as a rule', () => {
    test.each(['', 'quadratic', '__proto__'])('kind: %o', async (kind) => {
      const { message } = await misuseOf(() => run({ backoff: { kind } }));
      for (const word of [
        'backoff.kind',
        'constant',
        'linear',
        'exponential',
        'fibonacci',
        JSON.stringify(kind),
      ]) {
        expect(message).toContain(word);
      }
    });
    test.each(notAWait)('base: %o', (base, shown) =>
      expectMisuse(() => run({ backoff: { kind: 'linear', base } }), RangeError, 'backoff.base', shown),
    );
    test.each([
      [0.5, '0.5'],
      [Number.NaN, 'NaN'],
      [Number.POSITIVE_INFINITY, 'Infinity'],
    ])('factor: %o', (factor, shown) =>
      expectMisuse(
        () => run({ backoff: { kind: 'exponential', factor } }),
        RangeError,
        'backoff.factor',
        shown,
      ),
    );
    test.each([
      [-1, '-1'],
      [Number.NaN, 'NaN'],
    ])('max: %o', (max, shown) =>
      expectMisuse(() => run({ backoff: { kind: 'constant', max } }), RangeError, 'backoff.max', shown),
    );
    test.each(['base', 'factor', 'max'])('%s of another type', async (option) => {
      for (const [value, shown] of notANumber) {
        await expectMisuse(
          () => run({ backoff: { [option]: value } }),
          TypeError,
          `backoff.${option}`,
          shown,
        );
      }
    });
    test('a factor for another kind would do nothing, so it is refused', async () => {
      const { message } = await misuseOf(() => run({ backoff: { kind: 'linear', factor: 3 } }));
      expect(message).toBe("Expected `backoff.factor` to be left out for the kind 'linear', got 3");
    });
    test.each([
      {},
      { base: 0 },
      { kind: 'constant', base: 1, max: Number.POSITIVE_INFINITY },
      { kind: 'linear', base: 0.5, max: 0 },
      { kind: 'exponential', factor: 1 },
      { kind: 'fibonacci', factor: undefined },
    ])('takes %o', async (backoff) => {
      expect(await run({ backoff })).toBe('done');
    });
  });
});

describe('jitter', () => {
  test.each(['', 'Full', 'some'])('%o', async (jitter) => {
    await expectMisuse(() => run({ jitter }), RangeError, 'jitter', JSON.stringify(jitter));
  });
  test.each([
    [0.5, '0.5'],
    [null, 'null'],
    [true, 'true'],
  ])('of another type: %o', (jitter, shown) =>
    expectMisuse(() => run({ jitter }), TypeError, 'jitter', shown),
  );
  test.each(['full', 'equal', 'decorrelated', 'none'])('takes %s', async (jitter) => {
    expect(await run({ jitter })).toBe('done');
  });
});

describe('seed', () => {
  test.each([
    [-1, '-1'],
    [0.5, '0.5'],
    [2 ** 53, '9007199254740992'],
    [Number.NaN, 'NaN'],
  ])('%o', (seed, shown) => expectMisuse(() => run({ seed }), RangeError, 'seed', shown));
  test.each(notANumber)('%o', (seed, shown) => expectMisuse(() => run({ seed }), TypeError, 'seed', shown));
  test.each([0, 1, 2 ** 32, Number.MAX_SAFE_INTEGER])('takes %s', async (seed) => {
    expect(await run({ seed })).toBe('done');
  });
});

describe('things', () => {
  test.each(['shouldRetry', 'onRetry'])('%s that is no function', async (option) => {
    for (const value of [true, {}, 'yes', null]) {
      const error = await misuseOf(() => run({ [option]: value }));
      expect(error.constructor).toBe(TypeError);
      expect(error.message).toContain(`\`${option}\``);
    }
  });
  test.each([null, 5, {}, () => 1, createLimiter])('limiter: %o', async (limiter) => {
    const { message } = await misuseOf(() => run({ limiter }));
    expect(message).toContain('`limiter`');
  });
  test.each([null, {}, new EventTarget()])('signal: %o', async (signal) => {
    const { message } = await misuseOf(() => run({ signal }));
    expect(message).toContain('`signal`');
  });
  test.each([null, 0.2, { share: 0.2 }])('budget: %o', async (budget) => {
    const { message } = await misuseOf(() => run({ budget }));
    expect(message).toContain('`budget`');
    expect(message).toContain('RetryBudget');
  });
  test.each([
    [0, '0'],
    ['no', '"no"'],
    [null, 'null'],
  ])('unref: %o', (unref, shown) => expectMisuse(() => run({ unref }), TypeError, 'unref', shown));
  test('are taken', async () => {
    const budget = new RetryBudget();
    const { signal } = new AbortController();
    expect(await run({ limiter: createLimiter(1), signal, budget, unref: true })).toBe('done');
  });
});

describe('the answer of shouldRetry', () => {
  test.each([
    [undefined, 'undefined'],
    [1, '1'],
    ['yes', '"yes"'],
    [null, 'null'],
  ])('%o is none', (answer, shown) =>
    expectMisuse(() => failOnce({ shouldRetry: () => answer }), TypeError, 'shouldRetry()', shown),
  );
  test.each(notAWait)('after: %o', (after, shown) =>
    expectMisuse(
      () => failOnce({ shouldRetry: async () => ({ after }) }),
      RangeError,
      'shouldRetry().after',
      shown,
    ),
  );
  test('false rejects with the error itself', async () => {
    const error = (await reasonOf(failOnce({ shouldRetry: () => false }))) as Error;
    expect(error.message).toBe('the first');
  });
  test('after takes the place of the backoff', async () => {
    const delays: number[] = [];
    await failOnce({
      backoff: 1e9,
      jitter: 'full',
      shouldRetry: () => ({ after: 1.5 }),
      onRetry: (_error: unknown, { delay }: { delay: number }) => delays.push(delay),
    });
    expect(delays).toEqual([1.5]);
  });
  test('what it throws is what the run rejects with', async () => {
    const broken = new Error('broken');
    const fail = () => {
      throw broken;
    };
    expect(await reasonOf(failOnce({ shouldRetry: fail }))).toBe(broken);
    expect(await reasonOf(failOnce({ shouldRetry: () => stopRetry(broken) }))).toBe(broken);
  });
});

describe('a budget', () => {
  test('has defaults and shows what holds', () => {
    const { share, minPerSecond, window } = new RetryBudget();
    expect([share, minPerSecond, window]).toEqual([0.2, 10, 10_000]);
    const other = new RetryBudget({ share: 0, minPerSecond: 0.5, window: 1 });
    expect([other.share, other.minPerSecond, other.window]).toEqual([0, 0.5, 1]);
    expect(() => Object.assign(other, { share: 1 })).toThrow(TypeError);
  });
  test.each(['share', 'minPerSecond', 'window'])('%s', async (option) => {
    const budget = (value: unknown) => new RetryBudget({ [option]: value } as RetryBudgetOptions);
    for (const [value, shown] of notAWait) await expectMisuse(() => budget(value), RangeError, option, shown);
    for (const [value, shown] of notANumber)
      await expectMisuse(() => budget(value), TypeError, option, shown);
  });
  test('a window of no time is none', () => {
    expect(() => new RetryBudget({ window: 0 })).toThrow(RangeError);
  });
  test.each([null, 5, 'text'])('options that are no object: %o', (options) => {
    expect(() => new RetryBudget(options as RetryBudgetOptions)).toThrow(/`options`/);
  });
});
