import { ScopeBase } from '../host/context.js';
import type { Runnable } from '../host/residents.js';
import type { Slot } from '../host/slot.js';
import type { HandStarted, Seat } from '../limiter/by-hand.js';
import type { AnyFunction } from '../task/task.js';
import type { QueueAddOptions } from './options.js';

/** What a task wishes for, with a number for a name if it has no other. */
export interface Wishes extends QueueAddOptions {
  readonly number: number;
}

/** A function that waits in a queue or runs, with the async context of whoever added it. */
export class QueueTask extends ScopeBase implements HandStarted, Runnable {
  seat: Seat | undefined;
  /** Where it runs, if it has a slot of the engine. */
  slot: Slot | undefined;
  readonly #fn: AnyFunction;
  readonly #id: string | undefined;
  readonly #number: number;
  readonly signal: AbortSignal | undefined;
  readonly timeout: number | undefined;
  /** As it was wished for, whatever `setPriority` said later. */
  readonly wished: number;
  /** As it counts. */
  priority: number;
  /** Of those with the same priority, the lower the sooner. */
  order = 0;
  /** Where it is among those who wait by the same name, if these are known. */
  place = 0;
  startTime = 0;
  /** Stops listening to the signal. */
  unlisten: (() => void) | undefined;
  /** For who waits for its end though it is nobody's result: fulfils, or rejects with what a listener threw. */
  over: { readonly resolve: () => void; readonly reject: (reason: unknown) => void } | undefined;
  readonly fulfill: (value: unknown) => void;
  readonly fail: (reason: unknown) => void;

  constructor(
    fn: AnyFunction,
    { id, number, signal, timeout, priority = 0 }: Wishes,
    fulfill: (value: unknown) => void,
    fail: (reason: unknown) => void,
  ) {
    super('fanfold.task');
    this.#fn = typeof fn === 'function' ? fn : notCallable;
    this.#id = id;
    this.#number = number;
    this.signal = signal;
    this.timeout = timeout;
    this.wished = priority ?? 0;
    this.priority = this.wished;
    this.fulfill = fulfill;
    this.fail = fail;
  }

  get id(): string {
    return this.#id ?? String(this.#number);
  }

  call(): unknown {
    return this.runInAsyncScope(this.#fn, undefined, { signal: this.signal });
  }

  /** Only an engine that is broken says this. */
  reject(reason: unknown): void {
    this.fail(reason);
  }
}

/** p-queue finds out when it calls. */
function notCallable(): never {
  throw new TypeError('function_ is not a function');
}
