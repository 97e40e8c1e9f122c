/** What becomes of a value for which there is no room. */
export type BufferOverflow = 'suspend' | 'drop-oldest' | 'drop-newest' | 'conflate' | 'error';

/** In which order values come out. */
export type BufferOrder = 'fifo' | 'lifo' | 'priority';

/** How a buffer is. */
export interface PushPullBufferOptions<T> {
  /**
   * How much it holds, in units: an integer from 0 up, or `Infinity`, which has to be said. With 0 a value is only handed
   * over to somebody who waits for one.
   */
  readonly capacity: number;
  /** How many units a value takes: an integer from 1 to `capacity`, or 1 where that is 0. Default: each takes 1. */
  readonly weigh?: ((value: T) => number) | undefined;
  /**
   * What becomes of a value for which there is no room:
   *
   * - `'suspend'` (the default): whoever brought it with `next` waits, `push` says `false`
   * - `'drop-oldest'`: the oldest make room
   * - `'drop-newest'`: it is dropped
   * - `'conflate'`: the newest make room, so that the last place has what came last
   * - `'error'`: `next` rejects and `push` throws a `BufferFullError`
   *
   * With `order: 'priority'` those of the lowest priority make room, the oldest or newest of them, or the newcomer itself
   * where that is lower. What was dropped is counted in `dropped`.
   */
  readonly overflow?: BufferOverflow | undefined;
  /** In which order values come out. Default `'fifo'`. Those who wait with values are let in as they came, or by priority. */
  readonly order?: BufferOrder | undefined;
  /** Of a value, with `order: 'priority'`: an integer of 32 bits, the higher the sooner. Default: all are equal. */
  readonly priority?: ((value: T) => number) | undefined;
  /** Ends it for both sides, at once, with its reason. What is stored is dropped. */
  readonly signal?: AbortSignal | undefined;
  /** For messages. Default `'buffer'`. */
  readonly name?: string | undefined;
}

/** What became of a value. */
export interface Taken {
  /** Whether the consumer has left, or this sink was closed: then the value was not taken, and none will be. */
  readonly done: boolean;
}

/** What may be said where one waits. */
export interface WaitOptions {
  /** Ends the wait with its reason: a value that waited for room is taken back. */
  readonly signal?: AbortSignal | undefined;
}

/** Where values are pushed. Any number of producers may share it. */
export interface BufferSink<T> {
  /**
   * Brings a value, and waits until it is taken: first come, first served, and by priority where the buffer goes by that.
   *
   * @returns `{ done: false }` when there was room for it, or when it was dropped as `overflow` says; `{ done: true }` when
   * the consumer has left, or the sink is closed.
   * Rejects with a `BufferFullError` where `overflow` says so, with the reason of a signal, with what the consumer threw,
   * and with a TypeError or RangeError for a weight or priority that is none.
   */
  next(value: T, options?: WaitOptions): Promise<Taken>;
  /**
   * Brings a value without waiting.
   *
   * @returns Whether it was taken. `false` if there is no room, if it was dropped, or if nothing is taken any more.
   * @throws BufferFullError where `overflow` says so; TypeError or RangeError for a weight or priority that is none.
   */
  push(value: T): boolean;
  /**
   * Waits until there is room for a value of one unit and nobody waits with one; with `'drop-oldest'` and `'conflate'`
   * there always is. With several producers another may be faster: whoever has to be sure uses `next`.
   *
   * @returns `{ done: false }` when there is room, `{ done: true }` when nothing is taken any more.
   */
  ready(options?: WaitOptions): Promise<Taken>;
  /** Ends it. What is in it, and what waits to be, still arrives. A second time it does nothing. */
  return(): void;
  /** The same; then whoever pulls next gets this error, and after that there is nothing more. */
  throw(error: unknown): void;
  /** Whether nothing is taken any more, whoever said so. */
  readonly isClosed: boolean;
}

/** Where values are pulled. Any number of consumers may share it: each value goes to one of them. */
export interface BufferSource<T> extends AsyncIterableIterator<T, undefined, undefined>, AsyncDisposable {
  /** The next value, or the end. Those who wait are served as they came. Rejects with the producer's error, once. */
  next(options?: WaitOptions): Promise<IteratorResult<T, undefined>>;
  /**
   * Up to `n` values, as soon as there is one. Empty at the end.
   *
   * @param n An integer from 1 up, or `Infinity`.
   */
  pull(n: number, options?: WaitOptions): Promise<T[]>;
  /** Leaves, for all who share it: what is stored is dropped, and producers are told `{ done: true }`. */
  return(): Promise<IteratorResult<T, undefined>>;
  /** Leaves with an error: producers' `next` and `ready` reject with it, now and later, and so do other consumers' pulls. */
  throw(error?: unknown): Promise<IteratorResult<T, undefined>>;
}
