// Retries stay inside: every attempt takes a slot in its turn, who sleeps before one holds none, and nothing is left
// behind, however the tasks of a limiter with `retry` end.
import { describe, expect, vi } from 'vitest';
import { useFakeTime } from '../support/fake-time.ts';
import { anyRetried, RetriedWork } from '../support/retried.ts';
import { propertyTest } from '../support/seeds.ts';

useFakeTime();

describe('a limiter that retries', () => {
  propertyTest(
    'gives attempts their slots in their turn, and sleepers none',
    anyRetried,
    async (plan) => {
      await new RetriedWork(plan).play();
      expect(vi.getTimerCount()).toBe(0);
    },
    { runs: 200 },
  );
});
