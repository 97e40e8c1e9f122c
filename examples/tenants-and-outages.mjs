// Tenants that share a service in turn, and what becomes of their calls while the service is ill.
//
//   node tenants-and-outages.mjs

import { once } from 'node:events';
import http from 'node:http';
import { adaptive, createLimiter } from 'fanfold';

// Something to talk to: it has four hands, and answers 500 as long as it is ill.
const hands = createLimiter(4);
let isIll = false;
const server = http.createServer(async (_request, response) => {
  await hands(() => new Promise((resolve) => setTimeout(resolve, 5)));
  response.statusCode = isIll ? 500 : 200;
  response.end(isIll ? 'ill' : 'fresh');
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());

const service = createLimiter({
  name: 'service',
  // As many at once as it has hands for, which nobody has to know.
  concurrency: adaptive({ min: 2, max: 50, initial: 2 }),
  // A customer who pays has three times the share of one who does not.
  perKey: { weight: (tenant) => (tenant === 'paying' ? 3 : 1) },
  // Three failures in a row: nothing is asked for half a second, then one call finds out.
  breaker: {
    threshold: 3,
    halfOpenAfter: 500,
    onStateChange: ({ state }) => console.log(`the breaker is ${state}`),
  },
  // fetch fulfils with a status of 500. For the breaker that is a failure.
  isFailure: (outcome) => outcome.status === 'rejected' || !(/** @type {Response} */ (outcome.value).ok),
});

/** @param {string} tenant */
const ask = (tenant) =>
  service.run(({ signal }) => fetch(`http://127.0.0.1:${port}/`, { signal }), {
    key: tenant,
    fallback: () => new Response('from the cache'),
  });

// One tenant floods, the others are in no hurry and come after it. Who is served first?
/** @type {string[]} */
const served = [];
const tenants = [...Array(300).fill('flood'), ...Array(30).fill('paying'), ...Array(10).fill('quiet')];
await Promise.all(
  tenants.map(async (tenant) => {
    const response = await ask(tenant);
    await response.text();
    served.push(tenant);
  }),
);
const among = (/** @type {string} */ tenant) => served.slice(0, 50).filter((one) => one === tenant).length;
console.log(`of the first 50: flood ${among('flood')}, paying ${among('paying')}, quiet ${among('quiet')}`);
console.log(`the limit is ${service.concurrency}`);

// The service falls ill. Everybody still gets an answer, most of them at once, and it is left in peace.
isIll = true;
const answers = [];
for (let call = 0; call < 10; call++) answers.push(await (await ask('quiet')).text());
console.log(`while it is ill: ${answers.join(', ')}`);

// It is well again. The breaker finds out by one call.
isIll = false;
await new Promise((resolve) => setTimeout(resolve, 600));
console.log(`then: ${await (await ask('quiet')).text()}`);
// A caller goes on before listeners are told.
await service.onIdle();

server.close();
server.closeAllConnections();
