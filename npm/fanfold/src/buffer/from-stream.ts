import { checkOptions } from '../check/names.js';
import { checkSignal } from '../check/options.js';
import { wrongType } from '../errors/misuse.js';
import { onAbort } from '../host/abort.js';
import { asyncDispose } from '../host/dispose.js';
import { DONE } from '../task/done.js';
import { WAIT_OPTIONS } from './options.js';
import type { WaitOptions } from './types.js';

/** A stream of Node's, as far as it is read here. */
interface NodeReadable<T> {
  [Symbol.asyncIterator](): AsyncIterator<T>;
  destroy(error?: Error): unknown;
  on?(event: 'error', listener: () => void): unknown;
}

/** What can be read as a stream: of the web or of Node. */
export type AnyReadable<T> = ReadableStream<T> | NodeReadable<T>;

/** What came of a stream, one by one. */
export interface StreamSource<T> extends AsyncIterableIterator<T, undefined, undefined>, AsyncDisposable {
  /** Leaves: the stream is cancelled, or destroyed. */
  return(): Promise<IteratorResult<T, undefined>>;
}

/**
 * A stream as a source. Reads nothing ahead. Leaving the loop cancels a web stream and destroys one of Node's, also while a
 * chunk is waited for, and so does the signal, with whose reason the loop ends then.
 *
 * @param stream A `ReadableStream`, also where it is no async iterable (Safari), or a `Readable` of Node's.
 * @throws TypeError if it is neither, or locked to another reader.
 *
 * @example
 * ```ts
 * const { body } = await fetch(url);
 * for await (const bytes of fromStream(body!)) await parse(bytes);
 * ```
 */
export function fromStream<T>(stream: AnyReadable<T>, options: WaitOptions = {}): StreamSource<T> {
  checkOptions(options, WAIT_OPTIONS);
  const signal = checkSignal('signal', options.signal);
  const { getReader } = (stream ?? {}) as Partial<ReadableStream<T>>;
  if (typeof getReader === 'function') {
    const reader = (stream as ReadableStream<T>).getReader();
    return new Read<T>(
      async () => (await reader.read()) as IteratorResult<T, undefined>,
      (reason) => reader.cancel(reason),
      signal,
    );
  }
  const node = stream as Partial<NodeReadable<T>> | null | undefined;
  if (typeof node?.[Symbol.asyncIterator] !== 'function' || typeof node.destroy !== 'function') {
    throw wrongType('stream', 'a ReadableStream or a Readable', stream);
  }
  // Whoever reads is told. A stream that fails before that would end the process.
  node.on?.('error', () => {});
  const iterator = (node as NodeReadable<T>)[Symbol.asyncIterator]() as AsyncIterator<T, undefined>;
  return new Read<T>(
    () => iterator.next(),
    () => {
      // A return alone waits behind whoever waits for a chunk, and closes nothing that was not begun.
      node.destroy?.();
      return iterator.return?.();
    },
    signal,
  );
}

/** Reads a stream. */
class Read<T> implements StreamSource<T> {
  readonly #read: () => Promise<IteratorResult<T, undefined>>;
  readonly #cancel: (reason: unknown) => unknown;
  #unlisten: (() => void) | undefined;
  #aborted: { readonly reason: unknown } | undefined;
  #isOver = false;
  /** Lets those go who wait. */
  readonly #waiting = new Set<(end: IteratorReturnResult<undefined> | Promise<never>) => void>();

  constructor(
    read: () => Promise<IteratorResult<T, undefined>>,
    cancel: (reason: unknown) => unknown,
    signal: AbortSignal | undefined,
  ) {
    this.#read = read;
    this.#cancel = cancel;
    if (signal?.aborted) this.#abort(signal.reason);
    else if (signal !== undefined) this.#unlisten = onAbort(signal, () => this.#abort(signal.reason));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#aborted !== undefined) return Promise.reject(this.#aborted.reason);
    if (this.#isOver) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => {
      this.#waiting.add(resolve);
      this.#read().then(
        (result) => {
          this.#waiting.delete(resolve);
          if (result.done === true) this.#end();
          resolve(result.done === true ? DONE : result);
        },
        (error: unknown) => {
          this.#waiting.delete(resolve);
          this.#end();
          reject(error);
        },
      );
    });
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    if (!this.#isOver) {
      this.#end();
      this.#letGo(DONE);
      await this.#cancel(undefined);
    }
    return DONE;
  }

  async [asyncDispose](): Promise<void> {
    await this.return();
  }

  #end(): void {
    this.#isOver = true;
    this.#unlisten?.();
  }

  #letGo(end: IteratorReturnResult<undefined> | (() => Promise<never>)): void {
    for (const resolve of this.#waiting) resolve(typeof end === 'function' ? end() : end);
    this.#waiting.clear();
  }

  #abort(reason: unknown): void {
    if (this.#isOver) return;
    this.#aborted = { reason };
    this.#end();
    this.#letGo(() => Promise.reject(reason));
    // What a stream makes of being cancelled is nobody's: the reason is what is told.
    void (async () => this.#cancel(reason))().catch(() => {});
  }
}
