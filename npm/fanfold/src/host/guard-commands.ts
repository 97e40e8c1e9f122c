import * as mailbox from '../engine/mailbox.gen.js';
import type { Host } from './host.js';

const TRIPS = {
  consecutive: mailbox.TRIP_CONSECUTIVE,
  rate: mailbox.TRIP_RATE,
} as const;

const ALGORITHMS = {
  aimd: mailbox.ADAPTIVE_AIMD,
  gradient: mailbox.ADAPTIVE_GRADIENT,
  vegas: mailbox.ADAPTIVE_VEGAS,
} as const;

/** When a breaker opens, and how it closes. */
export interface Fuse {
  readonly trip: keyof typeof TRIPS;
  /** In a row, or of a thousand. */
  readonly failures: number;
  /** Of so many calls at least, where it goes by a rate. */
  readonly minimum: number;
  /** In milliseconds, as the next one. */
  readonly window: number;
  readonly halfOpenAfter: number;
  readonly trials: number;
}

/** Another breaker for a limiter, closed at first; `undefined` for none. Taken by the end of the tick. */
export function setBreaker(host: Host, limiter: number, fuse: Fuse | undefined): void {
  const trip = fuse === undefined ? mailbox.TRIP_NONE : TRIPS[fuse.trip];
  const at = host.append(mailbox.COMMAND_SET_BREAKER | (trip << 8), limiter, 9);
  host.words[at + 2] = fuse?.trials ?? 0;
  host.words[at + 3] = fuse?.failures ?? 0;
  host.words[at + 4] = fuse?.minimum ?? 0;
  host.writeSpan(at + 5, fuse?.window ?? 0);
  host.writeSpan(at + 7, fuse?.halfOpenAfter ?? 0);
  host.flush();
}

/** The limit of a limiter follows what is called, within bounds. Taken by the end of the tick. */
export function setAdaptive(
  host: Host,
  limiter: number,
  algorithm: keyof typeof ALGORITHMS,
  min: number,
  max: number,
  initial: number,
): void {
  const at = host.append(mailbox.COMMAND_SET_ADAPTIVE | (ALGORITHMS[algorithm] << 8), limiter, 5);
  host.words[at + 2] = min;
  host.words[at + 3] = max;
  host.words[at + 4] = initial;
  host.flush();
}
