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
 * other, and a limiter full of tasks that each have one of their own in its queue is reported once.
 * `'error'`: they are rejected with `NestedLimitError`. `'inherit'`: they run in the slot of their parent, one
 * at a time.
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
}

/** The options of one task. */
export interface TaskOptions {
  /** Rejects the task with the signal's reason at once, waiting or running. */
  readonly signal?: AbortSignal | undefined;
  /** How long it may wait, in milliseconds above 0. Default: the limiter's. */
  readonly queueTimeout?: Milliseconds | undefined;
  /** How long it may run, in milliseconds above 0. Default: the limiter's. */
  readonly runTimeout?: Milliseconds | undefined;
}

/** The options of `acquire`. A permit has no run timeout: it runs until it is released. */
export type AcquireOptions = Pick<TaskOptions, 'signal' | 'queueTimeout'>;

/** What a task's function is told. */
export interface TaskContext {
  /** Aborted when the task is given up on: by its signal, its handle, a timeout, or the limiter. */
  readonly signal: AbortSignal;
  /** Unique among the tasks of this thread. */
  readonly id: number;
  /** The limiter it runs in. */
  readonly limiter: Limiter;
}

/** A submitted task. */
export interface TaskHandle<T> {
  /** Unique among the tasks of this thread. */
  readonly id: number;
  /** `'running'` from the call of its function on, `'done'` when its promise is settled. */
  readonly state: 'queued' | 'running' | 'done';
  /** The outcome. */
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
  /** Whether all ended by themselves, before the grace did. */
  readonly drained: boolean;
  /** Tasks fulfilled while it was closing. */
  readonly fulfilled: number;
  /** Tasks that failed, timed out or were cancelled while it was closing. */
  readonly rejected: number;
  /** Waiting tasks rejected with `ClosedError` at the end of the grace. */
  readonly cleared: number;
  /** Running tasks aborted with `ClosedError` at the end of the grace. */
  readonly aborted: number;
  /** How long closing took. */
  readonly elapsed: Milliseconds;
}

/** How a limiter stands, and what happened since it was made. */
export interface LimiterStats {
  readonly name: string;
  readonly concurrency: number;
  /** Slots taken. */
  readonly active: number;
  /** Tasks that wait. */
  readonly queued: number;
  readonly paused: boolean;
  /** Whether it takes nothing new. */
  readonly closed: boolean;
  /** Functions called and permits given. */
  readonly started: number;
  /** Tasks fulfilled, permits released. */
  readonly fulfilled: number;
  /** Tasks whose function failed. */
  readonly failed: number;
  /** Tasks cancelled by a handle or a signal. */
  readonly aborted: number;
  /** Tasks that waited or ran for too long. */
  readonly timedOut: number;
  /** Tasks that found the queue full or were pushed out of it, and nested ones refused. */
  readonly dropped: number;
  /** Tasks that `clear` or `close` rejected. */
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
   * policy of the limiter says so.
   */
  <Args extends unknown[], Result>(
    fn: (...args: Args) => PromiseLike<Result> | Result,
    ...args: Args
  ): Promise<Result>;

  /** Runs a function that is told its signal, id and limiter. */
  run<Result>(
    fn: (context: TaskContext) => PromiseLike<Result> | Result,
    options?: TaskOptions,
  ): Promise<Result>;

  /** The same, with a handle instead of only a promise. */
  submit<Result>(
    fn: (context: TaskContext) => PromiseLike<Result> | Result,
    options?: TaskOptions,
  ): TaskHandle<Result>;

  readonly name: string;

  /**
   * The limit: an integer from 1 up, or `Infinity`. A lower one stops nothing that runs; it holds for all
   * starts from now on. A higher one lets waiting tasks start from the next microtask on.
   */
  concurrency: number;

  /** Slots taken: by functions that run, also those nobody waits for any more, and by permits. */
  readonly activeCount: number;

  /** Tasks that wait. */
  readonly pendingCount: number;

  readonly isPaused: boolean;

  /** Whether it takes nothing new: closed, closing, or aborted by its signal. */
  readonly isClosed: boolean;

  /**
   * Nothing starts after it returns, for so many milliseconds or until `resume()`. Tasks that were about to
   * start are first in the queue again. Pausing again replaces the span.
   */
  pause(ms?: Milliseconds): void;

  /** Ends a pause. */
  resume(): void;

  /** Rejects every waiting task with `ClearedError`, whose `cause` is the reason. Tells how many there were. */
  clear(reason?: unknown): number;

  /** Resolves when nothing runs and nothing waits; at once if so. */
  onIdle(): Promise<void>;

  /** Resolves when nothing waits; at once if so. */
  onEmpty(): Promise<void>;

  /** Resolves when fewer than `n` tasks wait; at once if so. Default: `maxQueue` if there is one, else 1. */
  onRoom(n?: number): Promise<void>;

  /** Takes a slot until it is released. Waits its turn with the tasks. */
  acquire(options?: AcquireOptions): Promise<Permit>;

  /** Takes a slot if one is free and nobody waits for it. */
  tryAcquire(): Permit | undefined;

  /**
   * Takes nothing new (`ClosedError`), lets what is there end, lifts a pause. After `grace` milliseconds (from
   * 0, default 30,000) whoever still waits is rejected, and whoever still runs is aborted, with `ClosedError`.
   * Always resolves, at the latest then. Closing again joins, and can only shorten the grace.
   */
  close(options?: { readonly grace?: Milliseconds | undefined }): Promise<CloseReport>;

  stats(): LimiterStats;

  /** `close()` with its default grace. */
  [Symbol.asyncDispose](): Promise<void>;
}
