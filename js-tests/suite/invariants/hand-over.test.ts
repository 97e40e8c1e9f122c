// Hand-over: nobody overtakes, late callers never pass queued ones, and a freed slot is given on in the step that
// frees it.
import { createLimiter } from 'fanfold';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { propertyTest } from '../support/seeds.ts';
import { microtasks, settle } from '../support/turns.ts';
import { anyScript, Workload } from '../support/workload.ts';

useFakeTime();

describe('hand-over', () => {
  propertyTest(
    'first in, first out: functions start in the order of their calls, whatever else happens',
    anyScript,
    async ({ options, steps }) => {
      const workload = new Workload({ ...options, order: 'fifo' });
      await workload.play(steps);
      await workload.finish();
      expect(workload.starts).toEqual([...workload.starts].sort((a, b) => a - b));
    },
  );

  const lifoScript = fc.record({
    concurrency: fc.integer({ min: 1, max: 4 }),
    steps: fc.array(fc.oneof(fc.constant('submit' as const), fc.constant('end' as const)), { maxLength: 60 }),
  });

  propertyTest(
    'last in, first out: exactly as a stack would do it',
    lifoScript,
    async ({ concurrency, steps }) => {
      const limiter = createLimiter({ concurrency, order: 'lifo' });
      const gates = new Gates();
      const expected: string[] = [];
      const stack: string[] = [];
      const running: string[] = [];
      const admit = () => {
        while (running.length < concurrency && stack.length > 0) {
          const next = stack.pop()!;
          expected.push(next);
          running.push(next);
        }
      };
      let count = 0;
      for (const step of steps) {
        if (step === 'submit') {
          const name = `t${count++}`;
          void limiter(gates.task(name));
          stack.push(name);
        } else {
          const name = running.shift();
          if (name !== undefined) gates.open(name);
        }
        admit();
        await settle();
        expect(gates.started).toEqual(expected);
      }
      for (let index = 0; index < count; index++) gates.open(`t${index}`);
      await limiter.onIdle();
    },
  );

  const relay = fc.record({
    concurrency: fc.integer({ min: 1, max: 4 }),
    rounds: fc.array(fc.nat(8), { minLength: 2, maxLength: 30 }),
    late: fc.array(fc.nat(12), { maxLength: 10 }),
  });

  propertyTest(
    'while somebody waits, no look at the counts ever sees a free slot',
    relay,
    async ({ concurrency, rounds, late }) => {
      const limiter = createLimiter(concurrency);
      const starts: number[] = [];
      let next = 0;
      const look = () => {
        if (limiter.pendingCount > 0) expect(limiter.activeCount).toBe(concurrency);
      };
      const submit = (count: number) => {
        const index = next++;
        return limiter(async () => {
          starts.push(index);
          look();
          await microtasks(count);
          look();
        }).then(look);
      };
      const all = rounds.map(submit);
      look();
      for (const wait of late) {
        await microtasks(wait);
        look();
        all.push(submit(1));
      }
      await Promise.all(all);
      expect(starts).toEqual(starts.map((_, index) => index));
    },
  );
});
