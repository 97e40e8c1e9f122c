import type { AnySource, ItemOf, ReadOptions } from '../iterate/types.js';

/** Options of {@link concat} and {@link latest}. */
export interface CombineOptions extends ReadOptions {}

/** Options of {@link merge}. */
export interface MergeOptions extends ReadOptions {
  /**
   * What a source that fails means for the others. `'stop'` (the default): they are closed, the values that came before are
   * still given, then the error is thrown. `'continue'`: they go on, and at the end an `AggregateError` of all errors is
   * thrown, in the order in which they came.
   */
  readonly onError?: 'stop' | 'continue' | undefined;
}

/** Options of {@link AsyncIteratorCombiner}. */
export interface CombinerOptions extends MergeOptions {
  /** Whether it waits for more sources when all have ended, until `end()` is called. Default `false`: it ends then. */
  readonly open?: boolean | undefined;
}

/** Options of {@link zip}. */
export interface ZipOptions extends ReadOptions {
  /**
   * When it ends. `'shortest'` (the default): with the first source that ends. `'longest'`: with the last one; those that
   * ended before give `undefined`. `'strict'`: with all of them, and with a `TypeError` if they do not end together.
   */
  readonly mode?: 'shortest' | 'longest' | 'strict' | undefined;
}

/** What {@link AsyncIteratorCombiner.race} gives: a value and the source that it is from, as it was given; or the end. */
export type RaceResult<T> =
  | { readonly done: false; readonly value: T; readonly source: AnySource }
  | { readonly done: true; readonly value: undefined; readonly source: undefined };

/** A value of each source. */
export type ItemsOf<Sources extends readonly AnySource[]> = {
  -readonly [At in keyof Sources]: ItemOf<Sources[At]>;
};

/** The same where sources may have ended before. */
export type ItemsOrUndefined<Sources extends readonly AnySource[]> = {
  -readonly [At in keyof Sources]: ItemOf<Sources[At]> | undefined;
};
