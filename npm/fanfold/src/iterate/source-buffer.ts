import { checkCount, checkOneOf } from '../check/options.js';
import { wrongType } from '../errors/misuse.js';
import { asyncDispose } from '../host/dispose.js';
import { DONE } from '../task/done.js';
import { isThenable, refused, silence } from '../task/promise.js';
import type { ItemStream } from './types.js';

/**
 * A list as a source: what can be read like a buffer's source, with everything in it from the start.
 *
 * Promises among the items are waited for by whoever gets them. One that rejects fails that `next()`, or the `pull()` that
 * begins with it, and takes nothing else with it.
 *
 * @example
 * ```ts
 * const newest = new SourceBuffer(events, 'lifo');
 * await newest.pull(10);
 * ```
 */
export class SourceBuffer<T> implements ItemStream<T> {
  /** What is left; the next one is at the end. */
  #items: (T | PromiseLike<T>)[];

  /**
   * @param items An iterable, which is read to its end here: what is done to it later changes nothing.
   * @param order Which comes first: the first (`'fifo'`, the default) or the last (`'lifo'`).
   * @throws TypeError or RangeError naming the argument that is wrong.
   */
  constructor(items: Iterable<T | PromiseLike<T>>, order?: 'fifo' | 'lifo') {
    if (typeof (items as Partial<Iterable<T>> | null | undefined)?.[Symbol.iterator] !== 'function') {
      throw wrongType('items', 'an iterable', items);
    }
    const isFirst = checkOneOf('order', order, ['fifo', 'lifo']) === 'fifo';
    this.#items = Array.from(items);
    // One that fails before it is its turn is not left to be reported as unhandled.
    for (const item of this.#items) if (item instanceof Promise) silence(item);
    if (isFirst) this.#items.reverse();
  }

  /** How many items are left. */
  get size(): number {
    return this.#items.length;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.#items.length === 0) return DONE;
    return { value: await (this.#items.pop() as T | PromiseLike<T>), done: false };
  }

  /**
   * The next items at once, up to so many; none when there are none left. Those in front of one that rejects come without
   * it; the next call is told of it, and those behind it come after that.
   *
   * @param count An integer from 1 up, or `Infinity` for all.
   * @throws TypeError or RangeError, by its promise, if it is none.
   */
  async pull(count: number): Promise<T[]> {
    const most = checkCount('count', count, 1);
    // What goes back goes to where it was: that is nobody's any more if it was left meanwhile.
    const from = this.#items;
    const taken = from.splice(Math.max(from.length - most, 0));
    const values: T[] = [];
    while (taken.length > 0) {
      const item = taken.pop() as T | PromiseLike<T>;
      try {
        values.push(isThenable(item) ? await item : (item as T));
      } catch (error) {
        const isFirst = values.length === 0;
        if (!isFirst) taken.push(refused(error));
        for (const rest of taken) from.push(rest);
        if (isFirst) throw error;
        break;
      }
    }
    return values;
  }

  /** Leaves it: what is left is dropped. */
  async return(): Promise<IteratorResult<T, undefined>> {
    this.#items = [];
    return DONE;
  }

  /** Leaves it and then rejects with the error, always. */
  async throw(error?: unknown): Promise<IteratorResult<T, undefined>> {
    this.#items = [];
    throw error;
  }

  async [asyncDispose](): Promise<void> {
    this.#items = [];
  }
}
