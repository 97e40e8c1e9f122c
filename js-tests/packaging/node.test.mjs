// The tarballs in Node: as ES module, as CommonJS, as both at once, with the addon and without.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pick, project, withAddon, withoutAddon } from './project.mjs';

/** The drop-in and the limiter at work: order of results, the most that ran at once, and the engine under them. */
const WORK = `
async function work(pLimit, { createLimiter, backend, backendInfo }) {
  const gauge = { now: 0, most: 0 };
  const job = async (value) => {
    gauge.most = Math.max(gauge.most, ++gauge.now);
    await new Promise((resolve) => setTimeout(resolve, 1));
    gauge.now--;
    return value * 2;
  };
  const limit = pLimit(2);
  const dropIn = await Promise.all([1, 2, 3, 4, 5].map((value) => limit(job, value)));
  const limiter = createLimiter({ concurrency: 2, name: 'packaging' });
  const own = await Promise.all([1, 2, 3, 4, 5].map((value) => limiter(job, value)));
  console.log(JSON.stringify({ dropIn, own, most: gauge.most, backend, candidates: backendInfo.candidates.length }));
}
`;
const ESM = `
import pLimit from 'fanfold/p-limit';
import * as fanfold from 'fanfold';
${WORK}
await work(pLimit, fanfold);
`;
const CJS = `
const pLimit = require('fanfold/p-limit');
const fanfold = require('fanfold');
${WORK}
work(pLimit, fanfold);
`;

const esm = { type: 'module', dependencies: withAddon };

function assertWork(report, backend) {
  const { candidates, ...rest } = report;
  const doubled = [2, 4, 6, 8, 10];
  assert.deepEqual(rest, { dropIn: doubled, own: doubled, most: 2, backend });
  assert.ok(candidates >= 1);
}

test('an ES module runs on the addon', async () => {
  const it = await project('esm', { manifest: esm, files: { 'main.js': ESM } });
  assertWork(await it.node('main.js'), 'native');
});

test('a CommonJS program runs on the addon', async () => {
  const it = await project('cjs', { manifest: { dependencies: withAddon }, files: { 'main.js': CJS } });
  assertWork(await it.node('main.js'), 'native');
});

test('FANFOLD_BACKEND chooses the engine, for import and for require', async () => {
  const it = await project('forced', { manifest: esm, files: { 'main.mjs': ESM, 'main.cjs': CJS } });
  for (const file of ['main.mjs', 'main.cjs']) {
    for (const backend of ['native', 'wasm']) {
      assertWork(await it.node(file, { FANFOLD_BACKEND: backend }), backend);
    }
  }
});

test('without the addon it runs on wasm and says why', async () => {
  const files = {
    'main.js': ESM,
    'why.js': `
      import { backendInfo } from 'fanfold';
      const { backend, candidates } = backendInfo;
      const native = candidates.find((each) => each.backend === 'native');
      console.log(JSON.stringify({ backend, failed: native?.error instanceof Error, text: native?.error?.message ?? '' }));`,
  };
  const manifest = { type: 'module', dependencies: withoutAddon };
  const it = await project('no-addon', { manifest, files, omit: ['optional'] });
  assertWork(await it.node('main.js'), 'wasm');
  const why = await it.node('why.js');
  assert.equal(why.backend, 'wasm');
  assert.ok(why.failed && why.text.length > 0, 'the load error of the addon is kept');
});

test('forcing an addon that is not there fails with a clear error on first use, not on import', async () => {
  const files = {
    'main.js': `
      import { createLimiter } from 'fanfold';
      let error;
      try {
        createLimiter(1);
      } catch (caught) {
        error = caught;
      }
      console.log(JSON.stringify({ name: error?.name, code: error?.code, message: error?.message }));`,
  };
  const manifest = { type: 'module', dependencies: withoutAddon };
  const it = await project('forced-missing', { manifest, files, omit: ['optional'] });
  const error = await it.node('main.js', { FANFOLD_BACKEND: 'native' });
  assert.equal(error.name, 'BackendError');
  assert.equal(error.code, 'FANFOLD_NO_BACKEND');
  assert.match(error.message, /FANFOLD_BACKEND/);
});

test('import and require share one instance', async () => {
  const files = {
    'main.mjs': `
      import { createRequire } from 'node:module';
      import * as esm from 'fanfold';
      import * as dropIn from 'fanfold/p-limit';
      import * as alias from '@fanfold/p-limit';
      import * as slim from 'fanfold/slim';
      const require = createRequire(import.meta.url);
      const same = (left, right) => Object.keys(right).filter((name) => name !== 'default' && left[name] !== right[name]);
      console.log(JSON.stringify({
        main: same(esm, require('fanfold')),
        slim: same(slim, require('fanfold/slim')),
        names: Object.keys(require('fanfold')).length,
        function: require('fanfold/p-limit') === dropIn.default,
        default: require('fanfold/p-limit').default === dropIn.default,
        named: require('fanfold/p-limit').limitFunction === dropIn.limitFunction,
        alias: alias.default === dropIn.default && alias.limitFunction === dropIn.limitFunction,
        aliasRequired: require('@fanfold/p-limit') === dropIn.default,
      }));`,
  };
  const dependencies = { ...withAddon, ...pick('@fanfold/p-limit') };
  const it = await project('mixed', { manifest: { dependencies }, files });
  const { names, ...report } = await it.node('main.mjs');
  assert.ok(names > 10);
  const expected = { function: true, default: true, named: true, alias: true, aliasRequired: true };
  assert.deepEqual(report, { main: [], slim: [], ...expected });
});

test('the wasm file is there for those who bring it to fanfold/slim', async () => {
  const files = {
    'main.js': `
      import { readFileSync } from 'node:fs';
      import { createRequire } from 'node:module';
      const file = createRequire(import.meta.url).resolve('fanfold/fanfold.wasm');
      console.log(JSON.stringify(WebAssembly.Module.exports(new WebAssembly.Module(readFileSync(file))).length > 0));`,
  };
  const it = await project('wasm-file', { manifest: esm, files });
  assert.equal(await it.node('main.js'), true);
});
