import { coreOf } from '../check/limiter.js';
import { checkFunction } from '../check/options.js';
import { InternalError } from '../errors/internal.js';
import { onAbort } from '../host/abort.js';
import { ScopeBase } from '../host/context.js';
import { isThenable, lastSettle, pending, Rejection, type Settle, silence } from '../task/promise.js';
import { TASK, type Tasked } from './handle.js';
import type { Fallback, Limiter, TaskContext, TaskHandle } from './types.js';

/** A fallback, or none. */
export function checkFallback(
  fallback: Fallback<unknown> | false | undefined,
  inherited?: Fallback<unknown>,
): Fallback<unknown> | undefined {
  if (fallback === undefined) return inherited;
  if (fallback === false) return undefined;
  checkFunction('fallback', fallback);
  return fallback;
}

/** What the submitter holds of a task that is given a value where it would fail. */
export class SubstitutedHandle extends ScopeBase implements TaskHandle<unknown>, Tasked {
  readonly result: Promise<unknown>;
  readonly #settle: Settle;
  readonly #task: TaskHandle<unknown> & Tasked;
  readonly #fallback: Fallback<unknown>;
  readonly #limiter: Limiter;
  readonly #signal: AbortSignal | undefined;
  readonly #unlisten: (() => void)[] = [];
  #calls = 0;
  #cancelled = false;
  #done = false;

  constructor(
    begin: (fn: (context: TaskContext) => unknown) => TaskHandle<unknown> & Tasked,
    fn: (context: TaskContext) => unknown,
    fallback: Fallback<unknown>,
    limiter: Limiter,
    signal: AbortSignal | undefined,
  ) {
    super('fanfold.fallback');
    this.result = pending<unknown>();
    this.#settle = lastSettle();
    this.#fallback = fallback;
    this.#limiter = limiter;
    this.#signal = signal;
    this.#task = begin((context) => {
      this.#calls++;
      return fn(context);
    });
    this.#task.result.then(this.#end, this.#failed);
  }

  get id(): number {
    return this.#task.id;
  }

  get state(): 'queued' | 'running' | 'done' {
    if (this.#done) return 'done';
    const { state } = this.#task;
    return state === 'done' ? 'running' : state;
  }

  get started(): Promise<void> {
    return this.#task.started;
  }

  get priority(): number {
    return this.#task.priority;
  }

  set priority(priority: number) {
    this.#task.priority = priority;
  }

  [TASK](): ReturnType<Tasked[typeof TASK]> {
    return this.#task[TASK]();
  }

  cancel(reason: unknown = new DOMException('The task was cancelled', 'AbortError')): boolean {
    if (this.#done) return false;
    silence(this.result);
    this.#cancelled = true;
    // What has failed already is settled here: its fallback is given up on.
    if (!this.#task.cancel(reason)) this.#end(new Rejection(reason));
    return true;
  }

  readonly #end = (outcome: unknown): void => {
    if (this.#done) return;
    this.#done = true;
    for (const unlisten of this.#unlisten) unlisten();
    this.#settle(outcome);
  };

  readonly #failed = (error: unknown): void => {
    if (this.#done) return;
    if (this.#isFinal(error)) {
      this.#end(new Rejection(error));
      return;
    }
    let substitute: unknown;
    try {
      const info = { limiter: this.#limiter, calls: this.#calls };
      const fallback = this.#fallback;
      // In the context of the caller, whatever the function entered.
      substitute = this.runInAsyncScope(fallback, undefined, error, info);
    } catch (thrown) {
      this.#end(new Rejection(thrown));
      return;
    }
    if (!isThenable(substitute)) {
      this.#end(substitute);
      return;
    }
    for (const signal of this.#signals()) {
      const giveUp = (): void => this.#end(new Rejection(signal.reason));
      if (signal.aborted) giveUp();
      else this.#unlisten.push(onAbort(signal, giveUp));
    }
    Promise.resolve(substitute).then(this.#end, (reason: unknown) => this.#end(new Rejection(reason)));
  };

  /** Those that end a fallback under way: the task's, and those of its limiter and all above that. */
  #signals(): AbortSignal[] {
    const signals: (AbortSignal | undefined)[] = [this.#signal];
    for (let at: Limiter | undefined = this.#limiter; at !== undefined; at = coreOf(at).parent) {
      signals.push(coreOf(at).signal);
    }
    return signals.filter((signal) => signal !== undefined);
  }

  /** Who gave it up wants no value, and a bug of ours is no failure of theirs. */
  #isFinal(error: unknown): boolean {
    const signal = this.#signal;
    const { aborted } = coreOf(this.#limiter);
    return (
      this.#cancelled ||
      error instanceof InternalError ||
      (signal?.aborted === true && Object.is(signal.reason, error)) ||
      (aborted !== undefined && Object.is(aborted.reason, error))
    );
  }
}
