import { checkFunction } from '../check/options.js';
import { InternalError } from '../errors/internal.js';
import { asyncDispose } from '../host/dispose.js';
import { DONE } from '../task/done.js';
import { lastSettle, pending, Rejection, type Settle } from '../task/promise.js';
import { Failures } from './failures.js';
import { type StreamPlan, streamPlan } from './options.js';
import { ItemRun } from './run.js';
import { skip } from './skip.js';
import { checkSource, openSource } from './source.js';
import { keepItemShapes } from './start.js';
import type { Mapper, Source, StreamOptions } from './types.js';
import type { Sink } from './work.js';

/** Results as they come. For one loop: it is read once. */
export interface ResultStream<Result>
  extends AsyncIterableIterator<Result, undefined, undefined>,
    AsyncDisposable {
  /** Ends it: aborts what runs, drops what waits, closes the source. Resolves when the source is closed. */
  return(): Promise<IteratorResult<Result, undefined>>;
}

/**
 * Calls a function for each item, so many at once, and gives the results one by one, in the order of the items or as
 * they come.
 *
 * Nothing happens before the first result is asked for. From then on the source is read as far as there are slots and
 * room for results: no more than `concurrency + prefetch` items are taken whose results are not. Leaving the loop early
 * aborts what runs and calls the source's `return()`.
 *
 * @param fn Called with the item, its index and a context; what returns {@link skip} is left out of the results.
 * @param options By default 16 at once (`concurrency`), in the order of the items (`order`).
 * @returns When a function fails, the results that are next and there already are still given; then it throws the error.
 * With `onFailure: 'continue'` all results are given that there are, and then it throws an `AggregateError`. It throws
 * the error of the source, the reason of `signal` and the `TimeoutError` of `timeout` at once.
 * @throws TypeError or RangeError naming the argument or option that is wrong.
 *
 * @example
 * ```ts
 * for await (const page of stream(urls, (url, _, { signal }) => fetchPage(url, signal), { concurrency: 8 })) {
 *   await save(page);
 * }
 * ```
 */
export function stream<Item, Result>(
  source: Source<Item>,
  fn: Mapper<Item, Result | typeof skip>,
  options: StreamOptions = {},
): ResultStream<Result> {
  checkFunction('fn', fn);
  checkSource(source);
  const plan = streamPlan(options);
  return new Stream<Result>(
    new Results(plan, (sink) => {
      keepItemShapes();
      if (kept.length === 0) kept.push(new Results(streamPlan({}), never));
      const work = { fn, tasks: false, need: 'all', plan, isStream: true } as const;
      return new ItemRun(openSource(source), work, sink);
    }),
  );
}

/** For the reason of {@link keepItemShapes}. */
const kept: object[] = [];
const never = (): never => {
  throw new InternalError('A stream that is only kept was read');
};

/** Ends what nobody can read any more: what would come is nobody's, and lanes and source wait for readers. */
const dropped = new FinalizationRegistry<Results>((results) => void results.leave());

/** What a reader holds. The work itself does not hold it, so that a stream that is dropped half-read is found out. */
class Stream<Result> implements ResultStream<Result> {
  readonly #results: Results;

  constructor(results: Results) {
    this.#results = results;
    dropped.register(this, results);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Result, undefined>> {
    return this.#results.next() as Promise<IteratorResult<Result, undefined>>;
  }

  async return(): Promise<IteratorResult<Result, undefined>> {
    await this.#results.leave();
    return DONE;
  }

  async [asyncDispose](): Promise<void> {
    await this.return();
  }
}

const NOTHING = Symbol('nothing');

/** Results that have come, by their place in the order in which they are given. */
class Results implements Sink {
  readonly #plan: StreamPlan;
  readonly #open: (sink: Sink) => ItemRun;
  #run: ItemRun | undefined;
  readonly #ready = new Map<number, unknown>();
  readonly #failures = new Failures();
  /** The place of the result that is next. */
  #next = 0;
  /** How many results have come: the place of the next that does, in the order of completion. */
  #come = 0;
  /** Who asked and was not answered, from {@link #answered} on. */
  #asking: Settle[] = [];
  #answered = 0;
  /** What is thrown when nothing is ready any more; an error only once. */
  #end: { readonly error?: unknown } | undefined;

  constructor(plan: StreamPlan, open: (sink: Sink) => ItemRun) {
    this.#plan = plan;
    this.#open = open;
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    if (this.#run === undefined && this.#end === undefined) this.#begin();
    const value = this.#asking.length === 0 ? this.#take() : NOTHING;
    let promise: Promise<IteratorResult<unknown, undefined>>;
    if (value === NOTHING) {
      promise = pending();
      this.#asking.push(lastSettle());
      if (this.#end !== undefined) this.#answer();
    } else {
      promise = Promise.resolve({ value, done: false });
    }
    this.#run?.fill();
    return promise;
  }

  /** Nobody wants any more of it. Tells what the source made of that. */
  leave(): unknown {
    this.#ready.clear();
    this.#end = {};
    const closed = this.#run?.giveUp(new DOMException('The stream was left before its end', 'AbortError'));
    this.#answer();
    return closed;
  }

  // ---------------------------------------------------------------- what the work tells

  fulfilled(index: number, value: unknown): void {
    this.#ready.set(this.#placeOf(index), value);
    this.#answer();
  }

  failed(index: number, reason: unknown): void {
    this.#failures.add(index, reason);
    if (this.#plan.onFailure !== 'continue') return;
    // There is nothing to give in its place.
    this.#ready.set(this.#placeOf(index), skip);
    this.#answer();
  }

  hasRoom(taken: number): boolean {
    const { limiter, concurrency, prefetch } = this.#plan;
    const atOnce = limiter?.concurrency ?? concurrency;
    return taken - this.#next < atOnce + (prefetch ?? atOnce);
  }

  decided(fulfilled: boolean): void {
    if (this.#end !== undefined) return;
    if (fulfilled) this.#end = {};
    else this.#end = { error: this.#failures.reason(this.#plan.onFailure === 'continue') };
    this.#answer();
  }

  aborted(reason: unknown): void {
    if (this.#end !== undefined) return;
    this.#ready.clear();
    this.#end = { error: reason };
    this.#answer();
  }

  // ---------------------------------------------------------------- inside

  #begin(): void {
    try {
      this.#run = this.#open(this);
      this.#run.begin();
    } catch (error) {
      this.aborted(error);
    }
  }

  #placeOf(index: number): number {
    return this.#plan.order === 'input' ? index : this.#come++;
  }

  /** The next result, if it is there. */
  #take(): unknown {
    for (;;) {
      const value = this.#ready.get(this.#next);
      if (value === undefined && !this.#ready.has(this.#next)) return NOTHING;
      this.#ready.delete(this.#next);
      this.#next++;
      if (value !== skip) return value;
    }
  }

  /** Gives what is there to those who ask. */
  #answer(): void {
    while (this.#answered < this.#asking.length) {
      const settle = this.#asking[this.#answered] as Settle;
      const value = this.#take();
      if (value !== NOTHING) {
        settle({ value, done: false });
      } else if (this.#end !== undefined) {
        settle('error' in this.#end ? new Rejection(this.#end.error) : DONE);
        this.#end = {};
      } else {
        return;
      }
      this.#answered++;
    }
    if (this.#answered === 0) return;
    this.#asking = [];
    this.#answered = 0;
  }
}
