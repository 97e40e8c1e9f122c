/** What every verdict knows about the task it was passed on. */
export interface VerdictDetails {
  /** Name of the limiter. */
  readonly limiter: string;
  /** How long the task waited for its start, in milliseconds with fractions; 0 if it was refused at once. */
  readonly queuedMs: number;
  /** How long it had run when it was given up on, in milliseconds with fractions; 0 if it never did. */
  readonly ranMs: number;
}

/**
 * A task was not run, or is no longer waited for, because a policy of its limiter says so. The base of the
 * classes below; `code` tells them apart where `instanceof` cannot, as between two realms.
 */
export abstract class VerdictError extends Error implements VerdictDetails {
  /** Stable, for programs. */
  abstract readonly code: string;
  /** Name of the limiter. */
  readonly limiter: string;
  /** How long the task waited for its start, in milliseconds with fractions; 0 if it was refused at once. */
  readonly queuedMs: number;
  /** How long it had run when it was given up on, in milliseconds with fractions; 0 if it never did. */
  readonly ranMs: number;

  constructor(message: string, details: VerdictDetails, options?: { cause?: unknown }) {
    super(message, options);
    this.limiter = details.limiter;
    this.queuedMs = details.queuedMs;
    this.ranMs = details.ranMs;
  }
}

/** The queue of the limiter was full (`maxQueue`); code `FANFOLD_QUEUE_FULL`. */
export class QueueFullError extends VerdictError {
  override readonly name = 'QueueFullError';
  readonly code = 'FANFOLD_QUEUE_FULL';
}

/** The task would probably have waited for longer than `maxWait`; code `FANFOLD_OVERLOADED`. */
export class OverloadedError extends VerdictError {
  override readonly name = 'OverloadedError';
  readonly code = 'FANFOLD_OVERLOADED';
  /** For how long it would probably have waited, in milliseconds; `Infinity` where nothing says when it ends. */
  readonly estimatedMs: number;

  constructor(message: string, details: VerdictDetails, estimatedMs: number) {
    super(message, details);
    this.estimatedMs = estimatedMs;
  }
}

/** The breaker of the limiter, or of one above it, is open; code `FANFOLD_BREAKER_OPEN`. */
export class BreakerOpenError extends VerdictError {
  override readonly name = 'BreakerOpenError';
  readonly code = 'FANFOLD_BREAKER_OPEN';
  /** In how many milliseconds it lets calls through on trial, counted from the refusal; `Infinity` if only when set anew. */
  readonly halfOpenAfterMs: number;

  constructor(message: string, details: VerdictDetails, halfOpenAfterMs: number) {
    super(message, details);
    this.halfOpenAfterMs = halfOpenAfterMs;
  }
}

/**
 * The task waited or ran for too long. `clock` says which; the code is `FANFOLD_QUEUE_TIMEOUT` or
 * `FANFOLD_RUN_TIMEOUT`. After a run timeout the function may still run, and its slot stays taken until its
 * promise settles.
 */
export class TimeoutError extends VerdictError {
  override readonly name = 'TimeoutError';
  readonly code: 'FANFOLD_QUEUE_TIMEOUT' | 'FANFOLD_RUN_TIMEOUT';
  /** Which clock ran out: the one of waiting or the one of running. */
  readonly clock: 'queue' | 'run';

  constructor(message: string, details: VerdictDetails, clock: 'queue' | 'run') {
    super(message, details);
    this.clock = clock;
    this.code = clock === 'queue' ? 'FANFOLD_QUEUE_TIMEOUT' : 'FANFOLD_RUN_TIMEOUT';
  }
}

/** The limiter takes nothing new, or its grace ended before the task did; code `FANFOLD_CLOSED`. */
export class ClosedError extends VerdictError {
  override readonly name = 'ClosedError';
  readonly code = 'FANFOLD_CLOSED';
}

/** The queue was cleared; `cause` is the reason given. Code `FANFOLD_CLEARED`. */
export class ClearedError extends VerdictError {
  override readonly name = 'ClearedError';
  readonly code = 'FANFOLD_CLEARED';
}

/** The task was submitted from inside a task of its own limiter, which has `nested: 'error'`; code `FANFOLD_NESTED`. */
export class NestedLimitError extends VerdictError {
  override readonly name = 'NestedLimitError';
  readonly code = 'FANFOLD_NESTED';
}
