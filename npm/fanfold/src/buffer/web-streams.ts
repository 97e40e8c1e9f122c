import type { BufferSink } from './types.js';

/** An async iterator as a WHATWG stream, which asks for a value when somebody wants one, and for none ahead. */
export function readableOf<T>(source: AsyncIterator<T, unknown, undefined>): ReadableStream<T> {
  return new ReadableStream<T>(
    {
      async pull(controller) {
        const { done, value } = await source.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await source.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** A sink as a WHATWG stream. Whoever writes when the consumer has left is told by an error. */
export function writableOf<T>(sink: BufferSink<T>): WritableStream<T> {
  let signal: AbortSignal | undefined;
  return new WritableStream<T>({
    start(controller) {
      ({ signal } = controller);
    },
    async write(value) {
      // Aborting takes back what waits for room: the stream would wait for it otherwise.
      const { done } = await sink.next(value, { signal });
      if (done) throw new DOMException('The consumer of the buffer has left', 'AbortError');
    },
    close() {
      sink.return();
    },
    abort(reason) {
      sink.throw(reason);
    },
  });
}
