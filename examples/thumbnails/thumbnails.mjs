// The main job: small pictures one by one, in the order of the files, made ahead of whoever takes them.

import path from 'node:path';
import { stream } from 'fanfold';
import sharp from 'sharp';

// One thread for each picture: how many are at work at once is decided in one place, and that is the stream.
sharp.concurrency(1);

/**
 * @param {Iterable<string> | AsyncIterable<string>} files
 * @param {object} options
 * @param {number} options.width
 * @param {number} options.concurrency  how many are made at once
 * @param {number} [options.prefetch]  how many may be ready besides and wait to be taken
 * @param {AbortSignal} [options.signal]
 * @returns all that can be made; then it throws an AggregateError if some could not
 */
export function thumbnails(files, { width, concurrency, prefetch = 4, signal }) {
  return stream(files, (file) => makeThumbnail(file, width), {
    concurrency,
    prefetch,
    signal,
    // A broken picture is no reason to do without the others.
    onFailure: 'continue',
  });
}

/**
 * @param {string} file
 * @param {number} width
 */
export async function makeThumbnail(file, width) {
  try {
    // Cameras store how they were held: that has to be done to the pixels before the picture is made smaller.
    const picture = sharp(file).autoOrient().resize({ width, withoutEnlargement: true }).webp();
    const { data, info } = await picture.toBuffer({ resolveWithObject: true });
    return { file, data, info };
  } catch (error) {
    // sharp does not say which file it was.
    throw new Error(`${path.basename(file)}: ${/** @type {Error} */ (error).message}`, { cause: error });
  }
}
