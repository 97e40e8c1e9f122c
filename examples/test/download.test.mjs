// One transfer against each misbehaviour of a real server, into real files.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { test } from 'node:test';
import { download, HttpError } from '../download/download.mjs';
import { contents, startServer } from '../download/server.mjs';
import { directory, moment, names } from './support/support.mjs';

const never = new AbortController().signal;

/**
 * @param {import('node:test').TestContext} t
 * @param {import('../download/plan.mjs').Behaviour} behaviour
 * @param {Partial<import('../download/plan.mjs').PlannedFile>} [details]
 */
async function serve(t, behaviour, details) {
  const file = { name: 'file.bin', behaviour, size: 300_000, latency: 0, duration: 0, key: 5, ...details };
  const arrival = moment();
  const server = await startServer([file], { onRequest: arrival.hit });
  t.after(() => server.close());
  const out = await directory(t);
  return {
    file,
    server,
    arrived: arrival.reached,
    out,
    url: `${server.origin}/files/${file.name}`,
    target: path.join(out, file.name),
  };
}

test('a steady file arrives byte for byte, with its progress', async (t) => {
  const { file, out, url, target } = await serve(t, 'steady');
  /** @type {[number, number | undefined][]} */
  const progress = [];
  const bytes = await download(url, target, { signal: never, onProgress: (...now) => progress.push(now) });
  assert.equal(bytes, file.size);
  assert.deepEqual(await readFile(target), contents(file));
  assert.deepEqual(progress.at(-1), [file.size, file.size]);
  assert.deepEqual(await names(out), ['file.bin']);
});

for (const [behaviour, status] of /** @type {const} */ ([
  ['error', 500],
  ['missing', 404],
])) {
  test(`status ${status} is an HttpError and leaves nothing`, async (t) => {
    const { out, url, target } = await serve(t, behaviour);
    await assert.rejects(download(url, target, { signal: never }), (error) => {
      assert.ok(error instanceof HttpError);
      assert.equal(error.status, status);
      return true;
    });
    assert.deepEqual(await names(out), []);
  });
}

for (const behaviour of /** @type {const} */ (['reset', 'truncated'])) {
  test(`a body that is ${behaviour} half-way is refused and leaves nothing`, async (t) => {
    const { server, out, url, target } = await serve(t, behaviour);
    await assert.rejects(download(url, target, { signal: never }));
    assert.ok(server.served[0].sent > 0);
    assert.deepEqual(await names(out), []);
  });
}

test('the signal ends a request that is never answered, also for the server', async (t) => {
  const { server, arrived, out, url, target } = await serve(t, 'hang');
  const controller = new AbortController();
  const transfer = download(url, target, { signal: controller.signal });
  await arrived;
  const reason = new Error('enough');
  controller.abort(reason);
  await assert.rejects(transfer, (error) => error === reason);
  await server.served[0].closed;
  assert.deepEqual(await names(out), []);
});

test('the signal ends a body that stalls, and takes the half-written file away', async (t) => {
  const { server, out, url, target } = await serve(t, 'stall');
  const controller = new AbortController();
  const begun = moment();
  const transfer = download(url, target, { signal: controller.signal, onProgress: begun.hit });
  await begun.reached;
  controller.abort(new Error('enough'));
  await assert.rejects(transfer);
  await server.served[0].closed;
  assert.deepEqual(await names(out), []);
});

test('a deaf transfer runs to its end after the signal, and still leaves no file', async (t) => {
  const { server, out, url, target } = await serve(t, 'steady');
  const controller = new AbortController();
  const reason = new Error('enough');
  const transfer = download(url, target, {
    signal: controller.signal,
    deaf: true,
    onProgress: () => controller.abort(reason),
  });
  await assert.rejects(transfer, (error) => error === reason);
  assert.equal(server.served[0].complete, true);
  assert.deepEqual(await names(out), []);
});

test('bytes that do not match the Content-Digest are refused', async (t) => {
  const server = http.createServer((_, response) => {
    response
      .writeHead(200, { 'content-digest': `sha-256=:${Buffer.alloc(32).toString('base64')}:` })
      .end('changed');
  });
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const out = await directory(t);
  const transfer = download(`http://127.0.0.1:${port}/`, path.join(out, 'file'), { signal: never });
  await assert.rejects(transfer, /Content-Digest/);
  assert.deepEqual(await names(out), []);
});
