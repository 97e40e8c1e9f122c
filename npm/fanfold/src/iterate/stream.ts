import { asyncDispose } from '../host/dispose.js';
import { DONE } from '../task/done.js';
import type { Flow } from './flow.js';
import type { ItemStream } from './types.js';

/** What a reader holds. */
export class FlowStream<T> implements ItemStream<T> {
  readonly #flow: Flow<T>;

  /** @internal */
  constructor(flow: Flow<T>) {
    this.#flow = flow;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return this.#flow.next();
  }

  /** Leaves it: closes its sources, and resolves when they are closed. Whoever waits for a value is told of the end. */
  async return(): Promise<IteratorResult<T, undefined>> {
    await this.#flow.leave();
    return DONE;
  }

  /** Leaves it and then rejects with the error, always. */
  async throw(error?: unknown): Promise<IteratorResult<T, undefined>> {
    try {
      await this.#flow.leave();
    } catch {
      // Whoever throws has the better reason.
    }
    throw error;
  }

  async [asyncDispose](): Promise<void> {
    await this.return();
  }
}
