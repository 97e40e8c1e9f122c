// Pictures to work on where there are none: gradients in three formats, and one file that was cut off on its way.

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { forEach } from 'fanfold';
import sharp from 'sharp';

const FORMATS = /** @type {const} */ (['jpg', 'png', 'webp']);

/**
 * @param {string} folder
 * @param {object} [options]
 * @param {number} [options.count]  of good ones
 * @param {AbortSignal} [options.signal]
 */
export async function makeSamples(folder, { count = 24, signal } = {}) {
  const numbers = Array.from({ length: count }, (_, number) => number);
  await forEach(
    numbers,
    async (number) => {
      const name = `${String(number).padStart(3, '0')}.${FORMATS[number % FORMATS.length]}`;
      await sharp(Buffer.from(gradient((number * 360) / count))).toFile(path.join(folder, name));
    },
    { concurrency: 4, signal },
  );
  const whole = await readFile(path.join(folder, '000.jpg'));
  await writeFile(path.join(folder, 'broken.jpg'), whole.subarray(0, whole.length / 2));
}

/** @param {number} hue */
function gradient(hue) {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="900">
    <linearGradient id="sky" x2="1" y2="1">
      <stop stop-color="hsl(${hue}, 80%, 60%)"/><stop offset="1" stop-color="hsl(${hue + 90}, 80%, 30%)"/>
    </linearGradient>
    <rect width="1200" height="900" fill="url(#sky)"/><circle cx="600" cy="450" r="250" fill="white" opacity=".5"/>
  </svg>`;
}
