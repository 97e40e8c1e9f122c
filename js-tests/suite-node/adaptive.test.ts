// Limits that are found, over minutes of calls. Not in a browser: hundreds of thousands of its event loop's turns take too long.
import { type AdaptiveAlgorithm, adaptive, createLimiter } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { block, elapse, useFakeTime } from '../suite/support/fake-time.ts';
import { load, median, Service } from '../suite/support/service.ts';

useFakeTime();

describe('adaptive', () => {
  for (const algorithm of ['aimd', 'gradient', 'vegas'] satisfies AdaptiveAlgorithm[]) {
    test(`${algorithm} finds the limit of a service from both sides, and another one when that changes`, async () => {
      for (const initial of [4, 60]) {
        const service = new Service(20, algorithm === 'aimd');
        const limiter = createLimiter({ concurrency: adaptive({ max: 100, initial, algorithm }) });
        expect(limiter.concurrency).toBe(initial);
        const found = median(await load(limiter, service, 9000));
        expect(found, `from ${initial}`).toBeGreaterThanOrEqual(16);
        expect(found, `from ${initial}`).toBeLessThanOrEqual(24);
        if (initial === 60) continue;
        service.hands = 10;
        const halved = median(await load(limiter, service, 9000));
        expect(halved).toBeGreaterThanOrEqual(8);
        expect(halved).toBeLessThanOrEqual(12);
      }
    });
  }

  test('a busy program is not taken for a slow service', async () => {
    for (const isBusy of [false, true]) {
      const limiter = createLimiter({ concurrency: adaptive({ initial: 10, max: 60 }) });
      const quick = () => new Promise((resolve) => setTimeout(resolve, 10));
      for (let round = 0; round < 200; round++) {
        const calls = Array.from({ length: limiter.concurrency }, () => limiter(quick));
        await elapse(5);
        if (isBusy && round % 3 === 0) block(150);
        await elapse(5);
        await Promise.all(calls);
      }
      expect(limiter.concurrency, `busy: ${isBusy}`).toBeGreaterThan(40);
    }
  });
});
