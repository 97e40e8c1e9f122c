import { fromStream, PushPullBuffer, toStream } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { countListeners } from '../support/listeners.ts';
import { settle } from '../support/turns.ts';

/** A web stream of so many numbers that counts what is asked of it. */
function numbers(count: number) {
  const seen = { pulls: 0, cancelled: undefined as unknown };
  const stream = new ReadableStream<number>(
    {
      pull(controller) {
        if (seen.pulls === count) controller.close();
        else controller.enqueue(seen.pulls++);
      },
      cancel(reason) {
        seen.cancelled = { reason };
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, seen };
}

async function listOf<T>(source: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of source) values.push(value);
  return values;
}

/** All of a stream, by a reader, since not all browsers iterate streams. */
async function read<T>(stream: ReadableStream<T>): Promise<T[]> {
  const reader = stream.getReader();
  const values: T[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return values;
    values.push(value);
  }
}

describe('buffer.readable and buffer.writable', () => {
  test('are the two ends as streams, made once', async () => {
    const buffer = new PushPullBuffer<number>({ capacity: 2 });
    expect(buffer.readable).toBe(buffer.readable);
    expect(buffer.writable).toBe(buffer.writable);
    const [, values] = await Promise.all([numbers(5).stream.pipeTo(buffer.writable), read(buffer.readable)]);
    expect(values).toEqual([0, 1, 2, 3, 4]);
    expect(buffer.sink.isClosed).toBe(true);
  });

  test('the readable takes nothing ahead, and the writable waits for room', async () => {
    const buffer = new PushPullBuffer<number>({ capacity: 1 });
    const reader = buffer.readable.getReader();
    const writer = buffer.writable.getWriter();
    await writer.write(1);
    let written = false;
    const second = writer.write(2).then(() => {
      written = true;
    });
    await settle();
    expect([buffer.size, written]).toEqual([1, false]);
    expect(await reader.read()).toEqual({ done: false, value: 1 });
    await second;
    expect(written).toBe(true);
  });

  test('cancelling the readable leaves, and whoever writes then is told', async () => {
    const buffer = new PushPullBuffer<number>({ capacity: 1 });
    await buffer.readable.cancel();
    expect(await buffer.sink.next(1)).toEqual({ done: true });
    await expect(buffer.writable.getWriter().write(1)).rejects.toThrow('The consumer of the buffer has left');
  });

  test('aborting the writable fails the source, after what came before', async () => {
    const buffer = new PushPullBuffer<number>({ capacity: 2 });
    const writer = buffer.writable.getWriter();
    await writer.write(1);
    const failure = new Error('disk full');
    await writer.abort(failure);
    expect(await buffer.source.next()).toEqual({ done: false, value: 1 });
    await expect(buffer.source.next()).rejects.toBe(failure);
    expect(await buffer.source.next()).toEqual({ done: true, value: undefined });
  });

  test('an error of the producer fails the readable', async () => {
    const buffer = new PushPullBuffer<number>({ capacity: 2 });
    const failure = new Error('gone');
    buffer.sink.throw(failure);
    await expect(buffer.readable.getReader().read()).rejects.toBe(failure);
  });
});

describe('fromStream', () => {
  test('gives the chunks of a web stream, none ahead', async () => {
    const { stream, seen } = numbers(3);
    const source = fromStream(stream);
    expect(await source.next()).toEqual({ done: false, value: 0 });
    await settle();
    expect(seen.pulls).toBe(1);
    expect(await listOf(source)).toEqual([1, 2]);
    expect(await source.next()).toEqual({ done: true, value: undefined });
  });

  test('leaving the loop cancels the stream', async () => {
    const { stream, seen } = numbers(3);
    for await (const value of fromStream(stream)) if (value === 1) break;
    expect(seen.cancelled).toEqual({ reason: undefined });
    const { stream: other, seen: otherSeen } = numbers(3);
    const source = fromStream(other);
    await source.return();
    await source.return();
    expect(otherSeen.cancelled).toEqual({ reason: undefined });
    expect(await source.next()).toEqual({ done: true, value: undefined });
  });

  test('leaving while a chunk is waited for lets go who waits', async () => {
    let cancelled = 0;
    const source = fromStream(new ReadableStream<number>({ cancel: () => void cancelled++ }));
    const waiting = [source.next(), source.next()];
    const end = { done: true, value: undefined };
    expect(await Promise.all([source.return(), ...waiting])).toEqual([end, end, end]);
    expect(cancelled).toBe(1);
  });

  test('a stream that fails throws, once', async () => {
    const failure = new Error('reset');
    const source = fromStream(
      new ReadableStream<number>({
        pull(controller) {
          controller.error(failure);
        },
      }),
    );
    await expect(source.next()).rejects.toBe(failure);
    expect(await source.next()).toEqual({ done: true, value: undefined });
  });

  test('a signal ends it at once, also while it waits, and cancels with its reason', async () => {
    let cancelled: unknown;
    const silent = new ReadableStream<number>({
      cancel(reason) {
        cancelled = reason;
      },
    });
    const controller = new AbortController();
    const source = fromStream(silent, { signal: controller.signal });
    const waiting = source.next();
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(source.next()).rejects.toBe(reason);
    await settle();
    expect(cancelled).toBe(reason);
    await expect(fromStream(numbers(1).stream, { signal: controller.signal }).next()).rejects.toBe(reason);
  });

  test('says what it wants', () => {
    for (const wrong of [undefined, null, 1, {}, [1], { getReader: 1 }]) {
      expect(() => fromStream(wrong as never)).toThrow(TypeError);
    }
    expect(() => fromStream(numbers(1).stream, { signl: 1 } as never)).toThrow('did you mean `signal`');
  });
});

describe('toStream', () => {
  test('gives the values of any source', async () => {
    expect(await read(toStream([1, 2, 3]))).toEqual([1, 2, 3]);
    const buffer = new PushPullBuffer<string>({ capacity: 3 });
    for (const value of ['a', 'b']) buffer.sink.push(value);
    buffer.sink.return();
    expect(await read(toStream(buffer.source))).toEqual(['a', 'b']);
  });

  test('asks for nothing ahead, and cancelling closes the source', async () => {
    let asked = 0;
    let closed = 0;
    async function* endless() {
      try {
        for (;;) yield asked++;
      } finally {
        closed++;
      }
    }
    const stream = toStream(endless());
    await settle();
    expect(asked).toBe(0);
    const reader = stream.getReader();
    expect(await reader.read()).toEqual({ done: false, value: 0 });
    await settle();
    expect(asked).toBe(1);
    await reader.cancel();
    expect(closed).toBe(1);
  });

  test('waits for promises among the values, and closes the source when one rejects', async () => {
    expect(await read(toStream([Promise.resolve(1), 2, Promise.resolve(3)]))).toEqual([1, 2, 3]);
    const failure = new Error('not today');
    let closed = 0;
    function* values() {
      try {
        yield Promise.resolve(1);
        yield Promise.reject(failure);
        yield 3;
      } finally {
        closed++;
      }
    }
    const reader = toStream<number>(values()).getReader();
    expect(await reader.read()).toEqual({ done: false, value: 1 });
    await expect(reader.read()).rejects.toBe(failure);
    expect(closed).toBe(1);
  });

  test('fails with the source, and with the signal', async () => {
    const failure = new Error('broken');
    const failing = (async function* () {
      yield 1;
      throw failure;
    })();
    await expect(read(toStream(failing))).rejects.toBe(failure);
    const controller = new AbortController();
    const buffer = new PushPullBuffer<number>({ capacity: 1 });
    const reader = toStream(buffer.source, { signal: controller.signal }).getReader();
    const waiting = reader.read();
    controller.abort(failure);
    await expect(waiting).rejects.toBe(failure);
    await settle();
    expect(await buffer.sink.next(1)).toEqual({ done: true });
  });

  test('leaves no listener on the signal, however it ends', async () => {
    const { signal } = new AbortController();
    const listeners = countListeners(signal);
    await read(toStream([1, 2], { signal }));
    await expect(read(toStream([Promise.reject(new Error('no'))], { signal }))).rejects.toThrow('no');
    await toStream([1, 2], { signal }).cancel();
    await fromStream(numbers(1).stream, { signal }).return();
    expect([listeners.added > 0, listeners.now]).toEqual([true, 0]);
  });

  test('says what it wants', () => {
    for (const wrong of [undefined, null, 1, {}]) expect(() => toStream(wrong as never)).toThrow(TypeError);
  });
});
