// A file that many read, change and write back: without a mutex the later writer undoes what the earlier one did.
// Counts 100 visits to three pages, all at the same time.
//
//   node mutex-around-a-file.mjs [file]

import { readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createMutex } from 'fanfold';

const file = process.argv[2] ?? path.join(tmpdir(), 'fanfold-visits.json');
const mutex = createMutex({ name: file });

/** @returns {Promise<{ [page: string]: number }>} */
async function read() {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return {};
    throw error;
  }
}

/**
 * Between the read and the rename nobody else is in here, and a reader elsewhere sees the old file or the new one,
 * never half of it.
 *
 * @param {string} page
 */
function visit(page) {
  return mutex.runExclusive(async () => {
    const visits = await read();
    visits[page] = (visits[page] ?? 0) + 1;
    await writeFile(`${file}.new`, `${JSON.stringify(visits, null, 2)}\n`);
    await rename(`${file}.new`, file);
    return visits[page];
  });
}

const pages = ['/', '/about', '/contact'];
await Promise.all(Array.from({ length: 100 }, (_, index) => visit(pages[index % pages.length])));
console.log(await read());
