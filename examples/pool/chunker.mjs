// Feeds a pool while it still reads a file of any size: no more of it is in memory than waits in the buffer and is
// worked on.
//
//     node examples/pool/chunker.mjs [file] [--chunk 65536] [--at-once 4] [--megabytes 64]

import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PushPullBuffer, TaskPool } from 'fanfold';
import { createCommand, fromCaller, wholeNumber } from '../shared/arguments.mjs';
import { runProgram } from '../shared/program.mjs';

/** What a large file is made of where none is named: texts of this repository. */
const TEXTS = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'package-lock.json'];
const MEGABYTE = 1_000_000;
const NEWLINE = 10;
/** Chunks that are shown in one line. */
const WIDTH = 60;

const command = createCommand(
  'chunker',
  'Counts the lines and words of a file, in pieces, while it reads it.',
)
  .argument('[file]', 'a text of any size; without it, a large one is made in a temporary folder')
  .option('-k, --chunk <bytes>', 'about how long a piece is', wholeNumber(1, 1e9), 65_536)
  .option('-c, --at-once <n>', 'how many pieces are counted at once', wholeNumber(1, 1000), 4)
  .option('-m, --megabytes <n>', 'how large the file is that is made', wholeNumber(1, 100_000), 64)
  .parse();

/** @typedef {{ lines: number, words: number, bytes: number, digest: string }} Count */

await runProgram(async (signal) => {
  const [name] = command.args;
  const { megabytes } = command.opts();
  if (name !== undefined) return count(fromCaller(name), signal);
  const folder = await mkdtemp(path.join(tmpdir(), 'fanfold-chunker-'));
  try {
    const file = path.join(folder, 'large.txt');
    await pipeline(Readable.from(textOf(megabytes * MEGABYTE)), createWriteStream(file), { signal });
    return await count(file, signal);
  } finally {
    await rm(folder, { recursive: true });
  }
});

/**
 * @param {string} file
 * @param {AbortSignal} signal
 */
async function count(file, signal) {
  const { chunk, atOnce } = command.opts();
  /** @type {PushPullBuffer<() => Promise<Count>>} */
  const buffer = new PushPullBuffer({ capacity: 2 * atOnce, signal });
  const pool = new TaskPool('chunks', buffer.source, atOnce, { signal });
  let hasRead = 0;
  let isRead = false;
  let ahead = 0;

  const reading = (async () => {
    try {
      for await (const piece of piecesOf(file, chunk)) {
        // Waits while the buffer is full, and ends when nobody is left to work on it.
        const { done } = await buffer.sink.next(async () => countIn(piece));
        if (done) return;
        hasRead++;
        ahead = Math.max(ahead, hasRead - pool.progress.done);
      }
      isRead = true;
      buffer.sink.return();
    } catch (error) {
      buffer.sink.throw(error);
    }
  })();

  const total = { lines: 0, words: 0, bytes: 0 };
  /** @type {string[]} */
  const digests = [];
  let picture = '';
  for await (const envelope of pool.runTasks()) {
    if (envelope.type === 'ERROR') throw envelope.error;
    if (envelope.type !== 'FINAL') continue;
    const { lines, words, bytes, digest } = envelope.value;
    total.lines += lines;
    total.words += words;
    total.bytes += bytes;
    digests[envelope.index] = digest;
    picture += isRead ? '▪' : '▫';
  }
  await reading;
  for (let at = 0; at < picture.length; at += WIDTH) console.log(picture.slice(at, at + WIDTH));
  console.log('▫ counted while the file was still read, ▪ after that');
  console.log(`${total.lines} lines, ${total.words} words, ${total.bytes} bytes in ${digests.length} pieces`);
  console.log(`never more than ${ahead} pieces ahead of the counting`);
  console.log(
    `digest of digests ${createHash('sha256').update(digests.join('')).digest('hex').slice(0, 16)}`,
  );
  return 0;
}

/**
 * The repository's texts again and again, until there is as much as that.
 *
 * @param {number} bytes
 */
async function* textOf(bytes) {
  const texts = await Promise.all(TEXTS.map((text) => readFile(new URL(`../../${text}`, import.meta.url))));
  for (let made = 0; made < bytes; ) {
    for (const text of texts) {
      yield text;
      made += text.length;
    }
  }
}

/**
 * The file in pieces that end with a line, in order.
 *
 * @param {string} file
 * @param {number} length  about how many bytes each has
 */
async function* piecesOf(file, length) {
  let rest = Buffer.alloc(0);
  for await (const read of createReadStream(file, { highWaterMark: length })) {
    const bytes = Buffer.concat([rest, read]);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    rest = bytes.subarray(end);
    if (end > 0) yield bytes.subarray(0, end);
  }
  if (rest.length > 0) yield rest;
}

/**
 * @param {Buffer} piece
 * @returns {Count}
 */
function countIn(piece) {
  const text = piece.toString('utf8');
  return {
    lines: text.split('\n').length - 1,
    words: text.match(/\S+/g)?.length ?? 0,
    bytes: piece.length,
    digest: createHash('sha256').update(piece).digest('hex'),
  };
}
