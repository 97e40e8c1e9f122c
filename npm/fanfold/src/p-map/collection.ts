import { lastSettle, pending, Rejection, type Settle } from '../task/promise.js';
import type { AnyFunction } from '../task/task.js';
import type { Input } from './options.js';
import { withCallerStack } from './stack.js';
import { pMapSkip, pMapStop } from './symbols.js';
import { END, PulledWork, SourceFailure } from './work.js';

/**
 * The rounds of the microtask queue until an item that is there has been given to its mapper: only then is the next one
 * asked for, so that a mapper can end a source that has no end.
 */
const ROUNDS = 4;

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
  readonly #mapper: AnyFunction;
  readonly #plan: CollectionPlan;
  readonly #results: unknown[] = [];
  #hasSkipped = false;
  readonly #errors = new Map<number, unknown>();
  /** Items that were asked for and have not ended, the first first. */
  readonly #open = new Set<number>();
  /** From this index on nothing counts: there the source said done, or a mapper stopped. */
  #end = Number.POSITIVE_INFINITY;
  #isOver = false;
  /** How many items may be asked for by now. */
  #allowed = 1;
  /** How many of them were beginnings of a runner. */
  #runners = 1;
  /** The question that has to be answered before another runner begins. */
  #starter = 0;

  constructor(input: Input, mapper: AnyFunction, plan: CollectionPlan) {
    super(input, plan.concurrency, plan.signal, false);
    this.promise = pending<unknown[]>();
    this.#settle = lastSettle();
    this.#mapper = withCallerStack(mapper, this.#settle);
    this.#plan = plan;
    this.begin();
  }

  protected map(element: unknown, index: number): unknown {
    const mapper = this.#mapper;
    return this.#isOver || index >= this.#end ? undefined : mapper(element, index);
  }

  override hasRoom(taken: number): boolean {
    return taken < this.#allowed && taken < this.#end && !this.#isOver;
  }

  override pull(): boolean {
    this.#open.add(this.asked);
    return super.pull();
  }

  /** p-map begins its runners one by one, each when the source has answered the one before it. */
  protected async answered(index: number): Promise<void> {
    if (index !== this.#starter || this.#runners >= this.#plan.concurrency) return;
    for (let round = 0; round < ROUNDS; round++) await null;
    this.#runners++;
    this.#allowed++;
    this.#starter = this.asked;
    this.fill();
  }

  protected ended(index: number): void {
    this.#endAt(index);
    this.#closeItem(index);
  }

  protected threw(_index: number, reason: unknown): void {
    this.#finish(new Rejection(reason));
  }

  override fulfilled(index: number, value: unknown): void {
    if (index < this.#end) {
      if (value === pMapStop) {
        this.#endAt(index);
      } else {
        if (value === pMapSkip) this.#hasSkipped = true;
        const isWrapped = this.#plan.isSettled && value !== pMapSkip;
        this.#results[index] = isWrapped ? { status: 'fulfilled', value } : value;
      }
    }
    this.#closeItem(index);
  }

  override failed(index: number, reason: unknown): void {
    if (reason === END) {
      this.#endAt(index);
    } else if (index < this.#end) {
      const { isSettled, stopOnError } = this.#plan;
      if (reason instanceof SourceFailure) this.#finish(new Rejection(reason.reason));
      else if (isSettled) this.#results[index] = { status: 'rejected', reason };
      else if (stopOnError) this.#finish(new Rejection(reason));
      else this.#errors.set(index, reason);
    }
    this.#closeItem(index);
  }

  override aborted(reason: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#settle(new Rejection(reason));
  }

  #endAt(index: number): void {
    this.#end = Math.min(this.#end, index);
  }

  #closeItem(index: number): void {
    this.#open.delete(index);
    // Its runner goes on.
    this.#allowed++;
    if (this.#isOver || this.#end === Number.POSITIVE_INFINITY) return;
    for (const open of this.#open) if (open < this.#end) return;
    this.#finish(this.#outcome());
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
