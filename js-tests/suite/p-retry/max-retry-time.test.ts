// maxRetryTime: when it is looked at, and what it does to the wait before it is over.
import { describe, expect, test } from 'vitest';
import { block, elapse, useFakeTime } from '../support/fake-time.ts';
import { BOTH } from '../support/p-retry.ts';
import { reasonOf, watch } from '../support/watch.ts';

useFakeTime();

/** A promise that is fulfilled so many fake milliseconds later. */
const later = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));

describe.each(BOTH)('%s', (_name, { default: pRetry }) => {
  /** Retries what always fails, and gives the moments of the attempts and what the callbacks were told. */
  const run = async (options: object, body: (attempt: number) => unknown = () => {}) => {
    const begun = performance.now();
    const now = () => performance.now() - begun;
    const attempts: number[] = [];
    const told: string[] = [];
    const note = (name: string) => (context: { readonly retryDelay: number }) => {
      told.push(`${name} ${context.retryDelay}`);
      return true;
    };
    const watched = watch(
      pRetry(
        async (attempt) => {
          attempts.push(now());
          await body(attempt);
          throw new Error(`attempt ${attempt}`);
        },
        {
          shouldConsumeRetry: note('consume'),
          onFailedAttempt: (context) => void note('failed')(context),
          shouldRetry: note('retry'),
          ...options,
        },
      ),
    );
    for (let step = 0; step < 500 && watched.state === 'pending'; step++) await elapse(10);
    return { attempts, told, reason: watched.reason, end: now() };
  };

  test('the wait is cut to what is left, and the attempt after it is the last', async () => {
    const { attempts, reason, told } = await run({ minTimeout: 100, maxRetryTime: 250 });
    expect(attempts).toEqual([0, 100, 250]);
    expect(reason).toEqual(new Error('attempt 3'));
    // What is told is the wait before it was cut.
    expect(told).toEqual([
      'consume 100',
      'failed 100',
      'retry 100',
      'consume 200',
      'failed 200',
      'retry 200',
      'consume 0',
      'failed 0',
    ]);
  });

  test('of zero there is no retry, and it is told so', async () => {
    const { attempts, told } = await run({ maxRetryTime: 0 });
    expect(attempts).toEqual([0]);
    expect(told).toEqual(['consume 0', 'failed 0']);
  });

  test('an attempt is not interrupted: what it takes counts, and it rejects with its error', async () => {
    const { attempts, told, reason, end } = await run({ minTimeout: 10, maxRetryTime: 100 }, () =>
      later(150),
    );
    expect(attempts).toEqual([0]);
    expect(told).toEqual(['consume 0', 'failed 0']);
    expect(reason).toEqual(new Error('attempt 1'));
    expect(end).toBe(150);
  });

  test('time that the program was busy counts as well', async () => {
    const { attempts, told } = await run({ minTimeout: 10, maxRetryTime: 100 }, () => block(100));
    expect(attempts).toEqual([0]);
    expect(told).toEqual(['consume 0', 'failed 0']);
  });

  test('an attempt that ends just before it is over is retried', async () => {
    const { attempts } = await run({ minTimeout: 50, maxRetryTime: 100 }, (attempt) =>
      attempt === 1 ? later(90) : undefined,
    );
    expect(attempts).toEqual([0, 100]);
  });

  test.each([
    ['shouldConsumeRetry', ['consume 50', 'failed 50']],
    ['onFailedAttempt', ['consume 50', 'failed 50']],
    ['shouldRetry', ['consume 50', 'failed 50', 'retry 50']],
  ])('the time that %s takes counts', async (name, expected) => {
    const told: string[] = [];
    const slow = async (text: string) => {
      told.push(text);
      await later(150);
      return true;
    };
    const quick = (text: string) => {
      told.push(text);
      return true;
    };
    const callback = (short: string, long: string) => (context: { readonly retryDelay: number }) =>
      (long === name ? slow : quick)(`${short} ${context.retryDelay}`);
    const { attempts } = await run({
      minTimeout: 50,
      maxRetryTime: 100,
      shouldConsumeRetry: callback('consume', 'shouldConsumeRetry'),
      onFailedAttempt: callback('failed', 'onFailedAttempt'),
      shouldRetry: callback('retry', 'shouldRetry'),
    });
    expect(attempts).toEqual([0]);
    expect(told).toEqual(expected);
  });

  test('it ends also what consumes no retries', async () => {
    const { attempts } = await run({ maxRetryTime: 50, shouldConsumeRetry: () => false }, () => later(20));
    expect(attempts).toEqual([0, 20, 40]);
  });

  test('Infinity is none, and so is nothing', async () => {
    for (const maxRetryTime of [Number.POSITIVE_INFINITY, undefined, null]) {
      const { attempts } = await run({ minTimeout: 100, retries: 3, maxRetryTime });
      expect(attempts).toEqual([0, 100, 300, 700]);
    }
  });

  test('a clock that is set back changes nothing', async () => {
    const realNow = Date.now;
    try {
      Date.now = () => 0;
      const { attempts } = await run({ minTimeout: 100, maxRetryTime: 250 });
      expect(attempts).toEqual([0, 100, 250]);
    } finally {
      Date.now = realNow;
    }
  });

  test('without a wait the attempts go on until it is over', async () => {
    let attempts = 0;
    const reason = await reasonOf(
      pRetry(
        () => {
          attempts++;
          block(10);
          throw new Error('busy');
        },
        { minTimeout: 0, maxRetryTime: 100, retries: 50 },
      ),
    );
    expect([attempts, reason]).toEqual([10, new Error('busy')]);
  });
});
