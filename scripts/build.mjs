// Builds everything that tests, examples and benchmarks import: constants, wasm, addon, then the package.
import { copyFileSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, step } from './lib/run.mjs';

step('Constants, wasm and addon (cargo xtask)');
run('cargo', ['xtask', 'constants']);
run('cargo', ['xtask', 'wasm']);
run('cargo', ['xtask', 'native']);

step('TypeScript (npm/fanfold)');
run(process.execPath, ['npm/fanfold/scripts/build.mjs']);

// What npm shows and lawyers look for lies once in the repository, and a copy in every tarball.
for (const name of readdirSync(join(root, 'npm'))) copyTo(name, 'LICENSE');
copyTo('fanfold', 'README.md');

function copyTo(name, file) {
  if (existsSync(join(root, file))) copyFileSync(join(root, file), join(root, 'npm', name, file));
}
