// Determinism: the same use gives the same events in the same order, twice in a row and on every backend.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { useFakeTime } from '../support/fake-time.ts';
import { FIXED_SEED, propertyTest } from '../support/seeds.ts';
import { anyScript, Workload } from '../support/workload.ts';

useFakeTime();

/** How many lines, and their fingerprint. */
const FIXED_TRACE = [1269, 2421162375];

/** FNV-1a, 32 bits. */
function fingerprint(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

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

  test('fixed scripts leave the trace written down here, on every backend', async () => {
    const lines: string[] = [];
    for (const { options, steps } of fc.sample(anyScript, { seed: FIXED_SEED, numRuns: 150 })) {
      const workload = new Workload(options);
      await workload.play(steps);
      await workload.finish();
      lines.push(...workload.trace);
    }
    // One number for all of it. It changes when the order of events changes for users: if that is meant, write down the
    // new one; if it differs between two backends, one of them is wrong.
    expect([lines.length, fingerprint(lines.join('\n'))]).toEqual(FIXED_TRACE);
  });
});
