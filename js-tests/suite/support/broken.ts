// Calls that go well or not, and a limiter whose breaker hears of them.
import { type BreakerChange, createLimiter, type LimiterOptions } from 'fanfold';
import { expect } from 'vitest';
import { reasonOf } from './watch.ts';

export const ill = new Error('ill');
export const bad = () => Promise.reject(ill);
export const good = async () => 'good';
export const lasting = (ms: number) => () => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** A limiter with a breaker, what that told of itself, and a way to open it. */
export function broken(options: Partial<LimiterOptions> = {}, threshold = 2) {
  const changes: BreakerChange[] = [];
  const limiter = createLimiter({
    concurrency: 9,
    name: 'api',
    breaker: { threshold, halfOpenAfter: 1000, onStateChange: (change) => changes.push(change) },
    ...options,
  });
  const open = async () => {
    for (let call = 0; call < threshold; call++) await reasonOf(limiter(bad));
    expect(limiter.stats().breaker?.state).toBe('open');
  };
  return { limiter, changes, open, states: () => changes.map(({ state }) => state) };
}
