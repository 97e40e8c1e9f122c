// The drop-in for p-retry 9. What is retried, when and how long is waited are p-retry's own rules, which differ from
// those of Fanfold's `retry` in nearly every point, and its published tests pin them: they are all here, and what sleeps
// is Fanfold's. It follows p-retry also where that does less than Fanfold would: an attempt that runs when the signal is
// aborted is left to its end.
import './engine/inline-plain.js';
import { AbortError, unwrapped } from './p-retry/abort-error.js';
import { isNetworkError } from './p-retry/network-error.js';
import { type Plan, retryPlan } from './p-retry/options.js';
import { sleepFor } from './time/sleep.js';

export { AbortError };

/** What callbacks are told of a failed attempt. Frozen. */
export type RetryContext = {
  /** What the attempt failed with. What was thrown and is no error comes as a `TypeError` that says so. */
  readonly error: Error;

  /** Which attempt failed: 1 for the first. */
  readonly attemptNumber: number;

  /** How many retries there are still. */
  readonly retriesLeft: number;

  /** How many retries were used up. */
  readonly retriesConsumed: number;

  /**
   * Milliseconds until the next attempt, before they are cut to what `maxRetryTime` leaves. 0 where none follows, as far
   * as is known by then; `shouldConsumeRetry` is told the wait that there would be.
   */
  readonly retryDelay: number;
};

/** The options of {@link pRetry}. */
export type Options = {
  /**
   * Told of each failure, after `shouldConsumeRetry` and before `shouldRetry`; also of the last one, but not of an
   * `AbortError` or an abort. It is waited for. What it throws ends all, and is what the promise rejects with.
   */
  readonly onFailedAttempt?: ((context: RetryContext) => void | Promise<void>) | undefined;

  /**
   * Whether to try again: what is not truthy, nothing too, ends it with the error. Asked last, where another attempt may
   * follow: not when `retries` or `maxRetryTime` are used up, nor for a `TypeError` that is not the network's. What it
   * throws is what the promise rejects with.
   */
  readonly shouldRetry?: ((context: RetryContext) => boolean | Promise<boolean>) | undefined;

  /**
   * Whether this failure uses up a retry. Nothing counts as `true`. One that does not is tried again at once, without a
   * wait, and the next waits are no longer for it; only `maxRetryTime` ends that. Asked first, of every failure but an
   * `AbortError` or an abort. What it throws is what the promise rejects with.
   */
  // biome-ignore-start lint/suspicious/noConfusingVoidType: nothing is an answer too
  readonly shouldConsumeRetry?:
    | ((context: RetryContext) => boolean | void | Promise<boolean | void>)
    | undefined;
  // biome-ignore-end lint/suspicious/noConfusingVoidType: nothing is an answer too

  /** How many further attempts may follow the first: an integer from 0 up, or `Infinity`. Default 10. */
  readonly retries?: number | undefined;

  /** How much longer each wait is than the one before: a finite number from 0 up, 0 for 1. Default 2. */
  readonly factor?: number | undefined;

  /**
   * The wait before the first retry, in milliseconds: a finite number from 0 up. Default 1000. What is rounded to 0 is no
   * wait: attempts that fail at once then follow each other without letting anything else run.
   */
  readonly minTimeout?: number | undefined;

  /** No wait is longer, in milliseconds: from 0 up, rounded up. Default `Infinity`, which is 2 ** 31 - 1. */
  readonly maxTimeout?: number | undefined;

  /** Whether each wait is multiplied with a number from 1 to 2, drawn from `Math.random`. Default `false`. */
  readonly randomize?: boolean | undefined;

  /**
   * How long after the call, in milliseconds, a retry may still be decided on: from 0 up. Default `Infinity`. Measured
   * with `performance.now()`. The last wait is cut to what is left; attempts and callbacks are left to their end.
   */
  readonly maxRetryTime?: number | undefined;

  /**
   * Ends it with its reason: before the first attempt, a wait at once, else when the attempt or callback that runs has
   * ended, whatever came of that, unless a callback threw.
   */
  readonly signal?: AbortSignal | undefined;

  /** Whether a wait lets the process end, where the runtime has that. Default `false`. */
  readonly unref?: boolean | undefined;
};

/** Beyond this timers of the platform overflow. The engine would wait longer, but p-retry says how long it waits. */
const LONGEST_DELAY = 2 ** 31 - 1;

/**
 * Calls a function until it succeeds, with the number of the attempt, the first time inside this call.
 *
 * @returns A promise of what the first attempt that succeeds returns. Rejects with the error of the last attempt, as it
 * is; with the error inside an {@link AbortError}; with the signal's reason; with what a callback throws; and with a
 * TypeError for options that are wrong.
 *
 * @example
 * ```ts
 * const page = await pRetry(async () => {
 *   const response = await fetch(url);
 *   if (response.status === 404) throw new AbortError(response.statusText);
 *   return response.text();
 * }, { retries: 5 });
 * ```
 */
export default async function pRetry<T>(
  input: (attemptNumber: number) => PromiseLike<T> | T,
  options: Options = {},
): Promise<T> {
  const plan = retryPlan(options);
  const { signal } = plan;
  signal?.throwIfAborted();
  const begun = performance.now();
  for (let attemptNumber = 1, retriesConsumed = 0; ; attemptNumber++) {
    try {
      const result = await input(attemptNumber);
      signal?.throwIfAborted();
      return result;
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : noError(thrown);
      // Whoever aborts has the last word, whatever the attempt came to.
      signal?.throwIfAborted();
      if (error instanceof AbortError) throw unwrapped(error);
      const delay = await judge(plan, begun, { error, attemptNumber, retriesConsumed });
      if (delay !== undefined) {
        if (delay > 0) await sleepFor(delay, signal ?? undefined, plan.unref === true);
        retriesConsumed++;
      }
    }
  }
}

/**
 * A function each call of which is retried, with its arguments and its `this`.
 *
 * @param options Those of {@link pRetry}, looked at when the function is called.
 */
export function makeRetriable<Arguments extends readonly unknown[], Result, This = unknown>(
  function_: (this: This, ...arguments_: Arguments) => PromiseLike<Result> | Result,
  options?: Options,
): (this: This, ...arguments_: Arguments) => Promise<Result> {
  return function (...arguments_) {
    return pRetry(() => Reflect.apply(function_, this, arguments_), options);
  };
}

/**
 * Asks and tells whoever is to be asked and told about a failure. Gives the milliseconds to wait for the next attempt,
 * `undefined` for one that uses up no retry. Throws what there is no further attempt for.
 */
async function judge(
  plan: Plan,
  begun: number,
  failure: Omit<RetryContext, 'retriesLeft' | 'retryDelay'>,
): Promise<number | undefined> {
  const { maxRetryTime, signal } = plan;
  const { error, attemptNumber, retriesConsumed } = failure;
  const timeLeft = (): number => maxRetryTime - (performance.now() - begun);
  const context = (retryDelay: number): RetryContext =>
    Object.freeze({ error, attemptNumber, retriesLeft, retriesConsumed, retryDelay });

  const retriesLeft = plan.retries - retriesConsumed;
  const mayHelp = !(error instanceof TypeError) || isNetworkError(error);
  const delay = mayHelp && timeLeft() > 0 && retriesLeft > 0 ? delayOf(plan, retriesConsumed) : 0;
  const consumes = (await plan.shouldConsumeRetry(context(delay))) ?? true;
  signal?.throwIfAborted();

  const told = context(consumes ? delay : 0);
  await plan.onFailedAttempt(told);
  signal?.throwIfAborted();
  if (!mayHelp || timeLeft() <= 0 || retriesLeft <= 0) throw error;

  const isWanted = await plan.shouldRetry(told);
  signal?.throwIfAborted();
  const left = timeLeft();
  if (!isWanted || left <= 0) throw error;
  return consumes ? Math.min(delay, left) : undefined;
}

function delayOf({ minTimeout, maxTimeout, factor, randomize }: Plan, retriesConsumed: number): number {
  if (minTimeout === 0) return 0;
  const random = randomize ? Math.random() + 1 : 1;
  const delay = Math.round(random * minTimeout * factor ** retriesConsumed);
  return Math.min(delay, Math.ceil(maxTimeout), LONGEST_DELAY);
}

function noError(thrown: unknown): TypeError {
  let text: string;
  try {
    text = String(thrown);
  } catch {
    text = Object.prototype.toString.call(thrown);
  }
  return new TypeError(`Non-error was thrown: "${text}". You should only throw errors.`);
}
