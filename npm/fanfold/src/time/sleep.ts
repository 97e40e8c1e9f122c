import { checkOptions, type Names } from '../check/names.js';
import { checkSignal, checkSpan } from '../check/options.js';
import { currentHost } from '../host/current.js';
import type { Milliseconds } from '../limiter/types.js';
import { lastSettle, pending, Rejection } from '../task/promise.js';
import { Sleeper } from './sleeper.js';

/** The options of {@link sleep}. */
export interface SleepOptions {
  /** Ends the sleep: its promise rejects with the signal's reason, at once. */
  readonly signal?: AbortSignal | undefined;
  /** Whether the process may end while this is all it waits for (Node, Bun, Deno). Default `false`. */
  readonly unref?: boolean | undefined;
}

const SLEEP_OPTIONS: Names<SleepOptions> = { signal: true, unref: true };

/**
 * A promise that is fulfilled when so much time has passed, never early. All sleeps share one timer; a delay may
 * be longer than the 24 days that a timer of the platform can be.
 *
 * @param ms Milliseconds from 0 up, fractions allowed; `Infinity` for until aborted.
 * @returns Rejects with the signal's reason when it is aborted, and leaves no listener and no timer behind.
 * @throws TypeError or RangeError naming the argument that is wrong.
 *
 * @example
 * ```ts
 * await sleep(1_000, { signal });
 * ```
 */
export function sleep(ms: Milliseconds, options: SleepOptions = {}): Promise<void> {
  checkSpan('ms', ms);
  checkOptions(options, SLEEP_OPTIONS);
  const signal = checkSignal('signal', options.signal);
  const { unref = false } = options;
  if (signal?.aborted) return Promise.reject(signal.reason);
  return sleepFor(ms, signal, unref);
}

/** The same with nothing checked. Whether the signal is aborted already is not looked at. */
export function sleepFor(ms: Milliseconds, signal: AbortSignal | undefined, unref: boolean): Promise<void> {
  const promise = pending<void>();
  const settle = lastSettle();
  const fail = (reason: unknown): void => settle(new Rejection(reason));
  const sleeper = new Sleeper(currentHost(), () => settle(undefined), fail);
  if (signal !== undefined) sleeper.listen(signal, () => fail(signal.reason));
  sleeper.begin(ms, !unref);
  return promise;
}
