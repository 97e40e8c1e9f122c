import { ScopeBase } from '../host/context.js';
import type { Runnable, Runner, Slottable } from '../host/residents.js';
import { Rejection, type Settle } from './promise.js';

/** Any function that a task may call. */
// biome-ignore lint/suspicious/noExplicitAny: the parameters are the caller's business
export type AnyFunction = (...args: any[]) => unknown;

/**
 * A function that waits for its turn, with the async context of whoever submitted it. Nothing is kept here
 * that a plain call does not need: what runs a million times has five fields.
 */
export class Task extends ScopeBase implements Slottable, Runnable {
  readonly fn: AnyFunction;
  readonly args: unknown[] | undefined;
  readonly settle: Settle;

  constructor(fn: AnyFunction, args: unknown[] | undefined, settle: Settle) {
    super('fanfold.task');
    this.fn = fn;
    this.args = args;
    this.settle = settle;
  }

  start(runner: Runner, handle: number, limiter: number): void {
    runner.run(this, handle, limiter);
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
