// Truthful slots: no more functions run than the limit allows, through timeouts, aborts, pauses and live changes, and
// no slot is ever lost. A task that was given up keeps its slot until its function settles.
import { describe, expect } from 'vitest';
import { useFakeTime } from '../support/fake-time.ts';
import { propertyTest } from '../support/seeds.ts';
import { anyScript, Workload } from '../support/workload.ts';

useFakeTime();

describe('truthful slots', () => {
  propertyTest(
    'after every step of any use, no slot is given beyond the limit and none is lost',
    anyScript,
    async ({ options, steps }) => {
      const workload = new Workload(options);
      // The checks are made inside, at every step, every start and every end.
      await workload.play(steps);
      await workload.finish();
      expect(workload.limiter.activeCount).toBe(0);
      expect(workload.limiter.pendingCount).toBe(0);
      expect(workload.running).toBe(0);
    },
  );
});
