import { createLimiter } from 'fanfold';
import fc from 'fast-check';
import { test } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
useFakeTime();
const anyRate = fc.record({
    limit: fc.integer({ min: 1, max: 5 }),
    interval: fc.integer({ min: 1, max: 200 }),
    shape: fc.constantFrom('burst' as const, 'smooth' as const),
  });
let n = 0;
for (const seed of [261949116, 261949116, 5, 6, 7, 8])
test('x' + seed + n++, { timeout: 60000 }, async () => {
  let k = 0;
  await fc.assert(fc.asyncProperty(fc.record({
      rates: fc.array(anyRate, { minLength: 1, maxLength: 3 }),
      arrivals: fc.array(fc.record({ after: fc.nat(80), cost: fc.nat(3) }), { minLength: 1, maxLength: 40 }),
    }), async (input) => {
      k++;
      const { rates, arrivals } = input;
      const limiter = createLimiter({ concurrency: 50, rate: rates });
      const most = Math.min(...rates.map((rate) => rate.limit));
      const log: unknown[] = [];
      const hs: any[] = [];
      for (const { after, cost } of arrivals) {
        await elapse(after);
        const h = limiter.submit(async () => {log.push('S' + performance.now())}, { cost: Math.min(cost, most) });
        hs.push(h);
        log.push(Math.min(cost, most) + '@' + performance.now(), limiter.blockedBy(h)?.reason);
      }
      await elapse(200 * 3 * arrivals.length);
      if (limiter.pendingCount > 0) { const L = `${k} ${performance.now()} ${limiter.blockedBy(hs[0])?.reason}` + JSON.stringify(log) + JSON.stringify(input.rates);
       await elapse(1000); console.log('BAD', L, limiter.pendingCount); throw new Error('x'); }
  }), { seed, numRuns: 100, endOnFailure: true });
});
