// Small real projects: a temporary folder, the packed tarballs installed into it by npm, and programs run in it.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { promisify } from 'node:util';
import { pack } from '../../scripts/lib/pack.mjs';

const run = promisify(execFile);
const home = mkdtempSync(join(tmpdir(), 'fanfold-packaging-'));
after(() => rmSync(home, { recursive: true, force: true }));

/** Package name to a `file:` specifier of what `npm publish` would upload. */
export const packed = Object.fromEntries(
  Object.entries(pack(home)).map(([name, tarball]) => [name, `file:${tarball}`]),
);

/** What a user on this platform gets from one `npm install fanfold`. The addon is named since no registry has it here. */
export const withAddon = pick('fanfold', '@fanfold/linux-x64-gnu');
export const withoutAddon = pick('fanfold');

export function pick(...names) {
  return Object.fromEntries(names.map((name) => [name, packed[name]]));
}

/**
 * Makes a project of the given files and installs what its package.json names.
 * `registry` says whether it needs packages from npm too; without it the installation runs offline.
 */
export async function project(name, { manifest, files, registry = false, omit = [] }) {
  const folder = join(home, name);
  for (const [path, text] of Object.entries({
    ...files,
    'package.json': JSON.stringify(manifest, null, 2),
  })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const source = registry ? ['--prefer-offline'] : ['--offline'];
  const quiet = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
  await run('npm', ['install', ...source, ...quiet, ...omit.map((kind) => `--omit=${kind}`)], {
    cwd: folder,
  });

  return {
    folder,
    /** Runs a file of the project with Node; gives what it printed, as JSON. */
    async node(file, env = {}) {
      const { stdout } = await run(process.execPath, [file], { cwd: folder, env: environment(env) });
      return JSON.parse(stdout);
    },
    /** Runs any program in the project. Gives its exit code and output, whatever they are. */
    async program(file, args) {
      try {
        const { stdout, stderr } = await run(process.execPath, [file, ...args], { cwd: folder });
        return { code: 0, output: stdout + stderr };
      } catch (error) {
        return { code: error.code, output: `${error.stdout}${error.stderr}` };
      }
    },
  };
}

/** The test's own environment without what would choose the engine behind the test's back. */
function environment(extra) {
  const { FANFOLD_BACKEND: _, NODE_OPTIONS: __, ...rest } = process.env;
  return { ...rest, ...extra };
}

/** How a project is compiled that wants all checked, and has types of nothing but the language and browsers. */
export function strictly(...lib) {
  return {
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    types: [],
    target: 'ES2022',
    lib: ['ES2022', 'DOM', ...lib],
    module: 'NodeNext',
  };
}
