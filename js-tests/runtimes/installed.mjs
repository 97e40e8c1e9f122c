// The other JavaScript runtimes. They are npm packages with a lock file of their own, apart from the workspace,
// since together they weigh more than everything else. What is listed are the prebuilt programs that the packages
// `node`, `bun` and `deno` would fetch in an install script, so that no install script has to run.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** Name to program, whether it is there or not. */
export const RUNTIMES = {
  'Node 22': `${folder}node_modules/node22/bin/node`,
  'Node 24': `${folder}node_modules/node24/bin/node`,
  'Node 26': `${folder}node_modules/node26/bin/node`,
  Bun: `${folder}node_modules/@oven/bun-linux-x64/bin/bun`,
  Deno: `${folder}node_modules/@deno/linux-x64-glibc/deno`,
};

export function missingRuntimes() {
  return Object.keys(RUNTIMES).filter((name) => !existsSync(RUNTIMES[name]));
}

export function installRuntimes() {
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
}
