import { inMicrotask } from '../host/microtask.js';
import { refused, silence } from '../task/promise.js';
import type { Lane } from './lane.js';
import type { ItemSource } from './source.js';

/** Who takes the items in. Nothing of the source's runs while one of these is called. */
export interface Taker {
  /** Whether no item is wanted any more. */
  readonly over: boolean;
  /** A lane has an item and its index. */
  took(lane: Lane): void;
  /** An outcome was taken that is there, or is under way already. */
  watch(index: number, outcome: unknown): void;
  /** The source has no more items. */
  exhausted(): void;
  /** The source has failed, and has ended with that. */
  broke(error: unknown): void;
  /** A lane wants an item. */
  next(lane: Lane): void;
  /** There may be room for another item. */
  fill(): void;
  /** A lane goes. */
  retire(lane: Lane): void;
  /** Calls this in the context of whoever began the work. */
  runInAsyncScope<Result>(fn: () => Result): Result;
}

/** How many outcomes are taken before those that are there may have their say: a verdict may end it all. */
const OUTCOMES_AT_ONCE = 1_000;

/** Pulls items from a source, one question at a time. */
export class Intake {
  readonly #taker: Taker;
  readonly #source: ItemSource;
  readonly #tasks: boolean;
  /** The lane that the source has not answered yet. */
  #puller: Lane | undefined;
  /** Those that wait until it has. */
  #hungry: Lane[] = [];
  /** Items taken so far: the index of the next. */
  taken = 0;
  isExhausted = false;

  constructor(source: ItemSource, tasks: boolean, taker: Taker) {
    this.#source = source;
    this.#tasks = tasks;
    this.#taker = taker;
  }

  /** How many there are in all, where that is known. */
  get total(): number | undefined {
    return this.#source.total;
  }

  /** Whether the source has not answered yet: an async one, or one that brings this about while it is asked. */
  get isAsking(): boolean {
    return this.#puller !== undefined || this.#source.isBusy;
  }

  /** Lets a lane wait until the source has answered another one. */
  queue(lane: Lane): void {
    this.#hungry.push(lane);
  }

  /** Asks for an item for this lane, and lets those ask who wait. */
  pull(lane: Lane): void {
    this.#ask(lane);
    this.#feed();
  }

  /** Takes an item at once, for a lane that keeps its slot, from a source that answers at once; whether it has one. */
  pullNow(lane: Lane): boolean {
    const source = this.#source;
    try {
      if (source.pull() === false) {
        this.isExhausted = true;
        return false;
      }
    } catch (error) {
      this.#broke(error);
      return false;
    }
    // What the source did may have ended everything.
    if (this.#taker.over) {
      silence(source.item);
      return false;
    }
    lane.item = source.item;
    lane.index = this.taken++;
    if (this.#hungry.length > 0) this.#feed();
    return true;
  }

  /** Nothing can run any more: what a list has left fails with that, and any other source is closed. */
  shut(fail: (index: number) => void): void {
    if (this.isExhausted) return;
    this.isExhausted = true;
    const source = this.#source;
    // A list is told of to its end: each of its items has a result. Any other source may never end.
    const { total = 0 } = source;
    try {
      while (this.taken < total && !this.isAsking && !this.#taker.over && source.pull() === true) {
        const { item } = source;
        silence(item);
        if (this.#tasks && typeof item !== 'function') this.#taker.watch(this.taken++, item);
        else fail(this.taken++);
      }
    } catch (error) {
      this.#taker.broke(error);
    }
    this.close();
  }

  /** No item is wanted any more by those who wait. */
  dismiss(): void {
    this.#hungry = [];
  }

  /**
   * Closes the source. Tells what it made of that: a promise that is followed by nobody is silent. A source that is still
   * asked for an item is not waited for: a generator closes only when it has answered, and that may never be.
   */
  close(): unknown {
    const { isAsking } = this;
    try {
      // Whoever aborts it has a context of its own.
      const closed = this.#taker.runInAsyncScope(() => this.#source.close());
      silence(closed);
      return isAsking ? undefined : closed;
    } catch (error) {
      return refused(error);
    }
  }

  #ask(lane: Lane): void {
    try {
      for (let nth = 1; ; nth++) {
        const answer = this.#source.pull();
        if (typeof answer !== 'boolean') {
          this.#puller = lane;
          answer.then(this.#came, this.#broke);
          return;
        }
        if (this.#answered(lane, answer)) return;
        if (nth === OUTCOMES_AT_ONCE) {
          this.#puller = lane;
          // Two rounds later those that are there have been heard.
          inMicrotask(() => inMicrotask(() => inMicrotask(this.#goOn)));
          return;
        }
      }
    } catch (error) {
      this.#broke(error);
    }
  }

  /** The source has answered. Whether the lane has what it needs. */
  #answered(lane: Lane, hasItem: boolean): boolean {
    const taker = this.#taker;
    const { item } = this.#source;
    if (taker.over) {
      if (hasItem) silence(item);
      taker.retire(lane);
    } else if (!hasItem) {
      this.isExhausted = true;
      taker.retire(lane);
      taker.exhausted();
    } else if (this.#tasks && typeof item !== 'function') {
      taker.watch(this.taken++, item);
      return false;
    } else {
      lane.item = item;
      lane.index = this.taken++;
      taker.took(lane);
    }
    return true;
  }

  readonly #came = (hasItem: boolean): void => {
    const lane = this.#puller as Lane;
    this.#puller = undefined;
    // It was closed while it was asked: what comes too late is nobody's.
    const isWanted = hasItem && !this.isExhausted;
    if (hasItem && !isWanted) silence(this.#source.item);
    if (!this.#answered(lane, isWanted)) this.#taker.next(lane);
    this.#feed();
    this.#taker.fill();
  };

  readonly #goOn = (): void => {
    const lane = this.#puller as Lane;
    this.#puller = undefined;
    this.#taker.next(lane);
    this.#feed();
  };

  readonly #broke = (error: unknown): void => {
    const lane = this.#puller;
    this.#puller = undefined;
    if (!this.isExhausted) {
      this.isExhausted = true;
      this.#taker.broke(error);
    } else if (lane !== undefined) {
      // It was closed while it was asked.
      this.#taker.retire(lane);
    }
  };

  /** Lets those ask who had to wait until the source had answered. */
  #feed(): void {
    while (this.#hungry.length > 0 && !this.isAsking) this.#taker.next(this.#hungry.pop() as Lane);
  }
}
