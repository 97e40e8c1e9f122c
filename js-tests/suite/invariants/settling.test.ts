// Everything settles: every promise that the library hands out, with a value, or with a reason that has a name. And
// every submission is counted once.
import { ClearedError, ClosedError, QueueFullError, TimeoutError } from 'fanfold';
import { describe, expect } from 'vitest';
import { useFakeTime } from '../support/fake-time.ts';
import { propertyTest } from '../support/seeds.ts';
import { anyScript, Workload } from '../support/workload.ts';

useFakeTime();

const verdicts = [QueueFullError, TimeoutError, ClosedError, ClearedError];

describe('everything settles', () => {
  propertyTest(
    'results, started, permits and waiters, after any use',
    anyScript,
    async ({ options, steps }) => {
      const workload = new Workload(options);
      await workload.play(steps);
      await workload.finish();
      for (const { name, handle, result, started, ran } of workload.tasks) {
        expect(handle.state, name).toBe('done');
        expect(result.state, name).not.toBe('pending');
        expect(started.state, name).toBe(ran ? 'fulfilled' : 'rejected');
        if (!ran) expect(result, name).toMatchObject({ state: 'rejected', reason: started.reason });
        if (result.state === 'rejected') {
          const { reason } = result;
          const known =
            verdicts.some((verdict) => reason instanceof verdict) ||
            (reason instanceof DOMException && reason.name === 'AbortError') ||
            // Thrown by the task itself, or given to cancel by the script.
            (reason as Error).constructor === Error ||
            reason instanceof RangeError;
          expect(known, `${name}: ${String(reason)}`).toBe(true);
        }
      }
      for (const waiter of workload.waiters) expect(waiter.state).not.toBe('pending');
    },
  );

  propertyTest('every submission ends in exactly one count', anyScript, async ({ options, steps }) => {
    const workload = new Workload(options);
    await workload.play(steps);
    await workload.finish();
    const { fulfilled, failed, aborted, timedOut, dropped, cleared, active, queued } =
      workload.limiter.stats();
    expect([active, queued]).toEqual([0, 0]);
    expect(fulfilled + failed + aborted + timedOut + dropped + cleared).toBe(workload.accepted);
  });
});
