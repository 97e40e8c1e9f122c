import type { Limiter, Milliseconds } from '../limiter/types.js';
import type { RetryBudget } from './budget.js';

export type { RetryAttempt } from '../errors/retry.js';

/** How the waits of a backoff grow. */
export type BackoffKind = 'constant' | 'linear' | 'exponential' | 'fibonacci';

/** Waits that follow a rule. All times in milliseconds. */
export interface BackoffOptions {
  /**
   * The wait before the `n`th retry: `'constant'` is `base`, `'linear'` is `base * n`, `'exponential'` is
   * `base * factor ** (n - 1)`, `'fibonacci'` is `base` times 1, 1, 2, 3, 5 and so on. Default `'exponential'`.
   */
  readonly kind?: BackoffKind | undefined;
  /** The wait before the first retry: a finite number from 0 up. Default 1000. */
  readonly base?: Milliseconds | undefined;
  /** How much longer each wait is than the one before: a finite number from 1 up. Only for `'exponential'`. Default 2. */
  readonly factor?: number | undefined;
  /** No wait is longer, jitter included: from 0 up, `Infinity` for no limit. Default 30,000. */
  readonly max?: Milliseconds | undefined;
}

/**
 * How long is waited before a retry, jitter aside.
 *
 * - a number: always so many milliseconds
 * - an iterable of numbers, also an endless one: each is one wait, and when it has ended the last holds for all others.
 *   It is read as far as there are retries, anew for each run; an iterator that can be read only once is shared by all.
 * - a function: gives the wait after an attempt, which is 1 for the first, and its error
 * - an object: a rule
 *
 * All waits are finite and from 0 up. What is found out of range only on the way (an item, what a function gave) rejects
 * the run with the TypeError or RangeError. Lists, functions and numbers have no upper limit.
 */
export type Backoff =
  | Milliseconds
  | Iterable<Milliseconds>
  | ((attempt: number, error: unknown) => Milliseconds)
  | BackoffOptions;

/**
 * How waits are spread, so that callers that failed together do not come back together. Of a wait of `w`:
 * `'full'` is anything from 0 to `w`; `'equal'` anything from `w / 2` to `w`; `'none'` is `w`; `'decorrelated'`
 * anything from the first wait to three times the one that was waited last, not above the backoff's `max`.
 */
export type Jitter = 'full' | 'equal' | 'decorrelated' | 'none';

/** How a run stands when one of its attempts has failed. */
export interface RetryState {
  /** Which attempt failed: 1 for the first. */
  readonly attempt: number;
  /** Time since `retry` was called, waits included. */
  readonly elapsed: Milliseconds;
}

/** A retry that is about to be waited for. */
export interface RetryNotice extends RetryState {
  /** How long until the next attempt, jitter included; then it may still have to wait for its limiter. */
  readonly delay: Milliseconds;
}

/**
 * Whether to try again: `false` for no; `true` after the backoff's wait; `{ after }` after so many milliseconds, which
 * take the place of the backoff's wait, without jitter and whatever its `max`.
 */
export type RetryAnswer = boolean | { readonly after: Milliseconds };

/** What a retried function is told. */
export interface RetryContext {
  /** Which attempt this is: 1 for the first. */
  readonly attempt: number;
  /** Time since `retry` was called, waits included. */
  readonly elapsed: Milliseconds;
  /** Aborted when this attempt is given up on: by the signal of the options, `attemptTimeout`, or the limiter. */
  readonly signal: AbortSignal;
}

/** How something is retried that has its own `limiter` and `signal`: the option `retry` of all that has one. */
export type RetryPolicy = Omit<RetryOptions, 'limiter' | 'signal'>;

/** The options of `retry`. Each is read once, when `retry` is called. */
export interface RetryOptions {
  /**
   * How many further attempts may follow the first: an integer from 0 up, or `Infinity`. Default 3. `RetryError` keeps the
   * errors of the last hundred attempts.
   */
  readonly retries?: number | undefined;
  /** How long is waited before a retry. Default: `{ kind: 'exponential', base: 1000, factor: 2, max: 30_000 }`. */
  readonly backoff?: Backoff | undefined;
  /** How waits are spread, whatever the backoff. Default `'full'`; `'none'` for waits as the backoff says. */
  readonly jitter?: Jitter | undefined;
  /** Makes jitter repeatable: an integer from 0 to 2 ** 53 - 1. Default: another one for each run. */
  readonly seed?: number | undefined;
  /**
   * No retry starts so long after the call, in milliseconds above 0; where the wait would end later, it is not begun.
   * An attempt that runs is left to its end. Default `Infinity`.
   */
  readonly maxElapsed?: Milliseconds | undefined;
  /**
   * How long one attempt may run, in milliseconds above 0. Then its signal is aborted and it counts as failed with
   * `TimeoutError`; the slot that it has stays taken until its function has ended. Default `Infinity`.
   */
  readonly attemptTimeout?: Milliseconds | undefined;
  /** Ends all with the signal's reason at once: the attempt that runs, the wait for the next, the place in a queue. */
  readonly signal?: AbortSignal | undefined;
  /** Every attempt takes a slot of it, in its turn. A retry that is waited for holds none. Default: no limiter. */
  readonly limiter?: Limiter | undefined;
  /**
   * Asked after every failed attempt that another may follow. `false` rejects with the error as it is; if it throws, its
   * error is what the run rejects with. Default: every error is retried.
   */
  readonly shouldRetry?:
    | ((error: unknown, state: RetryState) => RetryAnswer | PromiseLike<RetryAnswer>)
    | undefined;
  /**
   * Told of every retry before its wait begins. Nothing waits for what it returns; if it throws, its error is what the
   * run rejects with.
   */
  readonly onRetry?: ((error: unknown, notice: RetryNotice) => void) | undefined;
  /** Allows retries only as far as they are a small share of the traffic of all who share it. Default: none. */
  readonly budget?: RetryBudget | undefined;
  /** Whether a wait for a retry lets the process end, where the runtime has that. Default `false`. */
  readonly unref?: boolean | undefined;
}
