// Compressing thousands of files: the program as a user starts it, and its main job.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { forEach } from 'fanfold';
import { compressAll, FileError } from '../compress-files/compress-all.mjs';
import { filesBelow } from '../compress-files/files-below.mjs';
import { directory, names, run, start } from './support/support.mjs';

const PROGRAM = 'compress-files/main.mjs';

/** @type {(number: number) => string} */
const nameOf = (number) => path.join(`folder-${number % 7}`, `deeper-${number % 3}`, `${number}.txt`);
/** @type {(number: number) => string} */
const contentsOf = (number) => `file ${number} `.repeat(1 + (number % 50));

/**
 * A folder with so many files in it, and one for the output.
 *
 * @param {import('node:test').TestContext} t
 * @param {number} count
 */
async function folders(t, count) {
  const where = await directory(t);
  const [from, to] = [path.join(where, 'from'), path.join(where, 'to')];
  await mkdir(to);
  const numbers = Array.from({ length: count }, (_, number) => number);
  await forEach(numbers, async (number) => {
    const file = path.join(from, nameOf(number));
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, contentsOf(number));
  });
  return { where, from, to };
}

/**
 * All files below the output, and the digests by name as SHA256SUMS has them.
 *
 * @param {string} to
 */
async function output(to) {
  const entries = await readdir(to, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && entry.name !== 'SHA256SUMS')
    .map((entry) => path.relative(to, path.join(entry.parentPath, entry.name)))
    .sort();
  const lines = (await readFile(path.join(to, 'SHA256SUMS'), 'utf8')).split('\n').slice(0, -1);
  const digests = Object.fromEntries(lines.map((line) => line.split('  ').reverse()));
  return { files, digests };
}

/** @param {string} file */
const sha256 = async (file) =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex');

test('compress-files: thousands of files, each with its digest, and the progress on standard error', async (t) => {
  const { from, to } = await folders(t, 2000);
  const { code, stdout, stderr } = await run(t, PROGRAM, [from, to]);
  assert.equal(code, 0);
  assert.match(stdout, /^2000 files, [\d.]+ k?B became [\d.]+ k?B\n$/);
  assert.deepEqual(
    [...stderr.matchAll(/^(\d+) done, 0 failed, \d running$/gm)].map(([, done]) => Number(done)),
    [500, 1000, 1500, 2000],
  );
  const { files, digests } = await output(to);
  assert.equal(files.length, 2000);
  assert.deepEqual(Object.keys(digests).sort(), files);
  for (let number = 0; number < 2000; number++) {
    const name = `${nameOf(number)}.gz`;
    const compressed = await readFile(path.join(to, name));
    assert.equal(gunzipSync(compressed).toString(), contentsOf(number));
    assert.equal(createHash('sha256').update(compressed).digest('hex'), digests[name]);
  }
});

test('compress-files: files that fail are named, and all others compressed', async (t) => {
  const { from, to } = await folders(t, 50);
  // A folder where the compressed file is to be.
  for (const number of [7, 23]) await mkdir(path.join(to, `${nameOf(number)}.gz`), { recursive: true });
  const { code, stdout, stderr } = await run(t, PROGRAM, [from, to, '--concurrency', '3']);
  assert.equal(code, 1);
  assert.match(stdout, /^48 files, /);
  const told = stderr.trimEnd().split('\n').sort();
  assert.equal(told.length, 2);
  assert.ok(told[1].startsWith(`${nameOf(23)}: E`), told[1]);
  assert.ok(told[0].startsWith(`${nameOf(7)}: E`), told[0]);
  const { files, digests } = await output(to);
  assert.equal(files.length, 48, 'no half-written file is left');
  assert.deepEqual(Object.keys(digests).sort(), files);
});

test('compress-files: output inside of the input is not compressed again', async (t) => {
  const { from } = await folders(t, 20);
  const to = path.join(from, 'compressed');
  for (let time = 0; time < 2; time++) {
    const { code } = await run(t, PROGRAM, [from, to]);
    assert.equal(code, 0);
    assert.equal((await output(to)).files.length, 20);
  }
});

test('compress-files: Ctrl-C stops it in the middle of a file, and leaves nothing half-written', {
  skip: process.platform === 'win32',
}, async (t) => {
  const { from, to } = await folders(t, 600);
  // A file without end, as far as this test goes: its zeros take no room on the disk.
  const endless = await open(path.join(from, 'endless'), 'w');
  await endless.truncate(2 ** 40);
  await endless.close();

  const child = start(t, PROGRAM, [from, to, '--concurrency', '2']);
  const ended = Promise.all([text(child.stdout), once(child, 'close')]);
  let stderr = '';
  for await (const chunk of child.stderr) {
    stderr += chunk;
    if (/^500 done.*\n$/.test(stderr)) child.kill('SIGINT');
  }
  const [stdout, [code]] = await ended;
  assert.equal(code, 130);
  assert.equal(stdout, '');
  assert.match(stderr, /\ninterrupted by SIGINT\n$/);
  const { files, digests } = await output(to);
  assert.deepEqual(
    files.filter((name) => !name.endsWith('.txt.gz')),
    [],
  );
  // Every digest is that of a whole file; a file that was ready in the very moment may have none.
  assert.ok(Object.keys(digests).length >= 490);
  for (const [name, digest] of Object.entries(digests))
    assert.equal(await sha256(path.join(to, name)), digest);
});

test('compress-files: no more files are taken than are worked on', async (t) => {
  const { from, to } = await folders(t, 400);
  let taken = 0;
  let ended = 0;
  let ahead = 0;
  async function* counted() {
    for await (const file of filesBelow(from)) {
      taken++;
      ahead = Math.max(ahead, taken - ended);
      yield file;
    }
  }
  const options = { from, to, concurrency: 5 };
  const { files, failures } = await compressAll(counted(), {
    ...options,
    onProgress: ({ done, failed, running }) => {
      ended = done + failed;
      assert.ok(running <= 5);
    },
  });
  assert.deepEqual([files, failures], [400, []]);
  assert.ok(ahead <= 10, `five that run, five whose results are not written down: ${ahead}`);
});

test('compress-files: a file that is gone, an abort, and a tree that cannot be read', async (t) => {
  const { from, to } = await folders(t, 40);
  const listed = [];
  for await (const file of filesBelow(from)) listed.push(file);
  await rm(listed[11]);
  const { files, failures } = await compressAll(listed, { from, to, concurrency: 4 });
  assert.equal(files, 39);
  assert.equal(failures.length, 1);
  assert.ok(failures[0] instanceof FileError);
  assert.equal(failures[0].file, listed[11]);
  assert.equal(/** @type {NodeJS.ErrnoException} */ (failures[0].cause).code, 'ENOENT');

  const left = new AbortController();
  const aborted = compressAll(filesBelow(from), {
    from,
    to: await directory(t),
    concurrency: 4,
    signal: left.signal,
    onProgress: ({ done }) => {
      if (done === 10) left.abort(new Error('enough'));
    },
  });
  await assert.rejects(aborted, { message: 'enough' });

  const empty = await directory(t);
  const unreadable = compressAll(filesBelow(path.join(from, 'none')), { from, to: empty, concurrency: 4 });
  await assert.rejects(unreadable, { code: 'ENOENT' });
  assert.deepEqual(await names(empty), ['SHA256SUMS']);
});

test('compress-files refuses what is no folder, and a folder as its own output', async (t) => {
  const { where, from } = await folders(t, 1);
  const file = path.join(from, nameOf(0));
  const refused = /** @type {[string, string, RegExp][]} */ ([
    [path.join(where, 'none'), path.join(where, 'to'), /^error: ENOENT/],
    [file, path.join(where, 'to'), /^error: .* is no folder\n/],
    [from, from, /^error: the compressed files need a folder of their own\n/],
  ]);
  for (const [source, target, message] of refused) {
    const { code, stdout, stderr } = await run(t, PROGRAM, [source, target]);
    assert.match(stderr, message);
    assert.deepEqual([stdout, code], ['', 2]);
  }
});
