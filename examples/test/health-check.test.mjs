// The health check as a user starts it, against servers of this machine.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { directory, moment, run, serve, start } from './support/support.mjs';

const PROGRAM = 'health-check/main.mjs';

/**
 * @param {import('node:test').TestContext} t
 * @param {readonly string[]} urls
 */
async function listOf(t, urls) {
  const file = path.join(await directory(t), 'services.json');
  await writeFile(file, JSON.stringify(urls.map((url, index) => ({ name: `service-${index}`, url }))));
  return file;
}

/**
 * The rows of the table by the name of the service.
 *
 * @param {string} stdout
 */
function rows(stdout) {
  const lines = stdout.split('\n').filter((line) => line.startsWith('│'));
  const cells = lines.map((line) =>
    line
      .split('│')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return Object.fromEntries(
    cells.map(([name, state, attempts, , problem]) => [name, { state, attempts, problem }]),
  );
}

test('health-check: among services that fail it tells the well ones from the others, and why', async (t) => {
  const { code, stdout, stderr } = await run(t, PROGRAM, ['--timeout', '2s', '--retries', '1']);
  assert.equal(stderr, '');
  assert.equal(code, 1);
  assert.match(stdout, /5 of 10 are not well\n$/);
  const { archive, wiki, login, legacy, ...others } = rows(stdout);
  assert.deepEqual(
    [archive, wiki, login, legacy].map(({ state }) => state),
    ['not well', 'not well', 'not well', 'not well'],
  );
  assert.equal(archive.problem, 'no answer within 2000 ms');
  assert.match(legacy.problem, /^connect ECONNREFUSED/);
  assert.equal(others.stock.state, 'not well');
  for (const name of ['shop', 'search', 'reports', 'billing', 'mail'])
    assert.equal(others[name].state, 'well');
});

test('health-check: asked again is who may be well the next time', async (t) => {
  /** @type {Record<string, number>} */
  const asked = {};
  const origin = await serve(t, ({ url = '', socket }, response) => {
    asked[url] = (asked[url] ?? 0) + 1;
    const isFirst = asked[url] === 1;
    if (url === '/unavailable-once' && isFirst) response.writeHead(503, { 'retry-after': '0' }).end();
    else if (url === '/reset-once' && isFirst) socket.resetAndDestroy();
    else if (url === '/broken') response.writeHead(500).end();
    else if (url === '/moved') response.writeHead(404).end();
    else if (url === '/closed') response.writeHead(503, { 'retry-after': '3600' }).end();
    else response.end('ok\n');
  });
  const paths = ['/well', '/unavailable-once', '/reset-once', '/broken', '/moved', '/closed'];
  const list = await listOf(
    t,
    paths.map((url) => origin + url),
  );
  const { code, stdout, stderr } = await run(t, PROGRAM, [list, '--timeout', 'none']);
  assert.deepEqual([stderr, code], ['', 1]);
  assert.match(stdout, /3 of 6 are not well\n$/);
  const { service: _, ...told } = rows(stdout);
  assert.deepEqual(Object.values(told), [
    { state: 'well', attempts: '1', problem: '' },
    { state: 'well', attempts: '2', problem: '' },
    { state: 'well', attempts: '2', problem: '' },
    { state: 'not well', attempts: '3', problem: 'HTTP 500 Internal Server Error for /broken' },
    { state: 'not well', attempts: '1', problem: 'HTTP 404 Not Found for /moved' },
    {
      state: 'not well',
      attempts: '1',
      problem: 'HTTP 503 Service Unavailable for /closed, Retry-After: 3600',
    },
  ]);
  assert.deepEqual(
    paths.map((url) => asked[url]),
    [1, 2, 2, 3, 1, 1],
  );
});

test('health-check: each attempt has its time', async (t) => {
  const origin = await serve(t, () => {});
  const args = [await listOf(t, [origin]), '--timeout', '50ms', '--retries', '2'];
  const { code, stdout } = await run(t, PROGRAM, args);
  assert.equal(code, 1);
  assert.deepEqual(rows(stdout)['service-0'], {
    state: 'not well',
    attempts: '3',
    problem: 'no answer within 50 ms',
  });
});

test('health-check: all are well, and no more are asked at once than may be', async (t) => {
  /** @type {(() => void)[]} */
  let waiting = [];
  let most = 0;
  const origin = await serve(t, (_, response) => {
    most = Math.max(
      most,
      waiting.push(() => response.end('ok\n')),
    );
    // Nobody is answered before so many have asked as may.
    if (waiting.length < 3) return;
    for (const answer of waiting) answer();
    waiting = [];
  });
  const list = await listOf(t, Array(12).fill(`${origin}/health`));
  const args = [list, '--concurrency', '3', '--timeout', 'none'];
  const { code, stdout, stderr } = await run(t, PROGRAM, args);
  assert.equal(stderr, '');
  assert.equal(code, 0);
  assert.match(stdout, /all are well\n$/);
  assert.equal(most, 3);
});

test('health-check: a service that asks for a pause gets it', async (t) => {
  /** @type {number[]} */
  const arrivals = [];
  const origin = await serve(t, (_, response) => {
    arrivals.push(performance.now());
    if (arrivals.length === 1) response.writeHead(503, { 'retry-after': '1' });
    response.end();
  });
  const args = [await listOf(t, [origin]), '--timeout', 'none'];
  const { code } = await run(t, PROGRAM, args);
  assert.equal(code, 0);
  assert.equal(arrivals.length, 2);
  // The backoff's own wait would have been 200 ms at most. The clocks of two processes differ in fractions.
  assert.ok(arrivals[1] - arrivals[0] >= 999);

  const impatient = await listOf(t, [
    await serve(t, (_, response) => response.writeHead(503, { 'retry-after': '2' }).end()),
  ]);
  const refused = await run(t, PROGRAM, [impatient, '--timeout', 'none', '--patience', '1s']);
  assert.equal(refused.code, 1);
  assert.equal(rows(refused.stdout)['service-0'].attempts, '1');
});

test('health-check: Ctrl-C ends it, and the requests with it', {
  skip: process.platform === 'win32',
}, async (t) => {
  const arrivals = moment(2);
  const departures = moment(2);
  const origin = await serve(t, (_, response) => {
    response.once('close', departures.hit);
    arrivals.hit();
  });
  const args = [await listOf(t, Array(5).fill(origin)), '--concurrency', '2', '--timeout', 'none'];
  const child = start(t, PROGRAM, args);
  const output = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  await arrivals.reached;
  child.kill('SIGINT');
  const [stdout, stderr, [code]] = await output;
  assert.deepEqual([stdout, stderr, code], ['', 'interrupted by SIGINT\n', 130]);
  await departures.reached;
});

const REFUSED = /** @type {[string, RegExp][]} */ ([
  ['[', /services\.json: .*JSON/],
  ['{}', /services\.json: expected an array of at least one/],
  ['[]', /services\.json: expected an array of at least one/],
  ['[{ "name": "one", "url": "http://127.0.0.1:9" }, { "name": "two" }]', /entry 2 needs a "name"/],
  ['[null]', /entry 1 needs a "name"/],
  ['[{ "name": "one", "url": "http:" }]', /entry 1 needs a "name" and an http\(s\) "url"/],
]);

for (const [content, message] of REFUSED) {
  test(`health-check refuses the list ${content}`, async (t) => {
    const file = path.join(await directory(t), 'services.json');
    await writeFile(file, content);
    const { code, stdout, stderr } = await run(t, PROGRAM, [file]);
    assert.match(stderr, message);
    assert.equal(stderr.trimEnd().split('\n').length, 1, 'one line and no stack');
    assert.deepEqual([stdout, code], ['', 2]);
  });
}
