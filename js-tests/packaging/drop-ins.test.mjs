// The drop-ins but p-limit's out of the tarball: as both kinds of module, typed, and in a browser's bundle.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';
import { project, strictly, withAddon, withoutAddon } from './project.mjs';

const tsc = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc');

const WORK = `
async function work({ map, retry, queue, mutex }) {
  const { default: pMap, pMapIterable, pMapSkip } = map;
  const { default: pRetry, AbortError, makeRetriable } = retry;
  const { default: PQueue, PriorityQueue, TimeoutError } = queue;
  const { Mutex, Semaphore, tryAcquire, E_ALREADY_LOCKED } = mutex;
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
  const order = [];
  const one = new PQueue({ concurrency: 1 });
  await Promise.all([0, 1, 2].map((priority) => one.add(() => order.push(priority), { priority })));
  const late = await one.add(() => new Promise(() => {}), { timeout: 1 }).catch((error) => error instanceof TimeoutError);
  const custom = await new PQueue({ queueClass: class extends PriorityQueue {} }).add(async () => 'custom');
  const lock = new Mutex();
  const locked = await lock.runExclusive(() => tryAcquire(lock).acquire().catch((error) => error === E_ALREADY_LOCKED));
  const semaphore = new Semaphore(1);
  const values = await Promise.all([1, 2].map(() => semaphore.runExclusive((value) => value)));
  return { odd, streamed, third, attempts, aborted, made, order, late, custom, locked, values };
}
`;
const ESM = `
import * as map from 'fanfold/p-map';
import * as retry from 'fanfold/p-retry';
import * as queue from 'fanfold/p-queue';
import * as mutex from 'fanfold/async-mutex';
import { backend } from 'fanfold';
${WORK}
`;
const DONE = {
  ...{ odd: [1, 3], streamed: [2, 4, 6], third: 3, attempts: 3, aborted: 'enough', made: 2 },
  ...{ order: [0, 2, 1], late: true, custom: 'custom', locked: true, values: [1, 1] },
};

test('as ES modules and as CommonJS, which are one', async () => {
  const files = {
    'main.mjs': `${ESM}
      import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url);
      const named = (required, imported) => Object.keys(imported).every((name) => required[name] === imported[name]);
      const same = (required, imported) => required === imported.default && named(required, imported);
      const one = [
        same(require('fanfold/p-map'), map),
        same(require('fanfold/p-retry'), retry),
        same(require('fanfold/p-queue'), queue),
        named(require('fanfold/async-mutex'), mutex),
      ];
      console.log(JSON.stringify({ ...(await work({ map, retry, queue, mutex })), one, backend }));`,
    'main.cjs': `
      ${WORK}
      const [map, retry, queue, mutex] = ['p-map', 'p-retry', 'p-queue', 'async-mutex'].map((name) => require('fanfold/' + name));
      work({ map, retry, queue, mutex }).then((report) => console.log(JSON.stringify(report)));`,
  };
  const it = await project('drop-ins', { manifest: { dependencies: withAddon }, files });
  assert.deepEqual(await it.node('main.mjs'), { ...DONE, one: [true, true, true, true], backend: 'native' });
  assert.deepEqual(await it.node('main.cjs'), DONE);
});

test('with the types of their own, in both kinds of module', async () => {
  const use = `
export const doubled: Promise<number[]> = pMap([1, 2], async (item) => item * 2, { concurrency: 2 });
export const retried: Promise<string> = pRetry(async (attempt) => String(attempt), { retries: 2 });
export const queued: Promise<string> = new PQueue({ concurrency: 2 }).add(async () => 'text', { priority: 1 });
export const exclusive: Promise<number> = new Mutex().runExclusive(() => 1);
// @ts-expect-error a limit is a number
void pMap([1], (item) => item, { concurrency: '2' });
// @ts-expect-error a count is a number
void pRetry(() => 1, { retries: '2' });
// @ts-expect-error a limit is a number
void new PQueue({ concurrency: '2' });
// @ts-expect-error a value is a number
void new Semaphore('2');
`;
  const files = {
    'module.mts': `
import pMap from 'fanfold/p-map';
import PQueue from 'fanfold/p-queue';
import pRetry from 'fanfold/p-retry';
import { Mutex, Semaphore } from 'fanfold/async-mutex';
${use}`,
    'required.cts': `
import pMap = require('fanfold/p-map');
import PQueue = require('fanfold/p-queue');
import pRetry = require('fanfold/p-retry');
import asyncMutex = require('fanfold/async-mutex');
const { Mutex, Semaphore } = asyncMutex;
${use}`,
  };
  const compilerOptions = strictly();
  const tsconfig = JSON.stringify({ compilerOptions, files: Object.keys(files) });
  const manifest = { type: 'module', dependencies: withAddon };
  const it = await project('drop-ins-typed', { manifest, files: { ...files, 'tsconfig.json': tsconfig } });
  const { code, output } = await it.program(tsc, ['-p', '.', '--pretty', 'false']);
  assert.equal(code, 0, output);
});

test('in a bundle for browsers, where WebAssembly runs', async () => {
  const files = {
    'app.js': `${ESM}
      work({ map, retry, queue, mutex }).then((done) => console.log(JSON.stringify({ ...done, backend })));`,
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
