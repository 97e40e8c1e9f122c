import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { RUNTIMES } from '../../runtimes/installed.mjs';

/**
 * Finds the Node binaries that were asked for: a major version is the running one where it fits, else the one
 * that the set-up installed for the tests; anything else is taken as a path.
 * @param {readonly string[]} wanted
 * @returns {{ label: string, major: number, file: string }[]}
 */
export function findNodes(wanted) {
  if (wanted.length === 0) return [described(process.execPath)];
  return wanted.map((name) => described(/^\d+$/.test(name) ? byMajor(name) : name));
}

function byMajor(major) {
  if (process.versions.node.split('.')[0] === major) return process.execPath;
  const file = RUNTIMES[`Node ${major}`];
  if (file && existsSync(file)) return file;
  const remedy = file ? 'run "npm run setup" first' : 'give the path of its binary instead';
  throw new Error(`--node ${major}: this version is not installed here; ${remedy}`);
}

function described(file) {
  const version = execFileSync(file, ['--version'], { encoding: 'utf8' }).trim();
  return { label: `Node ${version.slice(1)}`, major: Number(version.slice(1).split('.')[0]), file };
}
