// One file, whatever its size: read, compressed and written piece by piece. Nothing half-written is ever left.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/**
 * @param {string} file
 * @param {string} target  its folder exists
 * @param {AbortSignal} signal
 */
export async function compressFile(file, target, signal) {
  const part = `${target}.part`;
  // Opened before anything can fail, so that it is there whenever it is to be removed.
  const sink = (await open(part, 'w')).createWriteStream();
  const source = createReadStream(file);
  const hash = createHash('sha256');
  try {
    await pipeline(
      source,
      createGzip(),
      async function* hashed(/** @type {AsyncIterable<Buffer>} */ chunks) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          yield chunk;
        }
      },
      sink,
      { signal },
    );
    await rename(part, target);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  return { bytes: source.bytesRead, compressed: sink.bytesWritten, sha256: hash.digest('hex') };
}
