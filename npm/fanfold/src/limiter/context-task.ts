import type { Host } from '../host/host.js';
import { lastSettle, pending, Rejection, type Settle, silence } from '../task/promise.js';
import { type AnyFunction, Task } from '../task/task.js';
import { checkActual } from './rates.js';
import type { Cost, Limiter, TaskContext } from './types.js';

let lastId = 0;

/** A task whose function is told about it, and which can be watched and cancelled. */
export class ContextTask extends Task {
  readonly id = ++lastId;
  readonly limiter: Limiter;
  readonly attempt: number;
  readonly #host: Host;
  readonly #signal: AbortSignal | undefined;
  state: 'queued' | 'running' | 'done' = 'queued';
  handle = -1;
  #priority: number;
  #cancelReason: unknown;
  #cancelled = false;
  #called = false;
  /** Whether the promise of its function has settled. */
  #ended = false;
  /** Whether and why it was given up on. */
  #rejected = false;
  #reason: unknown;
  #controller: AbortController | undefined;
  #started: Promise<void> | undefined;
  #settleStarted: Settle | undefined;

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

  override call(): unknown {
    this.state = 'running';
    this.#called = true;
    this.#settleStarted?.(undefined);
    return this.runInAsyncScope(this.fn, undefined, new Context(this));
  }

  override fulfill(value: unknown): void {
    this.#ended = true;
    this.state = 'done';
    this.settle(value);
  }

  override fail(reason: unknown): void {
    this.#ended = true;
    this.state = 'done';
    this.settle(new Rejection(reason));
  }

  override reject(reason: unknown): void {
    this.state = 'done';
    this.#rejected = true;
    this.#reason = reason;
    this.settle(new Rejection(reason));
    if (!this.#called) this.#settleStarted?.(new Rejection(reason));
    else if (this.#controller !== undefined) this.#host.defer(() => this.#controller?.abort(reason));
  }

  override cancelReason(): unknown {
    return this.#cancelled ? this.#cancelReason : this.#signal?.reason;
  }

  /** Made when first asked for: most functions never do. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#rejected) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  get started(): Promise<void> {
    if (this.#started === undefined) {
      this.#started = pending<void>();
      const settle = lastSettle();
      silence(this.#started);
      if (this.state === 'queued') this.#settleStarted = settle;
      else settle(this.#called ? undefined : new Rejection(this.#reason));
    }
    return this.#started;
  }

  settleCost(actual: Cost): void {
    const costs = checkActual(actual);
    if (this.#ended)
      throw new Error('The task has ended: `settleCost` has to be called while its function runs');
    this.#host.settleCost(this.handle, costs);
  }

  get priority(): number {
    return this.#priority;
  }

  set priority(priority: number) {
    this.#priority = priority;
    if (this.state === 'queued') this.#host.reprioritize(this.handle, priority);
  }

  cancel(reason: unknown): boolean {
    if (this.state === 'done') return false;
    this.#cancelled = true;
    this.#cancelReason = reason;
    this.#host.cancel(this.handle);
    return true;
  }
}

/** What the function is told. */
class Context implements TaskContext {
  readonly #task: ContextTask;
  readonly id: number;
  readonly limiter: Limiter;

  constructor(task: ContextTask) {
    this.#task = task;
    this.id = task.id;
    this.limiter = task.limiter;
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
