import type { BreakerState } from './breaker.js';
import type { Milliseconds } from './options.js';

/** What became of the tasks of a closed limiter. */
export interface CloseReport {
  /** Whether all ended by themselves, before the grace did: nothing was cleared or aborted. */
  readonly drained: boolean;
  /** Tasks fulfilled while it was closing. */
  readonly fulfilled: number;
  /** Tasks that failed, timed out or were cancelled while it was closing. */
  readonly rejected: number;
  /**
   * Calls that waited for their next attempt, rejected with `ClosedError` when closing began, and waiting tasks, at the
   * end of the grace.
   */
  readonly cleared: number;
  /** Running tasks aborted with `ClosedError` at the end of the grace. */
  readonly aborted: number;
  /** How long closing took. */
  readonly elapsed: Milliseconds;
}

/**
 * How a limiter stands at the moment of the call, and what happened since it was made. All numbers are counts,
 * from 0 up. Permits count as tasks. A task that has ended is in exactly one of `fulfilled`, `failed`,
 * `aborted`, `timedOut`, `dropped` and `cleared`, by what its own promise was told; one whose signal was
 * aborted before it was submitted is in none. Where calls are tried again each attempt is a task, and a call that is
 * rejected while it waits for its next attempt counts once more, as `cleared` or `aborted`.
 */
export interface LimiterStats {
  /** The name of the limiter. */
  readonly name: string;
  /** The limit of now, an adaptive one too: an integer from 1 up, or `Infinity`. */
  readonly concurrency: number;
  /** Slots taken now, also by functions that nobody waits for any more. May be above a limit that was lowered. */
  readonly active: number;
  /** Tasks that wait now. */
  readonly queued: number;
  /** Calls that wait for their next attempt now: they have no slot and no place in the queue. */
  readonly resting: number;
  /** Whether it is paused now. */
  readonly paused: boolean;
  /** Whether it takes nothing new: closed, closing, or aborted by its signal. */
  readonly closed: boolean;
  /** Functions called and permits given. */
  readonly started: number;
  /** Tasks fulfilled, permits released. */
  readonly fulfilled: number;
  /** Tasks whose function threw or whose promise was rejected. */
  readonly failed: number;
  /** Tasks cancelled by their handle, their signal or the limiter's, waiting or running. */
  readonly aborted: number;
  /** Tasks that waited or ran for too long. */
  readonly timedOut: number;
  /**
   * Tasks shed: that found the queue full, were pushed out of it or would have waited for too long, or that a breaker
   * refused; nested ones refused, and those who weigh too much or cost too much.
   */
  readonly dropped: number;
  /** Tasks that `clear` or `close` rejected, or that came after a `close`. */
  readonly cleared: number;
  /** The longest queue there was. */
  readonly peakQueued: number;
  /** How long the one has waited that waits longest; 0 if nobody does. */
  readonly oldestWait: Milliseconds;
  /**
   * How long until the next one may start, where that is only a matter of time: of a rate, of a hold by `feedback`, of a
   * pause with an end. `undefined` if nobody waits, or if something has to happen first.
   */
  readonly nextStart: Milliseconds | undefined;
  /** How long tasks waited that started since the first call of `stats()`; `undefined` before one has. */
  readonly waited: Quantiles | undefined;
  /** How long functions ran that ended since the first call of `stats()`; `undefined` before one has. */
  readonly ran: Quantiles | undefined;
  /** How many units a task could take now of each of its rates, in the order of `rate`. */
  readonly tokensLeft: readonly number[];
  /** How its breaker stands; `undefined` if it has none. */
  readonly breaker: BreakerStats | undefined;
}

/** How a breaker stands. */
export interface BreakerStats {
  /** Its state. */
  readonly state: BreakerState;
  /** While it is open, how long until it is half-open: `Infinity` for never. Otherwise `undefined`. */
  readonly halfOpenAfter: Milliseconds | undefined;
}

/** Of many spans, told to within 3.2 %. Kept in a histogram of a fixed size. */
export interface Quantiles {
  /** How many there were. */
  readonly count: number;
  /** Half of them were no longer. */
  readonly p50: Milliseconds;
  /** Ninety-five in a hundred were no longer. */
  readonly p95: Milliseconds;
  /** Ninety-nine in a hundred were no longer. */
  readonly p99: Milliseconds;
}

/** What a waiting task waits for, and where. */
export interface BlockedBy {
  /** The name of the limiter: the task's own, or one above it. */
  readonly limiter: string;
  /**
   * `'concurrency'`: all its slots are taken. `'weight'`: slots are free, but fewer than the task needs. `'paused'`: it
   * starts nothing now, as `pause` or `feedback` say. `'key'`: its key has all that one may have, or is held back.
   * `'rate'`: it would be more than a rate allows. `'order'`: others are to be served first. `'breaker'`: slots
   * are free, but its breaker is half-open and lets no more trials through.
   */
  readonly reason: 'concurrency' | 'weight' | 'rate' | 'paused' | 'key' | 'order' | 'breaker';
}
