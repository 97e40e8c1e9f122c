import type { Limiter } from './limiter.js';

/** What is known of a call that came to nothing. */
export interface FallbackInfo {
  /** The limiter that it was made in. */
  readonly limiter: Limiter;
  /** How often its function was called: 0 where it was refused, more than 1 where it was tried again. */
  readonly calls: number;
}

/**
 * Asked once, when a call has failed for good or was refused. What it gives, or the promise of that, takes the place of
 * the failure; what it throws takes the place of the error.
 */
export type Fallback<Substitute> = (
  error: unknown,
  info: FallbackInfo,
) => Substitute | PromiseLike<Substitute>;
