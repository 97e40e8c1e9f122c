// RetryError: what happened, over how long, and why there was no further attempt.
import { type RetryAttempt, RetryError, retry } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { reasonOf } from '../support/watch.ts';

async function failing(retries: number, thrown: (attempt: number) => unknown): Promise<RetryError> {
  const run = retry(({ attempt }) => Promise.reject(thrown(attempt)), {
    retries,
    backoff: 1,
    jitter: 'none',
  });
  return (await reasonOf(run)) as RetryError;
}

describe('the error of a run', () => {
  test('has every attempt in order, and the last error as its cause', async () => {
    const errors = [1, 2, 3].map((attempt) => new Error(`failure ${attempt}`));
    const error = await failing(2, (attempt) => errors[attempt - 1]);
    expect(error).toBeInstanceOf(RetryError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'RetryError', code: 'FANFOLD_RETRY', exhausted: 'retries' });
    expect(error.attempts.map((attempt) => attempt.error)).toEqual(errors);
    expect(error.attempts.map(({ delayMs }) => delayMs)).toEqual([0, 1, 1]);
    for (const { durationMs } of error.attempts) expect(durationMs).toBeGreaterThanOrEqual(0);
    expect(error.cause).toBe(errors[2]);
    expect(error.elapsedMs).toBeGreaterThanOrEqual(2);
  });

  test('cannot be changed', async () => {
    const { attempts } = await failing(0, () => new Error('only'));
    expect(() => (attempts as RetryAttempt[]).pop()).toThrow(TypeError);
    expect(attempts).toHaveLength(1);
  });

  test('keeps the last hundred attempts, and tells how many there were', async () => {
    let call = 0;
    const error = (await reasonOf(
      retry(
        () => {
          call++;
          throw new Error(`call ${call}`);
        },
        { retries: 249, backoff: 0 },
      ),
    )) as RetryError;
    expect(error.attemptCount).toBe(250);
    expect(error.attempts).toHaveLength(100);
    expect(error.attempts[0]!.error).toMatchObject({ message: 'call 151' });
    expect(error.attempts.at(-1)!.error).toBe(error.cause);
    expect(error.message).toMatch(/^Gave up after 250 attempts in .* Last error: call 250$/);
  });

  test('is thrown for a single attempt too', async () => {
    const error = await failing(0, () => new Error('only'));
    expect(error.message).toMatch(
      /^Gave up after 1 attempt in [\d.]+ ms: all retries are used up\. Last error: only$/,
    );
    expect(String(error)).toMatch(/^RetryError: Gave up/);
  });
});

describe('the message', () => {
  const attempt = (error: unknown): RetryAttempt => ({ error, delayMs: 0, durationMs: 1 });
  const of = (error: unknown) =>
    new RetryError({ attempts: [attempt(1), attempt(error)], exhausted: 'retries', elapsedMs: 7012.345 })
      .message;

  test('says how many attempts, over how long, why, and the last error', () => {
    expect(of(new Error('connect ECONNREFUSED'))).toBe(
      'Gave up after 2 attempts in 7012.3 ms: all retries are used up. Last error: connect ECONNREFUSED',
    );
  });

  test.each([
    ['retries', 'retries'],
    ['maxElapsed', 'maxElapsed'],
    ['budget', 'budget'],
  ] as const)('names what is exhausted: %s', (exhausted, word) => {
    const error = new RetryError({ attempts: [attempt(new Error('x'))], exhausted, elapsedMs: 1 });
    expect(error.exhausted).toBe(exhausted);
    expect(error.message).toContain(word);
  });

  test.each([
    ['text', 'text'],
    [undefined, 'undefined'],
    [null, 'null'],
    [42, '42'],
    [Object.assign(new RangeError('to be taken off'), { message: '' }), 'RangeError'],
    [{ message: 'like an error' }, 'like an error'],
    [{}, 'an object (Object)'],
    [Object.create(null), 'an object (Object)'],
    [new Response('', { status: 503 }), 'an object (Response) with status 503'],
    [Symbol('sign'), 'Symbol(sign)'],
    [
      new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }),
      'fetch failed (connect ECONNREFUSED)',
    ],
    [
      new TypeError('fetch failed', {
        cause: Object.assign(new AggregateError([], 'to be taken off'), {
          message: '',
          code: 'ECONNREFUSED',
        }),
      }),
      'fetch failed (ECONNREFUSED)',
    ],
    [new Error('no page', { cause: 'no network' }), 'no page (no network)'],
    [new Error('no page: not found', { cause: new Error('not found') }), 'no page: not found'],
    [new Error('no page', { cause: 404 }), 'no page'],
  ])('shows whatever was thrown: %o', (thrown, shown) => {
    expect(of(thrown).endsWith(`Last error: ${shown}`), of(thrown)).toBe(true);
  });

  test('keeps its own copy of the attempts', () => {
    const attempts = [attempt(1)];
    const error = new RetryError({ attempts, exhausted: 'retries', elapsedMs: 1 });
    attempts.push(attempt(2));
    expect(error.attempts).toHaveLength(1);
  });
});
