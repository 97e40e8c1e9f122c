/**
 * How the best limit is found. `'aimd'`: one more in each window, a tenth less when too many fail; for services that
 * refuse or time out rather than slow down. `'gradient'`: by the ratio of the latency without a line to that of now; finds
 * it fast. `'vegas'`: by the length of the line that this implies, in small steps.
 */
export type AdaptiveAlgorithm = 'aimd' | 'gradient' | 'vegas';

/** Within what bounds, and how, a limit is found. */
export interface AdaptiveOptions {
  /** Never less: an integer from 1 up. A task that weighs more has no place, nor may it go on waiting. Default 1. */
  readonly min?: number | undefined;
  /** Never more: an integer from `min` up. Default 1000, or `min` if that is more. */
  readonly max?: number | undefined;
  /** The limit at first: an integer from `min` to `max`. Default 20, or the bound that is nearest. */
  readonly initial?: number | undefined;
  /** How it is found. Default `'gradient'`. */
  readonly algorithm?: AdaptiveAlgorithm | undefined;
}

/** A limit that follows how long calls take and whether they fail. Made by `adaptive()`. */
export interface AdaptiveConcurrency {
  /** Never less. */
  readonly min: number;
  /** Never more. */
  readonly max: number;
  /** The limit at first. */
  readonly initial: number;
  /** How it is found. */
  readonly algorithm: AdaptiveAlgorithm;
}
