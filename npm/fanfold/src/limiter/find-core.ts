import type { RetryPlan } from '../retry/options.js';
import type { LimiterCore } from './core.js';
import type { Limiter } from './types.js';

/** Where a limiter function keeps its core. */
export const CORE: unique symbol = Symbol('fanfold.core');

/** Where it keeps how its tasks are retried. */
export const RETRY: unique symbol = Symbol('fanfold.retry');

export interface WithCore {
  readonly [CORE]: LimiterCore;
  readonly [RETRY]: RetryPlan | undefined;
}

/** The core of a limiter; `undefined` for what is none of this copy of Fanfold. */
export function findCore(limiter: unknown): LimiterCore | undefined {
  return typeof limiter === 'function' ? (limiter as Partial<WithCore>)[CORE] : undefined;
}

/** How the tasks of a limiter are retried, if they are. */
export function retryOf(limiter: Limiter | undefined): RetryPlan | undefined {
  return (limiter as Partial<WithCore> | undefined)?.[RETRY];
}

/** The core of what is known to be a limiter. */
export function coreOf(limiter: Limiter): LimiterCore {
  return findCore(limiter) as LimiterCore;
}
