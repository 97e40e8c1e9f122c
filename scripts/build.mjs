// Builds everything that tests, examples and benchmarks import: constants, wasm, addon, then the package.
import { run, step } from './lib/run.mjs';

step('Constants, wasm and addon (cargo xtask)');
run('cargo', ['xtask', 'constants']);
run('cargo', ['xtask', 'wasm']);
run('cargo', ['xtask', 'native']);
step('TypeScript (npm/fanfold)');
run(process.execPath, ['npm/fanfold/scripts/build.mjs']);
