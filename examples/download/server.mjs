// A local HTTP server that misbehaves by plan: real sockets, real resets, real silence.

import { createCipheriv, createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * @typedef {import('./plan.mjs').PlannedFile} PlannedFile
 *
 * @typedef {object} Served  what became of one request
 * @property {string} name
 * @property {number} sent  bytes of the body handed to the socket
 * @property {boolean} complete  whether the answer was sent as planned to its end
 * @property {Promise<void>} closed  fulfils when the exchange is over, whoever ended it
 *
 * @typedef {object} LocalServer
 * @property {string} origin  such as http://127.0.0.1:40123
 * @property {readonly Served[]} served  one entry per request for a planned file, in order of arrival
 * @property {() => Promise<void>} close  ends the server and every open connection
 */

const CHUNKS = 24;

/**
 * Serves the planned files under /files/<name> on a free port of the loopback interface.
 *
 * @param {readonly PlannedFile[]} plan
 * @param {object} [options]
 * @param {(entry: Served) => void} [options.onRequest]  called when a request for a planned file has arrived
 * @returns {Promise<LocalServer>}
 */
export async function startServer(plan, { onRequest = () => {} } = {}) {
  const files = new Map(plan.map((file) => [`/files/${file.name}`, file]));
  /** @type {Served[]} */
  const served = [];
  const ended = new AbortController();

  const server = http.createServer((request, response) => {
    const file = files.get(request.url ?? '');
    if (!file) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('no such file\n');
      return;
    }
    const closed = /** @type {Promise<void>} */ (
      new Promise((resolve) => response.once('close', () => resolve()))
    );
    const entry = { name: file.name, sent: 0, complete: false, closed };
    served.push(entry);
    onRequest(entry);
    // Waits end early when the client goes away or the server is closed; there is nobody left to answer then.
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    answer(file, response, entry, AbortSignal.any([gone.signal, ended.signal])).catch(() =>
      response.destroy(),
    );
  });

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());

  return {
    origin: `http://127.0.0.1:${port}`,
    served,
    async close() {
      ended.abort();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/**
 * @param {PlannedFile} file
 * @param {http.ServerResponse} response
 * @param {Served} entry
 * @param {AbortSignal} signal
 */
async function answer(file, response, entry, signal) {
  if (file.behaviour === 'hang') return;
  await delay(file.latency, undefined, { signal });

  if (file.behaviour === 'error' || file.behaviour === 'missing') {
    const status = file.behaviour === 'error' ? 500 : 404;
    response.writeHead(status, { 'content-type': 'text/plain' }).end(`${http.STATUS_CODES[status]}\n`);
    entry.complete = true;
    return;
  }

  const body = contents(file);
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': body.length,
    'content-digest': `sha-256=:${createHash('sha256').update(body).digest('base64')}:`,
  });

  const stopsAt = ['reset', 'truncated', 'stall'].includes(file.behaviour) ? Math.ceil(CHUNKS / 2) : CHUNKS;
  for (let chunk = 0; chunk < stopsAt; chunk++) {
    const bytes = body.subarray(
      Math.floor((body.length * chunk) / CHUNKS),
      Math.floor((body.length * (chunk + 1)) / CHUNKS),
    );
    await delay(file.duration / CHUNKS, undefined, { signal });
    entry.sent += bytes.length;
    if (!response.write(bytes)) await once(response, 'drain', { signal });
  }

  if (file.behaviour === 'stall') return;
  if (file.behaviour === 'reset') response.socket?.resetAndDestroy();
  else if (file.behaviour === 'truncated') response.socket?.end();
  else {
    response.end();
    entry.complete = true;
  }
}

/**
 * The bytes of a file: a key stream, so that they are the same in every run and do not compress.
 *
 * @param {PlannedFile} file
 * @returns {Buffer}
 */
export function contents(file) {
  const key = Buffer.alloc(16);
  key.writeUInt32LE(file.key);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(file.size));
}
