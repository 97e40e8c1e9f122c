// The programs around a pool of tasks, as a user starts them.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { directory, run, start } from './support/support.mjs';

/** @param {string} text */
const lines = (text) => text.trimEnd().split('\n');

test('analyses: three of them by turns, each from nothing to all', async (t) => {
  const where = await directory(t);
  const text = 'some words and a few words more\n'.repeat(1_000);
  await writeFile(path.join(where, 'text'), text);
  const { code, stdout, stderr } = await run(t, 'pool/analyses.mjs', ['text', '--slice', '4000'], {
    cwd: where,
  });
  assert.deepEqual([stderr, code], ['', 0]);
  const rows = lines(stdout);
  assert.deepEqual(rows.slice(-3), [
    'characters: 32000, of 12 kinds',
    'lines: 1000, the longest of 31 characters',
    'words: 3 different ones, most often "words" (2000)',
  ]);
  const seen = rows.slice(0, -3).map((row) => /^(\w+) +[█░]+ +(\d+)% +all +(\d+)%$/.exec(row));
  assert.equal(seen.length, 3 * 8);
  const names = seen.map((row) => row?.[1]);
  // By turns: nobody has half of it before another has begun.
  assert.equal(new Set(names.slice(0, 6)).size, 3);
  const overall = seen.map((row) => Number(row?.[3]));
  assert.deepEqual(
    overall,
    overall.toSorted((one, other) => one - other),
  );
  assert.ok(overall[0] < 20 && overall.at(-1) === 100, `${overall}`);
});

test('documents: a hundred at ten at a time, one is lost', async (t) => {
  const { code, stdout, stderr } = await run(t, 'pool/documents.mjs');
  assert.deepEqual([stderr, code], ['', 0]);
  assert.match(stdout, /document 99 is lost: Gave up after 3 attempts/);
  assert.match(stdout, /99 done \([\d.]+ kB\), 1 lost, at most 10 at once\n$/);
  const picture = stdout.split('100%\n')[1].split('\n·')[0].replaceAll('\n', '');
  assert.equal(picture, `${'███▒███'.repeat(14)}█✗`);
});

test('chunker: counts what is there, in any pieces', async (t) => {
  const where = await directory(t);
  const text = Array.from({ length: 20_000 }, (_, at) => `line ${at} of a large file, größer als nötig`).join(
    '\n',
  );
  await writeFile(path.join(where, 'large'), text);
  for (const chunk of ['1000', '16384', '5000000']) {
    const { code, stdout, stderr } = await run(t, 'pool/chunker.mjs', ['large', '--chunk', chunk], {
      cwd: where,
    });
    assert.deepEqual([stderr, code], ['', 0]);
    const bytes = Buffer.byteLength(text);
    assert.match(stdout, new RegExp(`19999 lines, 180000 words, ${bytes} bytes in \\d+ pieces`));
    const [, ahead] = /never more than (\d+) pieces ahead/.exec(stdout) ?? [];
    // In the buffer, in work, one that waits for its slot, and one in hand.
    assert.ok(Number(ahead) >= 1 && Number(ahead) <= 8 + 4 + 1 + 1, ahead);
  }
  const made = await run(t, 'pool/chunker.mjs', ['--megabytes', '2']);
  assert.deepEqual([made.stderr, made.code], ['', 0]);
  const [, length] = / words, (\d+) bytes in \d+ pieces/.exec(made.stdout) ?? [];
  assert.ok(Number(length) >= 2_000_000, length);
  const missing = await run(t, 'pool/chunker.mjs', ['missing'], { cwd: where });
  assert.match(missing.stderr, /ENOENT/);
  assert.deepEqual([missing.stdout, missing.code], ['', 2]);
});

test('injector: every order is worked on, and the two consumers share what comes', async (t) => {
  const { code, stdout, stderr } = await run(t, 'pool/injector.mjs', ['--orders', '30', '--every', '2ms']);
  assert.deepEqual([stderr, code], ['', 0]);
  const [north, south] = [...stdout.matchAll(/^(?:north|south): (\d+) orders, (\d+) parts$/gm)].map((found) =>
    found.slice(1).map(Number),
  );
  assert.deepEqual([north[0] + south[0], north[1] + south[1]], [30, 60]);
  assert.match(stdout, /30 of 30 orders done\n$/);
  const came = /^came +.*$/m.exec(stdout)?.[0].lastIndexOf('█') ?? 0;
  const done = /^done +.*$/m.exec(stdout)?.[0].indexOf('█') ?? 0;
  assert.ok(done < came, 'some are done before the last one came');
});

test('approvals: answers in any order, too early, wrong, and never', async (t) => {
  const input = '2 no\n5 yes\n4 yes\nwhat?\n3 yes\n77 yes\n';
  const { code, stdout, stderr } = await run(
    t,
    'pool/approvals.mjs',
    ['--patience', '300ms', '--at-once', '1'],
    {
      input,
    },
  );
  assert.deepEqual([stderr, code], ['', 1]);
  const ends = Object.fromEntries(
    [...stdout.matchAll(/^ +(\d) +\d+ EUR {2}([a-z].*)$/gm)].map(([, id, end]) => [id, end]),
  );
  assert.deepEqual(ends, {
    1: 'not answered in time',
    2: 'refused',
    3: 'paid',
    4: 'paid',
    5: 'paid',
    6: 'not answered in time',
  });
  assert.match(stdout, /not understood: what\? /);
  assert.match(stdout, /nobody waits for: 77 yes\n/);
  assert.match(stdout, /4 decided, 2 late; up to 2 waited at once, up to 1 had a slot\n$/);
});

test('approvals: a hundred that wait do not block a pool of five', async (t) => {
  const args = ['--expenses', '100', '--at-once', '5', '--patience', '500ms'];
  const { code, stdout } = await run(t, 'pool/approvals.mjs', args);
  assert.equal(code, 1);
  const [, waited, had] = /up to (\d+) waited at once, up to (\d+) had a slot/.exec(stdout) ?? [];
  assert.ok(Number(waited) > 80 && had === '5', stdout.slice(-200));
});

test('approvals: Ctrl-C ends it', { skip: process.platform === 'win32' }, async (t) => {
  const child = start(t, 'pool/approvals.mjs');
  for await (const chunk of child.stdout) if (/\[asked\]/.test(chunk)) child.kill('SIGINT');
  assert.equal(child.exitCode ?? (await new Promise((resolve) => child.once('close', resolve))), 130);
});
