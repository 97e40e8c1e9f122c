import { wrongType } from '../errors/misuse.js';
import type { CapacityCore } from '../limiter/capacity-core.js';
import type { Limiter } from '../limiter/types.js';
import type { RetryPlan } from '../retry/options.js';

/** Where a limiter function keeps its core. */
export const CORE: unique symbol = Symbol('fanfold.core');

/** Where it keeps how its tasks are retried. */
export const RETRY: unique symbol = Symbol('fanfold.retry');

export interface WithCore {
  readonly [CORE]: CapacityCore;
  readonly [RETRY]: RetryPlan | undefined;
}

/** The core of a limiter; `undefined` for what is none of this copy of Fanfold. */
function findCore(limiter: unknown): CapacityCore | undefined {
  return typeof limiter === 'function' ? (limiter as Partial<WithCore>)[CORE] : undefined;
}

/** How the tasks of a limiter are retried, if they are. */
export function retryOf(limiter: Limiter | undefined): RetryPlan | undefined {
  return (limiter as Partial<WithCore> | undefined)?.[RETRY];
}

/** The core of what is known to be a limiter. */
export function coreOf(limiter: Limiter): CapacityCore {
  return findCore(limiter) as CapacityCore;
}

export function checkLimiter(option: string, value: unknown): Limiter | undefined {
  if (value === undefined) return undefined;
  if (findCore(value) === undefined) throw wrongType(option, 'a limiter', value);
  return value as Limiter;
}
