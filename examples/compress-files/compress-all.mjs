// The main job: files in at one end, compressed files out at the other, and only a few of them in between.

import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { createLimiter, stream } from 'fanfold';
import { compressFile } from './compress-file.mjs';

/** A file that failed, and why. */
export class FileError extends Error {
  /**
   * @param {string} file
   * @param {unknown} cause
   */
  constructor(file, cause) {
    super(`${file} failed`, { cause });
    this.name = 'FileError';
    this.file = file;
  }
}

/**
 * Compresses files into a folder and writes their digests into its SHA256SUMS, which `sha256sum --check` reads. A file
 * that fails ends nothing.
 *
 * @param {AsyncIterable<string> | Iterable<string>} files  below `from`
 * @param {object} options
 * @param {string} options.from
 * @param {string} options.to
 * @param {number} options.concurrency  how many are compressed at once
 * @param {AbortSignal} [options.signal]
 * @param {(progress: import('fanfold').Progress) => void} [options.onProgress]
 * @returns {Promise<{ files: number, bytes: number, compressed: number, failures: FileError[] }>}  rejects with the
 *   error of `files` or of SHA256SUMS, and with the reason of the signal; nothing runs any more then
 */
export async function compressAll(files, { from, to, concurrency, signal, onProgress }) {
  const sum = { files: 0, bytes: 0, compressed: 0, failures: /** @type {FileError[]} */ ([]) };
  const limiter = createLimiter({ name: 'compress', concurrency });
  const digests = await open(path.join(to, 'SHA256SUMS'), 'w');

  const results = stream(
    files,
    async (file, _, { signal }) => {
      const name = `${path.relative(from, file)}.gz`;
      const target = path.join(to, name);
      try {
        await mkdir(path.dirname(target), { recursive: true });
        return { name, ...(await compressFile(file, target, signal)) };
      } catch (error) {
        // All errors come together at the end: each has to know what it is about.
        throw new FileError(file, error);
      }
    },
    { limiter, signal, onProgress, order: 'completion', onFailure: 'continue' },
  );
  try {
    // Results are taken one by one. Should the disk be slow here, no more files are read for as long.
    for await (const { name, bytes, compressed, sha256 } of results) {
      await digests.write(`${sha256}  ${name}\n`);
      sum.files++;
      sum.bytes += bytes;
      sum.compressed += compressed;
    }
  } catch (error) {
    if (!(error instanceof AggregateError)) throw error;
    sum.failures = error.errors;
  } finally {
    // An abort is told at once. The files that it hit are put away by the time the limiter is idle.
    await limiter.onIdle();
    await digests.close();
  }
  return sum;
}
