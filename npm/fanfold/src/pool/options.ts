import { DEFAULT_CAPACITY } from '../buffer/options.js';
import { checkLimiter, coreOf, retryOf } from '../check/limiter.js';
import { checkOptions, type Names } from '../check/names.js';
import { checkCount, checkFunction, checkOneOf, checkSignal, checkTimeout } from '../check/options.js';
import { outOfRange, wrongType } from '../errors/misuse.js';
import type { CapacityCore } from '../limiter/capacity-core.js';
import { createLimiter } from '../limiter/limiter.js';
import { type TaskPlan, taskOptions } from '../limiter/options.js';
import type { AcquireOptions, Limiter } from '../limiter/types.js';
import { checkSource } from '../many/source.js';
import type { RetryPlan } from '../retry/options.js';
import { policyPlan } from '../retry/policy.js';
import type { AnyFunction } from '../task/task.js';
import type { PoolOptions, PoolTask, PoolTaskOptions, SuspendOptions, TaskId } from './types.js';

const POOL_OPTIONS: Names<PoolOptions> = {
  results: true,
  messages: true,
  maxSuspended: true,
  progress: true,
  onFailure: true,
  retry: true,
  timeout: true,
  suspendTimeout: true,
  signal: true,
  parent: true,
};
const CAPACITY_OPTIONS: Names<NonNullable<PoolOptions['results']>> = { capacity: true };
const ITEM_OPTIONS: Names<PoolTaskOptions<unknown, unknown>> = {
  run: true,
  id: true,
  name: true,
  weight: true,
  share: true,
  priority: true,
  key: true,
  cost: true,
  retry: true,
  timeout: true,
  signal: true,
};
/** Those of a task that its limiter knows. */
const LIMITER_OPTIONS: Names<AcquireOptions> = {
  signal: true,
  queueTimeout: true,
  weight: true,
  priority: true,
  cost: true,
  key: true,
};
const SUSPEND_OPTIONS: Names<SuspendOptions> = { timeout: true, signal: true, priority: true };

/** The options of a pool, read, checked and complete. */
export interface PoolPlan {
  readonly name: string;
  readonly limiter: Limiter;
  readonly core: CapacityCore;
  readonly capacity: number;
  readonly messageCapacity: number;
  /** How many tasks may be without a slot, suspended or waiting for their next attempt. */
  readonly maxSuspended: number;
  readonly isLatest: boolean;
  readonly stops: boolean;
  readonly retry: RetryPlan | undefined;
  readonly timeout: number | undefined;
  /** `Infinity` for none. */
  readonly suspendTimeout: number;
  readonly signal: AbortSignal | undefined;
  readonly parent: PoolTask | undefined;
}

/** What a task wishes, checked and complete. */
export interface JobPlan {
  readonly id: TaskId | undefined;
  readonly name: string | undefined;
  readonly share: number;
  /** What its limiter is told, but for the signal, which it has to heed without a slot too. */
  readonly load: TaskPlan;
  readonly retry: RetryPlan | undefined;
  /** How long an attempt may have a slot. */
  readonly timeout: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Reads the arguments of a pool, each option once.
 *
 * @throws TypeError or RangeError naming the one that is wrong.
 */
export function poolPlan(name: string, source: unknown, limiter: unknown, options: PoolOptions): PoolPlan {
  if (typeof name !== 'string') throw wrongType('name', 'a string', name);
  checkSource(source);
  checkOptions(options, POOL_OPTIONS);
  const given =
    typeof limiter === 'number'
      ? createLimiter({ concurrency: checkCount('limiter', limiter, 1), name, order: 'priority' })
      : checkGiven(limiter);
  return {
    name,
    limiter: given as Limiter,
    core: coreOf(given as Limiter),
    capacity: capacityOf('results', options.results),
    messageCapacity: capacityOf('messages', options.messages),
    maxSuspended: checkCount('maxSuspended', options.maxSuspended ?? DEFAULT_CAPACITY, 1),
    isLatest: checkOneOf('progress', options.progress, ['all', 'latest']) === 'latest',
    stops: checkOneOf('onFailure', options.onFailure, ['continue', 'stop']) === 'stop',
    retry: policyPlan(options.retry, retryOf(given)),
    timeout: checkTimeout('timeout', options.timeout),
    suspendTimeout: checkTimeout('suspendTimeout', options.suspendTimeout) ?? Number.POSITIVE_INFINITY,
    signal: checkSignal('signal', options.signal),
    parent: options.parent,
  };
}

function checkGiven(limiter: unknown): Limiter | undefined {
  if (typeof limiter !== 'function')
    throw wrongType('limiter', 'a limiter, or how many may run at once', limiter);
  return checkLimiter('limiter', limiter);
}

/** What a task is: a function, and what it wishes. */
export interface Wished {
  readonly fn: AnyFunction;
  readonly plan: JobPlan;
}

/**
 * Reads a task that is no function.
 *
 * @param where What messages call it.
 * @throws TypeError or RangeError naming what is wrong.
 */
export function wished(pool: PoolPlan, item: unknown, where: string): Wished {
  if (typeof item !== 'object' || item === null) {
    throw wrongType(where, 'a function, or an object with a function `run`', item);
  }
  const options = item as PoolTaskOptions<unknown, unknown>;
  checkOptions(options, ITEM_OPTIONS, `${where}.`);
  const { run, id, name, share, weight, priority, key, cost } = options;
  checkFunction(`${where}.run`, run);
  if (name !== undefined && typeof name !== 'string') throw wrongType(`${where}.name`, 'a string', name);
  const load = taskOptions(pool.core, { weight, priority, key, cost }, LIMITER_OPTIONS);
  const retry = policyPlan(options.retry, pool.retry);
  const timeout = checkTimeout(`${where}.timeout`, options.timeout);
  const plan = {
    id: checkId(`${where}.id`, id),
    name,
    share: share === undefined ? (load.weight ?? 1) : checkShare(`${where}.share`, share),
    load,
    retry,
    timeout: finite(timeout ?? pool.timeout ?? retry?.attemptTimeout),
    signal: checkSignal(`${where}.signal`, options.signal),
  };
  // A method of the object is called as one.
  return { fn: (task) => run.call(options, task), plan };
}

/** How a wait without a slot is waited for. */
export interface SuspendPlan {
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  readonly priority: number | undefined;
}

/** @throws TypeError or RangeError naming the option that is wrong. */
export function suspendPlan(pool: PoolPlan, options: SuspendOptions | undefined): SuspendPlan {
  if (options === undefined) {
    return { timeout: pool.suspendTimeout, signal: undefined, priority: undefined };
  }
  checkOptions(options, SUSPEND_OPTIONS);
  const { priority } = taskOptions(pool.core, { priority: options.priority }, LIMITER_OPTIONS);
  return {
    timeout: checkTimeout('timeout', options.timeout) ?? pool.suspendTimeout,
    signal: checkSignal('signal', options.signal),
    priority,
  };
}

const NO_LOAD: TaskPlan = {};

/** What a task wishes that is a function. */
export function noWishes({ retry, timeout }: PoolPlan): JobPlan {
  return {
    id: undefined,
    name: undefined,
    share: 1,
    load: NO_LOAD,
    retry,
    timeout: finite(timeout ?? retry?.attemptTimeout),
    signal: undefined,
  };
}

function capacityOf(option: string, options: PoolOptions['results']): number {
  if (options === undefined) return DEFAULT_CAPACITY;
  checkOptions(options, CAPACITY_OPTIONS, `${option}.`);
  return checkCount(`${option}.capacity`, options.capacity ?? DEFAULT_CAPACITY, 0);
}

function checkId(option: string, value: unknown): TaskId | undefined {
  if (value === undefined || typeof value === 'string') return value;
  if (typeof value !== 'number') throw wrongType(option, 'a string or a number', value);
  if (Number.isNaN(value)) throw outOfRange(option, 'a string or a number', value);
  return value;
}

function checkShare(option: string, value: unknown): number {
  const expected = 'a finite number above 0';
  if (typeof value !== 'number') throw wrongType(option, expected, value);
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) throw outOfRange(option, expected, value);
  return value;
}

/** No limit is the same as none given. */
function finite(timeout: number | undefined): number | undefined {
  return timeout === Number.POSITIVE_INFINITY ? undefined : timeout;
}
