import { lastSettle, pending, type Settle } from '../task/promise.js';
import type { AnyFunction } from '../task/task.js';
import type { Input } from './options.js';
import { pMapSkip, pMapStop } from './symbols.js';
import { PulledWork } from './work.js';

/** How `pMapIterable` is asked to do it. */
export interface StreamPlan {
  readonly concurrency: number;
  /** How many items may be read and their results not taken. */
  readonly backpressure: number;
  readonly preserveOrder: boolean;
}

/** What has come for one place of the stream; `undefined` where the source had said done. */
type Outcome = { readonly value: unknown } | { readonly error: unknown } | undefined;

/** Whether somebody has left the stream: from then on nothing is read or mapped. */
interface Leaving {
  hasLeft: boolean;
}

/** One iteration of `pMapIterable`: an async generator that hears of `return` and `throw` at once. */
export function iterate(input: Input, mapper: AnyFunction, plan: StreamPlan): AsyncGenerator<unknown> {
  const leaving: Leaving = { hasLeft: false };
  const generator = results(input, mapper, plan, leaving);
  // On the generator itself, which otherwise stays what it is. It comes to them only when it is asked for nothing else.
  const { return: return_, throw: throw_ } = generator;
  generator.return = (value) => {
    leaving.hasLeft = true;
    return return_.call(generator, value);
  };
  generator.throw = (error) => {
    leaving.hasLeft = true;
    return throw_.call(generator, error);
  };
  return generator;
}

async function* results(
  input: Input,
  mapper: AnyFunction,
  plan: StreamPlan,
  leaving: Leaving,
): AsyncGenerator<unknown, void, undefined> {
  const stream = new Stream(input, mapper, plan, leaving);
  try {
    while (stream.hasMore) {
      const outcome = await stream.next();
      stream.take();
      if (outcome === undefined) {
        if (plan.preserveOrder) return;
        // Out of order it is a place as any other: what was asked before it may still come.
        continue;
      }
      if ('error' in outcome) throw outcome.error;
      if (outcome.value === pMapStop) return;
      stream.read();
      if (outcome.value !== pMapSkip) yield outcome.value;
    }
  } finally {
    leaving.hasLeft = true;
    stream.leave();
  }
}

/**
 * Of all that is read and not taken there is no more than `backpressure`. As far as that is more than there are slots,
 * items are read ahead: no more of them than there are slots, too.
 */
class Stream extends PulledWork {
  readonly #plan: StreamPlan;
  readonly #readsAhead: boolean;
  readonly #leaving: Leaving;
  /** What has come, by its place in the order in which it is given. */
  readonly #ready = new Map<number, Outcome>();
  /** The place that is taken next. */
  #head = 0;
  /** Out of order: the place of what comes next. */
  #filled = 0;
  /** Out of order: items that have no place yet. */
  readonly #open = new Set<number>();
  #wake: Settle | undefined;
  /** Items that are read ahead and have no slot yet. */
  readonly #reading = new Set<number>();
  /** How many items may be asked for by now. */
  #allowed = 0;
  /** Behind this index nothing is read or mapped: there a mapper stopped or, in order, something failed. */
  #last = Number.POSITIVE_INFINITY;
  /** The question to which the source said done. */
  #end = Number.POSITIVE_INFINITY;

  constructor(input: Input, mapper: AnyFunction, plan: StreamPlan, leaving: Leaving) {
    const { concurrency, backpressure } = plan;
    const readsAhead = backpressure > concurrency;
    const ways = { concurrency, readsAhead, mayBeForgotten: true, signal: undefined, caller: undefined };
    super(input, mapper, ways);
    this.#plan = plan;
    this.#readsAhead = readsAhead;
    this.#leaving = leaving;
    this.begin();
    this.read();
  }

  // ---------------------------------------------------------------- for the consumer

  /** Whether anything is ready, or is still to come. */
  get hasMore(): boolean {
    return this.#head < this.granted;
  }

  /** What comes next. */
  next(): Outcome | Promise<Outcome> {
    if (this.#ready.has(this.#head)) return this.#ready.get(this.#head);
    const arrival = pending<Outcome>();
    this.#wake = lastSettle();
    return arrival;
  }

  /** What comes next was taken. */
  take(): void {
    this.#ready.delete(this.#head);
    this.#head++;
  }

  /** Asks for another item, if there may be one. */
  read(): void {
    const { concurrency, backpressure } = this.#plan;
    if (this.isDone || this.isShut(this.asked)) return;
    if (this.#reading.size >= concurrency || this.granted - this.#head >= backpressure) return;
    this.#allowed = this.granted + 1;
    this.fill();
  }

  // ---------------------------------------------------------------- from the work

  override hasRoom(): boolean {
    return this.granted < this.#allowed && !this.isShut(this.asked);
  }

  protected isShut(index: number): boolean {
    return this.#leaving.hasLeft || index > this.#last;
  }

  protected asks(index: number): void {
    if (this.#readsAhead) this.#reading.add(index);
    if (!this.#plan.preserveOrder) this.#open.add(index);
  }

  protected answered(): void {
    this.read();
  }

  protected begins(index: number): void {
    this.#reading.delete(index);
    this.read();
  }

  protected threw(index: number): void {
    this.#endsWith(index);
  }

  protected mapped(index: number, value: unknown): void {
    if (value === pMapStop) this.#last = Math.min(this.#last, index);
    this.#give(index, { value });
  }

  protected missed(index: number, reason: unknown): void {
    this.#reading.delete(index);
    this.#endsWith(index);
    this.#give(index, { error: reason });
  }

  protected broke(index: number, reason: unknown): void {
    this.missed(index, reason);
  }

  protected ended(index: number): void {
    this.#reading.delete(index);
    this.#end = Math.min(this.#end, index);
    // A source that has ended may never answer what it was asked after that.
    for (const open of this.#open) if (open > index) this.#give(open, undefined);
    this.#give(index, undefined);
  }

  /** Nobody is there any more, or the engine has failed. */
  override aborted(reason: unknown): void {
    if (this.#leaving.hasLeft) return;
    this.#put(this.#head, { error: reason });
  }

  /** A failure: in order, what is in front of it still comes; out of order, nothing more does. */
  #endsWith(index: number): void {
    if (this.#plan.preserveOrder) this.#last = Math.min(this.#last, index);
    else if (index < this.#end) this.#leaving.hasLeft = true;
  }

  #give(index: number, outcome: Outcome): void {
    if (this.#plan.preserveOrder) this.#put(index, outcome);
    else if (this.#open.delete(index)) this.#put(this.#filled++, outcome);
  }

  #put(place: number, outcome: Outcome): void {
    this.#ready.set(place, outcome);
    if (place !== this.#head) return;
    this.#wake?.(outcome);
    this.#wake = undefined;
  }
}
