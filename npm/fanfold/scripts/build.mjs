// Compiles src twice (ESM and CommonJS) and writes what ties the two together.
// The engine's artefacts are made first by `cargo xtask`; see scripts/build.mjs at the root.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const require = createRequire(import.meta.url);
const tsc = join(require.resolve('typescript/package.json'), '..', 'bin', 'tsc');
const { exports: entries } = require('../package.json');

const wasm = join(dist, 'fanfold.wasm');
for (const entry of existsSync(dist) ? readdirSync(dist) : []) {
  if (join(dist, entry) !== wasm) rmSync(join(dist, entry), { recursive: true });
}

for (const format of ['esm', 'cjs']) {
  execFileSync(process.execPath, [tsc, '-p', join(root, `tsconfig.${format}.json`)], { stdio: 'inherit' });
}
write('esm/package.json', json({ type: 'module', sideEffects: false }));
write('cjs/package.json', json({ type: 'commonjs', sideEffects: false }));

// In Node the CommonJS build is the one instance; ESM sees it through these. Their names are read off the
// running build, so nothing is listed by hand.
for (const entry of Object.values(entries)) {
  const wrapper = entry.node?.import?.default;
  if (wrapper) write(wrapper.replace('./dist/', ''), nodeWrapper(basename(entry.node.require.default)));
}

function nodeWrapper(file) {
  // A .cjs entry (module.exports is a function) has beside it the plain module that it wraps.
  const source = file.replace(/\.cjs$/, '.js');
  const names = Object.keys(require(join(dist, 'cjs', source))).filter((name) => name !== '__esModule');
  const named = names.filter((name) => name !== 'default');
  return [
    `import cjs from '../cjs/${source}';`,
    ...named.map((name) => `export const ${name} = cjs.${name};`),
    ...(names.includes('default') ? ['export default cjs.default;'] : []),
    '',
  ].join('\n');
}

// A bundler that meets require('fanfold/p-limit') gets the callable shape too, over its one ESM instance.
const callable = readFileSync(join(dist, 'cjs/p-limit.cjs'), 'utf8');
write('bundle/p-limit.cjs', callable.replace('"./p-limit.js"', '"../esm/p-limit.js"'));

function write(path, text) {
  mkdirSync(join(dist, path, '..'), { recursive: true });
  writeFileSync(join(dist, path), text);
}

function json(value) {
  return `${JSON.stringify(value, null, 2)}\n`;
}
