// The examples of the README's section on buffers, as they stand there.
import { BufferFullError, fromEvents, fromStream, PushPullBuffer, toStream } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { microtasks } from '../support/turns.ts';

interface Row {
  readonly id: number;
}

describe('the README', () => {
  test('a producer and a consumer', async () => {
    const saved: Row[] = [];
    const save = async (row: Row) => void saved.push(row);
    async function* readRows(): AsyncGenerator<Row> {
      for (let id = 0; id < 10; id++) yield { id };
    }

    const buffer = new PushPullBuffer<Row>({ capacity: 4 });
    let most = 0;

    async function produce() {
      for await (const row of readRows()) {
        const { done } = await buffer.sink.next(row);
        most = Math.max(most, buffer.size);
        if (done) return;
      }
      buffer.sink.return();
    }

    void produce().catch((error) => buffer.sink.throw(error));
    for await (const row of buffer.source) {
      await save(row);
      await microtasks(20);
    }
    expect(saved.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(most).toBe(4);
  });

  test('a producer that fails', async () => {
    const buffer = new PushPullBuffer<number>({ capacity: 4 });
    async function produce() {
      await buffer.sink.next(1);
      throw new Error('the line is dead');
    }
    void produce().catch((error) => buffer.sink.throw(error));
    const seen: number[] = [];
    const loop = (async () => {
      for await (const value of buffer.source) seen.push(value);
    })();
    await expect(loop).rejects.toThrow('the line is dead');
    expect(seen).toEqual([1]);
  });

  test('what cannot wait, and batches', async () => {
    const prices = new PushPullBuffer<number>({ capacity: 1, overflow: 'conflate' });
    for (const price of [101, 102, 103]) prices.sink.push(price);
    expect(await prices.source.next()).toEqual({ value: 103, done: false });
    expect(prices.dropped).toBe(2);

    const jobs = new PushPullBuffer<{ urgent: boolean; bytes: number }>({
      capacity: 64_000_000,
      weigh: (job) => job.bytes,
      order: 'priority',
      priority: (job) => (job.urgent ? 1 : 0),
      overflow: 'error',
    });
    jobs.sink.push({ urgent: false, bytes: 40_000_000 });
    jobs.sink.push({ urgent: true, bytes: 20_000_000 });
    expect(() => jobs.sink.push({ urgent: true, bytes: 5_000_000 })).toThrow(BufferFullError);
    expect((await jobs.source.next()).value).toEqual({ urgent: true, bytes: 20_000_000 });
  });

  test('by hand', async () => {
    const inserted: number[][] = [];
    const insert = async (batch: number[]) => void inserted.push(batch);
    const { sink, source } = new PushPullBuffer<number>({ capacity: 100 });

    async function produce(rows: Iterable<number>) {
      for (const row of rows) {
        while (!sink.push(row)) if ((await sink.ready()).done) return;
      }
      sink.return();
    }

    void produce(Array.from({ length: 1_000 }, (_, at) => at));
    for (let batch = await source.pull(50); batch.length > 0; batch = await source.pull(50))
      await insert(batch);
    expect(inserted.flat()).toEqual(Array.from({ length: 1_000 }, (_, at) => at));
    expect(Math.max(...inserted.map(({ length }) => length))).toBe(50);
  });

  test('through streams', async () => {
    const rows = new PushPullBuffer<string>({ capacity: 16 });
    for (const word of ['a', 'b', 'c']) rows.sink.push(word);
    rows.sink.return();
    const upper = new PushPullBuffer<string>({ capacity: 16 });
    await rows.readable
      .pipeThrough(
        new TransformStream<string, string>({
          transform: (word, controller) => controller.enqueue(word.toUpperCase()),
        }),
      )
      .pipeTo(upper.writable);
    expect(await upper.source.pull(16)).toEqual(['A', 'B', 'C']);
  });

  test('events as a source', async () => {
    const socket = new EventTarget();
    const handled: unknown[] = [];
    const handle = (data: unknown) => handled.push(data);
    const reading = (async () => {
      for await (const { data } of fromEvents<MessageEvent>(socket, 'message', {
        end: 'close',
        error: 'error',
      }))
        handle(data);
    })();
    for (const data of ['a', 'b']) socket.dispatchEvent(new MessageEvent('message', { data }));
    socket.dispatchEvent(new Event('close'));
    await reading;
    expect(handled).toEqual(['a', 'b']);
  });

  test('a source as the body of a response, and a body as a source', async () => {
    const buffer = new PushPullBuffer<Row>({ capacity: 4 });
    for (const id of [1, 2]) buffer.sink.push({ id });
    buffer.sink.return();

    const encoder = new TextEncoder();
    async function* lines() {
      for await (const row of buffer.source) yield encoder.encode(`${JSON.stringify(row)}\n`);
    }
    const { body } = new Response(toStream(lines()));

    const decoder = new TextDecoder();
    let text = '';
    for await (const bytes of fromStream(body as ReadableStream<Uint8Array>)) text += decoder.decode(bytes);
    expect(text).toBe('{"id":1}\n{"id":2}\n');
  });
});
