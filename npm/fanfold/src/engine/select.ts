import { BackendError } from '../errors/backend.js';
import { outOfRange, wrongType } from '../errors/misuse.js';
import { type Attempt, asError } from './attempt.js';
import { tryNative } from './native.js';
import type { Port } from './port.js';
import { isModule, openWasm, type WasmSource } from './wasm.js';

/** An engine that was tried. */
export interface BackendCandidate {
  readonly backend: 'native' | 'wasm';
  /** The file it came from, or what was looked for where no file was found. */
  readonly file: string;
  /** Why it could not be had; absent on the one that runs. */
  readonly error?: Error;
}

/** Which engine runs, where it came from, and why others do not. */
export interface BackendInfo {
  /** `'none'` where no engine can run, or none has been supplied yet (`fanfold/slim`). */
  readonly backend: 'native' | 'wasm' | 'none';
  /** The file that the running engine came from; absent with `'none'`. */
  readonly file?: string;
  /** All that were tried, in that order. The search ends with the first that runs. */
  readonly candidates: readonly BackendCandidate[];
}

interface Selection {
  readonly info: BackendInfo;
  readonly port?: Port;
  /** Thrown on every use; absent where there is a port. */
  readonly error?: Error;
  /** Whether the engine that runs has no more than a p-limit needs. */
  readonly isPlain?: boolean;
}

/** Where a WebAssembly engine comes from. */
interface Supply {
  readonly file: string;
  readonly source: () => WasmSource;
  readonly isPlain: boolean;
}

const VARIABLE = 'FANFOLD_BACKEND';

let wasm: Supply | undefined;
let selection: Selection | undefined;

/** Says where the WebAssembly engine comes from. Nothing is read before it is needed. */
export function provideWasm(file: string, source: () => WasmSource): void {
  wasm = { file, source, isPlain: false };
  // A search that found nothing, or less, is made again, now that there is more to find. Limiters keep the engine that
  // they were made with.
  if (!selection?.port || selection.isPlain) selection = undefined;
}

/** The same for one that does no more than run functions in slots; the whole one does that too. */
export function providePlainWasm(file: string, source: () => WasmSource): void {
  wasm ??= { file, source, isPlain: true };
  if (!selection?.port) selection = undefined;
}

/**
 * Supplies the WebAssembly engine, for `fanfold/slim`: the bytes of `fanfold/fanfold.wasm`, or a module
 * compiled from them. Call it before anything else of the library; it changes nothing where an engine runs
 * already, such as the native one in Node.
 *
 * @throws TypeError if `source` is neither bytes nor a `WebAssembly.Module`.
 */
export function useWasm(source: WasmSource): void {
  if (!isModule(source) && !isBytes(source)) {
    throw wrongType('source', 'an ArrayBuffer, a view of one or a WebAssembly.Module', source);
  }
  provideWasm('supplied with useWasm()', () => source);
}

/**
 * The port to the engine; the first call makes it, and every later one gives the same, until a better one is provided.
 *
 * @throws BackendError if no engine can run here, with the reason of each.
 * @throws RangeError if the environment variable FANFOLD_BACKEND is neither `native` nor `wasm`.
 */
export function openPort(): Port {
  const { port, error } = select();
  if (!port) throw error;
  return port;
}

/** Which engine runs; looked for at the first call, and never throws. */
export function backendInfo(): BackendInfo {
  return select().info;
}

function select(): Selection {
  selection ??= search();
  return selection;
}

function search(): Selection {
  const forced = variable();
  if (forced !== undefined && forced !== 'native' && forced !== 'wasm') {
    const error = outOfRange(VARIABLE, "'native' or 'wasm'", forced);
    return { info: { backend: 'none', candidates: [] }, error };
  }
  const attempts: Attempt[] = [];
  if (forced !== 'wasm') attempts.push(...tryNative());
  if (forced !== 'native' && !attempts.at(-1)?.port) attempts.push(tryWasm());

  const candidates = attempts.map(({ backend, file, error }) => ({ backend, file, ...(error && { error }) }));
  const last = attempts.at(-1);
  if (last?.port) {
    const isPlain = last.backend === 'wasm' && wasm?.isPlain === true;
    return { info: { backend: last.backend, file: last.file, candidates }, port: last.port, isPlain };
  }
  const what = forced
    ? `${VARIABLE} asks for the ${forced} engine, which cannot run here:`
    : 'No engine of fanfold can run here:';
  return { info: { backend: 'none', candidates }, error: new BackendError(what, attempts) };
}

function tryWasm(): Attempt {
  const file = wasm?.file ?? 'fanfold.wasm';
  try {
    if (!wasm) throw new Error('fanfold/slim carries no engine; call useWasm(source) before anything else');
    return { backend: 'wasm', file, port: openWasm(wasm.source()) };
  } catch (thrown) {
    return { backend: 'wasm', file, error: asError(thrown) };
  }
}

/** The engine that the environment asks for. */
function variable(): string | undefined {
  try {
    return (globalThis as { process?: typeof process }).process?.env?.[VARIABLE] || undefined;
  } catch {
    // Deno asks its user before a program may read the environment; a no is no wish.
    return undefined;
  }
}

function isBytes(source: unknown): boolean {
  return (
    ArrayBuffer.isView(source) ||
    /^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(source))
  );
}
