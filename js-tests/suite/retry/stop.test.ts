// stopRetry: the run ends at once with the very error, whatever it is and however it is thrown.
import { type RetryContext, retry, stopRetry } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { reasonOf, thrownBy } from '../support/watch.ts';

/** How often the function ran, whom else was asked, and what came out. */
async function outcomeOf(fn: (context: RetryContext) => unknown) {
  let attempts = 0;
  const asked: string[] = [];
  const reason = await reasonOf(
    retry(
      (context) => {
        attempts += 1;
        return fn(context);
      },
      {
        retries: 5,
        backoff: 0,
        shouldRetry: () => asked.push('shouldRetry') > 0,
        onRetry: () => asked.push('onRetry'),
      },
    ),
  );
  return { attempts, asked, reason };
}

describe('ends the run', () => {
  const error = new Error('gone for good');
  test.each<[string, (context: RetryContext) => unknown]>([
    ['thrown', () => stopRetry(error)],
    [
      'thrown with `throw`',
      () => {
        throw stopRetry(error);
      },
    ],
    [
      'thrown after an await',
      async () => {
        await null;
        throw stopRetry(error);
      },
    ],
    ['as the handler of a rejection', () => Promise.reject(error).catch(stopRetry)],
    ['twice around', () => Promise.reject(error).catch(stopRetry).catch(stopRetry)],
  ])('%s', async (_name, fn) => {
    expect(await outcomeOf(fn)).toEqual({ attempts: 1, asked: [], reason: error });
    expect((await outcomeOf(fn)).reason).toBe(error);
  });

  test.each([undefined, null, 'text', 0, { status: 404 }])('with what is no error: %o', async (thrown) => {
    expect(await outcomeOf(() => stopRetry(thrown))).toEqual({ attempts: 1, asked: [], reason: thrown });
  });

  test('of a later attempt too', async () => {
    const { attempts, asked, reason } = await outcomeOf(({ attempt }) => {
      if (attempt === 3) throw stopRetry(error);
      throw new Error('for now');
    });
    expect(attempts).toBe(3);
    expect(asked).toEqual(['shouldRetry', 'onRetry', 'shouldRetry', 'onRetry']);
    expect(reason).toBe(error);
  });

  test('only of the innermost run', async () => {
    const { attempts, reason } = await outcomeOf(() => retry(() => stopRetry(error)));
    expect(attempts).toBe(6);
    expect((reason as Error).cause).toBe(error);
  });
});

test('outside of retry it is an error that says what it is', () => {
  const error = new Error('gone for good');
  const thrown = thrownBy(() => stopRetry(error)) as Error & { code: string };
  expect(thrown).toBeInstanceOf(Error);
  expect(thrown).toMatchObject({ name: 'StopRetry', code: 'FANFOLD_STOP_RETRY', cause: error });
  expect(thrown.message).toContain('stopRetry');
});
