// A model's API on this machine: it counts requests and tokens in a window, and answers 429 to whoever wants more.

import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** What it counts is exact, but a network is not: so much early is not too early. */
const TOLERANCE = 100;

/**
 * @typedef {object} Served  one answer
 * @property {number} at  milliseconds since the server began
 * @property {string} tenant
 * @property {number} status
 * @property {number} tokens
 */

/**
 * @param {object} options
 * @param {import('./client.mjs').Budget} options.budget
 * @param {number} options.seed
 * @param {number} options.hiccups  a share of requests that is answered 429 or 503 without a reason, from 0 to 1
 */
export async function startServer({ budget, seed, hiccups }) {
  const random = xoroshiro128plus(seed);
  const began = performance.now();
  /** @type {Served[]} */
  const served = [];
  /** @type {{ at: number, tokens: number }[]} */
  let taken = [];

  const server = http.createServer(async (request, response) => {
    const tenant = String(request.headers.tenant);
    const prompt = await text(request);
    const at = performance.now() - began;
    const tokens = Math.ceil(prompt.length / 4) + Math.ceil((prompt.length / 4) * chance(random));
    const refuse = (/** @type {number} */ status, /** @type {number} */ milliseconds) => {
      served.push({ at, tenant, status, tokens: 0 });
      response.writeHead(status, { 'retry-after-ms': Math.ceil(milliseconds) }).end();
    };
    if (chance(random) < hiccups) return refuse(chance(random) < 0.5 ? 429 : 503, 250);
    taken = taken.filter((one) => one.at > at - budget.interval + TOLERANCE);
    const used = taken.reduce((sum, one) => sum + one.tokens, 0);
    const [oldest] = taken;
    if (taken.length >= budget.requests || (oldest && used + tokens > budget.tokens)) {
      return refuse(429, Math.max(oldest.at + budget.interval - at, 1));
    }
    taken.push({ at, tokens });
    await delay(20 + 60 * chance(random));
    served.push({ at, tenant, status: 200, tokens });
    response.setHeader('content-type', 'application/json');
    return response.end(JSON.stringify({ text: prompt.toUpperCase(), tokens }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}/`,
    served,
    elapsed: () => performance.now() - began,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** From 0 to 1. @param {import('pure-rand/types/RandomGenerator').RandomGenerator} random */
function chance(random) {
  return (random.next() >>> 0) / 2 ** 32;
}
