/** How far something is, as a display shows it. What is `undefined` is not known. */
export interface ProgressState {
  /** From 0 to 1. Without it, what has ended of the `total`. */
  readonly fraction?: number | undefined;
  /** Fulfilled so far. */
  readonly done: number;
  /** Failed for good so far. */
  readonly failed: number;
  /** Functions that run now. */
  readonly running: number;
  /** How many there are in all. */
  readonly total?: number | undefined;
  /** How many wait for something from outside. */
  readonly suspended?: number | undefined;
  /** Whether nothing will change any more. Without it, whether all of the `total` have ended. */
  readonly ended?: boolean | undefined;
}

/** What tells how far it is, such as a pool. */
export interface Progressing {
  readonly progress: ProgressState;
  /** Calls the listener when that has changed. Gives what ends this. */
  onProgress(listener: () => void): () => void;
}

/** From 0 to 1, if that is known. */
export function fractionOf({ fraction, done, failed, total }: ProgressState): number | undefined {
  if (fraction !== undefined) return Math.min(Math.max(fraction, 0), 1);
  if (total === undefined) return undefined;
  return total === 0 ? 1 : Math.min((done + failed) / total, 1);
}

export function hasEnded({ ended, done, failed, total }: ProgressState): boolean {
  return ended ?? (total !== undefined && done + failed >= total);
}
