import { coreOf } from '../check/limiter.js';
import { Call } from '../retry/call.js';
import type { RetryPlan } from '../retry/options.js';
import { contented } from '../retry/unsatisfied.js';
import { lastSettle, pending, refused, silence } from '../task/promise.js';
import type { ContextTask } from './context-task.js';
import { TASK, type Tasked } from './handle.js';
import { checkPriority, type TaskPlan } from './options.js';
import type { Limiter, TaskContext, TaskHandle } from './types.js';

/** How many calls a plan has served: each draws its jitter from a chance of its own. */
const served = new WeakMap<RetryPlan, number>();

/** Submits a function that is tried again when it fails: each attempt is a task of the limiter, in its turn. */
export function submitRetried(
  fn: (context: TaskContext) => unknown,
  options: TaskPlan,
  limiter: Limiter,
  plan: RetryPlan,
): RetriedHandle {
  const nth = served.get(plan) ?? 0;
  served.set(plan, nth + 1);
  const result = pending<unknown>();
  const core = coreOf(limiter);
  const watch = core.watch(true);
  const settled = watch?.settling(lastSettle()) ?? lastSettle();
  const settle = core.hears ? contented(settled) : settled;
  const attemptOptions = { ...options, attemptTimeout: plan.attemptTimeout };
  const handle = new RetriedHandle(result, limiter, attemptOptions);
  const call = new Call(
    plan,
    core.host,
    (attempt, _elapsed, begins) => {
      const called = (context: TaskContext) => {
        begins();
        return fn(context);
      };
      const submitted = core.submit(called, attemptOptions, limiter, attempt, 'all', watch);
      handle.task = submitted.task;
      return submitted.result;
    },
    settle,
    nth,
    core,
    watch,
  );
  handle.begin(call, options.signal, core.signal);
  return handle;
}

/** What the submitter holds of a task with several attempts. */
class RetriedHandle implements TaskHandle<unknown>, Tasked {
  readonly result: Promise<unknown>;
  /** The attempt made last. `undefined` where the signal was aborted before the first. */
  task: ContextTask | undefined;
  #call: Call | undefined;
  #id: number | undefined;
  #started: Promise<void> | undefined;
  readonly #limiter: Limiter;
  readonly #options: { priority?: number | undefined };

  /** @param options What each attempt is submitted with. */
  constructor(result: Promise<unknown>, limiter: Limiter, options: { priority?: number | undefined }) {
    this.result = result;
    this.#limiter = limiter;
    this.#options = options;
  }

  begin(call: Call, signal: AbortSignal | undefined, ends: AbortSignal | undefined): void {
    this.#call = call;
    call.begin(signal, ends);
    this.#id = this.task?.id;
    this.#started = this.task?.started ?? refused(signal?.aborted ? signal.reason : ends?.reason);
  }

  get id(): number {
    return this.#id ?? 0;
  }

  get state(): 'queued' | 'running' | 'done' {
    if (this.#call?.done !== false) return 'done';
    // Between two attempts it waits for its next start.
    return this.task?.state === 'running' ? 'running' : 'queued';
  }

  get started(): Promise<void> {
    return this.#started as Promise<void>;
  }

  get priority(): number {
    return this.#options.priority ?? 0;
  }

  set priority(priority: number) {
    this.#options.priority = checkPriority(coreOf(this.#limiter), priority);
    if (this.task !== undefined) this.task.priority = priority;
  }

  [TASK](): ReturnType<Tasked[typeof TASK]> {
    return this.task ?? { limiter: this.#limiter, state: 'done', handle: -1 };
  }

  cancel(reason: unknown = new DOMException('The task was cancelled', 'AbortError')): boolean {
    // Whoever cancels knows how it ends, and need not look at the result for it.
    if (this.state !== 'done') silence(this.result);
    const cancelled = this.#call?.cancel(reason) ?? false;
    if (cancelled) this.task?.cancel(reason);
    return cancelled;
  }
}
