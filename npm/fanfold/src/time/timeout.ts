import { checkOptions, type Names } from '../check/names.js';
import { checkSignal, checkSpan } from '../check/options.js';
import { wrongType } from '../errors/misuse.js';
import { TimeoutError } from '../errors/verdicts.js';
import { currentHost } from '../host/current.js';
import type { Milliseconds } from '../limiter/types.js';
import { lastSettle, pending, Rejection, silence } from '../task/promise.js';
import { Sleeper } from './sleeper.js';

/** The options of {@link timeout}. */
export interface TimeoutOptions {
  /** Ends the waiting as the timeout does, with the signal's own reason. */
  readonly signal?: AbortSignal | undefined;
  /** What the error calls the work. Default: the function's name, or `'The promise'`. */
  readonly name?: string | undefined;
  /** Whether the process may end while this is all it waits for (Node, Bun, Deno). Default `false`. */
  readonly unref?: boolean | undefined;
}

/** @internal */
export const TIMEOUT_OPTIONS: Names<TimeoutOptions> = { signal: true, name: true, unref: true };

/** What a function under {@link timeout} is told. */
export interface TimeoutContext {
  /** Aborted when the time is over or the caller's signal is aborted; what it starts should listen to it. */
  readonly signal: AbortSignal;
}

/**
 * Waits for a promise, or calls a function and waits for what it returns, but not for longer than so much time.
 *
 * @param work A promise, or a function that is called at once with a context that has a `signal`.
 * @param ms Milliseconds from 0 up; `Infinity` for no limit.
 * @returns The outcome of the work if it comes in time. Else rejects with `TimeoutError` (code
 * `FANFOLD_RUN_TIMEOUT`), or with the reason of `options.signal`; the function's signal is aborted with the same
 * reason. What the work does afterwards is ignored, a late failure too. No timer and no listener is left behind.
 * @throws TypeError or RangeError naming the argument that is wrong.
 *
 * @example
 * ```ts
 * const response = await timeout(({ signal }) => fetch(url, { signal }), 5_000);
 * ```
 */
export function timeout<Value>(
  work: PromiseLike<Value> | ((context: TimeoutContext) => PromiseLike<Value> | Value),
  ms: Milliseconds,
  options: TimeoutOptions = {},
): Promise<Value> {
  const isFunction = typeof work === 'function';
  if (!isFunction && typeof (work as { then?: unknown } | null | undefined)?.then !== 'function') {
    throw wrongType('work', 'a promise or a function', work);
  }
  checkSpan('ms', ms);
  checkOptions(options, TIMEOUT_OPTIONS);
  const signal = checkSignal('signal', options.signal);
  const { unref = false, name = isFunction && work.name ? work.name : 'The promise' } = options;
  if (typeof name !== 'string') throw wrongType('name', 'a string', name);
  if (signal?.aborted) {
    // Somebody has to look at the promise that nobody waits for any more.
    if (!isFunction) silence(Promise.resolve(work));
    return Promise.reject(signal.reason);
  }

  const promise = pending<Value>();
  const settle = lastSettle();
  const controller = isFunction ? new AbortController() : undefined;
  const giveUp = (reason: unknown): void => {
    settle(new Rejection(reason));
    controller?.abort(reason);
  };
  const sleeper = new Sleeper(currentHost(), () => giveUp(tookTooLong(name, ms)), giveUp);
  if (signal !== undefined) sleeper.listen(signal, () => giveUp(signal.reason));
  sleeper.begin(ms, !unref);
  const settled = isFunction ? call(work, (controller as AbortController).signal) : Promise.resolve(work);
  settled.then(
    (value) => {
      if (sleeper.stop()) settle(value);
    },
    (reason: unknown) => {
      if (sleeper.stop()) settle(new Rejection(reason));
    },
  );
  return promise;
}

async function call<Value>(
  work: (context: TimeoutContext) => PromiseLike<Value> | Value,
  signal: AbortSignal,
): Promise<Value> {
  return work({ signal });
}

/** @internal */
export function tookTooLong(name: string, ms: number): TimeoutError {
  return new TimeoutError(
    `${name} took longer than ${ms} ms`,
    { limiter: name, queuedMs: 0, ranMs: ms },
    'run',
  );
}
