import type { Reason } from './context.js';

/** How far the work is. */
export class Tally {
  /** Fulfilled. */
  done = 0;
  /** Failed for good. */
  failed = 0;
  /** Functions that run. */
  running = 0;
  /** Items that wait for another attempt. */
  sleeping = 0;
  /** Items that have ended, and all has been done about it. */
  reported = 0;
  /** The failure that came first. */
  first: Reason | undefined;
}
