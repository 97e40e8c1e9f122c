// Determinism: the same use gives the same events in the same order, twice in a row and on every backend.
import { describe, expect, test } from 'vitest';
import { useFakeTime } from '../support/fake-time.ts';
import { propertyTest } from '../support/seeds.ts';
import { anyScript, Workload } from '../support/workload.ts';

useFakeTime();

describe('determinism', () => {
  propertyTest('a script played twice leaves the same trace', anyScript, async ({ options, steps }) => {
    const traces: string[][] = [];
    for (let round = 0; round < 2; round++) {
      const workload = new Workload(options);
      await workload.play(steps);
      await workload.finish();
      traces.push(workload.trace);
    }
    expect(traces[1]).toEqual(traces[0]);
  });

  test.todo('a fixed script leaves the trace written down here, on every backend');
});
