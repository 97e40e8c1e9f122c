import type { Permit } from '../permit.js';
import type { AdaptiveConcurrency } from './adaptive.js';
import type { BreakerOptions } from './breaker.js';
import type { Milliseconds } from './options.js';
import type { CompleteRate, Rate } from './rates.js';
import type { BlockedBy, CloseReport, LimiterStats } from './stats.js';
import type { AcquireOptions, TaskContext, TaskHandle, TaskOptions } from './task.js';

/**
 * Runs functions, no more than `concurrency` at once.
 *
 * A slot that is free is taken by the call itself, so that the counts are right when it returns; the function
 * is called in a later microtask, never inside the call, in the async context of the caller. A freed slot
 * goes to the next task before the caller of the finished one goes on; nobody overtakes.
 */
export interface Limiter extends AsyncDisposable {
  /**
   * Runs `fn(...args)` when there is a slot. The promise is settled as the function's; it rejects with a
   * verdict (`QueueFullError`, `OverloadedError`, `BreakerOpenError`, `TimeoutError`, `ClearedError`, `ClosedError`, `NestedLimitError`) where a
   * policy of the limiter says so, and with the reason of the limiter's signal when that is aborted.
   *
   * @throws TypeError at once if `fn` is not a function.
   */
  <Args extends unknown[], Result>(
    fn: (...args: Args) => PromiseLike<Result> | Result,
    ...args: Args
  ): Promise<Result>;

  /**
   * Runs a function that is told its signal, id and limiter. The promise is settled as that of a plain call, and
   * besides rejects with the reason of `options.signal` when that is aborted: at once, while a function that
   * runs keeps its slot until it has ended. A signal that is aborted already rejects the task before it has
   * been anywhere, and the function is not called.
   *
   * @throws TypeError or RangeError at once, naming the argument or option that is wrong.
   */
  run<Result, Own = never>(
    fn: (context: TaskContext) => PromiseLike<Result> | Result,
    options?: TaskOptions<Own>,
  ): Promise<Result | Own>;

  /**
   * The same as `run`, with a handle instead of only a promise: to watch the task and to cancel it. Its `result`
   * rejects for the same reasons, and with what `cancel` was given; handle it, as any promise that may reject.
   *
   * @throws TypeError or RangeError at once, naming the argument or option that is wrong.
   */
  submit<Result, Own = never>(
    fn: (context: TaskContext) => PromiseLike<Result> | Result,
    options?: TaskOptions<Own>,
  ): TaskHandle<Result | Own>;

  /** Its name, as messages, errors and statistics give it. Default `'limiter'`. */
  readonly name: string;

  /**
   * The limit of now: an integer from 1 up, or `Infinity`; where it is adaptive it changes by itself. Set to a number it is
   * that, and to `adaptive()` it is found from then on. A lower one stops nothing that runs or has been given a
   * slot; no slot is given from now on until there are fewer. A higher one lets waiting tasks start from the next microtask on.
   *
   * @throws TypeError or RangeError when set to anything else.
   */
  get concurrency(): number;
  set concurrency(concurrency: number | AdaptiveConcurrency);

  /**
   * The limiter above it, if any. Set to another one, or to `undefined`, it moves there with all that is below it: what
   * runs takes its slots there at once, even where that is more than its limit.
   *
   * @throws TypeError when set to what is no limiter; RangeError for itself or one below it.
   */
  get parent(): Limiter | undefined;
  set parent(parent: Limiter | undefined);

  /**
   * Its rates, complete; empty if it has none. A change counts from now on, and what was started before counts in the
   * new windows. A rate takes the place of the one that stood at its place.
   *
   * @throws TypeError or RangeError when set to what is no rate.
   */
  get rate(): readonly CompleteRate[];
  set rate(rate: Rate | readonly Rate[] | undefined);

  /**
   * Its breaker, complete; `undefined` if it has none. `stats().breaker` tells how it stands. Set, also to what it was, it
   * is another one: closed, with nothing counted yet.
   *
   * @throws TypeError or RangeError when set to what is no breaker.
   */
  breaker: BreakerOptions | undefined;

  /** Slots taken: by functions that run, also those nobody waits for any more, and by permits. */
  readonly activeCount: number;

  /** Tasks that wait. */
  readonly pendingCount: number;

  /** Whether a pause holds: from `pause()` until `resume()`, the end of its span, or `close()`. */
  readonly isPaused: boolean;

  /** Whether it takes nothing new: closed, closing, or aborted by its signal. */
  readonly isClosed: boolean;

  /**
   * Nothing starts after it returns, for `ms` milliseconds (from 0, default `Infinity`) or until `resume()`.
   * Tasks that were about to start are first in the queue again; what runs goes on, and clocks of waiting too.
   * Pausing again replaces the span.
   *
   * A process stays alive until the span is over, also while nothing waits; without a span a pause keeps nothing
   * alive.
   *
   * @throws TypeError or RangeError if `ms` is no such number.
   */
  pause(ms?: Milliseconds): void;

  /** Ends a pause: waiting tasks start from the next microtask on. Without a pause it does nothing. */
  resume(): void;

  /**
   * Rejects every waiting task, and every call that waits for its next attempt, with `ClearedError`, whose `cause` is
   * the reason. Tells how many there were.
   */
  clear(reason?: unknown): number;

  /**
   * Resolves when nothing runs and nothing waits; at once if so. A call that is tried again when it fails is waited for
   * to its end, also while it waits for its next attempt.
   */
  onIdle(): Promise<void>;

  /** Resolves when nothing waits; at once if so. */
  onEmpty(): Promise<void>;

  /**
   * Resolves when fewer than `n` tasks wait; at once if so. Default: `maxQueue` if there is one, else 1.
   *
   * It reserves nothing and tells all who ask at the same moment: where several producers wait for room, each
   * still has to expect a `QueueFullError`, or they take turns (`acquire` gives to one at a time). With a
   * `maxQueue` of 0 nothing ever waits, so it resolves at once: `acquire` is what waits for a slot.
   *
   * @throws TypeError or RangeError if `n` is not an integer from 1 up or `Infinity`.
   */
  onRoom(n?: number): Promise<void>;

  /**
   * Takes a slot until it is released. Waits its turn in the one queue of tasks and permits. Rejects as a task
   * does: with the reason of `options.signal` or of the limiter's signal, with `QueueFullError`, `TimeoutError`
   * (of `queueTimeout`; there is no clock of running), `ClearedError`, `ClosedError` or `NestedLimitError`.
   * Once given, a permit is nobody's but its holder's: no signal, timeout or `close` takes it back.
   *
   * @throws TypeError or RangeError at once, naming the option that is wrong.
   */
  acquire(options?: AcquireOptions): Promise<Permit>;

  /**
   * Takes a slot if one is free and nobody waits for it; otherwise gives `undefined` and leaves nothing in the
   * queue. It also gives `undefined`, and throws nothing, while the limiter is paused, and for good once it is
   * closed, closing or aborted by its signal.
   */
  tryAcquire(): Permit | undefined;

  /**
   * Takes nothing new (`ClosedError`), lets what is there end, lifts a pause. No further attempt is made: calls that
   * wait for one are rejected at once, and so are those whose attempt fails from now on. After `grace` milliseconds
   * (from 0, default 30,000) whoever still waits is rejected, and whoever still runs is aborted, with `ClosedError`.
   * Always resolves, at the latest then: it does not wait for functions that ignore their abort, whose slots
   * stay taken until they end. Closing again joins, and can only shorten the grace.
   *
   * @throws TypeError or RangeError at once if `grace` is not a number of milliseconds from 0 up or `Infinity`.
   */
  close(options?: { readonly grace?: Milliseconds | undefined }): Promise<CloseReport>;

  /**
   * What a waiting task waits for now; `null` if it does not wait. That is the first limiter on its way up, beginning
   * with its own, that could not take it even if nobody else waited, and else the first in which it is not its turn.
   *
   * @param handle Of a task of this limiter, as `submit` gave it.
   * @throws TypeError if it is none.
   */
  blockedBy(handle: TaskHandle<unknown>): BlockedBy | null;

  /**
   * How it stands now and what happened so far. A copy: it does not change any more. The first call begins to keep times,
   * which costs each task a little: call it once at the beginning to have them all.
   */
  stats(): LimiterStats;

  /** `close()` with its default grace. */
  [Symbol.asyncDispose](): Promise<void>;
}
