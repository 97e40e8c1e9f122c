import type { RetryPolicy } from '../../retry/types.js';
import type { AdaptiveConcurrency } from './adaptive.js';
import type { BreakerOptions } from './breaker.js';
import type { Fallback } from './fallback.js';
import type { Feedback, IsFailure } from './feedback.js';
import type { Limiter } from './limiter.js';
import type { Rate } from './rates.js';

/** A span of time in milliseconds, fractions allowed. `Infinity` means no limit. */
export type Milliseconds = number;

/**
 * Who of the waiting tasks is next: the one that waits longest, the one that came last, or the one of the highest
 * `priority`, of which the one that waits longest.
 */
export type Order = 'fifo' | 'lifo' | 'priority';

/**
 * Whose promise is rejected with `QueueFullError` when the queue is full: that of the new task (`'reject'`),
 * of the task that waits longest (`'drop-oldest'`), of the waiting task that came last (`'drop-newest'`), or, with
 * `order: 'priority'`, of the one of the lowest priority that came last among those, be it the new one (`'drop-lowest'`).
 */
export type Overflow = 'reject' | 'drop-oldest' | 'drop-newest' | 'drop-lowest';

/**
 * What becomes of tasks submitted from inside a task of the same limiter. `'warn'`: they are tasks like any
 * other, and a limiter full of tasks that each have one of their own in its queue is reported once, as far as
 * that is seen for nothing: calls before a task's first `await`, and from Node 24 on those after it too, unless
 * every task comes in an async context of its own. `'error'`: they are rejected with `NestedLimitError`.
 * `'inherit'`: they run in the slot of their parent, one at a time. These two see all, except in browsers.
 */
export type NestedPolicy = 'warn' | 'error' | 'inherit';

/** A fairness class inside a limiter: whatever tells tenants apart, compared as the keys of a `Map` are. */
export type Key = string | number | bigint | boolean | symbol | object | null;

/**
 * What each key of a limiter may have, for itself. Tasks without a key share one, which may have as much. A key that has
 * all it may have holds up nobody but itself.
 */
export interface PerKey {
  /**
   * How many slots its tasks may have at once: an integer from 1 up, or `Infinity`. A task that weighs more is refused with
   * a `RangeError`. Default `Infinity`.
   */
  readonly concurrency?: number | undefined;
  /**
   * How many of its tasks may wait: an integer from 0 up, or `Infinity`. When there are more the limiter's `overflow` says
   * which of them goes. Default `Infinity`.
   */
  readonly maxQueue?: number | undefined;
  /**
   * How many of its tasks may start in a window of time, besides what `rate` allows all: one rate, or up to eight. Default:
   * any number.
   */
  readonly rate?: Rate | readonly Rate[] | undefined;
  /**
   * The share of a key where several wait: so many times as much as one of weight 1, an integer from 1 up to 2^32 - 1.
   * Asked when a task comes of a key that has nothing to do there; should it throw, that task is not submitted, and the
   * call throws. Default: 1, the same for all.
   */
  // biome-ignore lint/suspicious/noExplicitAny: a key is whatever the caller's tasks have
  readonly weight?: ((key: any) => number) | undefined;
}

/** The options of a limiter. */
export interface LimiterOptions {
  /**
   * How many functions may run at once: an integer from 1 up, `Infinity`, or `adaptive()`, which finds it. Can be changed
   * at any time; where it becomes `adaptive()` waiting tasks that weigh more than its `min`, here and below, are rejected
   * with a `RangeError`, since it might never be enough for them.
   */
  readonly concurrency: number | AdaptiveConcurrency;
  /** For messages and statistics. Default `'limiter'`. */
  readonly name?: string | undefined;
  /**
   * Aborts everything in the limiter and closes it: waiting and running tasks reject with the signal's reason
   * at once, running ones see it through their own signal, and so do all later submissions.
   */
  readonly signal?: AbortSignal | undefined;
  /** How many tasks may wait: an integer from 0 up. Default `Infinity`. */
  readonly maxQueue?: number | undefined;
  /** Who goes when more want to wait. Default `'reject'`. */
  readonly overflow?: Overflow | undefined;
  /**
   * A task that would probably wait for longer is refused at once with `OverloadedError`, in milliseconds from 0 up. The
   * estimate goes by who waits before it, how long tasks run, and the pace of starts; until something is known nobody is
   * refused. Default `Infinity`.
   */
  readonly maxWait?: Milliseconds | undefined;
  /**
   * Asked after every attempt, before its slot is free: may hold the limiter back, and make or prevent another attempt.
   * `httpFeedback()` is one. Default: none.
   */
  readonly feedback?: Feedback | undefined;
  /**
   * Stops calling a service that fails anyway, and finds out when it is well again. Of a limiter above, it goes by all
   * calls below it. What counts is how calls end that ran, or that they ran into a timeout; cancelled ones and permits
   * say nothing. Can be changed at any time. Default: none.
   */
  readonly breaker?: BreakerOptions | undefined;
  /**
   * Asked after every attempt what it says about the service, for breakers and adaptive limits, here and above. Default:
   * what rejects is a failure, what is fulfilled is none.
   */
  readonly isFailure?: IsFailure | undefined;
  /**
   * Gives calls a value that would fail: after their last attempt, or where they are refused. Not where they were
   * cancelled: by their signal, their handle, or the limiter's signal. Of `limiter()`, `run` and `submit`, unless the task
   * has one of its own; work over many has `onFailure`. The types do not know of its values: they have to fit what the
   * functions give. A task's own is part of the type. Default: none.
   */
  readonly fallback?: Fallback<unknown> | undefined;
  /** Who is next. Default `'fifo'`. */
  readonly order?: Order | undefined;
  /**
   * With `order: 'priority'`: a waiting task gains a step of priority each so many milliseconds, above 0, so that none
   * waits for ever behind more important ones. Default `Infinity`: priorities stay as they are.
   */
  readonly ageing?: Milliseconds | undefined;
  /**
   * How many tasks behind it may pass one that waits for more slots than are free: an integer from 0 up. Of those among
   * them that fit, the one that waits longest goes, and after so many no more do. Not with `order: 'priority'`. Default
   * 0: strict order, nobody passes.
   */
  readonly bypass?: number | undefined;
  /**
   * How many tasks may start in a window of time, or units of what they cost: one rate, or up to eight, taken together
   * or not at all. Can be changed at any time. Default: any number.
   */
  readonly rate?: Rate | readonly Rate[] | undefined;
  /** What each `key` may have. Default: its fair share, and no limit of its own. */
  readonly perKey?: PerKey | undefined;
  /**
   * The limiter above it. Its tasks take their slots here and in all limiters above, at once or not at all; while they
   * wait they hold nothing anywhere. Limiters below the same one take turns where it is full, by slots given. Closing,
   * pausing or aborting a limiter, and its rates, holds and breaker, reach all below it, and its `onIdle` waits for them; its other
   * options (timeouts, `maxQueue`, `perKey`, `feedback`, `retry`, `fallback`), `clear`, `pendingCount`, `stats` and counts are of its own tasks only. Default: none. Can be changed at any time.
   */
  readonly parent?: Limiter | undefined;
  /** How long a task may wait for its start, in milliseconds above 0. Default `Infinity`. */
  readonly queueTimeout?: Milliseconds | undefined;
  /**
   * How long a task may run, in milliseconds above 0. Default `Infinity`. When it is over the promise rejects
   * with `TimeoutError` and the task's signal is aborted; the slot stays taken until the function has ended.
   */
  readonly runTimeout?: Milliseconds | undefined;
  /** What becomes of tasks submitted from inside its own tasks. Default `'warn'`. */
  readonly nested?: NestedPolicy | undefined;
  /**
   * How tasks that fail are tried again. Each attempt takes a slot in its turn, a task that sleeps before its next one
   * holds none, and statistics count attempts. Not for permits. Default: not at all.
   */
  readonly retry?: RetryPolicy | undefined;
}
