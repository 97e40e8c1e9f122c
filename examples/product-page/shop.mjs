// A shop to call: a real server of this machine, whose parts are broken or hang as asked, and which notes how every
// request to it ended.

import { once } from 'node:events';
import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** @type {Readonly<Record<string, { ms: number, body: unknown }>>} */
const ANSWERS = {
  product: { ms: 40, body: { id: '7', name: 'Paper fan', sellerId: 'fold-and-sons' } },
  price: { ms: 60, body: { amount: 12.5, currency: 'EUR' } },
  stock: { ms: 30, body: { available: 4 } },
  seller: { ms: 20, body: { name: 'Fold & Sons' } },
  reviews: { ms: 80, body: [{ stars: 5, text: 'Folds well.' }] },
  alike: { ms: 50, body: ['8', '12'] },
  'mirror-1': { ms: 400, body: 'a picture, from far away' },
  'mirror-2': { ms: 20, body: 'a picture, from nearby' },
};

/** What can be asked of the shop. */
export const PARTS = Object.keys(ANSWERS);

/** All but the seller, who is asked for when the product is known. */
const ASKED_AT_FIRST = PARTS.length - 1;

/**
 * @typedef {'open' | 'answered' | 'failed' | 'aborted'} End  aborted: the client closed the connection first
 *
 * @param {object} [options]
 * @param {readonly string[]} [options.broken]  parts that answer with 500
 * @param {readonly string[]} [options.hanging]  parts that never answer
 */
export async function startShop({ broken = [], hanging = [] } = {}) {
  /** @type {{ path: string, end: End }[]} */
  const requests = [];
  let closed = 0;
  const server = http.createServer(async (request, response) => {
    const entry = { path: String(request.url), end: /** @type {End} */ ('open') };
    requests.push(entry);
    server.emit('arrival');
    response.once('close', () => {
      if (!response.writableFinished) entry.end = 'aborted';
      else entry.end = response.statusCode < 400 ? 'answered' : 'failed';
      closed++;
      server.emit('departure');
    });

    const part = entry.path.split('/')[1];
    if (hanging.includes(part)) return;
    if (broken.includes(part)) {
      // The others have been asked by then, so that there is something to abort.
      await arrived(ASKED_AT_FIRST);
      response.writeHead(500).end();
    } else {
      await delay(ANSWERS[part].ms);
      response.end(JSON.stringify(ANSWERS[part].body));
    }
  });
  const arrived = async (/** @type {number} */ count) => {
    while (requests.length < count) await once(server, 'arrival');
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const api = `http://127.0.0.1:${port}`;

  return {
    api,
    mirrors: [`${api}/mirror-1`, `${api}/mirror-2`],
    /** Every request so far, in the order of arrival. */
    requests,
    /** Resolves when there have been so many. */
    arrived,
    /** Resolves when no request is open. */
    async idle() {
      while (closed < requests.length) await once(server, 'departure');
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
