import { CORE, checkLimiter, RETRY, type WithCore } from '../check/limiter.js';
import { checkOptions } from '../check/names.js';
import { checkCount, checkFunction, checkSpan } from '../check/options.js';
import { wrongType } from '../errors/misuse.js';
import { asyncDispose } from '../host/dispose.js';
import { OBSERVE, type Observable, type StageListener } from '../observe/stage.js';
import type { RetryPlan } from '../retry/options.js';
import { policyPlan } from '../retry/policy.js';
import type { AnyFunction } from '../task/task.js';
import { AdaptiveLimit, checkConcurrency, follow } from './adaptive.js';
import { checkBreaker } from './breaker.js';
import { CapacityCore } from './capacity-core.js';
import { checkFallback, SubstitutedHandle } from './fallback.js';
import { Guard } from './guard.js';
import { Handle, TASK, type Tasked } from './handle.js';
import {
  ACQUIRE_OPTIONS,
  checkParent,
  LIMITER_OPTIONS,
  limiterPlan,
  TASK_OPTIONS,
  taskOptions,
} from './options.js';
import type { Permit } from './permit.js';
import { plainPlan } from './plan.js';
import { checkRates } from './rates.js';
import { cleared } from './record.js';
import { submitRetried } from './retried.js';
import type {
  AcquireOptions,
  AdaptiveConcurrency,
  BlockedBy,
  BreakerOptions,
  CloseReport,
  CompleteRate,
  Fallback,
  Limiter,
  LimiterOptions,
  LimiterStats,
  Rate,
  TaskContext,
  TaskHandle,
  TaskOptions,
} from './types.js';
import { Watching } from './watching.js';

const DEFAULT_NAME = 'limiter';
const DEFAULT_GRACE = 30_000;

const CLOSE_OPTIONS = { grace: true } as const;

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
  if (typeof options === 'number') {
    return faceOf(
      new CapacityCore(plainPlan(checkCount('concurrency', options, 1), DEFAULT_NAME)),
      undefined,
    );
  }
  if (typeof options !== 'object' || options === null) {
    throw wrongType('options', 'a number or an object with a `concurrency`', options);
  }
  checkOptions(options, LIMITER_OPTIONS);
  return openLimiter(options, options.concurrency, DEFAULT_NAME);
}

/** The same, with names of options that were looked at, and under another name if none is given. */
export function openLimiter(
  options: Omit<LimiterOptions, 'concurrency'>,
  concurrency: number | AdaptiveConcurrency,
  byDefault: string,
): Limiter {
  const plan = limiterPlan(options, concurrency, byDefault);
  const retry = policyPlan(options.retry);
  const fallback = checkFallback(options.fallback);
  return faceOf(new CapacityCore(plan), retry, fallback);
}

/** The limiter that users hold, for a core. */
export function faceOf(
  core: CapacityCore,
  retry: RetryPlan | undefined,
  fallback?: Fallback<unknown>,
): Limiter {
  const watching = new Watching(core);
  core.watching = watching;
  const call = (fn: AnyFunction, ...args: unknown[]): Promise<unknown> => {
    checkFunction('fn', fn);
    const watch = watching.watch(false);
    const called = watch === undefined ? fn : watch.wrap(fn);
    const heard = core.hears
      ? core.hear(called, limiterOf(limiter as unknown as WithCore), 1, 'nothing')
      : called;
    const given = args.length === 0 ? undefined : args;
    return watch === undefined ? core.call(heard, given) : watching.call(heard, given, watch);
  };
  const limiter =
    retry === undefined && fallback === undefined
      ? call
      : (fn: AnyFunction, ...args: unknown[]): Promise<unknown> => {
          checkFunction('fn', fn);
          return submit(limiter as unknown as LimiterFace, () => fn(...args)).result;
        };
  Object.setPrototypeOf(limiter, LimiterFace.prototype);
  // Functions have an own name, which would hide the limiter's.
  Object.defineProperties(limiter, {
    [CORE]: { value: core },
    [RETRY]: { value: retry },
    [FALLBACK]: { value: fallback },
    name: { value: core.name },
  });
  return limiter as unknown as Limiter;
}

/** How a limiter gives values to calls that failed, if it does. */
const FALLBACK: unique symbol = Symbol('fanfold.fallback');

/** Submits a task with all that is around it: its fallback, and within that its retries. */
function submit(
  face: LimiterFace,
  fn: (context: TaskContext) => unknown,
  options?: TaskOptions<unknown>,
): TaskHandle<unknown> & Tasked {
  const core = face[CORE];
  const checked = taskOptions(core, options, TASK_OPTIONS);
  const retry = policyPlan(options?.retry, face[RETRY]);
  const fallback = checkFallback(options?.fallback, face[FALLBACK]);
  const limiter = limiterOf(face);
  const begin = (called: AnyFunction): TaskHandle<unknown> & Tasked => {
    if (retry !== undefined) return submitRetried(called, checked, limiter, retry);
    const { task, result } = core.submit(called, checked, limiter);
    return new Handle(task, result);
  };
  return fallback === undefined
    ? begin(fn)
    : new SubstitutedHandle(begin, fn, fallback, limiter, checked.signal);
}

/** What a limiter has besides being callable. */
class LimiterFace implements Omit<Limiter, 'name'>, Observable {
  declare readonly [CORE]: CapacityCore;
  declare readonly [RETRY]: RetryPlan | undefined;
  declare readonly [FALLBACK]: Fallback<unknown> | undefined;

  run<Result>(
    fn: (context: TaskContext) => PromiseLike<Result> | Result,
    options?: TaskOptions,
  ): Promise<Result> {
    checkFunction('fn', fn);
    return submit(this as LimiterFace, fn, options).result as Promise<Result>;
  }

  submit<Result>(
    fn: (context: TaskContext) => PromiseLike<Result> | Result,
    options?: TaskOptions,
  ): TaskHandle<Result> {
    checkFunction('fn', fn);
    return submit(this as LimiterFace, fn, options) as TaskHandle<Result>;
  }

  get concurrency(): number {
    return this[CORE].concurrency;
  }

  set concurrency(concurrency: number | AdaptiveConcurrency) {
    const limit = checkConcurrency(concurrency);
    if (limit instanceof AdaptiveLimit) follow(this[CORE], limit);
    else this[CORE].concurrency = limit;
  }

  get parent(): Limiter | undefined {
    return this[CORE].parent;
  }

  set parent(parent: Limiter | undefined) {
    const above = checkLimiter('parent', parent);
    checkParent(this[CORE], above);
    this[CORE].parent = above;
  }

  get rate(): readonly CompleteRate[] {
    return this[CORE].rates.map(({ nth: _, ...rate }) => rate);
  }

  set rate(rate: Rate | readonly Rate[] | undefined) {
    this[CORE].rates = checkRates(rate);
  }

  get breaker(): BreakerOptions | undefined {
    return this[CORE].breaker;
  }

  set breaker(breaker: BreakerOptions | undefined) {
    Guard.of(this[CORE]).breakBy(this[CORE], checkBreaker(breaker));
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

  acquire(options?: AcquireOptions): Promise<Permit> {
    return this[CORE].acquire(taskOptions(this[CORE], options, ACQUIRE_OPTIONS));
  }

  tryAcquire(): Permit | undefined {
    return this[CORE].tryAcquire();
  }

  close(options: { readonly grace?: number | undefined } = {}): Promise<CloseReport> {
    checkOptions(options, CLOSE_OPTIONS);
    const { grace = DEFAULT_GRACE } = options;
    return this[CORE].close(checkSpan('grace', grace));
  }

  blockedBy(handle: TaskHandle<unknown>): BlockedBy | null {
    const task = (handle as Partial<Tasked> | undefined)?.[TASK]?.();
    if (task?.limiter !== limiterOf(this))
      throw wrongType('handle', 'what `submit` of this limiter gave', handle);
    return this[CORE].blockedBy(task);
  }

  stats(): LimiterStats {
    return this[CORE].stats();
  }

  [OBSERVE](listener: StageListener): () => void {
    return (this[CORE].watching as Watching).add(listener);
  }

  async [asyncDispose](): Promise<void> {
    await this.close();
  }
}

Object.setPrototypeOf(LimiterFace.prototype, Function.prototype);

function limiterOf(face: WithCore): Limiter {
  return face as unknown as Limiter;
}
