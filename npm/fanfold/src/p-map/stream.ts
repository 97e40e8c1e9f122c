import { lastSettle, pending, type Settle } from '../task/promise.js';
import type { AnyFunction } from '../task/task.js';
import type { Input } from './options.js';
import { pMapSkip, pMapStop } from './symbols.js';
import { END, PulledWork, SourceFailure } from './work.js';

/** How `pMapIterable` is asked to do it. */
export interface StreamPlan {
  readonly concurrency: number;
  /** How many items may be read and their results not taken. */
  readonly backpressure: number;
  readonly preserveOrder: boolean;
}

/** What has come for one place of the stream. */
type Outcome = { readonly value: unknown } | { readonly error: unknown } | typeof END;

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
    for (;;) {
      const outcome = await stream.take();
      if (outcome === undefined || (outcome === END && plan.preserveOrder)) return;
      // Out of order it is a place as any other: what was asked before it may still come.
      if (outcome === END) continue;
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
 * Reads ahead: items that are read, or wait for a mapper, have no slot, and there are no more of them than slots; of all
 * that is read and not taken there is no more than `backpressure`.
 */
class Stream extends PulledWork {
  readonly #mapper: AnyFunction;
  readonly #plan: StreamPlan;
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
  /** Items that were asked for and have no slot yet. */
  readonly #reading = new Set<number>();
  /** How many items may be asked for by now. */
  #allowed = 0;
  /** Behind this index nothing is read or mapped: there a mapper stopped or, in order, something failed. */
  #last = Number.POSITIVE_INFINITY;
  /** The question to which the source said done. */
  #end = Number.POSITIVE_INFINITY;

  constructor(input: Input, mapper: AnyFunction, plan: StreamPlan, leaving: Leaving) {
    super(input, plan.concurrency, undefined, true);
    this.#mapper = mapper;
    this.#plan = plan;
    this.#leaving = leaving;
    this.begin();
    this.read();
  }

  /** Asks for another item, if there may be one. */
  read(): void {
    const { concurrency, backpressure } = this.#plan;
    if (this.isDone || this.#leaving.hasLeft || this.asked > this.#last) return;
    if (this.#reading.size >= concurrency || this.asked - this.#head >= backpressure) return;
    this.#allowed = this.asked + 1;
    this.fill();
  }

  /** What comes next, when it is there; `undefined` if nothing does. */
  async take(): Promise<Outcome | undefined> {
    if (this.#head === this.asked) return undefined;
    if (!this.#ready.has(this.#head)) {
      const arrival = pending<void>();
      this.#wake = lastSettle();
      await arrival;
    }
    const outcome = this.#ready.get(this.#head) as Outcome;
    this.#ready.delete(this.#head);
    this.#head++;
    return outcome;
  }

  override hasRoom(taken: number): boolean {
    return taken < this.#allowed;
  }

  override pull(): boolean {
    this.#reading.add(this.asked);
    if (!this.#plan.preserveOrder) this.#open.add(this.asked);
    return super.pull();
  }

  protected map(element: unknown, index: number): unknown {
    this.#reading.delete(index);
    this.read();
    const mapper = this.#mapper;
    return this.#leaving.hasLeft || index > this.#last ? pMapSkip : mapper(element, index);
  }

  protected answered(): void {
    this.read();
  }

  protected ended(index: number): void {
    this.#reading.delete(index);
    this.#open.delete(index);
    this.#end = Math.min(this.#end, index);
  }

  protected threw(index: number): void {
    this.#endsWith(index);
  }

  override fulfilled(index: number, value: unknown): void {
    if (value === pMapStop) this.#last = Math.min(this.#last, index);
    this.#give(index, { value });
  }

  override failed(index: number, reason: unknown): void {
    this.#reading.delete(index);
    if (reason === END) {
      this.#end = Math.min(this.#end, index);
      // A source that has ended may never answer what it was asked after that.
      for (const open of this.#open) if (open > index) this.#give(open, END);
      this.#give(index, END);
      return;
    }
    this.#endsWith(index);
    this.#give(index, { error: reason instanceof SourceFailure ? reason.reason : reason });
  }

  /** Nobody is there any more, or the engine has failed. */
  override aborted(reason: unknown): void {
    if (this.#leaving.hasLeft) return;
    this.#ready.set(this.#head, { error: reason });
    this.#wake?.(undefined);
  }

  /** A failure: in order, what is in front of it still comes; out of order, nothing more does. */
  #endsWith(index: number): void {
    if (this.#plan.preserveOrder) this.#last = Math.min(this.#last, index);
    else if (index < this.#end) this.#leaving.hasLeft = true;
  }

  #give(index: number, outcome: Outcome): void {
    let place = index;
    if (!this.#plan.preserveOrder) {
      if (!this.#open.delete(index)) return;
      place = this.#filled++;
    }
    this.#ready.set(place, outcome);
    if (place !== this.#head) return;
    this.#wake?.(undefined);
    this.#wake = undefined;
  }
}
