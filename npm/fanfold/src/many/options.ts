import { checkLimiter, retryOf } from '../check/limiter.js';
import { checkOptions, type Names } from '../check/names.js';
import { checkCount, checkFunction, checkOneOf, checkSignal, checkTimeout } from '../check/options.js';
import { wrongType } from '../errors/misuse.js';
import type { Limiter } from '../limiter/types.js';
import type { RetryPlan } from '../retry/options.js';
import { policyPlan } from '../retry/policy.js';
import type { ManyOptions, OnFailure, Progress, SettleOptions, StreamOptions } from './types.js';

/** How many functions mappers run at once where nothing is said: a source may be endless. */
export const DEFAULT_CONCURRENCY = 16;

const MANY_OPTIONS: Names<ManyOptions> = {
  concurrency: true,
  limiter: true,
  signal: true,
  timeout: true,
  retry: true,
  onFailure: true,
  onProgress: true,
};
const { onFailure: _, ...SETTLE_OPTIONS } = MANY_OPTIONS;
const STREAM_OPTIONS: Names<StreamOptions> = { ...MANY_OPTIONS, order: true, prefetch: true };

/** The options of work over many, read, checked and complete. */
export interface ManyPlan {
  /** For messages. */
  readonly name: string;
  readonly concurrency: number;
  readonly limiter: Limiter | undefined;
  readonly signal: AbortSignal | undefined;
  /** `Infinity` for none. */
  readonly timeout: number;
  readonly retry: RetryPlan | undefined;
  readonly onFailure: OnFailure;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/**
 * Reads the options, each once.
 *
 * @throws TypeError or RangeError naming the option that is wrong.
 */
export function manyPlan(
  name: string,
  options: ManyOptions,
  concurrency: number,
  names: Names<ManyOptions> = MANY_OPTIONS,
): ManyPlan {
  checkOptions(options, names);
  const { onProgress } = options;
  const limiter = checkLimiter('limiter', options.limiter);
  const given = options.concurrency;
  if (limiter !== undefined && given !== undefined) {
    throw wrongType('concurrency', 'left out beside `limiter`', given);
  }
  if (onProgress !== undefined) checkFunction('onProgress', onProgress);
  return {
    name,
    concurrency: checkCount(
      'concurrency',
      given === undefined ? (limiter?.concurrency ?? concurrency) : given,
      1,
    ),
    limiter,
    signal: checkSignal('signal', options.signal),
    timeout: checkTimeout('timeout', options.timeout) ?? Number.POSITIVE_INFINITY,
    retry: policyPlan(options.retry, retryOf(limiter)),
    onFailure: checkOneOf('onFailure', options.onFailure, ['abort', 'abort-and-wait', 'continue']),
    onProgress,
  };
}

/** Whether a failure waits for what else fails. */
export function isPatient(plan: ManyPlan): boolean {
  return plan.onFailure === 'continue';
}

/** The same for what nothing that fails ends. */
export function settlePlan(name: string, options: SettleOptions, concurrency: number): ManyPlan {
  return manyPlan(name, options, concurrency, SETTLE_OPTIONS as Names<ManyOptions>);
}

/** What a stream needs besides. */
export interface StreamPlan extends ManyPlan {
  readonly order: 'input' | 'completion';
  /** How many items may be taken beyond those that may run; `undefined` for as many again. */
  readonly prefetch: number | undefined;
}

/** @throws TypeError or RangeError naming the option that is wrong. */
export function streamPlan(options: StreamOptions): StreamPlan {
  const plan = manyPlan('stream', options, DEFAULT_CONCURRENCY, STREAM_OPTIONS);
  const { prefetch } = options;
  return {
    ...plan,
    order: checkOneOf('order', options.order, ['input', 'completion']),
    prefetch: prefetch === undefined ? undefined : checkCount('prefetch', prefetch, 0),
  };
}
