// Compiles src twice (ESM and CommonJS) and writes what ties the two together.
// The WebAssembly engine is thereby in the package three times, each for whom the others do not serve: as text in the
// ESM build, for browsers; as text in the CommonJS build, for Node, which must also find it where a program was bundled
// into one file; and as a file, for those who bring it to fanfold/slim.
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
// Bundlers look for sideEffects in the nearest package.json. The one effect is that the inlined engine is brought,
// and the entry that asks for it would be passed over by a bundler if it had none of its own.
const sideEffects = ['./engine/inline.js', './engine/inline-plain.js', './index.js'];
write('esm/package.json', json({ type: 'module', sideEffects }));
write('cjs/package.json', json({ type: 'commonjs', sideEffects }));

// TypeScript makes a require of what is imported only when it is asked for. Not every Node can require an ES module.
write(
  'cjs/progress/log-update.js',
  '"use strict";\nexports.importNow = (name) => import(/* webpackIgnore: true */ name);\n',
);

// In Node the CommonJS build is the one instance; ESM sees it through these. Their names are read off the
// running build, so nothing is listed by hand.
for (const entry of Object.values(entries)) {
  const wrapper = entry.node?.import?.default;
  if (wrapper) write(wrapper.replace('./dist/', ''), nodeWrapper(basename(entry.node.require.default)));
}

function nodeWrapper(file) {
  // A .cjs entry is the default export itself (module.exports); beside it lies the plain module that it wraps.
  const callable = file.endsWith('.cjs');
  const module = file.replace(/\.cjs$/, '.js');
  const names = Object.keys(require(join(dist, 'cjs', module))).filter(
    (name) => !['__esModule', 'default'].includes(name),
  );
  const named = `export { ${names.join(', ')} } from '../cjs/${module}';\n`;
  return callable ? `export { default } from '../cjs/${file}';\n${named}` : named;
}

// Declarations that use Symbol.dispose or Disposable bring the library that declares it, so that users need not.
for (const path of readdirSync(dist, { recursive: true }).filter((name) => /\.d\.c?ts$/.test(name))) {
  const text = readFileSync(join(dist, path), 'utf8');
  if (/\b(Async)?Disposable\b|Symbol\.(asyncD|d)ispose/.test(text))
    write(path, `/// <reference lib="esnext.disposable" />\n${text}`);
}

// What the platform or its bundler makes of the file that is brought to fanfold/slim.
write(
  'fanfold.wasm.d.ts',
  '/** The WebAssembly engine: a `WebAssembly.Module` or its bytes, as the platform gives it. */\n' +
    'declare const engine: object;\nexport default engine;\n',
);

// A bundler that meets require('fanfold/p-limit') gets the callable shape too, over its one ESM instance.
for (const name of readdirSync(join(dist, 'cjs')).filter((file) => file.endsWith('.cjs'))) {
  const module = name.replace(/\.cjs$/, '.js');
  const callable = readFileSync(join(dist, 'cjs', name), 'utf8');
  write(`bundle/${name}`, callable.replace(`"./${module}"`, `"../esm/${module}"`));
}

function write(path, text) {
  mkdirSync(join(dist, path, '..'), { recursive: true });
  writeFileSync(join(dist, path), text);
}

function json(value) {
  return `${JSON.stringify(value, null, 2)}\n`;
}
