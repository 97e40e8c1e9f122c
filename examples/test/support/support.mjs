// What several tests need: a directory that goes away, a program that runs, a moment that comes.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/**
 * A directory of the test's own.
 *
 * @param {import('node:test').TestContext} t
 */
export async function directory(t) {
  const made = await mkdtemp(path.join(tmpdir(), 'fanfold-examples-'));
  t.after(() => rm(made, { recursive: true, force: true }));
  return made;
}

/**
 * The names of the files in a directory, sorted.
 *
 * @param {string} where
 */
export const names = async (where) => (await readdir(where)).sort();

/**
 * Starts one of the examples as a user would.
 *
 * @param {import('node:test').TestContext} t  ends the program with the test
 * @param {string} example  its path below the examples
 * @param {readonly string[]} [args]
 * @param {{ cwd?: string, env?: { [name: string]: string }, input?: string }} [options]
 */
export function start(t, example, args = [], { cwd, env, input = '' } = {}) {
  const file = fileURLToPath(new URL(`../../${example}`, import.meta.url));
  const { INIT_CWD: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [file, ...args], {
    cwd,
    env: { ...inherited, NO_COLOR: '1', ...env },
  });
  t.after(() => child.kill('SIGKILL'));
  child.stdin.end(input);
  child.stdout.setEncoding('utf8');
  child.stderr.setEncoding('utf8');
  return child;
}

/**
 * Runs one of the examples to its end.
 *
 * @type {(...args: Parameters<typeof start>) => Promise<{ code: number | null, stdout: string, stderr: string }>}
 */
export async function run(...args) {
  const child = start(...args);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code, stdout, stderr };
}

/**
 * A server of the test's own, on a free port of the loopback interface.
 *
 * @param {import('node:test').TestContext} t  ends the server and its connections with the test
 * @param {http.RequestListener} listener
 * @returns {Promise<string>}  its origin
 */
export async function serve(t, listener) {
  const server = http.createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return `http://127.0.0.1:${port}`;
}

/**
 * A moment to wait for: `reached` fulfils when `hit` was called so many times.
 *
 * @param {number} [times]
 */
export function moment(times = 1) {
  let left = times;
  /** @type {() => void} */
  let open;
  const reached = /** @type {Promise<void>} */ (
    new Promise((resolve) => {
      open = resolve;
    })
  );
  const hit = () => {
    left--;
    if (left === 0) open();
  };
  return { hit, reached };
}
