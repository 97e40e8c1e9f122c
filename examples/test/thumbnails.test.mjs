// Small pictures: the program as a user starts it, and its main job.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { makeSamples } from '../thumbnails/samples.mjs';
import { makeThumbnail, thumbnails } from '../thumbnails/thumbnails.mjs';
import { directory, names, run } from './support/support.mjs';

const PROGRAM = 'thumbnails/main.mjs';

/**
 * A folder with pictures, and their names.
 *
 * @param {import('node:test').TestContext} t
 * @param {number} count
 */
async function pictures(t, count) {
  const folder = await directory(t);
  await makeSamples(folder, { count });
  const files = (await names(folder)).filter((name) => name !== 'broken.jpg');
  return { folder, files: files.map((name) => path.join(folder, name)) };
}

test('thumbnails: it paints, measures, and makes all but the broken one, in order', async (t) => {
  const out = await directory(t);
  const { code, stdout, stderr } = await run(t, PROGRAM, ['--out', out]);
  assert.equal(code, 1);
  assert.match(stderr, /^broken\.jpg: .+\n$/);
  assert.match(stdout, /^concurrency +items +failed +ms +per second\n/);
  assert.equal(stdout.match(/<- best/g)?.length, 1);
  const made = await names(out);
  assert.equal(made.length, 24);
  const told = [...stdout.matchAll(/^(\S+) {2}320 × 240 {2}/gm)].map(([, name]) => `${name}.webp`);
  assert.deepEqual(told, made);
  for (const name of made) {
    const { format, width, height } = await sharp(path.join(out, name)).metadata();
    assert.deepEqual({ format, width, height }, { format: 'webp', width: 320, height: 240 });
  }
});

test('thumbnails: a folder of whole pictures, at a given concurrency', async (t) => {
  const { folder, files } = await pictures(t, 6);
  await writeFile(path.join(folder, 'broken.jpg'), await sharp(files[0]).resize(100).jpeg().toBuffer());
  await writeFile(path.join(folder, 'notes.txt'), 'no picture');
  const out = await directory(t);
  const args = [folder, '--out', out, '--width', '200', '--concurrency', '2'];
  const { code, stdout, stderr } = await run(t, PROGRAM, args);
  assert.deepEqual([stderr, code], ['', 0]);
  assert.doesNotMatch(stdout, /concurrency/);
  assert.match(stdout, /^000\.jpg {2}200 × 150 {2}/);
  // What is small already stays as it is.
  assert.match(stdout, /^broken\.jpg {2}100 × 75 {2}/m);
  assert.equal((await names(out)).length, 7);
});

test('thumbnails: a picture is turned as the camera was held', async (t) => {
  const { files } = await pictures(t, 1);
  const turned = path.join(await directory(t), 'turned.jpg');
  await sharp(files[0]).withMetadata({ orientation: 6 }).toFile(turned);
  const { info } = await makeThumbnail(turned, 300);
  assert.deepEqual([info.width, info.height], [300, 400]);
});

test('thumbnails: no more are made ahead than may be ready', async (t) => {
  const { files } = await pictures(t, 12);
  let read = 0;
  let taken = 0;
  let ahead = 0;
  function* counted() {
    for (const file of files) {
      read++;
      ahead = Math.max(ahead, read - taken);
      yield file;
    }
  }
  /** @type {string[]} */
  const seen = [];
  for await (const { file } of thumbnails(counted(), { width: 50, concurrency: 2, prefetch: 3 })) {
    taken++;
    seen.push(file);
    // Whoever takes them is slower than those who make them.
    for (let work = 0; work < 4; work++) await makeThumbnail(file, 50);
  }
  assert.deepEqual(seen, files);
  // The one that is asked for counts as taken before the loop sees it.
  assert.ok(ahead <= 6, `at most five, and the one on its way: ${ahead}`);
});

test('thumbnails: an abort ends it, and leaving the loop does', async (t) => {
  const { files } = await pictures(t, 8);
  const left = new AbortController();
  const results = thumbnails(files, { width: 50, concurrency: 2, signal: left.signal });
  const first = await results.next();
  assert.equal(first.value?.file, files[0]);
  left.abort(new Error('enough'));
  await assert.rejects(results.next(), { message: 'enough' });

  let made = 0;
  for await (const _ of thumbnails(files, { width: 50, concurrency: 2 })) {
    made++;
    if (made === 3) break;
  }
  assert.equal(made, 3);
});

test('thumbnails: broken ones are all told, by name, after the good ones', async (t) => {
  const { folder, files } = await pictures(t, 4);
  const text = path.join(folder, 'text.png');
  await writeFile(text, 'no picture');
  const given = [text, files[0], path.join(folder, 'broken.jpg'), files[1], path.join(folder, 'none.jpg')];
  /** @type {string[]} */
  const seen = [];
  await assert.rejects(
    async () => {
      for await (const { file } of thumbnails(given, { width: 50, concurrency: 2 })) seen.push(file);
    },
    (error) => {
      assert.ok(error instanceof AggregateError);
      const told = error.errors.map(({ message }) => message.split(':')[0]);
      assert.deepEqual(told, ['text.png', 'broken.jpg', 'none.jpg']);
      return true;
    },
  );
  assert.deepEqual(seen, [files[0], files[1]]);
});

test('thumbnails refuses a folder without pictures, and one that is not there', async (t) => {
  const empty = await directory(t);
  const out = await directory(t);
  const refused = /** @type {[string, RegExp][]} */ ([
    [empty, /^error: .* has no pictures\n$/],
    [path.join(empty, 'none'), /^error: ENOENT/],
  ]);
  for (const [folder, message] of refused) {
    const { code, stdout, stderr } = await run(t, PROGRAM, [folder, '--out', out]);
    assert.match(stderr, message);
    assert.deepEqual([stdout, code], ['', 2]);
  }
});
