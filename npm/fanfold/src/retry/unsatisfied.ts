import { RetryError } from '../errors/index.js';
import { Rejection, type Settle } from '../task/promise.js';

/** An attempt that was fulfilled, and is to be followed by another all the same. */
export class Unsatisfied extends Error {
  override readonly name = 'Unsatisfied';
  /** What the attempt came to. */
  readonly value: unknown;

  constructor(value: unknown) {
    super('feedback asked for another attempt', { cause: value });
    this.value = value;
  }
}

/** Settles a call that is over. Its last attempt counts if that was fulfilled, even if more were asked for. */
export function contented(settle: Settle): Settle {
  return (outcome) => {
    const last = outcome instanceof Rejection ? lastError(outcome.reason) : undefined;
    settle(last instanceof Unsatisfied ? last.value : outcome);
  };
}

function lastError(reason: unknown): unknown {
  return reason instanceof RetryError ? reason.attempts.at(-1)?.error : reason;
}
