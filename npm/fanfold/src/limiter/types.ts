import type { RetryPolicy } from '../retry/types.js';
import type { Permit } from './permit.js';

/** A span of time in milliseconds, fractions allowed. `Infinity` means no limit. */
export type Milliseconds = number;

/** Who of the waiting tasks is next: the one that waits longest, or the one that came last. */
export type Order = 'fifo' | 'lifo';

/**
 * Whose promise is rejected with `QueueFullError` when the queue is full: that of the new task (`'reject'`),
 * of the task that waits longest (`'drop-oldest'`), or of the waiting task that came last (`'drop-newest'`).
 */
export type Overflow = 'reject' | 'drop-oldest' | 'drop-newest';

/**
 * What becomes of tasks submitted from inside a task of the same limiter. `'warn'`: they are tasks like any
 * other, and a limiter full of tasks that each have one of their own in its queue is reported once, as far as
 * that is seen for nothing: calls before a task's first `await`, and from Node 24 on those after it too, unless
 * every task comes in an async context of its own. `'error'`: they are rejected with `NestedLimitError`.
 * `'inherit'`: they run in the slot of their parent, one at a time. These two see all, except in browsers.
 */
export type NestedPolicy = 'warn' | 'error' | 'inherit';

/** The options of a limiter. */
export interface LimiterOptions {
  /** How many functions may run at once: an integer from 1 up, or `Infinity`. Can be changed at any time. */
  readonly concurrency: number;
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
  /** Who is next. Default `'fifo'`. */
  readonly order?: Order | undefined;
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

/** The options of one task. */
export interface TaskOptions {
  /** Rejects the task with the signal's reason at once, waiting or running. */
  readonly signal?: AbortSignal | undefined;
  /** How long it may wait, in milliseconds above 0. Default: the limiter's. */
  readonly queueTimeout?: Milliseconds | undefined;
  /** How long it may run, in milliseconds above 0. Default: the limiter's. Where it is retried: each attempt. */
  readonly runTimeout?: Milliseconds | undefined;
  /** How it is tried again when it fails; `false` for not at all. Default: as the limiter says. */
  readonly retry?: RetryPolicy | false | undefined;
}

/** The options of `acquire`. A permit has no run timeout: it runs until it is released. */
export type AcquireOptions = Pick<TaskOptions, 'signal' | 'queueTimeout'>;

/** Slots of one's own. */
interface OwnSlots {
  /**
   * How many functions may run at once: an integer from 1 up, or `Infinity`. The default stands with each function.
   * Not beside `limiter`.
   */
  readonly concurrency?: number | undefined;
  readonly limiter?: undefined;
}

/** The slots of a limiter. */
interface SharedSlots {
  readonly concurrency?: undefined;
  /** Runs the functions, among its other tasks and in its order: each takes a slot. Not beside `concurrency`. */
  readonly limiter?: Limiter | undefined;
}

/** Where the functions of something that has many run. Both at once would be two limits. */
export type Capacity = OwnSlots | SharedSlots;

/** What a task's function is told. */
export interface TaskContext {
  /** Aborted when the task is given up on: by its signal, its handle, a timeout, or the limiter. */
  readonly signal: AbortSignal;
  /** Unique among the tasks of this thread. */
  readonly id: number;
  /** The limiter it runs in. */
  readonly limiter: Limiter;
  /** Which attempt this is: 1 for the first, and where nothing is retried. */
  readonly attempt: number;
}

/** A submitted task. */
export interface TaskHandle<T> {
  /** Unique among the tasks of this thread. */
  readonly id: number;
  /** `'running'` from the call of its function on, `'done'` when its promise is settled. */
  readonly state: 'queued' | 'running' | 'done';
  /** The outcome. A failure that nobody looks at is an unhandled rejection, unless it came by `cancel`. */
  readonly result: Promise<T>;
  /** Resolves when the function is called, rejects if it never is. Never an unhandled rejection. */
  readonly started: Promise<void>;
  /**
   * Rejects the task with this reason, by default a `DOMException` named `AbortError`. If it runs, its signal
   * is aborted, and its slot stays taken until its function has ended. `false` if it was done already.
   */
  cancel(reason?: unknown): boolean;
}

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
  /** The limit of now: an integer from 1 up, or `Infinity`. */
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
  /** Tasks that found the queue full or were pushed out of it, and nested ones refused. */
  readonly dropped: number;
  /** Tasks that `clear` or `close` rejected, or that came after a `close`. */
  readonly cleared: number;
  /** The longest queue there was. */
  readonly peakQueued: number;
}

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
   * verdict (`QueueFullError`, `TimeoutError`, `ClearedError`, `ClosedError`, `NestedLimitError`) where a
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
  run<Result>(
    fn: (context: TaskContext) => PromiseLike<Result> | Result,
    options?: TaskOptions,
  ): Promise<Result>;

  /**
   * The same as `run`, with a handle instead of only a promise: to watch the task and to cancel it. Its `result`
   * rejects for the same reasons, and with what `cancel` was given; handle it, as any promise that may reject.
   *
   * @throws TypeError or RangeError at once, naming the argument or option that is wrong.
   */
  submit<Result>(
    fn: (context: TaskContext) => PromiseLike<Result> | Result,
    options?: TaskOptions,
  ): TaskHandle<Result>;

  /** Its name, as messages, errors and statistics give it. Default `'limiter'`. */
  readonly name: string;

  /**
   * The limit: an integer from 1 up, or `Infinity`. A lower one stops nothing that runs or has been given a
   * slot; no slot is given from now on until there are fewer. A higher one lets waiting tasks start from the next microtask on.
   *
   * @throws TypeError or RangeError when set to anything else.
   */
  concurrency: number;

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

  /** How it stands now and what happened so far. A copy: it does not change any more. */
  stats(): LimiterStats;

  /** `close()` with its default grace. */
  [Symbol.asyncDispose](): Promise<void>;
}
