// The progress bar out of the tarball, whose library nobody has installed: as both kinds of module, typed, and in bundles.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { build as esbuild } from 'esbuild';
import { createLogger, build as vite } from 'vite';
import webpack from 'webpack';
import { project, strictly, withAddon, withoutAddon } from './project.mjs';

const tsc = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc');

/** A pipe and a terminal, each as far as is needed. */
const WORK = `
async function work({ map }, { progressBar }) {
  const lines = [];
  for (const isTTY of [false, true]) {
    const stream = { isTTY, write: (text) => lines.push(text.split(',')[0]) };
    await map([1, 2], (item) => item, { concurrency: 1, ...progressBar({ label: 'work', stream, linePercent: 50 }) });
  }
  return lines;
}
`;
const APP = `
import * as main from 'fanfold';
import * as bar from 'fanfold/progress-bar';
${WORK}
work(main, bar).then((lines) => console.log(JSON.stringify(lines)));
`;

function assertLines(lines) {
  assert.deepEqual(lines.slice(0, 2), ['work: 50%', 'work: 100%']);
  assert.equal(lines.at(-1), 'work: 100%');
}

test('as ES modules and as CommonJS', async () => {
  const files = {
    'main.mjs': APP,
    'main.cjs': `${WORK}
      work(require('fanfold'), require('fanfold/progress-bar')).then((lines) => console.log(JSON.stringify(lines)));`,
  };
  const it = await project('progress-bar', { manifest: { dependencies: withAddon }, files });
  assertLines(await it.node('main.mjs'));
  assertLines(await it.node('main.cjs'));
});

test('with types that need nothing of Node', async () => {
  const use = `
using bar = progressBar({ label: 'work', stream: { write: (text: string) => text.length } });
bar.onProgress({ done: 1, failed: 0, running: 1, total: 2 });
export {};
`;
  const files = {
    'module.mts': `import { progressBar } from 'fanfold/progress-bar';${use}`,
    'required.cts': `import bars = require('fanfold/progress-bar');\nconst { progressBar } = bars;${use}`,
  };
  const compilerOptions = strictly('ESNext.Disposable');
  const tsconfig = JSON.stringify({ compilerOptions, files: Object.keys(files) });
  const manifest = { type: 'module', dependencies: withAddon };
  const it = await project('progress-bar-typed', {
    manifest,
    files: { ...files, 'tsconfig.json': tsconfig },
  });
  const { code, output } = await it.program(tsc, ['-p', '.', '--pretty', 'false']);
  assert.equal(code, 0, output);
});

/** Each gives the warnings it had, and writes `bundled.mjs`. */
const bundlers = {
  'esbuild for browsers': (folder) =>
    byEsbuild(folder, { platform: 'browser', format: 'esm' }, 'bundled.mjs'),
  'esbuild for Node, as CommonJS': (folder) =>
    byEsbuild(folder, { platform: 'node', format: 'cjs' }, 'bundled.cjs'),

  async vite(folder) {
    const warnings = [];
    const customLogger = createLogger('silent');
    customLogger.warn = customLogger.warnOnce = customLogger.error = (text) => warnings.push(text);
    const output = { entryFileNames: 'bundled.mjs' };
    const rollupOptions = { input: join(folder, 'app.js'), output };
    const build = { outDir: join(folder, 'out'), emptyOutDir: false, modulePreload: false, rollupOptions };
    await vite({ root: folder, configFile: false, customLogger, build });
    return { warnings, file: 'out/bundled.mjs' };
  },

  webpack: (folder) =>
    new Promise((resolve, reject) => {
      const config = {
        context: folder,
        mode: 'production',
        target: 'web',
        entry: './app.js',
        output: { path: folder, filename: 'bundled.cjs' },
        performance: false,
      };
      webpack(config, (error, stats) => {
        if (error) reject(error);
        else {
          const { errors, warnings } = stats.compilation;
          resolve({ warnings: [...errors, ...warnings].map(String), file: 'bundled.cjs' });
        }
      });
    }),
};

async function byEsbuild(folder, options, file) {
  const { warnings } = await esbuild({
    absWorkingDir: folder,
    entryPoints: ['app.js'],
    outfile: join(folder, file),
    bundle: true,
    minify: true,
    logLevel: 'silent',
    ...options,
  });
  return { warnings: warnings.map(({ text }) => text), file };
}

for (const [name, bundle] of Object.entries(bundlers)) {
  test(`in a bundle: ${name}`, { timeout: 120_000 }, async () => {
    const manifest = { type: 'module', dependencies: withoutAddon };
    const it = await project(`progress-bar-${name.replace(/\W/g, '')}`, {
      manifest,
      files: { 'app.js': APP },
      omit: ['optional'],
    });
    const { warnings, file } = await bundle(it.folder);
    assert.deepEqual(warnings, [], 'bundled without a word');
    assertLines(await it.node(file));
  });
}
