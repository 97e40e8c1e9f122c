import { reprioritize, settleCost } from '../host/capacity-commands.js';
import type { Host } from '../host/host.js';
import { nextTaskId } from '../task/id.js';
import { lastSettle, pending, Rejection, type Settle, silence } from '../task/promise.js';
import { type AnyFunction, Task } from '../task/task.js';
import { checkActual } from './rates.js';
import type { Cost, Limiter, TaskContext } from './types.js';

/** What has happened to a task, as bits. One field for all: a task that waits is what a queue is made of. */
const CALLED = 1;
/** The promise of its function has settled. */
const ENDED = 2;
/** It was given up on. */
const REJECTED = 4;
const CANCELLED = 8;

/** Somebody waits for a task to start. */
interface Start {
  readonly promise: Promise<void>;
  readonly settle: Settle;
}

/** A task whose function is told about it, and which can be watched and cancelled. */
export class ContextTask extends Task {
  readonly id = nextTaskId();
  readonly limiter: Limiter;
  readonly attempt: number;
  readonly #host: Host;
  readonly #signal: AbortSignal | undefined;
  handle = -1;
  #past = 0;
  #priority: number;
  /** Why it was cancelled or given up on. */
  #reason: unknown;
  #controller: AbortController | undefined;
  #start: Start | undefined;

  constructor(
    host: Host,
    fn: AnyFunction,
    settle: Settle,
    limiter: Limiter,
    signal: AbortSignal | undefined,
    attempt: number,
    priority = 0,
  ) {
    super(fn, undefined, settle);
    this.#host = host;
    this.limiter = limiter;
    this.attempt = attempt;
    this.#signal = signal;
    this.#priority = priority;
  }

  get state(): 'queued' | 'running' | 'done' {
    if ((this.#past & (ENDED | REJECTED)) !== 0) return 'done';
    return (this.#past & CALLED) === 0 ? 'queued' : 'running';
  }

  override call(): unknown {
    this.#past |= CALLED;
    this.#start?.settle(undefined);
    return this.runInAsyncScope(this.fn, undefined, new Context(this));
  }

  override fulfill(value: unknown): void {
    this.#past |= ENDED;
    this.settle(value);
  }

  override fail(reason: unknown): void {
    this.#past |= ENDED;
    this.settle(new Rejection(reason));
  }

  override reject(reason: unknown): void {
    this.#past |= REJECTED;
    this.#reason = reason;
    this.settle(new Rejection(reason));
    if ((this.#past & CALLED) === 0) this.#start?.settle(new Rejection(reason));
    else if (this.#controller !== undefined) this.#host.defer(() => this.#controller?.abort(reason));
  }

  override cancelReason(): unknown {
    return (this.#past & CANCELLED) === 0 ? this.#signal?.reason : this.#reason;
  }

  /** Made when first asked for: most functions never do. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if ((this.#past & REJECTED) !== 0) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  get started(): Promise<void> {
    if (this.#start === undefined) {
      const promise = pending<void>();
      const settle = lastSettle();
      silence(promise);
      this.#start = { promise, settle };
      if (this.state !== 'queued')
        settle((this.#past & CALLED) === 0 ? new Rejection(this.#reason) : undefined);
    }
    return this.#start.promise;
  }

  settleCost(actual: Cost): void {
    const costs = checkActual(actual);
    if ((this.#past & ENDED) !== 0)
      throw new Error('The task has ended: `settleCost` has to be called while its function runs');
    settleCost(this.#host, this.handle, costs);
  }

  get priority(): number {
    return this.#priority;
  }

  set priority(priority: number) {
    this.#priority = priority;
    if (this.state === 'queued') reprioritize(this.#host, this.handle, priority);
  }

  cancel(reason: unknown): boolean {
    if (this.state === 'done') return false;
    this.#past |= CANCELLED;
    this.#reason = reason;
    this.#host.cancel(this.handle);
    return true;
  }
}

/** What the function is told. */
class Context implements TaskContext {
  readonly #task: ContextTask;

  constructor(task: ContextTask) {
    this.#task = task;
  }

  get id(): number {
    return this.#task.id;
  }

  get limiter(): Limiter {
    return this.#task.limiter;
  }

  get attempt(): number {
    return this.#task.attempt;
  }

  get signal(): AbortSignal {
    return this.#task.signal;
  }

  /** A function of its own, so that it can be taken out of the context by its name. */
  get settleCost(): (actual: Cost) => void {
    return (actual) => this.#task.settleCost(actual);
  }
}
