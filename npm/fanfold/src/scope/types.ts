import type { Capacity, Limiter, Milliseconds, TaskContext } from '../limiter/types.js';
import type { RetryPolicy } from '../retry/types.js';

/** What may be said of a scope. */
interface ChildrenOptions {
  /** Aborted, it ends the scope as a failure does, with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Ends the scope with `TimeoutError` after so many milliseconds above 0. Default `Infinity`. */
  readonly timeout?: Milliseconds | undefined;
  /** How children that fail are tried again; `false` for not at all. Default: as the `limiter` says, if one is given. */
  readonly retry?: RetryPolicy | false | undefined;
  /** For messages. Default `'scope'`. */
  readonly name?: string | undefined;
}

/** The options of a scope. By default all children run at once (`concurrency`). */
export type ScopeOptions = Capacity & ChildrenOptions;

/** Children that end together. */
export interface Scope extends AsyncDisposable {
  /** Aborted by the first failure, by the scope's own signal or timeout, and by {@link abort}. Give it to what you call. */
  readonly signal: AbortSignal;
  /** The limiter that the children run in. */
  readonly limiter: Limiter;
  /** Children that have not ended. */
  readonly size: number;
  /**
   * Runs a child when there is a slot. What fails fails the scope too, whether or not anybody looks at the promise,
   * which is never reported as unhandled. Children may spawn others.
   *
   * @returns Rejects with `ClosedError` once the scope has ended, and with the reason of its abort once that came.
   * @throws TypeError at once if `fn` is not a function.
   */
  spawn<Result>(fn: (context: TaskContext) => PromiseLike<Result> | Result): Promise<Result>;
  /** Ends the scope with this reason, by default a `DOMException` named `AbortError`. Again changes nothing. */
  abort(reason?: unknown): void;
  /** Waits for all children, then throws what the scope failed with. At the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}
