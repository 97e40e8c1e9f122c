import { createLimiter, map, RetryBudget, type RetryError, retry } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { reasonOf } from '../support/watch.ts';

useFakeTime();

const broken = () => Promise.reject(new Error('down'));

/** How many of so many failing calls came to a second attempt. */
async function retried(calls: number, call: () => Promise<unknown>): Promise<number> {
  const reasons = Promise.all(Array.from({ length: calls }, () => reasonOf(call()) as Promise<RetryError>));
  await elapse(1_000);
  return (await reasons).filter((error) => error.attempts.length > 1).length;
}

describe('a retry budget', () => {
  test('allows a share of the calls, and says why there is no more', async () => {
    const budget = new RetryBudget({ share: 0.1, minPerSecond: 0 });
    const options = { budget, retries: 1, backoff: 0 };
    expect(await retried(100, () => retry(broken, options))).toBe(10);
    const error = (await reasonOf(retry(broken, { budget, retries: 1 }))) as RetryError;
    expect(error).toMatchObject({ exhausted: 'budget', attempts: [{}] });
  });

  test('allows so many a second besides, over its window', async () => {
    const budget = new RetryBudget({ share: 0, minPerSecond: 2, window: 1_000 });
    const options = { budget, retries: 1, backoff: 0 };
    expect(await retried(10, () => retry(broken, options))).toBe(2);
    await elapse(1_000);
    expect(await retried(10, () => retry(broken, options))).toBe(2);
  });

  test('is shared by all that name it, whatever they are', async () => {
    const budget = new RetryBudget({ share: 0, minPerSecond: 5, window: 1_000 });
    const policy = { budget, retries: 1, backoff: 0 };
    const limiter = createLimiter({ concurrency: 4, retry: policy });
    const all = Promise.all([
      retried(4, () => retry(broken, policy)),
      retried(4, () => limiter(broken)),
      retried(4, () => map([0], broken, { retry: policy })),
    ]);
    await elapse(1_000);
    const counts = await all;
    expect(counts.reduce((sum, count) => sum + count)).toBe(5);
  });

  test('costs a success nothing', async () => {
    const budget = new RetryBudget({ share: 0, minPerSecond: 0 });
    expect(await retry(() => 'fine', { budget })).toBe('fine');
  });
});
