import { Deque } from '../buffer/deque.js';
import { DONE } from '../task/done.js';
import { lastSettle, pending, Rejection, type Settle } from '../task/promise.js';

/** What {@link Flow.take} gives where there is no value. */
export const NOTHING: unique symbol = Symbol('nothing');

/** How it ends when no value is left; an error is thrown once. */
export interface Ending {
  readonly error?: unknown;
}

const OVER: Ending = {};

/**
 * What stands behind an async iterator: those who ask, in their order, what there is for them, and the end.
 *
 * Nobody waits while there is a value. After the end what is left is still given.
 */
export abstract class Flow<T> {
  readonly #asking = new Deque<Settle>();
  #ending: Ending | undefined;
  #isBegun = false;
  #isAnswering = false;

  /** Whether no more is wanted of the sources. */
  get isOver(): boolean {
    return this.#ending !== undefined;
  }

  /** Whether somebody waits. */
  get isAsked(): boolean {
    return this.#asking.length > 0;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const value = this.ready();
    if (value === NOTHING) return this.wait();
    return Promise.resolve({ value: value as T, done: false });
  }

  /** Nobody wants any more of it. Tells what the sources made of that. */
  leave(): unknown {
    this.#isBegun = true;
    this.drop();
    this.#ending = OVER;
    const closed = this.close();
    this.answer();
    return closed;
  }

  /** Gives what there is to those who wait, and sees to it that there will be more. */
  answer(): void {
    // Whoever is at it looks again.
    if (this.#isAnswering) return;
    this.#isAnswering = true;
    const asking = this.#asking;
    while (asking.length > 0) {
      const value = this.take();
      if (value !== NOTHING) {
        asking.shift()({ value, done: false });
      } else if (this.#ending !== undefined) {
        const ending = this.#ending;
        this.#ending = OVER;
        asking.shift()('error' in ending ? new Rejection(ending.error) : DONE);
      } else if (!this.demand()) {
        break;
      }
    }
    this.#isAnswering = false;
  }

  /** Makes it begin, if it has not. */
  start(): void {
    if (this.#isBegun) return;
    this.#isBegun = true;
    this.begin();
  }

  /** The value for whoever asks now, if they need not wait. */
  protected ready(): unknown {
    this.start();
    if (this.#ending === undefined && this.#asking.length === 0) this.demand();
    return this.#asking.length === 0 ? this.take() : NOTHING;
  }

  /** Lets somebody wait. */
  protected wait(): Promise<IteratorResult<T, undefined>> {
    const promise = pending<IteratorResult<T, undefined>>();
    this.enqueue(lastSettle());
    return promise;
  }

  /** Puts somebody behind those who wait. */
  protected enqueue(settle: Settle): void {
    this.#asking.push(settle);
    this.answer();
  }

  /** It ends like this when no value is left, unless it has ended. */
  protected finish(ending: Ending = OVER): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.answer();
  }

  /** Before the first value is asked for. */
  protected abstract begin(): void;
  /** A value that is there, or {@link NOTHING}. */
  protected abstract take(): unknown;
  /**
   * Somebody wants a value: asks for as much as may be. Not called after the end. Whether anybody was asked: if not, nothing
   * is different from before.
   */
  protected abstract demand(): boolean;
  /** What is held is wanted no more. */
  protected abstract drop(): void;
  /** Closes the sources that have not ended. */
  protected abstract close(): unknown;
}
