import { wrongType } from '../errors/misuse.js';
import { Handle } from '../task/context-task.js';
import type { AnyFunction } from '../task/task.js';
import { LimiterCore, type LimiterPlan, plainPlan } from './core.js';
import { asyncDispose } from './dispose.js';
import {
  checkCount,
  checkFunction,
  checkObject,
  checkOneOf,
  checkSignal,
  checkSpan,
  checkTimeout,
} from './options.js';
import type { Permit } from './permit.js';
import { cleared } from './record.js';
import type {
  AcquireOptions,
  CloseReport,
  Limiter,
  LimiterOptions,
  LimiterStats,
  TaskContext,
  TaskHandle,
  TaskOptions,
} from './types.js';

const DEFAULT_NAME = 'limiter';
const DEFAULT_GRACE = 30_000;

/** The core of a limiter function. */
const CORE = Symbol('fanfold.core');

type WithCore = { readonly [CORE]: LimiterCore };

/**
 * A limiter: a function that runs other functions, no more than so many at once.
 *
 * @param options How many, or all options.
 * @throws TypeError or RangeError naming the option that is wrong.
 * @throws BackendError if no engine can run here.
 *
 * @example
 * ```ts
 * const limit = createLimiter(8);
 * const pages = await Promise.all(urls.map((url) => limit(fetch, url)));
 * ```
 */
export function createLimiter(options: number | LimiterOptions): Limiter {
  const core = new LimiterCore(plan(options));
  const limiter = (fn: AnyFunction, ...args: unknown[]): Promise<unknown> => {
    checkFunction('fn', fn);
    return core.call(fn, args.length === 0 ? undefined : args);
  };
  Object.setPrototypeOf(limiter, LimiterFace.prototype);
  Object.defineProperty(limiter, CORE, { value: core });
  // Functions have an own name, which would hide the limiter's.
  Object.defineProperty(limiter, 'name', { value: core.name });
  return limiter as unknown as Limiter;
}

/** What a limiter has besides being callable. */
class LimiterFace implements Omit<Limiter, 'name'> {
  declare readonly [CORE]: LimiterCore;

  run<Result>(
    fn: (context: TaskContext) => PromiseLike<Result> | Result,
    options: TaskOptions = {},
  ): Promise<Result> {
    checkFunction('fn', fn);
    return this[CORE].submit(fn, taskOptions(options), limiterOf(this)).result as Promise<Result>;
  }

  submit<Result>(
    fn: (context: TaskContext) => PromiseLike<Result> | Result,
    options: TaskOptions = {},
  ): TaskHandle<Result> {
    checkFunction('fn', fn);
    const { task, result } = this[CORE].submit(fn, taskOptions(options), limiterOf(this));
    return new Handle(task, result as Promise<Result>);
  }

  get concurrency(): number {
    return this[CORE].concurrency;
  }

  set concurrency(concurrency: number) {
    this[CORE].concurrency = checkCount('concurrency', concurrency, 1);
  }

  get activeCount(): number {
    return this[CORE].activeCount;
  }

  get pendingCount(): number {
    return this[CORE].pendingCount;
  }

  get isPaused(): boolean {
    return this[CORE].isPaused;
  }

  get isClosed(): boolean {
    return this[CORE].isClosed;
  }

  pause(ms: number = Number.POSITIVE_INFINITY): void {
    this[CORE].pause(checkSpan('ms', ms));
  }

  resume(): void {
    this[CORE].resume();
  }

  clear(reason?: unknown): number {
    return this[CORE].clear(cleared(reason));
  }

  onIdle(): Promise<void> {
    return this[CORE].onIdle();
  }

  onEmpty(): Promise<void> {
    return this[CORE].onEmpty();
  }

  onRoom(n?: number): Promise<void> {
    return this[CORE].onRoom(n === undefined ? undefined : checkCount('n', n, 1));
  }

  acquire(options: AcquireOptions = {}): Promise<Permit> {
    return this[CORE].acquire(taskOptions(options));
  }

  tryAcquire(): Permit | undefined {
    return this[CORE].tryAcquire();
  }

  close(options: { readonly grace?: number | undefined } = {}): Promise<CloseReport> {
    checkObject('options', options);
    const { grace = DEFAULT_GRACE } = options;
    return this[CORE].close(checkSpan('grace', grace));
  }

  stats(): LimiterStats {
    return this[CORE].stats();
  }

  async [asyncDispose](): Promise<void> {
    await this.close();
  }
}

Object.setPrototypeOf(LimiterFace.prototype, Function.prototype);

function limiterOf(face: WithCore): Limiter {
  return face as unknown as Limiter;
}

function plan(options: number | LimiterOptions): LimiterPlan {
  if (typeof options === 'number') return plainPlan(checkCount('concurrency', options, 1), DEFAULT_NAME);
  if (typeof options !== 'object' || options === null) {
    throw wrongType('options', 'a number or an object with a `concurrency`', options);
  }
  const { name = DEFAULT_NAME, maxQueue = Number.POSITIVE_INFINITY } = options;
  if (typeof name !== 'string') throw wrongType('name', 'a string', name);
  return {
    concurrency: checkCount('concurrency', options.concurrency, 1),
    name,
    signal: checkSignal('signal', options.signal),
    maxQueue: checkCount('maxQueue', maxQueue, 0),
    overflow: checkOneOf('overflow', options.overflow, ['reject', 'drop-oldest', 'drop-newest']),
    order: checkOneOf('order', options.order, ['fifo', 'lifo']),
    queueTimeout: checkTimeout('queueTimeout', options.queueTimeout) ?? Number.POSITIVE_INFINITY,
    runTimeout: checkTimeout('runTimeout', options.runTimeout) ?? Number.POSITIVE_INFINITY,
    nested: checkOneOf('nested', options.nested, ['warn', 'error', 'inherit']),
  };
}

function taskOptions(options: TaskOptions): TaskOptions {
  checkObject('options', options);
  // Each is read once: what was checked is what is used, whatever a getter says the next time.
  return {
    signal: checkSignal('signal', options.signal),
    queueTimeout: checkTimeout('queueTimeout', options.queueTimeout),
    runTimeout: checkTimeout('runTimeout', options.runTimeout),
  };
}
