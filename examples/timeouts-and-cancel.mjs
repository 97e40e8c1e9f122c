// Two clocks and three ways to call a task off, against a local server of which one path never answers.
//
//   node timeouts-and-cancel.mjs

import { once } from 'node:events';
import http from 'node:http';
import { createLimiter, TimeoutError } from 'fanfold';

// Something to talk to: /hang accepts the request and stays silent.
const server = http.createServer((request, response) => {
  if (request.url !== '/hang') response.end(`hello from ${request.url}\n`);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());

/**
 * Give the signal on to whatever can stop early: then a timeout ends the work, not only the wait for it.
 *
 * @param {string} path
 * @returns {(task: import('fanfold').TaskContext) => Promise<string>}
 */
const get =
  (path) =>
  async ({ signal }) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal });
    return (await response.text()).trim();
  };

/**
 * @param {string} label
 * @param {Promise<unknown>} promise
 */
async function report(label, promise) {
  try {
    console.log(`${label}: ${await promise}`);
  } catch (error) {
    const { name, message } = /** @type {Error} */ (error);
    const clock = error instanceof TimeoutError ? ` of the ${error.clock} clock, code ${error.code}` : '';
    console.log(`${label}: ${name}${clock} (${message})`);
  }
}

const limiter = createLimiter({ name: 'calls', concurrency: 1, runTimeout: 500 });

// The running clock: the limiter's own for most tasks, another one for this task.
await report('answers in time', limiter.run(get('/quick')));
await report('runs too long', limiter.run(get('/hang'), { runTimeout: 100 }));

// The waiting clock: the only slot is taken, and this task is of no use later.
const busy = limiter.submit(get('/hang'));
await report('waits too long', limiter.run(get('/late'), { queueTimeout: 50 }));

// By handle: a task that waits goes at once, one that runs is told through its signal.
const waiting = limiter.submit(get('/unwanted'));
waiting.cancel(new Error('the user closed the tab'));
await report('cancelled while it waited', waiting.result);
busy.cancel(new Error('the server is too slow'));
await report('cancelled while it ran', busy.result);

// By signal: one signal for as many tasks as there are.
const page = new AbortController();
const tasks = ['/a', '/b', '/c'].map((path) => limiter.run(get(path), { signal: page.signal }));
page.abort(new Error('the page was left'));
await Promise.all(tasks.map((task, index) => report(`left with the page, ${index + 1}`, task)));

// A promise may have rejected while its function still holds the slot; idle means that all are free again.
await limiter.onIdle();
const { started, fulfilled, timedOut, aborted } = limiter.stats();
console.log(`started ${started}, fulfilled ${fulfilled}, timed out ${timedOut}, aborted ${aborted}`);

server.close();
server.closeAllConnections();
