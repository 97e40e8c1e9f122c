import { wrongType } from '../errors/misuse.js';
import { silence } from '../task/promise.js';

/** Where items come from, one by one. Whoever pulls waits for the answer before pulling again. */
export interface ItemSource {
  /** The item pulled last. */
  readonly item: unknown;
  /** How many there are in all, where that is known. */
  readonly total: number | undefined;
  /** Whether it answers at once. */
  readonly isSync: boolean;
  /** Whether code of its own runs right now that answers a pull. */
  readonly isBusy: boolean;
  /**
   * Whether there is another item, which is then {@link item}. Throws or rejects with what the source throws, and has
   * ended then.
   */
  pull(): boolean | Promise<boolean>;
  /** No more will be pulled: an iterator that has not ended is told so, once. What it makes of that is given back. */
  close(): unknown;
}

/** Whether it is an iterable or an async iterable. */
export function isSource(source: unknown): boolean {
  const iterable = source as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null | undefined;
  return (
    typeof iterable?.[Symbol.asyncIterator] === 'function' ||
    typeof iterable?.[Symbol.iterator] === 'function'
  );
}

/**
 * @param name What messages call it.
 * @throws TypeError if it is neither an iterable nor an async iterable.
 */
export function checkSource(source: unknown, name = 'source'): void {
  if (!isSource(source)) throw wrongType(name, 'an iterable or an async iterable', source);
}

/** @throws TypeError if it is neither an iterable nor an async iterable. */
export function openSource(source: unknown): ItemSource {
  if (Array.isArray(source) && source[Symbol.iterator] === Array.prototype[Symbol.iterator]) {
    return new Listed(source);
  }
  checkSource(source);
  const { [Symbol.asyncIterator]: open } = source as Partial<AsyncIterable<unknown>>;
  return typeof open === 'function'
    ? new Awaited(source as AsyncIterable<unknown>)
    : new Iterated(source as Iterable<unknown>);
}

/** An array. Items that are added while it is worked on are found, as by an iterator. */
class Listed implements ItemSource {
  readonly isSync = true;
  readonly isBusy = false;
  readonly #items: readonly unknown[];
  #next = 0;
  item: unknown;

  constructor(items: readonly unknown[]) {
    this.#items = items;
    // Promises that fail before it is their turn are not left to be reported as unhandled.
    silenceAll(items);
  }

  get total(): number {
    return this.#items.length;
  }

  pull(): boolean {
    if (this.#next >= this.#items.length) return false;
    this.item = this.#items[this.#next];
    this.#next++;
    return true;
  }

  close(): void {
    this.#next = Number.POSITIVE_INFINITY;
  }
}

/** What an iterator gives. */
class Iterated implements ItemSource {
  readonly isSync = true;
  readonly total: number | undefined;
  #iterator: Iterator<unknown> | undefined;
  #closed = false;
  isBusy = false;
  item: unknown;

  constructor(source: Iterable<unknown>) {
    this.total = sizeOf(source);
    if (source instanceof Set) silenceAll(source);
    this.#iterator = source[Symbol.iterator]();
    if (typeof this.#iterator !== 'object' || this.#iterator === null) {
      throw wrongType('source', 'an iterable', source);
    }
  }

  pull(): boolean {
    const iterator = this.#iterator;
    if (iterator === undefined) return false;
    // One that throws has ended, and is not told to.
    this.#iterator = undefined;
    this.isBusy = true;
    let result: IteratorResult<unknown>;
    try {
      result = answerOf(iterator.next());
    } finally {
      this.isBusy = false;
    }
    if (result.done === true) return false;
    this.item = result.value;
    this.#iterator = iterator;
    // By what it did itself: until it has answered it cannot be told.
    if (this.#closed) void this.close();
    return !this.#closed;
  }

  close(): unknown {
    this.#closed = true;
    const iterator = this.#iterator;
    this.#iterator = undefined;
    return iterator?.return?.();
  }
}

/** What an async iterator gives. */
class Awaited implements ItemSource {
  readonly isSync = false;
  /** Whoever pulls waits for the answer anyway. */
  readonly isBusy = false;
  readonly total = undefined;
  #iterator: AsyncIterator<unknown> | undefined;
  item: unknown;

  constructor(source: AsyncIterable<unknown>) {
    this.#iterator = source[Symbol.asyncIterator]();
    if (typeof this.#iterator !== 'object' || this.#iterator === null) {
      throw wrongType('source', 'an async iterable', source);
    }
  }

  async pull(): Promise<boolean> {
    const iterator = this.#iterator;
    if (iterator === undefined) return false;
    let result: IteratorResult<unknown>;
    try {
      result = answerOf(await iterator.next());
    } catch (error) {
      this.#iterator = undefined;
      throw error;
    }
    // Closed in the meantime: what came too late is nobody's.
    if (this.#iterator === undefined) {
      silence(result.value);
      return false;
    }
    if (result.done === true) {
      this.#iterator = undefined;
      return false;
    }
    this.item = result.value;
    return true;
  }

  close(): unknown {
    const iterator = this.#iterator;
    this.#iterator = undefined;
    return iterator?.return?.();
  }
}

/** As loops of the language do: anything else would be taken for an item, and for another one, without end. */
export function answerOf(result: IteratorResult<unknown>): IteratorResult<unknown> {
  if (typeof result !== 'object' || result === null) throw wrongType('source.next()', 'an object', result);
  return result;
}

function silenceAll(items: Iterable<unknown>): void {
  for (const item of items) if (item instanceof Promise) silence(item);
}

/** How many items there are; a `length` says so only of typed arrays. That of a text is no number of characters. */
function sizeOf(source: Iterable<unknown>): number | undefined {
  if (source instanceof Map || source instanceof Set) return source.size;
  return ArrayBuffer.isView(source) ? (source as Uint8Array).length : undefined;
}
