// One transfer: from a URL into a file, or nothing. Nothing half-written is ever left under the final name.

import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { STATUS_CODES } from 'node:http';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** The server answered, but not with the file. */
export class HttpError extends Error {
  /** @param {number} status */
  constructor(status) {
    super(`HTTP ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd());
    this.name = 'HttpError';
    this.status = status;
  }
}

/**
 * Streams `url` into `target`.
 *
 * The signal is what makes a timeout real: it ends the request, the body and the file stream, so this function
 * settles, and the limiter has its slot back, a moment after the signal fired. A client that knows no signal is
 * played by `deaf: true`: its transfer goes on to its end, and the slot stays taken as long. Either way a
 * download whose signal has fired leaves no file.
 *
 * @param {string} url
 * @param {string} target  path of the file; its directory exists
 * @param {object} options
 * @param {AbortSignal} options.signal
 * @param {boolean} [options.deaf]
 * @param {(bytes: number, total: number | undefined) => void} [options.onProgress]  bytes so far, and of the whole if known
 * @returns {Promise<number>}  bytes written
 */
export async function download(url, target, { signal, deaf = false, onProgress = () => {} }) {
  const part = `${target}.part`;
  const stop = deaf ? undefined : signal;
  const response = await fetch(url, { signal: stop });
  if (!response.ok) {
    await response.body?.cancel();
    throw new HttpError(response.status);
  }

  const encoded = response.headers.has('content-encoding');
  const length = response.headers.get('content-length');
  const total = length === null || encoded ? undefined : Number(length);
  const hash = createHash('sha256');
  let bytes = 0;
  const meter = new Transform({
    transform(chunk, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      onProgress(bytes, total);
      done(null, chunk);
    },
  });

  try {
    const body = response.body ? Readable.fromWeb(/** @type {any} */ (response.body)) : Readable.from([]);
    await pipeline(body, meter, createWriteStream(part), { signal: stop });
    const promised = encoded ? undefined : sha256Of(response.headers.get('content-digest'));
    if (promised !== undefined && promised !== hash.digest('base64')) {
      throw new Error('the bytes do not match the Content-Digest of the server');
    }
    // The last moment at which giving up still costs nothing.
    signal.throwIfAborted();
    await rename(part, target);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  return bytes;
}

/**
 * The SHA-256 of a Content-Digest header (RFC 9530), in base64.
 *
 * @param {string | null} header
 */
function sha256Of(header) {
  return header?.match(/(?:^|,)\s*sha-256=:([^:]+):/)?.[1];
}
