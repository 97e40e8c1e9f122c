import type { Port } from './port.js';

/** An engine that was tried: either there is a port to it, or the error that stood against it. */
export interface Attempt {
  readonly backend: 'native' | 'wasm';
  /** The file it came from, or what was looked for where no file was found. */
  readonly file: string;
  readonly port?: Port;
  readonly error?: Error;
}

/** Whatever was thrown, as an `Error`. One of another realm is one too. */
export function asError(thrown: unknown): Error {
  if (thrown instanceof Error || Object.prototype.toString.call(thrown) === '[object Error]')
    return thrown as Error;
  return new Error(String(thrown), { cause: thrown });
}
