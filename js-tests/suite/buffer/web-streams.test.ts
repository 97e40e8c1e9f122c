// The two ends as WHATWG streams.
import { PushPullBuffer } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

async function read<T>(stream: ReadableStream<T>): Promise<T[]> {
  const values: T[] = [];
  const reader = stream.getReader();
  for (let step = await reader.read(); !step.done; step = await reader.read()) values.push(step.value);
  return values;
}

describe('readable', () => {
  test('is made once, reads nothing ahead, and ends with the buffer', async () => {
    const buffer = new PushPullBuffer<number>({ capacity: 3 });
    for (const value of [1, 2, 3]) buffer.sink.push(value);
    const { readable } = buffer;
    expect(buffer.readable).toBe(readable);
    await settle();
    expect([buffer.size, buffer.waitingPulls]).toEqual([3, 0]);
    buffer.sink.return();
    expect(await read(readable)).toEqual([1, 2, 3]);
  });

  test('fails with the producer’s error, after the values', async () => {
    const { sink, readable } = new PushPullBuffer<number>({ capacity: 3 });
    sink.push(1);
    const error = new Error('broken');
    sink.throw(error);
    const reader = readable.getReader();
    expect((await reader.read()).value).toBe(1);
    expect(await reasonOf(reader.read())).toBe(error);
  });

  test('to cancel it is to leave, also while a read waits', async () => {
    const buffer = new PushPullBuffer<number>({ capacity: 1 });
    const reader = buffer.readable.getReader();
    const waiting = watch(reader.read());
    await settle();
    await reader.cancel('enough');
    await settle();
    expect([waiting.value, buffer.sink.isClosed, buffer.waitingPulls]).toEqual([
      { value: undefined, done: true },
      true,
      0,
    ]);
    expect(await buffer.sink.next(1)).toEqual({ done: true });
  });
});

describe('writable', () => {
  test('is made once, waits for room, and ends the buffer when closed', async () => {
    const buffer = new PushPullBuffer<number>({ capacity: 1 });
    expect(buffer.writable).toBe(buffer.writable);
    const writer = buffer.writable.getWriter();
    const writes = [1, 2].map((value) => watch(writer.write(value)));
    const closed = watch(writer.close());
    await settle();
    expect([...writes, closed].map(({ state }) => state)).toEqual(['fulfilled', 'pending', 'pending']);
    expect([await buffer.source.pull(1), await buffer.source.pull(1), await buffer.source.pull(1)]).toEqual([
      [1],
      [2],
      [],
    ]);
    await settle();
    expect(closed.state).toBe('fulfilled');
  });

  test('to abort it fails the buffer', async () => {
    const buffer = new PushPullBuffer<number>({ capacity: 2 });
    const writer = buffer.writable.getWriter();
    await writer.write(1);
    const error = new Error('broken');
    await writer.abort(error);
    expect(await buffer.source.pull(5)).toEqual([1]);
    expect(await reasonOf(buffer.source.pull(5))).toBe(error);
  });

  test('to abort it waits for nothing, also while a write waits for room', async () => {
    const buffer = new PushPullBuffer<number>({ capacity: 1 });
    const writer = buffer.writable.getWriter();
    watch(writer.closed);
    await writer.write(1);
    const waiting = watch(writer.write(2));
    await settle();
    expect([waiting.state, buffer.waitingPushes]).toEqual(['pending', 1]);
    const error = new Error('broken');
    await writer.abort(error);
    expect([waiting.reason, buffer.size, buffer.waitingPushes]).toEqual([error, 1, 0]);
    expect(await buffer.source.pull(5)).toEqual([1]);
    expect(await reasonOf(buffer.source.pull(5))).toBe(error);
    expect(await buffer.source.pull(5)).toEqual([]);
  });

  test('tells who writes that the consumer has left', async () => {
    const buffer = new PushPullBuffer<number>({ capacity: 1 });
    const writer = buffer.writable.getWriter();
    watch(writer.closed);
    await writer.write(1);
    const waiting = watch(writer.write(2));
    await settle();
    await buffer.source.return();
    await settle();
    expect(waiting.reason).toMatchObject({ name: 'AbortError' });
    const threw = new PushPullBuffer<number>({ capacity: 0 });
    const other = threw.writable.getWriter();
    watch(other.closed);
    const write = watch(other.write(1));
    await settle();
    const error = new Error('wrong');
    await reasonOf(threw.source.throw(error));
    await settle();
    expect(write.reason).toBe(error);
  });
});

test('piped through, everything arrives in order', async () => {
  const [first, second] = [2, 3].map((capacity) => new PushPullBuffer<number>({ capacity })) as [
    PushPullBuffer<number>,
    PushPullBuffer<number>,
  ];
  const piped = first.readable.pipeTo(second.writable);
  const values = Array.from({ length: 100 }, (_, at) => at);
  const sent = (async () => {
    for (const value of values) await first.sink.next(value);
    first.sink.return();
  })();
  const got: number[] = [];
  for await (const value of second.source) got.push(value);
  await Promise.all([piped, sent]);
  expect(got).toEqual(values);
});
