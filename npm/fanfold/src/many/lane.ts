import { NOBODY, ScopeBase } from '../host/context.js';
import type { Runnable, Runner, Slottable } from '../host/residents.js';
import type { Slot } from '../host/slot.js';
import type { Attempts, RetryRun } from '../retry/run.js';
import { lastSettle, pending, type Settle } from '../task/promise.js';
import type { ItemSignal } from './context.js';
import type { ItemRun } from './run.js';
import { isThenable } from './source.js';

const then = Promise.prototype.then;
const settled = Promise.resolve();

/**
 * Takes one item after the other. Its handlers are made once, so that an item costs no closure. To its limiter it is a
 * task: one for each item where others use the limiter too, or one for all its items, which keeps its slot, where the
 * limiter is the work's own and nobody else knows it.
 */
export class Lane extends ScopeBase implements Runnable, Slottable, Attempts {
  readonly #run: ItemRun;
  item: unknown;
  index = 0;
  /** How its item is retried, from the first failure on. */
  retry: RetryRun | undefined;
  /** The signal of its function, where each has its own. */
  signal: ItemSignal | undefined;
  /** When the first attempt of its item began, where that has to be known. */
  begun = 0;
  /** Whether its function runs. */
  running = false;
  /** Whether nobody waits for its function any more, or for its item to come. */
  abandoned = false;
  /** Whether its end is waited for all the same, though not its outcome. */
  waitedFor = false;
  handle = NOBODY;
  #slot: Slot | undefined;
  /** Ends the task that keeps its slot. */
  #leave: Settle | undefined;

  constructor(run: ItemRun) {
    super('fanfold.item');
    this.#run = run;
  }

  /** Whether it has a slot that it keeps from item to item. */
  get staying(): boolean {
    return this.#leave !== undefined;
  }

  /** Begins with an item. One that is still to come is waited for first. */
  begin(): void {
    if (isThenable(this.item)) Promise.resolve(this.item).then(this.#came, this.#missed);
    else if (this.#leave === undefined) this.#run.submit(this);
    else this.#go();
  }

  /** Gives its slot back, if it kept one. */
  leave(): void {
    const leave = this.#leave;
    if (leave === undefined) return;
    this.#leave = undefined;
    this.#slot = undefined;
    this.handle = NOBODY;
    leave(undefined);
  }

  start(runner: Runner, handle: number, limiter: number): void {
    runner.run(this, handle, limiter);
  }

  call(): unknown {
    if (this.abandoned || this.#run.over) return undefined;
    if (!this.#run.stays) return this.#invoke();
    this.#slot = this.#run.host.slot;
    const left = pending<unknown>();
    this.#leave = lastSettle();
    this.#follow(this.#attempt());
    return left;
  }

  /** Its one item is done, or, where it kept its slot, all are. */
  fulfill(value: unknown): void {
    if (!this.running) return;
    this.running = false;
    this.handle = NOBODY;
    if (this.#run.fulfilled(this, value)) void then.call(settled, this.#next);
  }

  fail(reason: unknown): void {
    if (!this.running) return;
    this.running = false;
    this.handle = NOBODY;
    if (this.#run.failed(this, reason)) void then.call(settled, this.#next);
  }

  /** A verdict of its limiter. */
  reject(reason: unknown): void {
    if (!this.abandoned) this.#run.host.defer(() => this.#run.refused(this, reason));
  }

  /** Who cancels it abandons it first. */
  cancelReason(): unknown {
    return undefined;
  }

  again(): void {
    this.#run.awake(this);
  }

  giveUp(reason: unknown): void {
    if (this.#run.gaveUp(this, reason)) this.#run.next(this);
  }

  /** Calls the function in the slot it keeps. */
  #go(): void {
    this.#follow(this.#run.host.within(this.#slot, this.#attempt));
  }

  #follow(result: unknown): void {
    const promise = result instanceof Promise ? result : Promise.resolve(result);
    void then.call(promise, this.#fulfilled, this.#rejected);
  }

  readonly #attempt = (): unknown => {
    try {
      return this.#invoke();
    } catch (error) {
      return Promise.reject(error);
    }
  };

  #invoke(): unknown {
    const run = this.#run;
    this.running = true;
    return this.runInAsyncScope(run.fn, undefined, this.item, this.index, run.begins(this));
  }

  readonly #fulfilled = (value: unknown): void => {
    this.running = false;
    if (this.#run.fulfilled(this, value)) this.#run.next(this);
  };

  readonly #rejected = (reason: unknown): void => {
    this.running = false;
    if (this.#run.failed(this, reason)) this.#run.next(this);
  };

  readonly #next = (): void => this.#run.next(this);

  readonly #came = (item: unknown): void => {
    if (this.abandoned) return;
    this.item = item;
    if (this.#leave === undefined) this.#run.submit(this);
    else this.#go();
  };

  readonly #missed = (reason: unknown): void => {
    if (!this.abandoned && this.#run.missed(this, reason)) this.#run.next(this);
  };
}
