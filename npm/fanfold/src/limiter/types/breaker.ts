import type { Milliseconds } from './options.js';

/** So large a share of calls fails. */
export interface FailureRate {
  /** Opens when so large a share of the calls in the window has failed: above 0 up to 1, to a thousandth. */
  readonly failureRate: number;
  /** The calls that ended in the last so many milliseconds, from 1 to 366 days. Slides by a tenth of itself. */
  readonly window: Milliseconds;
  /** But not before so many have ended in it: an integer from 1 up. Default 10. */
  readonly minimum?: number | undefined;
}

/** `'closed'`: calls go through. `'open'`: none does. `'half-open'`: trials do, to find out. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** A breaker is in another state. */
export interface BreakerChange {
  /** The state from now on. */
  readonly state: BreakerState;
  /** The name of its limiter. */
  readonly limiter: string;
  /** When it opens: after so long it is half-open, `Infinity` for never. Otherwise `undefined`. */
  readonly halfOpenAfter: Milliseconds | undefined;
}

/**
 * Stops calling a service that fails anyway. While it is open, new tasks of the limiter and of all below it are refused
 * at once with `BreakerOpenError`, and those who wait when it would be their turn; they take no slot and no rate.
 */
export interface BreakerOptions {
  /** When it opens: after so many failures in a row, an integer from 1 up; or at so large a share of failures. */
  readonly threshold: number | FailureRate;
  /**
   * How long it is open before it is half-open, in milliseconds above 0; `Infinity` until it is set anew. Default 30,000.
   */
  readonly halfOpenAfter?: Milliseconds | undefined;
  /**
   * Half-open, it lets so many calls through at a time, an integer from 1 up, while others wait. As many successes close
   * it, the first failure opens it again. A permit taken meanwhile is one of them until it is released, and says nothing:
   * as long as it is held there is one trial less. Default 1.
   */
  readonly trials?: number | undefined;
  /** Told of every change, when nothing is in the middle of anything: it may call whatever it likes. Default: nobody. */
  readonly onStateChange?: ((change: BreakerChange) => void) | undefined;
}
