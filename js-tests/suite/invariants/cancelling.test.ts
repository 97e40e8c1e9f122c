// Cancelling is cheap: synchronous, one listener for a limiter and signal however many tasks share it, and no listener
// left behind.
import { createLimiter } from 'fanfold';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { countListeners } from '../support/listeners.ts';
import { propertyTest } from '../support/seeds.ts';
import { settle } from '../support/turns.ts';
import { watch } from '../support/watch.ts';
import { anyScript, Workload } from '../support/workload.ts';

useFakeTime();

describe('cancelling', () => {
  propertyTest(
    'never more than one listener, and none when all is done',
    anyScript,
    async ({ options, steps }) => {
      const workload = new Workload(options);
      await workload.play(steps);
      for (const count of workload.listeners) expect(count.peak).toBeLessThanOrEqual(1);
      await workload.finish();
      for (const count of workload.listeners) expect(count.now).toBe(0);
    },
  );

  const plan = fc.record({
    concurrency: fc.integer({ min: 1, max: 3 }),
    size: fc.integer({ min: 1, max: 60 }),
    signals: fc.integer({ min: 1, max: 4 }),
    begun: fc.boolean(),
    order: fc.array(fc.nat(3), { minLength: 1, maxLength: 4 }),
  });

  propertyTest(
    'abort takes all its tasks, and no other, out of the queue before it returns',
    plan,
    async ({ concurrency, size, signals, begun, order }) => {
      const limiter = createLimiter(concurrency);
      const gates = new Gates();
      const controllers = Array.from({ length: signals }, () => new AbortController());
      const counts = controllers.map(({ signal }) => countListeners(signal));
      const handles = Array.from({ length: size }, (_, index) =>
        limiter.submit(gates.task(`t${index}`), { signal: controllers[index % signals]!.signal }),
      );
      const results = handles.map((handle) => watch(handle.result));
      if (begun) await settle();
      for (const pick of order) {
        const which = pick % signals;
        const queued = (index: number) => handles[index]!.state === 'queued';
        const others = handles.filter((_, index) => index % signals !== which && queued(index)).length;
        controllers[which]!.abort(which);
        const leftQueued = handles.filter((handle) => handle.state === 'queued').length;
        expect(leftQueued).toBe(others);
        for (const [index, handle] of handles.entries()) {
          if (index % signals === which) expect(handle.state).not.toBe('queued');
        }
        expect(counts[which]!.now).toBe(0);
      }
      for (let index = 0; index < size; index++) gates.open(`t${index}`);
      await settle();
      for (const [index, result] of results.entries()) {
        const aborted = controllers[index % signals]!.signal.aborted;
        if (aborted) expect(result).toMatchObject({ state: 'rejected', reason: index % signals });
        else expect(result.state).toBe('fulfilled');
      }
      for (const count of counts) expect(count.now).toBe(0);
      expect(limiter.activeCount).toBe(0);
    },
  );
});
