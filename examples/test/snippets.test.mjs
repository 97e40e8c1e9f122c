// The short examples, run as they stand.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { directory, names, run, start } from './support/support.mjs';

test('replace-p-limit prints the digest of every file', async (t) => {
  const where = await directory(t);
  await mkdir(path.join(where, 'sub'));
  const files = ['a', 'b', 'sub/c', ...Array.from({ length: 20 }, (_, index) => `many-${10 + index}`)];
  for (const file of files) await writeFile(path.join(where, file), `contents of ${file}`);
  const { code, stdout, stderr } = await run(t, 'replace-p-limit.mjs', [where]);
  assert.equal(stderr, '');
  assert.equal(code, 0);
  const expected = files
    .map((file) => path.join(where, file))
    .sort()
    .map((file) => {
      const digest = createHash('sha256')
        .update(`contents of ${path.relative(where, file)}`)
        .digest('hex');
      return `${digest}  ${file}\n`;
    });
  assert.equal(stdout, expected.join(''));
});

test('timeouts-and-cancel shows both clocks and all three ways to call a task off', async (t) => {
  const { code, stdout, stderr } = await run(t, 'timeouts-and-cancel.mjs');
  assert.equal(stderr, '');
  assert.equal(code, 0);
  const told = Object.fromEntries(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/: (.*)/)),
  );
  assert.equal(told['answers in time'], 'hello from /quick');
  assert.match(told['runs too long'], /^TimeoutError of the run clock, code FANFOLD_RUN_TIMEOUT/);
  assert.match(told['waits too long'], /^TimeoutError of the queue clock, code FANFOLD_QUEUE_TIMEOUT/);
  assert.equal(told['cancelled while it waited'], 'Error (the user closed the tab)');
  assert.equal(told['cancelled while it ran'], 'Error (the server is too slow)');
  for (const number of [1, 2, 3])
    assert.equal(told[`left with the page, ${number}`], 'Error (the page was left)');
  assert.match(stdout, /fulfilled 1, timed out 2, aborted 5\n$/);
});

test('tenants-and-outages serves all in turn, and leaves an ill service in peace', async (t) => {
  const { code, stdout, stderr } = await run(t, 'tenants-and-outages.mjs');
  assert.equal(stderr, '');
  assert.equal(code, 0);
  const [, flood, paying, quiet] = /flood (\d+), paying (\d+), quiet (\d+)/.exec(stdout)?.map(Number) ?? [];
  assert.ok(Math.abs(flood - quiet) <= 5 && paying >= 2 * flood && flood + paying + quiet === 50, stdout);
  assert.match(stdout, /the limit is \d+\n/);
  assert.match(stdout, /while it is ill: ill, ill, ill, from the cache(, from the cache){6}\n/);
  assert.match(stdout, /half-open\n(.*\n)?.*then: fresh\n/s);
});

test('mutex-around-a-file loses no visit', async (t) => {
  const where = await directory(t);
  for (const visits of [1, 2]) {
    const { code, stderr } = await run(t, 'mutex-around-a-file.mjs', ['visits.json'], { cwd: where });
    assert.equal(stderr, '');
    assert.equal(code, 0);
    const counted = JSON.parse(await readFile(path.join(where, 'visits.json'), 'utf8'));
    assert.deepEqual(counted, { '/': 34 * visits, '/about': 33 * visits, '/contact': 33 * visits });
  }
  assert.deepEqual(await names(where), ['visits.json']);
});

/**
 * Starts the service and gives a way to post to it piece by piece, and its output to come.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} graceMs
 */
async function service(t, graceMs) {
  const child = start(t, 'graceful-shutdown.mjs', [], { env: { PORT: '0', GRACE_MS: graceMs } });
  const ended = Promise.all([text(child.stderr), once(child, 'exit')]);
  const lines = child.stdout.iterator({ destroyOnReturn: false });
  let rest = '';
  const line = async () => {
    while (!rest.includes('\n')) {
      const { value, done } = await lines.next();
      if (done) throw new Error('the service ended without another line');
      rest += value;
    }
    const [first, ...others] = rest.split('\n');
    rest = others.join('\n');
    return first;
  };
  const origin = /^listening on (\S+)$/.exec(await line())?.[1];
  assert.ok(origin);

  /** A request whose head has reached the service; the body follows as the test wants. */
  const post = async () => {
    const request = http.request(origin, {
      method: 'POST',
      headers: { expect: '100-continue' },
      agent: false,
    });
    const answer = once(request, 'response').then(async ([response]) => {
      /** @type {Buffer[]} */
      const chunks = [];
      for await (const chunk of response) chunks.push(chunk);
      return { status: response.statusCode, body: Buffer.concat(chunks) };
    });
    answer.catch(() => {});
    // An answer may come before the request is finished; that the connection ends then is no error of this test.
    request.on('error', () => {});
    request.flushHeaders();
    await once(request, 'continue');
    return { request, answer };
  };
  return { child, line, post, origin, ended };
}

test('graceful-shutdown lets what runs and waits come to its end', async (t) => {
  const { child, line, post, origin, ended } = await service(t, '600000');
  const posts = [await post(), await post(), await post()];
  child.kill('SIGTERM');
  assert.equal(await line(), 'closing: 2 running, 1 waiting');
  await assert.rejects(fetch(origin), 'no new connection is taken');

  const bodies = posts.map((_, index) => `${index} `.repeat(50_000));
  for (const [index, { request, answer }] of posts.entries()) {
    request.end(bodies[index]);
    const { status, body } = await answer;
    assert.equal(status, 200);
    assert.equal(String(await promisify(brotliDecompress)(body)), bodies[index]);
  }
  assert.equal(await line(), 'closed: drained true, fulfilled 3, cleared 0, aborted 0');
  const [stderr, [code]] = await ended;
  assert.deepEqual([stderr, code], ['', 0]);
});

test('graceful-shutdown aborts what is left at the end of the grace', async (t) => {
  const { child, line, post, ended } = await service(t, '50');
  const [one, two, waiting] = [await post(), await post(), await post()];
  child.kill('SIGTERM');
  assert.equal(await line(), 'closing: 2 running, 1 waiting');
  assert.equal((await waiting.answer).status, 503);
  await assert.rejects(one.answer);
  await assert.rejects(two.answer);
  assert.equal(await line(), 'closed: drained false, fulfilled 0, cleared 1, aborted 2');
  const [stderr, [code]] = await ended;
  assert.deepEqual([stderr, code], ['', 0]);
});
