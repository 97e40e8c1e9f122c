// stats(): how long tasks wait and run, who has waited longest, when the next one starts, what is left of rates.
import { createLimiter } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { settle } from '../support/turns.ts';

useFakeTime();

const lasting = (ms: number) => () => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe('times in stats()', () => {
  test('quantiles of what waited and what ran since the first call', async () => {
    const limiter = createLimiter(1);
    void limiter(lasting(5000));
    await elapse(5000);
    expect(limiter.stats()).toMatchObject({ waited: undefined, ran: undefined });
    for (let task = 1; task <= 100; task++) void limiter(lasting(10));
    await elapse(1000);
    const { waited, ran } = limiter.stats();
    expect([waited?.count, ran?.count]).toEqual([100, 100]);
    for (const quantile of ['p50', 'p95', 'p99'] as const) {
      expect(ran?.[quantile]).toBeGreaterThan(9.5);
      expect(ran?.[quantile]).toBeLessThan(10.5);
      const nth = Number(quantile.slice(1));
      expect(waited?.[quantile]).toBeGreaterThan(10 * nth * 0.95 - 15);
      expect(waited?.[quantile]).toBeLessThan(10 * nth * 1.05);
    }
  });

  test('the oldest wait is exact, whoever leaves', async () => {
    const limiter = createLimiter(1);
    void limiter(lasting(1000));
    const first = limiter.submit(lasting(1));
    await elapse(100);
    void limiter(lasting(1));
    await elapse(50);
    expect(limiter.stats().oldestWait).toBeCloseTo(150);
    first.cancel();
    expect(limiter.stats().oldestWait).toBeCloseTo(50);
    await elapse(2000);
    expect(limiter.stats().oldestWait).toBe(0);
  });

  test('what is left of rates, and when the next one starts', async () => {
    const limiter = createLimiter({
      concurrency: 9,
      rate: [
        { limit: 3, interval: 1000 },
        { limit: 100, interval: 60_000, resource: 'tokens' },
      ],
    });
    expect(limiter.stats().tokensLeft).toEqual([3, 100]);
    for (let task = 0; task < 4; task++) void limiter.run(async () => {}, { cost: { tokens: 10 } });
    await settle();
    await elapse(400);
    const { tokensLeft, nextStart } = limiter.stats();
    expect(tokensLeft).toEqual([0, 70]);
    expect(nextStart).toBeCloseTo(600);
    await elapse(600);
    expect(limiter.stats()).toMatchObject({ tokensLeft: [2, 60], nextStart: undefined });
  });

  test('what has to happen first has no time', async () => {
    const limiter = createLimiter(1);
    void limiter(lasting(100));
    void limiter(lasting(100));
    expect(limiter.stats().nextStart).toBeUndefined();
    limiter.pause(500);
    await elapse(100);
    expect(limiter.stats().nextStart).toBeCloseTo(400);
  });
});
