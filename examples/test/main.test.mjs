// The program as a user starts it: a process, its output, its files and its exit code.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { contents, startServer } from '../download/server.mjs';
import { directory, moment, names, run, start } from './support/support.mjs';

const PROGRAM = 'download/main.mjs';

/**
 * @param {import('node:test').TestContext} t
 * @param {readonly import('../download/plan.mjs').Behaviour[]} behaviours
 * @param {() => void} [onRequest]
 */
async function serve(t, behaviours, onRequest) {
  const plan = behaviours.map((behaviour, key) => ({
    name: `${key}.bin`,
    behaviour,
    size: 10_000,
    latency: 0,
    duration: 0,
    key,
  }));
  const server = await startServer(plan, { onRequest });
  t.after(() => server.close());
  const out = await directory(t);
  const list = path.join(out, 'urls.txt');
  await writeFile(list, plan.map(({ name }) => `${server.origin}/files/${name}\n`).join(''));
  return { plan, server, out, list };
}

test('without arguments of its own it downloads from its server, and shows what happened', async (t) => {
  const out = await directory(t);
  const args = ['--seed', '11', '--jobs', '16', '--deaf', '1', '--run-timeout', '1s', '--out', out];
  const { code, stdout, stderr } = await run(t, PROGRAM, args);
  assert.equal(stderr, '');
  assert.equal(code, 0);
  assert.match(stdout, /misbehaves at http:\/\/127\.0\.0\.1:\d+ by seed 11/);
  assert.match(stdout, /│ run timeout/);
  assert.match(stdout, /│ all +│ +16 │/);
  assert.deepEqual(await names(out), ['files', 'run.html', 'run.svg']);
  assert.ok((await names(path.join(out, 'files'))).every((name) => !name.endsWith('.part')));
  assert.match(
    await readFile(path.join(out, 'run.svg'), 'utf8'),
    /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/,
  );
  assert.match(await readFile(path.join(out, 'run.html'), 'utf8'), /^<!doctype html>/);
});

test('it downloads a list of URLs, skips bad lines by number, and says by its exit code that files were lost', async (t) => {
  const { plan, out, list } = await serve(t, ['steady', 'error', 'steady']);
  await writeFile(list, `# a list\nhttp:/\n${await readFile(list, 'utf8')}`);
  const { code, stdout, stderr } = await run(t, PROGRAM, ['urls.txt', '--concurrency', '2', '--out', '.'], {
    cwd: out,
  });
  assert.equal(stderr, 'urls.txt:2: not a URL: http:/\n1 bad line skipped\n');
  assert.equal(code, 1);
  assert.match(stdout, /1\.bin: server error \(5xx\) \(HTTP 500 Internal Server Error\)/);
  assert.deepEqual(await names(path.join(out, 'files')), ['0.bin', '2.bin']);
  for (const at of [0, 2])
    assert.deepEqual(await readFile(path.join(out, 'files', `${at}.bin`)), contents(plan[at]));

  const strict = await run(t, PROGRAM, ['urls.txt', '--strict'], { cwd: out });
  assert.equal(strict.code, 2);
  assert.match(strict.stderr, /error: urls\.txt has 1 bad line, and --strict was given/);
});

test('it reads a list from standard input', async (t) => {
  const { out, list } = await serve(t, ['steady', 'steady']);
  const input = await readFile(list, 'utf8');
  const { code } = await run(t, PROGRAM, ['-', '--out', out], { input });
  assert.equal(code, 0);
  assert.deepEqual(await names(path.join(out, 'files')), ['0.bin', '1.bin']);
});

test('paths are meant from where npm was called', async (t) => {
  const { out } = await serve(t, ['steady']);
  const { code } = await run(t, PROGRAM, ['urls.txt', '--out', 'here'], { env: { INIT_CWD: out } });
  assert.equal(code, 0);
  assert.deepEqual(await names(path.join(out, 'here', 'files')), ['0.bin']);
});

test('npm start means them from there too, wherever in the repository that is', async (t) => {
  const { out, list } = await serve(t, ['steady']);
  const here = fileURLToPath(new URL('../../crates', import.meta.url));
  const args = [
    'start',
    '--ignore-scripts',
    '--',
    path.relative(here, list),
    '--out',
    path.relative(here, out),
  ];
  const { INIT_CWD: _, ...env } = process.env;
  await promisify(execFile)('npm', args, { cwd: here, env });
  assert.deepEqual(await names(path.join(out, 'files')), ['0.bin']);
});

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  test(`${signal} ends it in good order, with a summary`, {
    skip: process.platform === 'win32',
  }, async (t) => {
    const arrivals = moment(4);
    const { out, list } = await serve(t, ['steady', ...Array(31).fill('hang')], arrivals.hit);
    const child = start(t, PROGRAM, [list, '--concurrency', '3', '--run-timeout', 'none', '--out', out]);
    const output = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    await arrivals.reached;
    // npm passes a signal on that the terminal has sent too.
    child.kill(signal);
    child.kill(signal);
    const [stdout, stderr, [code]] = await output;
    assert.equal(stderr, '');
    assert.equal(code, signal === 'SIGINT' ? 130 : 143);
    assert.match(stdout, new RegExp(`interrupted by ${signal}`));
    assert.match(stdout, /│ cancelled +│ +31 │/);
    assert.match(stdout, /│ all +│ +32 │/);
    assert.deepEqual(await names(path.join(out, 'files')), ['0.bin']);
    assert.deepEqual(await names(out), ['files', 'run.html', 'run.svg', 'urls.txt']);
  });
}

const REFUSED = /** @type {[string[], RegExp][]} */ ([
  [['none.txt'], /cannot read the list of URLs .*none\.txt: there is no such file/],
  [
    ['--concurrency', '0'],
    /--concurrency <slots>' argument '0' is invalid\. Expected a whole number from 1 to 10000/,
  ],
  [
    ['--run-timeout', '5'],
    /--run-timeout <duration>' argument '5' is invalid\. Expected a duration above zero/,
  ],
  [['--queue-timeout', '0s'], /--queue-timeout <duration>' argument '0s' is invalid/],
  [['urls.txt', '--seed', '3'], /--seed is for the local server/],
  [['--sped', '3'], /unknown option '--sped'/],
  [['one.txt', 'two.txt'], /too many arguments/],
  [['empty.txt'], /empty\.txt has no URL to download/],
  [['urls.txt', '--out', 'urls.txt'], /cannot make the directory for the files: .*urls\.txt/],
]);

for (const [args, message] of REFUSED) {
  test(`it refuses: ${args.join(' ')}`, async (t) => {
    const cwd = await directory(t);
    await writeFile(path.join(cwd, 'empty.txt'), '# nothing\n');
    await writeFile(path.join(cwd, 'urls.txt'), 'http://127.0.0.1:9/\n');
    const { code, stdout, stderr } = await run(t, PROGRAM, args, { cwd });
    assert.match(stderr, message);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.deepEqual(await names(cwd), ['empty.txt', 'urls.txt']);
  });
}
