import type { Capacity, Limiter, Milliseconds } from '../limiter/types.js';
import type { RetryPolicy } from '../retry/types.js';

/**
 * What becomes of the others when the outcome is clear before all have ended: after a failure that cannot be made
 * good, or, of `any`, `race` and `some`, when there is enough.
 *
 * - `'abort'`: what waits is dropped, what runs has its signal aborted, and the promise settles at once
 * - `'abort-and-wait'`: the same, but the promise settles when all that ran has ended
 * - `'continue'`: all others are run to their end. After a failure the promise waits for them, and rejects with an
 *   `AggregateError` of all errors in the order of the input; with enough it does not wait.
 *
 * Nobody's later rejection is ever reported as unhandled.
 */
export type OnFailure = 'abort' | 'abort-and-wait' | 'continue';

/** How far the work is. All are counts. */
export interface Progress {
  /** Fulfilled so far. */
  readonly done: number;
  /** Failed for good so far. */
  readonly failed: number;
  /** Functions that run now. */
  readonly running: number;
  /** How many there are in all, where that is known: not for iterators and generators. */
  readonly total: number | undefined;
}

/** What a function is told about the work it is part of. */
export interface ItemContext {
  /** Aborted when the function is given up on: after a failure, by the caller's signal, a timeout, or the limiter. */
  readonly signal: AbortSignal;
  /** The limiter that it runs in: the one given, or the work's own. */
  readonly limiter: Limiter;
}

/** What may be said of all work over many. */
interface WorkOptions {
  /** Ends all with the signal's reason, at once. */
  readonly signal?: AbortSignal | undefined;
  /** Ends all with `TimeoutError` after so many milliseconds above 0. Default `Infinity`. */
  readonly timeout?: Milliseconds | undefined;
  /**
   * How a function that fails is tried again; `false` for not at all. Each attempt takes a slot anew; who sleeps holds
   * none. Default: as the `limiter` says, if one is given.
   */
  readonly retry?: RetryPolicy | false | undefined;
  /** Told after each one that ended, for good. If it throws, all ends with its error. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** What may be said where a failure is one of the whole. */
interface FailingOptions extends WorkOptions {
  /** What becomes of the others. Default `'abort'`. */
  readonly onFailure?: OnFailure | undefined;
}

/** What may be said of a stream. */
interface StreamedOptions extends FailingOptions {
  /** Which result is next: that of the next item (`'input'`, the default), or of the one that ends next. */
  readonly order?: 'input' | 'completion' | undefined;
  /**
   * How many items may be taken from the source beyond `concurrency` before the results are asked for: an integer from
   * 0 up, or `Infinity`. Default: as many as `concurrency`.
   */
  readonly prefetch?: number | undefined;
}

/** The options of everything that works over many, unless it says otherwise. */
export type ManyOptions = Capacity & FailingOptions;

/** The options of what no failure of a function ends. */
export type SettleOptions = Capacity & WorkOptions;

/** The options of {@link stream}. */
export type StreamOptions = Capacity & StreamedOptions;

/** A function for each item. */
export type Mapper<Item, Result> = (
  item: Item,
  index: number,
  context: ItemContext,
) => PromiseLike<Result> | Result;

/** Items, there or to come. Promises among them are waited for. */
export type Source<Item> = Iterable<Item | PromiseLike<Item>> | AsyncIterable<Item | PromiseLike<Item>>;

/** A function to be started when there is a slot. */
export type TaskFunction<Result = unknown> = (context: ItemContext) => PromiseLike<Result> | Result;

/**
 * A function to be started, a promise under way, or a value that is there. A function that wants anything but the
 * context is no such value: it would be called with the context all the same.
 */
export type Task = TaskFunction | PromiseLike<unknown> | NotCallable | Primitive;

/** Tasks by name: an object of any type whose properties all are tasks. */
export type TaskRecord<T> = NotCallable & { readonly [Key in keyof T]: Task };

/** An object that is neither a function nor a class: these alone have what `instanceof` asks for. */
type NotCallable = object & { readonly [Symbol.hasInstance]?: never };

type Primitive = string | number | bigint | boolean | symbol | null | undefined;

/** What a task comes to. */
export type Outcome<T> = T extends (...args: never[]) => infer Result ? Awaited<Result> : Awaited<T>;

/** What tasks come to, in their own shape. */
export type Outcomes<T> = { -readonly [Key in keyof T]: Outcome<T[Key]> };

/** How tasks ended, in their own shape. */
export type SettledOutcomes<T> = { -readonly [Key in keyof T]: PromiseSettledResult<Outcome<T[Key]>> };
