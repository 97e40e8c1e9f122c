// Rates: no window of the given length ever sees more units than its limit.
import { createLimiter, type Rate } from 'fanfold';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { propertyTest } from '../support/seeds.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, thrownBy } from '../support/watch.ts';

useFakeTime();

/** Submits tasks that end at once, and notes when each began. */
function starts(
  limiter: ReturnType<typeof createLimiter>,
  count: number,
  cost?: number | Record<string, number>,
) {
  const began = performance.now();
  const at: number[] = [];
  for (let index = 0; index < count; index++) {
    void limiter.run(async () => at.push(Math.round(performance.now() - began)), { cost });
  }
  return at;
}

describe('rates', () => {
  test('burst: as they come, and the next ones exactly one interval after those', async () => {
    const limiter = createLimiter({ concurrency: 9, rate: { limit: 3, interval: 1000 } });
    const at = starts(limiter, 7);
    await settle();
    expect(at).toEqual([0, 0, 0]);
    await elapse(999);
    expect(at).toHaveLength(3);
    await elapse(1);
    expect(at).toEqual([0, 0, 0, 1000, 1000, 1000]);
    await elapse(1000);
    expect(at.at(-1)).toBe(2000);
  });

  test('smooth: evenly spaced', async () => {
    const limiter = createLimiter({ concurrency: 9, rate: { limit: 4, interval: 1000, shape: 'smooth' } });
    const at = starts(limiter, 5);
    await elapse(2000);
    expect(at).toEqual([0, 250, 500, 750, 1000]);
  });

  test('several rates are taken together or not at all', async () => {
    const rate: Rate[] = [
      { limit: 2, interval: 1000 },
      { limit: 5, interval: 60_000 },
    ];
    const limiter = createLimiter({ concurrency: 9, rate });
    const at = starts(limiter, 6);
    await elapse(59_999);
    expect(at).toEqual([0, 0, 1000, 1000, 2000]);
    await elapse(1);
    expect(at.at(-1)).toBe(60_000);
  });

  test('ends: units are held while a task runs, and booked when it ends', async () => {
    const limiter = createLimiter({ concurrency: 9, rate: { limit: 1, interval: 1000, at: 'end' } });
    const began = performance.now();
    const at: number[] = [];
    for (let index = 0; index < 2; index++) {
      void limiter(async () => {
        at.push(Math.round(performance.now() - began));
        await new Promise((resolve) => setTimeout(resolve, 300));
      });
    }
    await elapse(3000);
    expect(at).toEqual([0, 1300]);
  });

  test('costs: requests and tokens', async () => {
    const rate: Rate[] = [
      { limit: 10, interval: 1000 },
      { limit: 100, interval: 1000, resource: 'tokens' },
    ];
    const limiter = createLimiter({ concurrency: 9, rate });
    const at = starts(limiter, 5, { tokens: 40 });
    await elapse(1000);
    expect(at).toEqual([0, 0, 1000, 1000]);
    const waits = limiter.submit(async () => {}, { cost: { tokens: 90 } });
    expect(limiter.blockedBy(waits)).toEqual({ limiter: 'limiter', reason: 'rate' });
    await elapse(2000);
    await waits.result;
  });

  test('settleCost gives back what was too much, and takes what was too little', async () => {
    const limiter = createLimiter({
      concurrency: 9,
      rate: { limit: 100, interval: 1000, resource: 'tokens' },
    });
    await limiter.run(async (task) => task.settleCost({ tokens: 10 }), { cost: { tokens: 100 } });
    const refunded = starts(limiter, 1, { tokens: 90 });
    await settle();
    expect(refunded).toEqual([0]);
    await elapse(1000);
    // Two limits and a half: two intervals are for the debt alone.
    await limiter.run(async (task) => task.settleCost({ tokens: 250 }), { cost: { tokens: 1 } });
    const indebted = starts(limiter, 1, { tokens: 100 });
    await elapse(1999);
    expect(indebted).toEqual([]);
    await elapse(1001);
    expect(indebted).toHaveLength(1);
  });

  test('settleCost after the end is an error, and changes nothing', async () => {
    const limiter = createLimiter({ concurrency: 1, rate: { limit: 5, interval: 1000 } });
    const task = await limiter.run(async (context) => context);
    expect(thrownBy(() => task.settleCost(3))).toBeInstanceOf(Error);
    expect(await limiter(async () => 'goes on')).toBe('goes on');
  });

  test('settleCost holds through a change of the rate, or of the limiter above', async () => {
    const tokens = { limit: 100, interval: 1000, resource: 'tokens' };
    const limiter = createLimiter({ concurrency: 2, rate: tokens });
    const other = createLimiter({ concurrency: 2, rate: { limit: 9, interval: 1000 } });
    await limiter.run(
      async (task) => {
        limiter.rate = { limit: 10, interval: 1000 };
        limiter.parent = other;
        task.settleCost({ tokens: 5 });
      },
      { cost: { tokens: 50 } },
    );
    expect(
      thrownBy(() =>
        createLimiter({
          concurrency: 1,
          rate: [
            { ...tokens, resource: 'never' },
            { limit: 0, interval: 1 },
          ],
        }),
      ),
    ).toBeInstanceOf(RangeError);
    const unknown = limiter.run(async (task) => task.settleCost({ never: 5 }));
    expect(((await reasonOf(unknown)) as Error).message).toContain('`actual.never`');
  });

  test('a task that is cancelled before it starts costs nothing', async () => {
    const limiter = createLimiter({ concurrency: 9, rate: { limit: 1, interval: 1000 } });
    const first = limiter.submit(async () => 'first');
    const second = limiter.submit(async () => 'second');
    const reason = reasonOf(first.result);
    first.cancel();
    expect(((await reason) as Error).name).toBe('AbortError');
    await settle();
    expect(second.state).toBe('done');
    expect(await second.result).toBe('second');
  });

  test('every attempt costs', async () => {
    const limiter = createLimiter({
      concurrency: 9,
      rate: { limit: 1, interval: 1000 },
      retry: { retries: 2, backoff: 0, jitter: 'none' },
    });
    const began = performance.now();
    const at: number[] = [];
    const done = limiter(async () => {
      at.push(Math.round(performance.now() - began));
      if (at.length < 3) throw new Error('again');
    });
    await elapse(5000);
    await done;
    expect(at).toHaveLength(3);
    expect(at[1]! - at[0]!).toBeGreaterThanOrEqual(1000);
    expect(at[2]! - at[1]!).toBeGreaterThanOrEqual(1000);
  });

  test('changed while running: what was started before counts in the new window', async () => {
    const limiter = createLimiter({ concurrency: 9, rate: { limit: 5, interval: 1000 } });
    const at = starts(limiter, 9);
    await settle();
    expect(at).toHaveLength(5);
    limiter.rate = { limit: 6, interval: 2000 };
    await settle();
    expect(at).toHaveLength(6);
    await elapse(1999);
    expect(at).toHaveLength(6);
    await elapse(1);
    expect(at).toHaveLength(9);
    expect(limiter.rate).toEqual([
      { limit: 6, interval: 2000, shape: 'burst', at: 'start', resource: 'requests' },
    ]);
    limiter.rate = undefined;
    expect(limiter.rate).toEqual([]);
    const free = starts(limiter, 20);
    await settle();
    expect(free).toHaveLength(20);
  });

  test('a rate of a limiter above holds for all below it', async () => {
    const root = createLimiter({ concurrency: 99, name: 'root', rate: { limit: 3, interval: 1000 } });
    const leaves = [...'ab'].map((name) => createLimiter({ concurrency: 9, name, parent: root }));
    const at = leaves.map((leaf) => starts(leaf, 4));
    await settle();
    expect(at.flat()).toEqual([0, 0, 0]);
    await elapse(1000);
    expect(at.flat()).toHaveLength(6);
    await elapse(1000);
    expect(at.map((list) => list.length)).toEqual([4, 4]);
  });

  test('a clock that jumps ahead empties windows, and keeps the promise', async () => {
    const limiter = createLimiter({ concurrency: 9, rate: { limit: 2, interval: 1000 } });
    const first = starts(limiter, 2);
    await settle();
    expect(first).toHaveLength(2);
    vi.setSystemTime(Date.now() + 86_400_000);
    await settle();
    const next = starts(limiter, 4);
    await settle();
    expect(next.length).toBeLessThanOrEqual(2);
    await elapse(1000);
    await elapse(1000);
    expect(next).toHaveLength(4);
  });

  test('a window of thirty days', async () => {
    const days = 86_400_000;
    const limiter = createLimiter({ concurrency: 1, rate: { limit: 1, interval: 30 * days } });
    const at = starts(limiter, 2);
    await elapse(30 * days - 1);
    expect(at).toHaveLength(1);
    await elapse(1);
    expect(at).toHaveLength(2);
  });

  test('bad input names the option', () => {
    const make = (rate: unknown) => () => createLimiter({ concurrency: 1, rate: rate as Rate });
    expect((thrownBy(make({ limit: 0, interval: 1 })) as Error).message).toContain('`rate.limit`');
    expect(thrownBy(make({ limit: 1.5, interval: 1 }))).toBeInstanceOf(RangeError);
    expect((thrownBy(make([{ limit: 1, interval: 0.5 }])) as Error).message).toContain('`rate[0].interval`');
    expect(thrownBy(make({ limit: 1, interval: '1s' }))).toBeInstanceOf(TypeError);
    expect(thrownBy(make({ limit: 1, interval: 1, shape: 'round' }))).toBeInstanceOf(RangeError);
    expect((thrownBy(make({ limit: 1, intervall: 1 })) as Error).message).toContain('`rate.interval`');
    const limiter = createLimiter({ concurrency: 1, rate: { limit: 3, interval: 1000 } });
    expect((thrownBy(() => limiter.run(async () => {}, { cost: 4 })) as Error).message).toContain(
      '`cost` to be an integer from 0 to 3',
    );
    expect((thrownBy(() => limiter.run(async () => {}, { cost: { token: 4 } })) as Error).message).toContain(
      '"requests"',
    );
    expect(thrownBy(() => limiter.run(async () => {}, { cost: '1' as never }))).toBeInstanceOf(TypeError);
    expect(thrownBy(() => limiter.run(async () => {}, { cost: new Map() as never }))).toBeInstanceOf(
      TypeError,
    );
  });

  const anyRate = fc.record({
    limit: fc.integer({ min: 1, max: 5 }),
    interval: fc.integer({ min: 1, max: 200 }),
    shape: fc.constantFrom('burst' as const, 'smooth' as const),
  });

  propertyTest(
    'no window sees more than its limit, for any arrivals and costs',
    fc.record({
      rates: fc.array(anyRate, { minLength: 1, maxLength: 3 }),
      arrivals: fc.array(fc.record({ after: fc.nat(80), cost: fc.nat(3) }), { minLength: 1, maxLength: 40 }),
    }),
    async ({ rates, arrivals }) => {
      const limiter = createLimiter({ concurrency: 50, rate: rates });
      const begun: { at: number; cost: number }[] = [];
      const most = Math.min(...rates.map((rate) => rate.limit));
      const all: Promise<unknown>[] = [];
      for (const { after, cost } of arrivals) {
        await elapse(after);
        const costs = Math.min(cost, most);
        all.push(
          limiter.run(async () => begun.push({ at: performance.now(), cost: costs }), { cost: costs }),
        );
      }
      await elapse(200 * 3 * arrivals.length);
      await Promise.all(all);
      for (const { limit, interval } of rates) {
        for (const { at } of begun) {
          const inside = begun.filter((other) => other.at >= at && other.at < at + interval - 0.001);
          expect(inside.reduce((sum, other) => sum + other.cost, 0)).toBeLessThanOrEqual(limit);
        }
      }
    },
  );
});
