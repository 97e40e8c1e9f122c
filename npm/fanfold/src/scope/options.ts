import { checkLimiter, retryOf } from '../check/limiter.js';
import { checkOptions, type Names } from '../check/names.js';
import { checkCount, checkSignal, checkTimeout } from '../check/options.js';
import { wrongType } from '../errors/misuse.js';
import type { Limiter } from '../limiter/types.js';
import type { RetryPlan } from '../retry/options.js';
import { policyPlan } from '../retry/policy.js';
import type { ScopeOptions } from './types.js';

/** The options of a scope, read, checked and complete. */
export interface ScopePlan {
  readonly signal: AbortSignal | undefined;
  /** `Infinity` for none. */
  readonly timeout: number;
  readonly concurrency: number;
  readonly limiter: Limiter | undefined;
  readonly retry: RetryPlan | undefined;
  readonly name: string;
}

const SCOPE_OPTIONS: Names<ScopeOptions> = {
  signal: true,
  timeout: true,
  concurrency: true,
  limiter: true,
  retry: true,
  name: true,
};

/** @throws TypeError or RangeError naming the option that is wrong. */
export function scopePlan(options: ScopeOptions): ScopePlan {
  checkOptions(options, SCOPE_OPTIONS);
  const { name = 'scope', concurrency } = options;
  const limiter = checkLimiter('limiter', options.limiter);
  if (typeof name !== 'string') throw wrongType('name', 'a string', name);
  if (limiter !== undefined && concurrency !== undefined) {
    throw wrongType('concurrency', 'left out beside `limiter`', concurrency);
  }
  return {
    signal: checkSignal('signal', options.signal),
    timeout: checkTimeout('timeout', options.timeout) ?? Number.POSITIVE_INFINITY,
    concurrency: checkCount('concurrency', concurrency ?? Number.POSITIVE_INFINITY, 1),
    limiter,
    retry: policyPlan(options.retry, retryOf(limiter)),
    name,
  };
}
