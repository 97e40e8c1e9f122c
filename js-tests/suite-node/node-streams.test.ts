// Real streams of Node's, over real files and sockets.
import { EventEmitter, once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fromEvents, fromStream, PushPullBuffer, toStream } from 'fanfold';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const KILOBYTE = 1_024;
let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fanfold-streams-'));
  file = join(folder, 'large.bin');
  await writeFile(file, Buffer.alloc(500 * KILOBYTE, 7));
});

afterAll(() => rm(folder, { recursive: true }));

describe('streams of Node', () => {
  test('a file is read chunk by chunk, through a buffer', async () => {
    const buffer = new PushPullBuffer<Buffer>({
      capacity: 100 * KILOBYTE,
      weigh: (chunk) => chunk.length,
    });
    const written = pipeline(
      createReadStream(file, { highWaterMark: 32 * KILOBYTE }),
      buffer.writable as never,
    );
    let length = 0;
    for await (const chunk of buffer.source) length += chunk.length;
    await written;
    expect(length).toBe(500 * KILOBYTE);
  });

  test('leaving the loop destroys the stream, also while it is asked', async () => {
    const stream = createReadStream(file, { highWaterMark: KILOBYTE });
    for await (const chunk of fromStream<Buffer>(stream)) {
      expect(chunk.length).toBe(KILOBYTE);
      break;
    }
    expect(stream.destroyed).toBe(true);
    const silent = new PassThrough();
    const controller = new AbortController();
    const waiting = fromStream(silent, { signal: controller.signal }).next();
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(silent.destroyed).toBe(true);
  });

  test('leaving while a chunk is waited for, or before any was, destroys the stream', async () => {
    const silent = new PassThrough();
    const source = fromStream(silent);
    const waiting = [source.next(), source.next()];
    const end = { done: true, value: undefined };
    expect(await Promise.all([source.return(), ...waiting])).toEqual([end, end, end]);
    expect(silent.destroyed).toBe(true);
    const untouched = new PassThrough();
    await fromStream(untouched).return();
    expect(untouched.destroyed).toBe(true);
  });

  test('a stream that fails throws', async () => {
    const source = fromStream(createReadStream(join(folder, 'missing')));
    await expect(source.next()).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await source.next()).toEqual({ done: true, value: undefined });
  });

  test('a source is a Readable by itself', async () => {
    const buffer = new PushPullBuffer<string>({ capacity: 3 });
    const chunks: string[] = [];
    const read = pipeline(Readable.from(buffer.source), async (lines: AsyncIterable<string>) => {
      for await (const line of lines) chunks.push(line);
    });
    for (const value of ['a', 'b', 'c', 'd']) await buffer.sink.next(value);
    buffer.sink.return();
    await read;
    expect(chunks).toEqual(['a', 'b', 'c', 'd']);
  });

  test('the body of a real response, and a source as the body of a request', async () => {
    const server = createServer((request, response) => void pipeline(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const lines = new PushPullBuffer<Uint8Array>({ capacity: 4 });
      const answered = fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
        method: 'POST',
        body: toStream(lines.source),
        duplex: 'half',
      } as RequestInit);
      const encoder = new TextEncoder();
      for (const line of ['one\n', 'two\n', 'three\n']) await lines.sink.next(encoder.encode(line));
      lines.sink.return();
      const { body } = await answered;
      const decoder = new TextDecoder();
      let text = '';
      for await (const bytes of fromStream(body as ReadableStream<Uint8Array>)) text += decoder.decode(bytes);
      expect(text).toBe('one\ntwo\nthree\n');
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  test('events of an EventEmitter', async () => {
    const emitter = new EventEmitter();
    const source = fromEvents<number>(emitter, 'data', { end: 'end' });
    for (const value of [1, 2, 3]) emitter.emit('data', value);
    emitter.emit('end');
    expect(await source.pull(Number.POSITIVE_INFINITY)).toEqual([1, 2, 3]);
    expect(emitter.eventNames()).toEqual([]);
  });
});
