// The files below a folder, one by one: the tree is read only as fast as they are asked for, and never held as a whole.

import { opendir } from 'node:fs/promises';
import path from 'node:path';

/**
 * Symbolic links are left out: they may lead in circles.
 *
 * @param {string} folder
 * @param {string} [except]  a folder that is left out, for output inside of the input
 * @returns {AsyncGenerator<string, void, undefined>}
 */
export async function* filesBelow(folder, except) {
  for await (const entry of await opendir(folder)) {
    const name = path.join(folder, entry.name);
    if (entry.isFile()) yield name;
    else if (entry.isDirectory() && name !== except) yield* filesBelow(name, except);
  }
}
