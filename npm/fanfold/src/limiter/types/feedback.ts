import type { Limiter } from './limiter.js';
import type { Key, Milliseconds } from './options.js';

/** How an attempt ended, for `feedback`: as `Promise.allSettled` says it, with which attempt it was and where. */
export type Outcome = PromiseSettledResult<unknown> & {
  /** Which attempt it was: 1 for the first, and where nothing is retried. */
  readonly attempt: number;
  /** The limiter that it ran in. */
  readonly limiter: Limiter;
  /** The `key` of its task; `undefined` where that has none. */
  readonly key?: Key | undefined;
};

/** What is to follow from an outcome. */
export interface FeedbackAnswer {
  /**
   * Nothing starts for so long, in finite milliseconds from 0 up: what was given a slot and not called yet goes back to the
   * queue, what runs goes on. Of two holds that overlap the one that ends later counts. `resume()` does not end it.
   */
  readonly pauseFor?: Milliseconds | undefined;
  /**
   * Where: in this limiter (`'self'`), the one above it, or the topmost one; each with all below it. Anything else is a
   * key that has tasks in this limiter, and only these are held back, while those of other keys go on. `{ key }` is always
   * a key: also one that is such a word, one that has no tasks there, and `undefined` for the tasks without a key. Default
   * `'self'`.
   */
  readonly scope?: 'self' | 'parent' | 'root' | { readonly key: Key | undefined } | Key | undefined;
  /**
   * Those who wait at the end of the hold start evenly spread over so many milliseconds, from 0 up, rather than all at
   * once. Default: as long as `pauseFor`, 10,000 at most. Not of a key, which has its turn among the others.
   */
  readonly spread?: Milliseconds | undefined;
  /**
   * Where the call is retried: `true` makes another attempt after a fulfilled one too, as of a `Response` that says 429;
   * when there are no more retries, the call is fulfilled with the last value. `false` makes none after a failed one.
   * Default: as the retry policy says. Of items of work over many only `false` counts.
   */
  readonly retry?: boolean | undefined;
}

/**
 * What an outcome says about the service that was called, to breakers and adaptive limits: of the limiter that the call
 * is made in, and of those above. `true`: it is ill. `false`: it is well, as after an error that is the caller's own
 * fault. `undefined`: nothing. If it throws, the task rejects with its error.
 */
export type IsFailure = (outcome: Outcome) => boolean | undefined;

/**
 * Asked after every attempt, before its slot is free. If it throws, the task rejects with its error, and no
 * other attempt is made.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a function without a return answers nothing
export type Feedback = (outcome: Outcome) => FeedbackAnswer | undefined | void;
