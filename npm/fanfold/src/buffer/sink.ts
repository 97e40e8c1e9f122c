import type { BufferCore } from './core.js';
import { waitSignal } from './options.js';
import type { BufferSink, Taken, WaitOptions } from './types.js';

/** Where values are pushed. */
export class Sink<T> implements BufferSink<T> {
  readonly #core: BufferCore<T>;

  constructor(core: BufferCore<T>) {
    this.#core = core;
  }

  get isClosed(): boolean {
    return !this.#core.isOpen;
  }

  next(value: T, options?: WaitOptions): Promise<Taken> {
    return this.#core.next(value, options === undefined ? undefined : waitSignal(options));
  }

  push(value: T): boolean {
    return this.#core.push(value);
  }

  ready(options?: WaitOptions): Promise<Taken> {
    return this.#core.ready(waitSignal(options));
  }

  return(): void {
    this.#core.end();
  }

  throw(error: unknown): void {
    this.#core.end({ reason: error });
  }
}
