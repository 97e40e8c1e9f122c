// What is to be downloaded: one job per URL, each with a file name of its own.

import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import filenamify from 'filenamify';

/**
 * @typedef {object} Job
 * @property {number} number  from 1, in the order of the list
 * @property {string} url
 * @property {string} name  of the file to write; no two jobs share one, also where case is ignored
 * @property {boolean} deaf  true: transferred by a client that cannot be cancelled
 *
 * @typedef {object} Problem  a line that is no job
 * @property {number} line  from 1
 * @property {string} text  the line, shortened
 * @property {string} reason
 */

/**
 * Reads a list of URLs from a file, or from standard input for '-'.
 *
 * @param {string} file
 * @returns {Promise<{ jobs: Job[], problems: Problem[] }>}
 * @throws {Error} with a message for the user where the file cannot be read
 */
export async function readJobs(file) {
  if (file === '-') return parseJobs(await readAll(process.stdin));
  try {
    return parseJobs(await readFile(file, 'utf8'));
  } catch (error) {
    const code = /** @type {NodeJS.ErrnoException} */ (error).code;
    const why = {
      ENOENT: 'there is no such file',
      EISDIR: 'it is a directory',
      EACCES: 'it may not be read',
    };
    throw new Error(`cannot read the list of URLs ${file}: ${why[/** @type {'ENOENT'} */ (code)] ?? code}`, {
      cause: error,
    });
  }
}

/**
 * One URL per line; blank lines and lines that begin with # are skipped.
 *
 * @param {string} text
 * @returns {{ jobs: Job[], problems: Problem[] }}
 */
export function parseJobs(text) {
  /** @type {string[]} */
  const urls = [];
  /** @type {Problem[]} */
  const problems = [];
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const reason = whyNot(line);
    if (reason === undefined) urls.push(new URL(line).href);
    else
      problems.push({ line: index + 1, text: line.length > 80 ? `${line.slice(0, 77)}...` : line, reason });
  }
  return { jobs: makeJobs(urls), problems };
}

/**
 * @param {readonly string[]} urls
 * @param {(index: number) => boolean} [isDeaf]
 * @returns {Job[]}
 */
export function makeJobs(urls, isDeaf = () => false) {
  const taken = new Set();
  return urls.map((url, index) => ({
    number: index + 1,
    url,
    name: unusedName(url, taken),
    deaf: isDeaf(index),
  }));
}

/** @param {string} line */
function whyNot(line) {
  if (!URL.canParse(line)) return 'not a URL';
  const url = new URL(line);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return `expected http or https, got ${url.protocol.slice(0, -1)}`;
  if (url.username || url.password) return 'a URL with a user name or password cannot be fetched';
  return undefined;
}

/**
 * The last part of the URL's path, made safe for every file system, with a number where it is taken.
 *
 * @param {string} url
 * @param {Set<string>} taken
 */
function unusedName(url, taken) {
  const { hostname, pathname } = new URL(url);
  const last = pathname.split('/').findLast((part) => part !== '') ?? `${hostname}.html`;
  const safe = filenamify(decode(last), { replacement: '_', maxLength: 120 });
  const dot = safe.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [safe.slice(0, dot), safe.slice(dot)] : [safe, ''];
  let name = safe;
  for (let again = 2; taken.has(name.toLowerCase()); again++) name = `${stem}-${again}${extension}`;
  taken.add(name.toLowerCase());
  return name;
}

/** @param {string} part */
function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a stray % is legal in a URL
  }
}
