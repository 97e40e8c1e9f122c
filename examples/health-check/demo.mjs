// Services to ask where there are none: real servers of this machine, some of which are well.

import { once } from 'node:events';
import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** @type {Readonly<Record<string, http.RequestListener>>} */
const HANDLERS = {
  shop: (_, response) => response.end('ok\n'),
  search: (_, response) => response.end('ok\n'),
  reports: async (_, response) => {
    await delay(200);
    response.end('ok\n');
  },
  billing: failOnce((_, response) => response.writeHead(503, { 'retry-after': '1' }).end('restarting\n')),
  mail: failOnce((request) => request.socket.resetAndDestroy()),
  stock: (_, response) => response.writeHead(500).end('broken\n'),
  archive: () => {},
  wiki: (_, response) => response.writeHead(503, { 'retry-after': '3600' }).end('closed for maintenance\n'),
  login: (_, response) => response.writeHead(404).end('moved\n'),
};

/** Starts them all, and one more that was there and is not any more. */
export async function startDemo() {
  const entries = Object.entries(HANDLERS);
  const servers = await Promise.all(entries.map(([, handler]) => listen(handler)));
  const gone = await listen(() => {});
  await close(gone);
  const services = entries.map(([name], index) => ({ name, url: servers[index].url }));
  return {
    services: [...services, { name: 'legacy', url: gone.url }],
    close: async () => void (await Promise.all(servers.map(close))),
  };
}

/**
 * @param {http.RequestListener} failure
 * @returns {http.RequestListener}
 */
function failOnce(failure) {
  let hasFailed = false;
  return (request, response) => {
    if (hasFailed) response.end('ok\n');
    else failure(request, response);
    hasFailed = true;
  };
}

/** @param {http.RequestListener} handler */
async function listen(handler) {
  const server = http.createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { server, url: `http://127.0.0.1:${port}/health` };
}

/** @param {{ server: http.Server }} service */
async function close({ server }) {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}
