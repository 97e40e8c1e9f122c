import { wrongType } from '../errors/misuse.js';
import { follow } from '../host/follow.js';
import { inMicrotask } from '../host/microtask.js';
import { isThenable } from '../task/promise.js';

type AnyGenerator = AsyncIterator<unknown> | Iterator<unknown>;

/** What all async generators inherit from. Each function has a prototype of its own, which makes a look-up slow. */
const asyncGenerator: AsyncGenerator = Object.getPrototypeOf(async function* () {}).prototype;
const { next: intrinsicNext } = asyncGenerator;
const isAmongAncestors = Object.prototype.isPrototypeOf;

function isAsyncGenerator(value: object): boolean {
  return isAmongAncestors.call(asyncGenerator, value);
}

/**
 * Whether a function has returned a generator: any async iterator that is read by itself, but of those that are not async
 * only generators. A list that has an iterator is a value.
 */
export function isGenerator(value: unknown): value is AnyGenerator {
  if (typeof value !== 'object' || value === null) return false;
  if (isAsyncGenerator(value)) return true;
  const { next, throw: raise } = value as Partial<AsyncGenerator>;
  if (typeof next !== 'function') return false;
  return (
    typeof (value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function' ||
    (typeof raise === 'function' &&
      typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function')
  );
}

/** Whose generator it is. */
interface Pumped {
  /** Takes what was yielded: `true`, or a promise that resolves when it is taken. */
  emit(value: unknown): true | Promise<unknown>;
  /** The generator has ended. */
  settled(fulfilled: boolean, outcome: unknown): void;
}

/** Asks a generator on, one question at a time, and only when what it yielded was taken. */
export class Pump {
  readonly #iterator: AnyGenerator;
  /** Looked up once, as loops of the language do. */
  readonly #next: () => unknown;
  readonly #owner: Pumped;
  readonly #isAsync: boolean;
  /** Whether its code runs, or an answer of it is waited for. */
  #isAsked = false;
  #isClosing = false;
  #hasEnded = false;

  constructor(iterator: AnyGenerator, owner: Pumped) {
    this.#iterator = iterator;
    const isIntrinsic = isAsyncGenerator(iterator);
    this.#next = isIntrinsic ? intrinsicNext : iterator.next;
    this.#owner = owner;
    this.#isAsync =
      isIntrinsic ||
      typeof (iterator as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function';
  }

  /** Begins. To be called in the context that the generator is to run in. */
  begin(): void {
    if (this.#isAsync) this.ask();
    // It may end at once, while its slot is still being taken.
    else inMicrotask(this.ask);
  }

  /** Asks for what is next. */
  readonly ask = (): void => {
    if (this.#isClosing) return;
    this.#isAsked = true;
    let answer: unknown;
    try {
      answer = this.#next.call(this.#iterator);
      if (isThenable(answer)) {
        follow(answer).then(this.#answered, this.#threw);
        return;
      }
    } catch (error) {
      this.#threw(error);
      return;
    }
    if (this.#isAsync) Promise.resolve(answer).then(this.#answered);
    else this.#answered(answer);
  };

  /**
   * Ends the generator. Gives what that comes to, where it was waiting to be asked: one that is asked closes only when it
   * has answered, and that may never be. Whoever is given it sees to its errors; others are nobody's, and are reported as
   * unhandled where they are not `reason`.
   */
  close(reason: unknown): Promise<void> | undefined {
    if (this.#isClosing || this.#hasEnded) return undefined;
    this.#isClosing = true;
    const isWaiting = !this.#isAsked;
    // Neither can one be told that cannot be closed, nor one that is not async while its own code runs.
    if (!isWaiting && !(this.#isAsync && this.#canClose)) return undefined;
    const closed = this.#return(reason);
    return isWaiting ? closed : undefined;
  }

  get #canClose(): boolean {
    try {
      return typeof this.#iterator.return === 'function';
    } catch {
      // It is tried, and fails with that.
      return true;
    }
  }

  async #return(reason: unknown): Promise<void> {
    try {
      await this.#iterator.return?.(undefined);
    } catch (error) {
      this.#end(false, error);
      if (error !== reason) throw error;
    }
    this.#end(true, undefined);
  }

  readonly #answered = (result: unknown): void => {
    this.#isAsked = false;
    if (typeof result !== 'object' || result === null) {
      this.#end(false, wrongType('next()', 'an object', result));
      return;
    }
    let isLast: boolean;
    let value: unknown;
    try {
      isLast = (result as IteratorResult<unknown>).done === true;
      value = (result as IteratorResult<unknown>).value;
    } catch (error) {
      // As a loop of the language would: it is not closed either.
      this.#end(false, error);
      return;
    }
    if (this.#isAsync || !isThenable(value)) this.#came(isLast, value);
    else this.#await(isLast, value);
  };

  /** What a generator gives that is not async may be a promise. */
  #await(isLast: boolean, promise: PromiseLike<unknown>): void {
    const failed = (error: unknown): void => {
      // As an async one it ends with that.
      if (!isLast && !this.#isClosing) void this.#return(error);
      this.#end(false, error);
    };
    try {
      follow(promise).then((value) => this.#came(isLast, value), failed);
    } catch (error) {
      failed(error);
    }
  }

  #came(isLast: boolean, value: unknown): void {
    if (isLast) {
      this.#end(true, value);
    } else if (this.#isClosing) {
      // It was asked when it was to end. One that is async has been told, if it can be.
      if (!this.#isAsync) void this.#return(undefined);
      else if (!this.#canClose) this.#end(true, undefined);
    } else {
      const taken = this.#owner.emit(value);
      if (taken !== true) taken.then(this.ask, this.ask);
      else if (this.#isAsync) this.ask();
      // It would keep everybody else from running.
      else inMicrotask(this.ask);
    }
  }

  readonly #threw = (error: unknown): void => {
    this.#isAsked = false;
    this.#end(false, error);
  };

  #end(fulfilled: boolean, outcome: unknown): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#owner.settled(fulfilled, outcome);
  }
}
