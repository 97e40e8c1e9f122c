import { type Deferred, deferred } from './deferred.ts';

/** An async source that gives what the test says, when it says so, with a record of who asked for what. */
export class Feed<T> implements AsyncIterable<T> {
  /** Calls of `next`. */
  asked = 0;
  /** Calls of `return`. */
  closed = 0;
  /** The most questions that were ever outstanding at once. */
  peak = 0;
  /** What closing waits for, if it is to wait. */
  closing: Promise<unknown> | undefined;
  readonly #waiting: Deferred<IteratorResult<T, undefined>>[] = [];

  /** Questions that are not answered. */
  get outstanding(): number {
    return this.#waiting.length;
  }

  /** Answers the question that came first. */
  give(value: T): void {
    this.#waiting.shift()!.resolve({ done: false, value });
  }

  end(): void {
    this.#waiting.shift()!.resolve({ done: true, value: undefined });
  }

  fail(error: unknown): void {
    this.#waiting.shift()!.reject(error);
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return {
      next: () => {
        this.asked++;
        const answer = deferred<IteratorResult<T, undefined>>();
        this.#waiting.push(answer);
        this.peak = Math.max(this.peak, this.#waiting.length);
        return answer.promise;
      },
      return: async () => {
        this.closed++;
        await this.closing;
        return { done: true, value: undefined };
      },
    };
  }
}

/** All that it gives. */
export async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

/** All that it gives, and how it ends. */
export async function collectToEnd(values: AsyncIterable<unknown>): Promise<[unknown[], unknown]> {
  const all: unknown[] = [];
  try {
    for await (const value of values) all.push(value);
  } catch (error) {
    return [all, error];
  }
  return [all, 'the end'];
}

export const DONE = { done: true, value: undefined };

/** An answer with a value. */
export const given = <T>(value: T) => ({ done: false, value });
