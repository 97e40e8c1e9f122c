import { ScopeBase } from '../host/context.js';
import type { Host } from '../host/host.js';
import { Rejection, type Settle } from './promise.js';

/** Any function that a task may call. */
// biome-ignore lint/suspicious/noExplicitAny: the parameters are the caller's business
export type AnyFunction = (...args: any[]) => unknown;

/** Something that waits for a slot. */
export interface Slottable {
  /** The slot is there. */
  start(host: Host, handle: number, limiter: number): void;
  /** Its promise is to be rejected; the slot, if it has one, is kept. */
  reject(reason: unknown): void;
  /** The reason its own signal or its handle's `cancel` gave. */
  cancelReason(): unknown;
}

/**
 * A function that waits for its turn, with the async context of whoever submitted it. Nothing is kept here
 * that a plain call does not need: what runs a million times has five fields.
 */
export class Task extends ScopeBase implements Slottable {
  readonly fn: AnyFunction;
  readonly args: unknown[] | undefined;
  readonly settle: Settle;

  constructor(fn: AnyFunction, args: unknown[] | undefined, settle: Settle) {
    super('fanfold.task');
    this.fn = fn;
    this.args = args;
    this.settle = settle;
  }

  start(host: Host, handle: number, limiter: number): void {
    host.run(this, handle, limiter);
  }

  /** Calls the function. */
  call(): unknown {
    const args = this.args;
    return args === undefined
      ? this.runInAsyncScope(this.fn)
      : this.runInAsyncScope(this.fn, undefined, ...args);
  }

  fulfill(value: unknown): void {
    this.settle(value);
  }

  /** Its function failed. */
  fail(reason: unknown): void {
    this.settle(new Rejection(reason));
  }

  reject(reason: unknown): void {
    this.settle(new Rejection(reason));
  }

  cancelReason(): unknown {
    return undefined;
  }
}
