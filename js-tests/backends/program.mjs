// A program in a process of its own: which engine it gets is decided once per process.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = fileURLToPath(new URL('.', import.meta.url));
const library = fileURLToPath(new URL('../../npm/fanfold/', import.meta.url));
const run = promisify(execFile);

/** Runs a module; gives what it prints as JSON. `folder` is where its imports are looked up. */
export async function program(source, { backend, flags = [], folder = here } = {}) {
  const { FANFOLD_BACKEND: _, ...env } = process.env;
  if (backend !== undefined) env.FANFOLD_BACKEND = backend;
  const all = [...flags, '--input-type=module', '--eval', source];
  const { stdout } = await run(process.execPath, all, { cwd: folder, env });
  return JSON.parse(stdout);
}

/** Flags under which Node is as it was before 20.16 and 22.3: without `process.getBuiltinModule`. */
export const beforeBuiltins = ['--require', fileURLToPath(new URL('before-builtins.cjs', import.meta.url))];

/** Flags under which the runtime knows no `using`: without `Symbol.dispose` and `Symbol.asyncDispose`. */
export const beforeUsing = ['--require', fileURLToPath(new URL('before-using.cjs', import.meta.url))];

/** Gives `use` a folder in which the library is installed without any addon. */
export async function withoutAddon(use) {
  const folder = mkdtempSync(join(tmpdir(), 'fanfold-backends-'));
  try {
    const target = join(folder, 'node_modules/fanfold');
    mkdirSync(target, { recursive: true });
    for (const part of ['package.json', 'dist'])
      cpSync(join(library, part), join(target, part), { recursive: true });
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
