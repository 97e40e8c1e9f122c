// The drop-ins for p-map and p-retry out of the tarball: as both kinds of module, typed, and in a browser's bundle.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';
import { project, withAddon, withoutAddon } from './project.mjs';

const tsc = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc');

const WORK = `
async function work(pMap, { pMapIterable, pMapSkip }, pRetry, { AbortError, makeRetriable }) {
  const odd = await pMap([1, 2, 3], async (item) => (item % 2 ? item : pMapSkip), { concurrency: 2 });
  const streamed = [];
  for await (const item of pMapIterable([1, 2, 3], (item) => item * 2, { concurrency: 2 })) streamed.push(item);
  let attempts = 0;
  const third = await pRetry(async (attempt) => {
    attempts++;
    if (attempt < 3) throw new Error('again');
    return attempt;
  }, { minTimeout: 0 });
  const aborted = await pRetry(() => { throw new AbortError('enough'); }).catch((error) => error.message);
  const made = await makeRetriable(async (value) => value + 1)(1);
  return { odd, streamed, third, attempts, aborted, made };
}
`;
const ESM = `
import pMap, * as map from 'fanfold/p-map';
import pRetry, * as retry from 'fanfold/p-retry';
import { backend } from 'fanfold';
${WORK}
`;
const DONE = { odd: [1, 3], streamed: [2, 4, 6], third: 3, attempts: 3, aborted: 'enough', made: 2 };

test('as ES modules and as CommonJS, which are one', async () => {
  const files = {
    'main.mjs': `${ESM}
      import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url);
      const same = (required, imported) =>
        required === imported.default && Object.keys(imported).every((name) => required[name] === imported[name]);
      const one = [same(require('fanfold/p-map'), map), same(require('fanfold/p-retry'), retry)];
      console.log(JSON.stringify({ ...(await work(pMap, map, pRetry, retry)), one, backend }));`,
    'main.cjs': `
      const pMap = require('fanfold/p-map');
      const pRetry = require('fanfold/p-retry');
      ${WORK}
      work(pMap, pMap, pRetry, pRetry).then((report) => console.log(JSON.stringify(report)));`,
  };
  const it = await project('drop-ins', { manifest: { dependencies: withAddon }, files });
  assert.deepEqual(await it.node('main.mjs'), { ...DONE, one: [true, true], backend: 'native' });
  assert.deepEqual(await it.node('main.cjs'), DONE);
});

test('with the types of their own, in both kinds of module', async () => {
  const use = `
export const doubled: Promise<number[]> = pMap([1, 2], async (item) => item * 2, { concurrency: 2 });
export const retried: Promise<string> = pRetry(async (attempt) => String(attempt), { retries: 2 });
// @ts-expect-error a limit is a number
void pMap([1], (item) => item, { concurrency: '2' });
// @ts-expect-error a count is a number
void pRetry(() => 1, { retries: '2' });
`;
  const files = {
    'module.mts': `import pMap from 'fanfold/p-map';\nimport pRetry from 'fanfold/p-retry';\n${use}`,
    'required.cts': `import pMap = require('fanfold/p-map');\nimport pRetry = require('fanfold/p-retry');\n${use}`,
  };
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    types: [],
    target: 'ES2022',
    lib: ['ES2022', 'DOM'],
    module: 'NodeNext',
  };
  const tsconfig = JSON.stringify({ compilerOptions, files: Object.keys(files) });
  const manifest = { type: 'module', dependencies: withAddon };
  const it = await project('drop-ins-typed', { manifest, files: { ...files, 'tsconfig.json': tsconfig } });
  const { code, output } = await it.program(tsc, ['-p', '.', '--pretty', 'false']);
  assert.equal(code, 0, output);
});

test('in a bundle for browsers, where WebAssembly runs', async () => {
  const files = {
    'app.js': `${ESM}
      work(pMap, map, pRetry, retry).then((done) => console.log(JSON.stringify({ ...done, backend })));`,
  };
  const manifest = { type: 'module', dependencies: withoutAddon };
  const it = await project('drop-ins-bundled', { manifest, files, omit: ['optional'] });
  const { warnings } = await build({
    absWorkingDir: it.folder,
    entryPoints: ['app.js'],
    outfile: join(it.folder, 'bundled.mjs'),
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    logLevel: 'silent',
  });
  assert.deepEqual(warnings, []);
  assert.deepEqual(await it.node('bundled.mjs'), { ...DONE, backend: 'wasm' });
});
