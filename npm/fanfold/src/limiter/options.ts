import { checkLimiter, coreOf } from '../check/limiter.js';
import { checkOptions, type Names } from '../check/names.js';
import {
  checkCount,
  checkOneOf,
  checkSignal,
  checkSpan,
  checkTimeout,
  checkWhole,
} from '../check/options.js';
import { outOfRange, wrongType } from '../errors/misuse.js';
import { heedOf } from '../feedback/heed.js';
import type { Keyed } from '../host/key-commands.js';
import { AdaptiveLimit, checkConcurrency } from './adaptive.js';
import { checkBreaker } from './breaker.js';
import type { CapacityCore } from './capacity-core.js';
import { Guard } from './guard.js';
import { checkPerKey } from './keys.js';
import type { LimiterPlan } from './plan.js';
import { type Costs, checkCost, checkRates } from './rates.js';
import type { AcquireOptions, AdaptiveConcurrency, Limiter, LimiterOptions, TaskOptions } from './types.js';

const { POSITIVE_INFINITY } = Number;

/** What a limiter takes besides its concurrency. */
export const MUTEX_OPTIONS: Names<Omit<LimiterOptions, 'concurrency'>> = {
  name: true,
  signal: true,
  maxQueue: true,
  overflow: true,
  order: true,
  ageing: true,
  bypass: true,
  parent: true,
  maxWait: true,
  feedback: true,
  breaker: true,
  isFailure: true,
  fallback: true,
  rate: true,
  perKey: true,
  queueTimeout: true,
  runTimeout: true,
  nested: true,
  retry: true,
};
/** What a limiter takes. */
export const LIMITER_OPTIONS: Names<LimiterOptions> = { concurrency: true, ...MUTEX_OPTIONS };
/** What a permit takes. */
export const ACQUIRE_OPTIONS: Names<AcquireOptions> = {
  signal: true,
  queueTimeout: true,
  weight: true,
  priority: true,
  cost: true,
  key: true,
};
/** What a task takes. */
export const TASK_OPTIONS: Names<TaskOptions<unknown>> = {
  ...ACQUIRE_OPTIONS,
  runTimeout: true,
  retry: true,
  fallback: true,
};

/** The plan of a limiter, under a name of its own or this one. */
export function limiterPlan(
  options: Omit<LimiterOptions, 'concurrency'>,
  concurrency: number | AdaptiveConcurrency,
  byDefault: string,
): LimiterPlan {
  const { name = byDefault, maxQueue = POSITIVE_INFINITY } = options;
  if (typeof name !== 'string') throw wrongType('name', 'a string', name);
  const order = checkOneOf('order', options.order, ['fifo', 'lifo', 'priority']);
  const ageing = checkTimeout('ageing', options.ageing) ?? POSITIVE_INFINITY;
  if (ageing !== POSITIVE_INFINITY && order !== 'priority') throw misplaced('ageing', "order: 'priority'");
  const overflow = checkOneOf('overflow', options.overflow, [
    'reject',
    'drop-oldest',
    'drop-newest',
    'drop-lowest',
  ]);
  if (overflow === 'drop-lowest' && order !== 'priority') {
    throw misplaced("overflow: 'drop-lowest'", "order: 'priority'");
  }
  const bypass = checkWhole('bypass', options.bypass ?? 0, 0, MOST);
  if (bypass > 0 && order === 'priority') throw misplaced('bypass', "order: 'fifo' or 'lifo'");
  const limit = checkConcurrency(concurrency);
  const isAdaptive = limit instanceof AdaptiveLimit;
  const guards = {
    maxWait: checkSpan('maxWait', options.maxWait ?? POSITIVE_INFINITY),
    breaker: checkBreaker(options.breaker),
    adaptive: isAdaptive ? limit : undefined,
  };
  return {
    concurrency: isAdaptive ? limit.initial : limit,
    name,
    signal: checkSignal('signal', options.signal),
    maxQueue: checkCount('maxQueue', maxQueue, 0),
    overflow,
    order,
    ageing,
    bypass,
    guard: new Guard(name, guards),
    heed: heedOf(options.feedback, options.isFailure),
    parent: checkLimiter('parent', options.parent),
    rates: checkRates(options.rate),
    perKey: checkPerKey(options.perKey),
    queueTimeout: checkTimeout('queueTimeout', options.queueTimeout) ?? POSITIVE_INFINITY,
    runTimeout: checkTimeout('runTimeout', options.runTimeout) ?? POSITIVE_INFINITY,
    nested: checkOneOf('nested', options.nested, ['warn', 'error', 'inherit']),
  };
}

/** The highest of the engine's counts. */
const MOST = 0xffffffff;
const HIGHEST = 2 ** 31 - 1;

/** The options of a task, checked. */
export interface TaskPlan extends Omit<TaskOptions, 'retry' | 'cost' | 'key' | 'fallback'> {
  readonly costs?: Costs | undefined;
  readonly keyed?: Keyed | undefined;
}

const NO_WISHES: TaskPlan = {};

/** The options of a task of a limiter. */
export function taskOptions(
  core: CapacityCore,
  options: TaskOptions<unknown> | undefined,
  names: Names<TaskOptions<unknown> | AcquireOptions>,
): TaskPlan {
  if (options === undefined) return NO_WISHES;
  checkOptions(options, names);
  // Each is read once: what was checked is what is used, whatever a getter says the next time.
  const { weight, priority, cost, key } = options;
  return {
    signal: checkSignal('signal', options.signal),
    queueTimeout: checkTimeout('queueTimeout', options.queueTimeout),
    runTimeout: checkTimeout('runTimeout', options.runTimeout),
    weight: weight === undefined ? undefined : checkWeight(core, weight),
    costs: cost === undefined ? undefined : checkCost(core, cost),
    priority: priority === undefined ? undefined : checkPriority(core, priority),
    // The last one: only of a task that comes its weight is asked.
    keyed: key === undefined ? undefined : core.keyed(key),
  };
}

function checkWeight(core: CapacityCore, weight: unknown): number {
  const slots = Math.min(core.heaviest, MOST);
  const ofKey = core.perKey?.concurrency ?? slots;
  return ofKey < slots
    ? checkWhole('weight', weight, 1, ofKey, ', which is all the slots that a key may have')
    : checkWhole('weight', weight, 1, slots, ', which is all the slots that there are');
}

/** A priority, which only means something in a limiter that goes by it. */
export function checkPriority(core: CapacityCore, priority: unknown): number {
  const checked = checkWhole('priority', priority, -HIGHEST - 1, HIGHEST);
  if (!core.byPriority) throw misplaced('priority', "a limiter with order: 'priority'");
  return checked;
}

/** A limiter cannot be above itself, however many are between. */
export function checkParent(core: CapacityCore, parent: Limiter | undefined): void {
  for (let at = parent; at !== undefined; at = coreOf(at).parent) {
    if (coreOf(at) === core)
      throw outOfRange('parent', 'a limiter that is not this one nor below it', parent);
  }
}

function misplaced(option: string, needed: string): TypeError {
  return new TypeError(`\`${option}\` says nothing without ${needed}`);
}
