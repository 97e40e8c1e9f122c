// Builds everything that tests, examples and benchmarks import: constants, wasm, addon, then the package.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
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
copyTo('fanfold', 'CHANGELOG.md');
copyTo('fanfold', 'README.md', withoutLocalLinks);

function copyTo(name, file, change = (text) => text) {
  const text = readFileSync(join(root, file), 'utf8');
  writeFileSync(join(root, 'npm', name, file), change(text));
}

/** On npm's page a link to a file of the repository leads nowhere: only its words stay. */
function withoutLocalLinks(markdown) {
  return markdown.replace(/\[([^\]]+)\]\((?!https?:|#)[^)]*\)/g, '$1');
}
