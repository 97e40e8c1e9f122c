import type { Milliseconds } from './options.js';

/**
 * So many units in any window of this length, wherever it begins. A task costs one unit of `'requests'`, unless its
 * `cost` says otherwise. Each attempt of a call that is retried costs anew; a task that never starts costs nothing.
 */
export interface Rate {
  /**
   * Units: an integer from 1 up. A new task that costs more is refused with a `RangeError`; one that waits when the limit
   * is lowered below its cost waits on, and those behind it too, until the limit is raised or it is given up.
   */
  readonly limit: number;
  /** Length of the window: from 1 millisecond to 366 days. */
  readonly interval: Milliseconds;
  /**
   * `'burst'`: as they come, an exact sliding window. `'smooth'`: besides, evenly spaced, a unit each `interval / limit`
   * (the generic cell rate algorithm, ITU-T I.371, without tolerance). Default `'burst'`.
   */
  readonly shape?: 'burst' | 'smooth' | undefined;
  /**
   * What is counted. `'start'`: no window sees more starts than the limit. `'end'`: none sees more ends, so units are
   * held while a task runs and booked when it ends. `'both'`: none sees more of either. Default `'start'`.
   */
  readonly at?: 'start' | 'end' | 'both' | undefined;
  /** What the units are of; a program may name eight. Default `'requests'`. */
  readonly resource?: string | undefined;
}

/** A rate with all that was left out. */
export type CompleteRate = { readonly [Name in keyof Rate]-?: Exclude<Rate[Name], undefined> };

/** Units of `'requests'`, or of each resource by its name; one of `'requests'` where that is not named. */
export type Cost = number | Readonly<Record<string, number>>;
