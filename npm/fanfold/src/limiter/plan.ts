import type { Heed } from '../feedback/heed.js';
import type { Guard } from './guard.js';
import type { PerKeyPlan } from './keys.js';
import type { RatePlan } from './rates.js';
import type { Limiter, NestedPolicy, Order, Overflow } from './types.js';

const { POSITIVE_INFINITY } = Number;

/** The options of a limiter, checked and complete. */
export interface LimiterPlan {
  readonly concurrency: number;
  readonly name: string;
  readonly signal: AbortSignal | undefined;
  readonly maxQueue: number;
  readonly overflow: Overflow;
  readonly order: Order;
  readonly ageing: number;
  readonly bypass: number;
  readonly guard: Guard | undefined;
  readonly heed: Heed | undefined;
  readonly parent: Limiter | undefined;
  readonly rates: readonly RatePlan[];
  readonly perKey: PerKeyPlan | undefined;
  readonly queueTimeout: number;
  readonly runTimeout: number;
  readonly nested: NestedPolicy;
}

/** A plan with nothing but a limit. */
export function plainPlan(concurrency: number, name: string): LimiterPlan {
  return {
    concurrency,
    name,
    signal: undefined,
    maxQueue: POSITIVE_INFINITY,
    overflow: 'reject',
    order: 'fifo',
    ageing: POSITIVE_INFINITY,
    bypass: 0,
    guard: undefined,
    heed: undefined,
    parent: undefined,
    rates: [],
    perKey: undefined,
    queueTimeout: POSITIVE_INFINITY,
    runTimeout: POSITIVE_INFINITY,
    nested: 'warn',
  };
}
