// Replacing p-limit: one import changes, nothing else. Prints the SHA-256 of every file below a directory (these
// examples, if none is given), four files at a time.
//
//   node replace-p-limit.mjs [directory]

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
// Was: import pLimit from 'p-limit';
import pLimit from 'fanfold/p-limit';

/** @param {string} file */
async function sha256(file) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

const directory = process.argv[2] ?? fileURLToPath(new URL('.', import.meta.url));
const entries = await readdir(directory, { recursive: true, withFileTypes: true });
const files = entries
  .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
  .map((entry) => path.join(entry.parentPath, entry.name))
  .sort();

const limit = pLimit(4);
const digests = await Promise.all(files.map((file) => limit(sha256, file)));

for (const [index, digest] of digests.entries()) console.log(`${digest}  ${files[index]}`);
