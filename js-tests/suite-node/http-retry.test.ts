// httpRetry against a real server and real broken connections, with the errors that this Node's fetch really throws.
import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { httpRetry, RetryError, retry } from 'fanfold';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { reasonOf } from '../suite/support/watch.ts';

let server: Server;
let base: string;
let requests = 0;
/** What the server does with its `n`th request; the last again and again. */
let script: ((response: ServerResponse, request: IncomingMessage) => void)[] = [];

beforeEach(async () => {
  requests = 0;
  server = createServer((request, response) => {
    script[Math.min(requests++, script.length - 1)]?.(response, request);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

const ok = (response: ServerResponse) => response.end('served');
const hangUp = (response: ServerResponse) => response.socket?.destroy();
const silent = () => {};

function status(code: number, headers: Record<string, string> = {}) {
  return (response: ServerResponse) => response.writeHead(code, headers).end('no');
}

async function load({ signal }: { signal: AbortSignal }): Promise<string> {
  const response = await fetch(base, { signal });
  if (response.ok) return response.text();
  await response.body?.cancel();
  throw response;
}

/** Loads until it goes well; the waits between the attempts. */
async function loaded(options: object = {}): Promise<[string, number[]]> {
  const delays: number[] = [];
  const text = await retry(load, {
    ...httpRetry(),
    backoff: 5,
    jitter: 'none',
    onRetry: (_error, { delay }) => delays.push(delay),
    ...options,
  });
  return [text, delays];
}

describe('tries again', () => {
  test('after statuses that pass', async () => {
    script = [status(503), status(429), ok];
    expect(await loaded()).toEqual(['served', [5, 5]]);
    expect(requests).toBe(3);
  });

  test('when the server said, by seconds and by its own clock', async () => {
    const soon = 'Wed, 21 Oct 2015 07:28:00 GMT';
    script = [
      status(503, { 'Retry-After': '0.02' }),
      status(503, { 'Retry-After': soon, Date: soon }),
      status(503, { 'retry-after-ms': '7' }),
      ok,
    ];
    expect(await loaded()).toEqual(['served', [20, 0, 7]]);
  });

  test('after a connection that was cut', async () => {
    script = [hangUp, hangUp, ok];
    expect((await loaded())[0]).toBe('served');
    expect(requests).toBe(3);
  });

  test('after a body that was cut', async () => {
    script = [
      (response) => {
        response.writeHead(200, { 'Content-Length': '100' });
        response.write('half', () => response.socket?.destroy());
      },
      ok,
    ];
    expect((await loaded())[0]).toBe('served');
  });

  test('after an attempt that took too long', async () => {
    script = [silent, ok];
    expect((await loaded({ attemptTimeout: 300, retries: Number.POSITIVE_INFINITY }))[0]).toBe('served');
  });

  test('where nothing listens, by fetch and by node:http', async () => {
    const free = createServer();
    await new Promise<void>((resolve) => {
      free.listen(0, '127.0.0.1', resolve);
    });
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => {
      free.close(resolve);
    });
    const options = { ...httpRetry(), retries: 2, backoff: 1 };
    const byFetch = await reasonOf(retry(() => fetch(`http://127.0.0.1:${port}`), options));
    const byName = await reasonOf(retry(() => fetch(`http://localhost:${port}`), options));
    const byHttp = await reasonOf(
      retry(
        () =>
          new Promise((resolve, reject) => {
            get({ host: '127.0.0.1', port }, resolve).once('error', reject);
          }),
        options,
      ),
    );
    for (const error of [byFetch, byName, byHttp]) {
      expect(error).toBeInstanceOf(RetryError);
      expect((error as RetryError).attempts).toHaveLength(3);
    }
  });
});

describe('does not try again', () => {
  test('what the server refused', async () => {
    script = [status(404)];
    const error = await reasonOf(loaded());
    expect((error as Response).status).toBe(404);
    expect(requests).toBe(1);
  });

  test('what would have to wait for longer than maxAfter', async () => {
    script = [status(503, { 'Retry-After': '3600' })];
    expect(((await reasonOf(loaded())) as Response).status).toBe(503);
    expect(requests).toBe(1);
  });

  test('what was aborted', async () => {
    const controller = new AbortController();
    script = [() => controller.abort()];
    const request = retry(() => fetch(base, { signal: controller.signal }), httpRetry());
    expect(await reasonOf(request)).toMatchObject({ name: 'AbortError' });
    expect(requests).toBe(1);
  });

  test.each(['not a url', 'nothing://here'])('an address that is none: %s', async (url) => {
    let attempts = 0;
    const error = await reasonOf(
      retry(() => {
        attempts += 1;
        return fetch(url);
      }, httpRetry()),
    );
    expect(error).toBeInstanceOf(TypeError);
    expect(attempts).toBe(1);
  });
});
