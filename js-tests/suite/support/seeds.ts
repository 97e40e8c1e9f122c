import fc from 'fast-check';
import { test } from 'vitest';

/** The seed of every run, so that a failure on one machine is a failure on all. */
export const FIXED_SEED = 20261121;

const asked: unknown = import.meta.env?.VITE_FANFOLD_SEED;

/** The seed of this run alone; VITE_FANFOLD_SEED=<integer> repeats an earlier one. */
export const RANDOM_SEED = asked === undefined ? Math.trunc(Math.random() * 0x7fffffff) : Number(asked);

/** VITE_FANFOLD_RUNS=<integer> plays so many times as many cases, for a soak. */
const TIMES = Number(import.meta.env?.VITE_FANFOLD_RUNS ?? 1);

export interface SeededOptions {
  /** How many random cases each seed plays. */
  readonly runs?: number;
}

/**
 * Declares a property twice: with the fixed seed and with a random one. The seed stands in the name of the test,
 * so every report carries it; fast-check adds the path to the shrunk counterexample.
 */
export function propertyTest<T>(
  name: string,
  arbitrary: fc.Arbitrary<T>,
  property: (input: T) => Promise<void>,
  { runs = 100 }: SeededOptions = {},
): void {
  for (const [kind, seed] of [
    ['fixed', FIXED_SEED],
    ['random', RANDOM_SEED],
  ] as const) {
    test(`${name} (${kind} seed ${seed})`, { timeout: 120_000 * TIMES }, async () => {
      if (kind === 'random') console.info(`${name}: VITE_FANFOLD_SEED=${seed}`);
      await fc.assert(fc.asyncProperty(arbitrary, property), {
        seed,
        numRuns: runs * TIMES,
        endOnFailure: false,
      });
    });
  }
}
