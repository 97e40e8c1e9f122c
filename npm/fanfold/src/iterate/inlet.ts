import { wrongType } from '../errors/misuse.js';
import { follow } from '../host/follow.js';
import { answerOf, checkSource, type ItemSource, openSource } from '../many/source.js';
import { isThenable, refused, silence } from '../task/promise.js';

/**
 * Who hears what sources answer. An iterable may answer while it is asked; nothing of the source's is in the middle of
 * anything when one of these is called.
 */
export interface Reader {
  /** There is an item, {@link Inlet.value}. */
  came(inlet: Inlet): void;
  /** There are no more. */
  ended(inlet: Inlet): void;
  /** It has failed, and has ended with that. */
  broke(inlet: Inlet, error: unknown): void;
}

/**
 * One source that is read item by item: whoever asks waits for the answer before asking again. Promises that a source
 * gives are waited for. Once closed nothing is heard of it any more; the item
 * that it had is there to be taken all the same.
 */
export class Inlet {
  /** As it was given. */
  readonly source: unknown;
  /** Its place among the sources. */
  readonly index: number;
  /** Whether it answers at once, unless with a promise. */
  readonly isSync: boolean;
  /** The item that came last, until it is taken. */
  value: unknown;
  /** The one behind it, in the one list it may be in. */
  behind: Inlet | undefined;
  readonly #reader: Reader;
  readonly #items: ItemSource | undefined;
  #iterator: AsyncIterator<unknown> | undefined;
  #isAsked = false;
  /** Whether it has ended, or was closed. */
  #isOver = false;

  /** @throws TypeError if it is no source, or whatever its iterator's making throws. */
  constructor(source: unknown, index: number, reader: Reader, name: string) {
    checkSource(source, name);
    this.source = source;
    this.index = index;
    this.#reader = reader;
    const { [Symbol.asyncIterator]: open } = source as Partial<AsyncIterable<unknown>>;
    this.isSync = typeof open !== 'function';
    if (this.isSync) {
      this.#items = openSource(source);
    } else {
      const iterator = (source as AsyncIterable<unknown>)[Symbol.asyncIterator]();
      if (typeof iterator !== 'object' || iterator === null)
        throw wrongType(name, 'an async iterable', source);
      this.#iterator = iterator;
    }
  }

  /** The item that came last. It is held no longer. */
  take(): unknown {
    const { value } = this;
    this.value = undefined;
    return value;
  }

  /** Asks for the next item. Never throws. */
  ask(): void {
    const iterator = this.#iterator;
    if (iterator === undefined) {
      this.#askNow();
      return;
    }
    this.#isAsked = true;
    let answer: unknown;
    try {
      answer = iterator.next();
    } catch (error) {
      this.#broke(error);
      return;
    }
    void follow(answer).then(this.#answered, this.#broke);
  }

  /**
   * No more is asked for: a source that has not ended is told so, once. Gives what has to be waited for, which is silent
   * if nobody does. Of a source that is still being asked that is nothing: it may never answer.
   */
  close(): unknown {
    if (this.#isOver) return undefined;
    this.#isOver = true;
    const iterator = this.#iterator;
    this.#iterator = undefined;
    try {
      const closed = iterator === undefined ? this.#items?.close() : iterator.return?.();
      if (!isThenable(closed)) return undefined;
      silence(closed);
      return this.#isAsked ? undefined : closed;
    } catch (error) {
      return refused(error);
    }
  }

  #askNow(): void {
    const items = this.#items;
    if (items === undefined || this.#isOver) return;
    let hasItem: boolean;
    try {
      hasItem = items.pull() as boolean;
    } catch (error) {
      this.#broke(error);
      return;
    }
    if (hasItem) this.#came(items.item);
    else this.#end();
  }

  readonly #answered = (result: unknown): void => {
    this.#isAsked = false;
    let isDone: boolean;
    let value: unknown;
    try {
      const answer = answerOf(result as IteratorResult<unknown>);
      isDone = answer.done === true;
      if (!isDone) value = answer.value;
    } catch (error) {
      this.#broke(error);
      return;
    }
    if (isDone) this.#end();
    else this.#came(value);
  };

  readonly #broke = (error: unknown): void => {
    this.#isAsked = false;
    if (this.#isOver) return;
    this.#isOver = true;
    this.#iterator = undefined;
    this.#reader.broke(this, error);
  };

  #came(value: unknown): void {
    if (isThenable(value)) {
      void follow(value).then(this.#itemCame, this.#itemBroke);
    } else {
      this.#itemCame(value);
    }
  }

  readonly #itemCame = (value: unknown): void => {
    if (this.#isOver) return;
    this.value = value;
    this.#reader.came(this);
  };

  /** Its source does not know of that. */
  readonly #itemBroke = (error: unknown): void => {
    if (this.#isOver) return;
    this.close();
    this.#reader.broke(this, error);
  };

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#iterator = undefined;
    this.#reader.ended(this);
  }
}

/** Closes them all. Gives what has to be waited for, which is silent if nobody does. */
export function closeAll(inlets: Iterable<Inlet>): unknown {
  const closing: unknown[] = [];
  for (const inlet of inlets) {
    const closed = inlet.close();
    if (closed !== undefined) closing.push(closed);
  }
  if (closing.length < 2) return closing[0];
  const all = whenAll(closing);
  silence(all);
  return all;
}

async function whenAll(closing: readonly unknown[]): Promise<void> {
  const errors: unknown[] = [];
  for (const ending of await Promise.allSettled(closing)) {
    if (ending.status === 'rejected') errors.push(ending.reason);
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1)
    throw new AggregateError(errors, `${errors.length} of the sources failed when they were closed`);
}
