import { describe } from './describe.js';

/** One failed run of a function that is retried. */
export interface RetryAttempt {
  /** What it threw or rejected with. */
  readonly error: unknown;
  /** How long was waited before it, in milliseconds with fractions; 0 for the first. */
  readonly delayMs: number;
  /** How long it ran, in milliseconds with fractions; 0 if its function was not called. */
  readonly durationMs: number;
}

/**
 * Why no further attempt was made: `retries` were used up, the next one would have started after `maxElapsed`,
 * or the `budget` had nothing left.
 */
export type Exhausted = 'retries' | 'maxElapsed' | 'budget';

/** What a `RetryError` is made of. */
export interface RetryDetails {
  /** The last attempts made, in order, up to a hundred; all of them failed. */
  readonly attempts: readonly RetryAttempt[];
  /** How many attempts were made in all. Default: as many as there are `attempts`. */
  readonly attemptCount?: number | undefined;
  /** Why there was no further one. */
  readonly exhausted: Exhausted;
  /** How long it took from the call to the end of the last attempt, in milliseconds with fractions. */
  readonly elapsedMs: number;
}

const WHY: Readonly<Record<Exhausted, string>> = {
  retries: 'all retries are used up',
  maxElapsed: 'another would have started after maxElapsed',
  budget: 'the retry budget is used up',
};

/**
 * Every attempt failed and no further one is made; code `FANFOLD_RETRY`. `cause` is the error of the last attempt.
 * An error that is not retried (`shouldRetry` says no, `stopRetry`, an abort) is thrown as it is and not as this.
 */
export class RetryError extends Error implements RetryDetails {
  override readonly name = 'RetryError';
  /** Stable, for programs. */
  readonly code = 'FANFOLD_RETRY';
  /** The last attempts made, in order, up to a hundred; all of them failed. Frozen. */
  readonly attempts: readonly RetryAttempt[];
  /** How many attempts were made in all. */
  readonly attemptCount: number;
  /** Why there was no further one. */
  readonly exhausted: Exhausted;
  /** How long it took from the call to the end of the last attempt, in milliseconds with fractions. */
  readonly elapsedMs: number;

  constructor(details: RetryDetails) {
    const attempts = Object.freeze([...details.attempts]);
    const { attemptCount = attempts.length } = details;
    const last = attempts.at(-1)?.error;
    super(
      `Gave up after ${attemptCount} ${attemptCount === 1 ? 'attempt' : 'attempts'} in ` +
        `${Math.round(details.elapsedMs * 10) / 10} ms: ${WHY[details.exhausted]}. Last error: ${describe(last)}`,
      { cause: last },
    );
    this.attempts = attempts;
    this.attemptCount = attemptCount;
    this.exhausted = details.exhausted;
    this.elapsedMs = details.elapsedMs;
  }
}
