import type { Source } from '../many/types.js';

/** Values one by one: a full async iterator. For one reader, who may ask for several at once: answers come in order. */
export interface ItemStream<T> extends AsyncIterableIterator<T, undefined, undefined>, AsyncDisposable {
  next(): Promise<IteratorResult<T, undefined>>;
  /** Leaves it: closes its sources, and resolves when they are closed. Whoever waits for a value is told of the end. */
  return(): Promise<IteratorResult<T, undefined>>;
  /** Leaves it and then rejects with the error, always. */
  throw(error?: unknown): Promise<IteratorResult<T, undefined>>;
}

/** What may be said wherever sources are read. */
export interface ReadOptions {
  /** Ends it with the signal's reason, at once: what is held is dropped, the sources are closed. Heard from the first `next()` on. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link eager}. */
export interface EagerOptions extends ReadOptions {
  /** When it begins to read: with the first `next()` (`'asked'`, the default), or in the call (`'now'`). */
  readonly start?: 'asked' | 'now' | undefined;
}

/** Options of {@link tee}. */
export interface TeeOptions extends ReadOptions {
  /**
   * How many items the slowest branch may be behind what was read: an integer from 1 up, or `Infinity`. The others wait
   * for it then. Default 1,024.
   */
  readonly capacity?: number | undefined;
}

/** Options of {@link broadcast}. */
export interface BroadcastOptions extends ReadOptions {
  /** How many items a subscriber may be behind what was read: an integer from 1 up, or `Infinity`. Default 1,024. */
  readonly capacity?: number | undefined;
  /**
   * What happens when a subscriber is that far behind: the others wait for it (`'suspend'`, the default), or it loses its
   * oldest item (`'drop-oldest'`).
   */
  readonly overflow?: 'suspend' | 'drop-oldest' | undefined;
}

/** Whatever can be read. */
export type AnySource = Source<unknown>;

/** What a source gives. */
export type ItemOf<S> =
  S extends AsyncIterable<infer T> ? Awaited<T> : S extends Iterable<infer T> ? Awaited<T> : never;
