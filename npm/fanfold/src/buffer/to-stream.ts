import { checkOptions } from '../check/names.js';
import { checkSignal } from '../check/options.js';
import { onAbort } from '../host/abort.js';
import { openSource } from '../many/source.js';
import { WAIT_OPTIONS } from './options.js';
import type { WaitOptions } from './types.js';

/**
 * A source as a web stream, which asks for a value when one is wanted, and for none ahead. Promises among the values are
 * waited for; one that rejects fails the stream and closes the source. Cancelling the stream leaves the source, and so does
 * the signal, with whose reason the stream fails then. A stream of Node's is `Readable.from(source)`.
 *
 * @throws TypeError if the source is not iterable.
 *
 * @example
 * ```ts
 * return new Response(toStream(encodeRows(buffer.source)));
 * ```
 */
export function toStream<T>(
  source: AsyncIterable<T | PromiseLike<T>> | Iterable<T | PromiseLike<T>>,
  options: WaitOptions = {},
): ReadableStream<T> {
  checkOptions(options, WAIT_OPTIONS);
  const signal = checkSignal('signal', options.signal);
  const items = openSource(source);
  let unlisten: (() => void) | undefined;
  let isOver = false;

  const close = async (): Promise<void> => {
    isOver = true;
    unlisten?.();
    await items.close();
  };
  /** What comes of closing is nobody's where there is an error to tell of already. */
  const closeQuietly = (): Promise<void> => close().catch(() => {});

  return new ReadableStream<T>(
    {
      start(controller) {
        if (signal === undefined) return;
        const abort = (): void => {
          controller.error(signal.reason);
          void closeQuietly();
        };
        if (signal.aborted) abort();
        else unlisten = onAbort(signal, abort);
      },
      async pull(controller) {
        try {
          const hasMore = await items.pull();
          if (hasMore) {
            const value = await (items.item as T | PromiseLike<T>);
            if (!isOver) controller.enqueue(value);
          } else if (!isOver) {
            await close();
            controller.close();
          }
        } catch (error) {
          await closeQuietly();
          throw error;
        }
      },
      cancel: close,
    },
    { highWaterMark: 0 },
  );
}
