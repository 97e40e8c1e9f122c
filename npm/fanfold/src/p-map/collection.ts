import { lastSettle, pending, Rejection, type Settle } from '../task/promise.js';
import type { AnyFunction } from '../task/task.js';
import type { Input } from './options.js';
import { pMapSkip, pMapStop } from './symbols.js';
import { PulledWork } from './work.js';

/** How p-map's functions that collect all results are asked to do it. */
export interface CollectionPlan {
  readonly concurrency: number;
  readonly stopOnError: boolean;
  readonly signal: AbortSignal | undefined;
  /** Whether a result says how the item ended, and no failure of an item ends anything. */
  readonly isSettled: boolean;
}

/** Results of all items up to the end of the source, or up to a stop, in the order of the input. */
export class Collection extends PulledWork {
  readonly promise: Promise<unknown[]>;
  readonly #settle: Settle;
  readonly #plan: CollectionPlan;
  readonly #results: unknown[] = [];
  #hasSkipped = false;
  readonly #errors = new Map<number, unknown>();
  /** Items from this index on have not all ended: none before it is open. */
  #firstOpen = 0;
  /** Items behind that which have ended. */
  readonly #ended = new Set<number>();
  /** From this index on nothing counts: there the source said done, or a mapper stopped. */
  #end = Number.POSITIVE_INFINITY;
  #isOver = false;
  /** How many items may be asked for by now. */
  #allowed = 1;
  /** How many of them were beginnings of a runner. */
  #runners = 1;

  constructor(input: Input, mapper: AnyFunction, plan: CollectionPlan) {
    const promise = pending<unknown[]>();
    const caller = lastSettle();
    const { concurrency, signal } = plan;
    super(input, mapper, { concurrency, signal, caller, readsAhead: false, mayBeForgotten: false });
    this.promise = promise;
    this.#settle = caller;
    this.#plan = plan;
    this.begin();
  }

  override hasRoom(): boolean {
    return this.granted < this.#allowed && !this.isShut(this.asked);
  }

  protected isShut(index: number): boolean {
    return this.#isOver || index >= this.#end;
  }

  /** p-map begins its runners one by one, each when the source has answered the one before it. */
  protected async answered(isBeginning: boolean): Promise<void> {
    if (!isBeginning || this.#runners >= this.#plan.concurrency) return;
    // An item that is there is given to its mapper first, so that a mapper can end a source that has no end.
    await null;
    this.#runners++;
    this.#allowed++;
    this.isBeginning = true;
    this.fill();
    this.isBeginning = false;
  }

  protected asks(): void {}

  protected begins(): void {}

  protected threw(_index: number, reason: unknown): void {
    this.#finish(new Rejection(reason));
  }

  protected mapped(index: number, value: unknown): void {
    if (index < this.#end) {
      if (value === pMapStop) {
        this.#endAt(index);
      } else {
        if (value === pMapSkip) this.#hasSkipped = true;
        const isWrapped = this.#plan.isSettled && value !== pMapSkip;
        this.#results[index] = isWrapped ? { status: 'fulfilled', value } : value;
      }
    }
    this.#close(index);
  }

  protected missed(index: number, reason: unknown): void {
    if (index < this.#end) {
      const { isSettled, stopOnError } = this.#plan;
      if (isSettled) this.#results[index] = { status: 'rejected', reason };
      else if (stopOnError) this.#finish(new Rejection(reason));
      else this.#errors.set(index, reason);
    }
    this.#close(index);
  }

  protected broke(index: number, reason: unknown): void {
    if (index < this.#end) this.#finish(new Rejection(reason));
    this.#close(index);
  }

  protected ended(index: number): void {
    this.#endAt(index);
    this.#close(index);
  }

  override aborted(reason: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#settle(new Rejection(reason));
  }

  #endAt(index: number): void {
    this.#end = Math.min(this.#end, index);
  }

  #close(index: number): void {
    // Its runner goes on.
    this.#allowed++;
    if (index === this.#firstOpen) this.#firstOpen++;
    else this.#ended.add(index);
    while (this.#ended.size > 0 && this.#ended.delete(this.#firstOpen)) this.#firstOpen++;
    if (this.#firstOpen >= this.#end) this.#finish(this.#outcome());
  }

  #outcome(): unknown {
    const errors = [...this.#errors].filter(([index]) => index < this.#end);
    if (errors.length > 0) {
      errors.sort(([one], [other]) => one - other);
      // biome-ignore lint/suspicious/useErrorMessage: p-map's has none
      return new Rejection(new AggregateError(errors.map(([, error]) => error)));
    }
    const results = this.#results;
    if (results.length > this.#end) results.length = this.#end;
    return this.#hasSkipped ? results.filter((result) => result !== pMapSkip) : results;
  }

  #finish(outcome: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.leaveSoon();
    this.#settle(outcome);
  }
}
