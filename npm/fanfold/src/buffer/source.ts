import { checkCount } from '../check/options.js';
import { asyncDispose } from '../host/dispose.js';
import { DONE } from '../task/done.js';
import type { BufferCore } from './core.js';
import { waitSignal } from './options.js';
import type { BufferSource, WaitOptions } from './types.js';

/** Where values are pulled. */
export class Source<T> implements BufferSource<T> {
  readonly #core: BufferCore<T>;

  constructor(core: BufferCore<T>) {
    this.#core = core;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(options?: WaitOptions): Promise<IteratorResult<T, undefined>> {
    return this.#core.pull(options === undefined ? undefined : waitSignal(options));
  }

  pull(n: number, options?: WaitOptions): Promise<T[]> {
    return this.#core.pullMany(checkCount('n', n, 1), waitSignal(options));
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#core.leave();
    return Promise.resolve(DONE);
  }

  throw(error?: unknown): Promise<IteratorResult<T, undefined>> {
    this.#core.leave({ reason: error });
    return Promise.reject(error);
  }

  async [asyncDispose](): Promise<void> {
    await this.return();
  }
}
