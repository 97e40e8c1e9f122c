import { type Attempt, asError } from './attempt.js';
import { builtin } from './builtin.js';
import { WORDS } from './mailbox.gen.js';

/** What the addon exports; see crates/napi. */
interface Addon {
  open(): { memory: ArrayBuffer; doorbell: () => void };
}

type Host = typeof process;

// Browsers get this file too, and have no `process`.
const host = (globalThis as { process?: Host }).process;

/** Tries the packages that npm may have installed for this platform, until one of them loads. */
export function tryNative(): Attempt[] {
  const attempts: Attempt[] = [];
  for (const name of packages()) {
    const attempt = load(name);
    attempts.push(attempt);
    if (attempt.port) break;
  }
  return attempts;
}

function load(name: string): Attempt {
  let file = name;
  try {
    const require = requireOfHost();
    file = require.resolve(name);
    const { memory, doorbell } = (require(file) as Addon).open();
    const expected = WORDS * Uint32Array.BYTES_PER_ELEMENT;
    if (memory.byteLength !== expected) {
      throw new Error(
        `The mailbox of this addon has ${memory.byteLength} bytes, not ${expected}: it belongs to another version`,
      );
    }
    return { backend: 'native', file, port: { backend: 'native', memory, byteOffset: 0, doorbell } };
  } catch (thrown) {
    return { backend: 'native', file, error: asError(thrown) };
  }
}

/** The names of the packages for this platform, the likeliest first. */
function packages(): string[] {
  if (!host?.platform) return ['@fanfold/*'];
  const name = `@fanfold/${host.platform}-${host.arch}`;
  if (host.platform === 'win32') return [`${name}-msvc`];
  // Finding out which C library the process has takes milliseconds. Loading the addon of the other one
  // just fails, and npm has installed only the right one anyway.
  if (host.platform === 'linux') return [`${name}-gnu`, `${name}-musl`];
  return [name];
}

/** A `require` in both builds of this file, that no bundler tries to follow at build time. */
function requireOfHost(): NodeJS.Require {
  const module = builtin('node:module') as typeof import('node:module') | undefined;
  if (host === undefined || module === undefined) {
    throw new Error('This runtime cannot load addons: it has no module node:module to be reached from here');
  }
  // Where a bundler made an ES module of this, the program's own file stands in for it.
  const from = typeof __filename === 'string' ? __filename : host.argv[1];
  return module.createRequire(from ?? `${host.cwd()}/`);
}
