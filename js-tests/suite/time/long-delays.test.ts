// Delays that are longer than a timer of the platform can be, which would go off at once.
import { deadline, map, retry, timeout } from 'fanfold';
import { describe, expect, test, vi } from 'vitest';
import { block, elapse, useFakeTime } from '../support/fake-time.ts';
import { settle } from '../support/turns.ts';
import { watch } from '../support/watch.ts';

useFakeTime();

/** The longest that a timer can be. */
const LONGEST = 2 ** 31 - 1;

describe.each([LONGEST + 1, 2 ** 32, 2 ** 32 + 1, 5 * LONGEST])('%d ms', (ms) => {
  /** The last millisecond decides. */
  const untilLast = () => elapse(ms - 1);

  test('are waited for by timeout', async () => {
    const result = watch(timeout(new Promise(() => {}), ms));
    await untilLast();
    expect(result.state).toBe('pending');
    await elapse(1);
    expect(result.reason).toMatchObject({ code: 'FANFOLD_RUN_TIMEOUT', ranMs: ms });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('are waited for by a deadline, which counts them down', async () => {
    const by = deadline(ms);
    expect(by.remaining).toBe(ms);
    await untilLast();
    expect([by.remaining, by.expired]).toEqual([1, false]);
    await elapse(1);
    expect([by.remaining, by.expired, by.signal.aborted]).toEqual([0, true, true]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([
    ['a number', ms],
    ['a function', () => ms],
    ['exponential', { kind: 'exponential', base: ms, max: ms }],
  ] as const)('are waited for by a retry whose backoff is %s', async (_, backoff) => {
    const fn = vi.fn(async ({ attempt }: { readonly attempt: number }) => {
      if (attempt === 1) throw new Error('again');
      return attempt;
    });
    const result = watch(retry(fn, { backoff, jitter: 'none' }));
    await untilLast();
    expect(fn).toHaveBeenCalledTimes(1);
    await elapse(1);
    expect(result.value).toBe(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('are waited for by the timeout of a map', async () => {
    const result = watch(map([1, 2], () => new Promise(() => {}), { timeout: ms }));
    await untilLast();
    expect(result.state).toBe('pending');
    await elapse(1);
    expect(result.reason).toMatchObject({ name: 'TimeoutError', code: 'FANFOLD_RUN_TIMEOUT' });
    expect(vi.getTimerCount()).toBe(0);
  });
});

test('a long delay does not keep a short one waiting, also when the program was busy', async () => {
  const long = watch(timeout(new Promise(() => {}), 2 * LONGEST));
  const short = watch(timeout(new Promise(() => {}), 50));
  block(60);
  await elapse(0);
  await settle();
  expect([long.state, short.state]).toEqual(['pending', 'rejected']);
  await elapse(2 * LONGEST);
  expect(long.state).toBe('rejected');
});
