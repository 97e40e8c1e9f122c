// Everything settles: every promise that the library hands out, with a value, or with a reason that has a name. And
// every submission is counted once.
import { ClearedError, ClosedError, QueueFullError, TimeoutError } from 'fanfold';
import { describe, expect } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { countListeners } from '../support/listeners.ts';
import { propertyTest } from '../support/seeds.ts';
import { settle } from '../support/turns.ts';
import { watch } from '../support/watch.ts';
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

  propertyTest(
    'at the end of a grace everybody who waits has an answer, though no function ever ends',
    anyScript,
    async ({ options, steps }) => {
      const workload = new Workload(options);
      await workload.play(steps);
      const { running, limiter } = workload;
      const held = workload.permits.length;
      const closing = watch(limiter.close({ grace: 10 }));
      const late = watch(limiter(() => 'late'));
      await elapse(10);
      expect(closing.state).toBe('fulfilled');
      expect(late.reason).toBeInstanceOf(ClosedError);
      for (const { name, result, started } of workload.tasks) {
        expect(result.state, name).not.toBe('pending');
        expect(started.state, name).not.toBe('pending');
      }
      for (const waiter of workload.waiters) {
        // Those who wait for an idle limiter wait for the functions too.
        if (limiter.activeCount === 0) expect(waiter.state).not.toBe('pending');
      }
      const report = closing.value;
      expect(report?.drained).toBe(limiter.activeCount === 0);
      if (running + held === 0 && report?.drained) expect(report).toMatchObject({ cleared: 0, aborted: 0 });
      await workload.finish();
      expect([limiter.activeCount, limiter.pendingCount]).toEqual([0, 0]);
      for (const waiter of workload.waiters) expect(waiter.state).not.toBe('pending');
    },
  );

  propertyTest(
    'when the signal of the limiter is aborted, everybody has an answer in that call',
    anyScript,
    async ({ options, steps }) => {
      const controller = new AbortController();
      const count = countListeners(controller.signal);
      const workload = new Workload({ ...options, signal: controller.signal });
      await workload.play(steps);
      const { limiter } = workload;
      const undecided = workload.tasks.filter(({ result }) => result.state === 'pending');
      const active = limiter.activeCount;
      const reason = new Error('the signal of the limiter');
      controller.abort(reason);
      expect(limiter.pendingCount).toBe(0);
      expect(limiter.activeCount).toBe(active);
      for (const { handle } of undecided) expect(handle.state).toBe('done');
      await settle();
      for (const { name, result } of undecided) {
        expect(result, name).toMatchObject({ state: 'rejected', reason });
      }
      expect(count.now).toBe(0);
      await workload.finish();
      expect(limiter.activeCount).toBe(0);
    },
  );
});
