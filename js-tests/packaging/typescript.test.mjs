// The declarations as users' compilers see them, with library checks on.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { pick, project, withAddon } from './project.mjs';

const tsc = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc');

const MODULE = `
import { createLimiter, type Limiter, type LimiterOptions } from 'fanfold';
import * as slim from 'fanfold/slim';
import pLimit, { limitFunction, type LimitFunction } from 'fanfold/p-limit';
import aliased from '@fanfold/p-limit';

const options: LimiterOptions = { concurrency: 2, name: 'typed' };
const limiter: Limiter = createLimiter(options);
const limit: LimitFunction = pLimit(2);
const same: LimitFunction = aliased(2);
export const sums: Promise<number>[] = [limiter((a: number, b: number) => a + b, 1, 2), limit(async () => 3), same(() => 4)];
export const doubled: (value: number) => Promise<number> = limitFunction(async (value: number) => value * 2, { concurrency: 1 });
export const loaded: object = slim;
// @ts-expect-error a limit is a number
createLimiter({ concurrency: '2' });
// @ts-expect-error a limit is a number
pLimit('2');
`;
const SLIM = `
import { useWasm } from 'fanfold/slim';
import engine from 'fanfold/fanfold.wasm';

useWasm(engine);
useWasm(new Uint8Array(8));
// @ts-expect-error neither bytes nor a module
useWasm('fanfold.wasm');
`;
const REQUIRED = `
import fanfold = require('fanfold');
import pLimit = require('fanfold/p-limit');
import aliased = require('@fanfold/p-limit');

const limiter: fanfold.Limiter = fanfold.createLimiter(2);
const limit: pLimit.LimitFunction = pLimit(2);
export const numbers: Promise<number>[] = [limiter(() => 1), limit(() => 2), aliased.default(1)(() => 3)];
export const doubled = pLimit.limitFunction(async (value: number) => value * 2, { concurrency: 1 });
// @ts-expect-error a limit is a number
pLimit('2');
`;

/** Where the workspace has its types. */
const modules = join(createRequire(import.meta.url).resolve('@types/node/package.json'), '../../..');
const strict = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  skipLibCheck: false,
  types: [],
};
const base = { ...strict, target: 'ES2022', lib: ['ES2022', 'DOM'] };
const dependencies = { ...withAddon, ...pick('@fanfold/p-limit') };

async function check(name, compilerOptions, files) {
  const tsconfig = JSON.stringify({
    compilerOptions: { ...base, ...compilerOptions },
    files: Object.keys(files),
  });
  const manifest = { type: 'module', dependencies };
  const it = await project(name, { manifest, files: { ...files, 'tsconfig.json': tsconfig } });
  const { code, output } = await it.program(tsc, ['-p', '.', '--pretty', 'false']);
  assert.equal(code, 0, output);
}

test('a Node project without the library of browsers', () =>
  check(
    'ts-no-dom',
    { module: 'nodenext', lib: ['ES2022'], types: ['node'], typeRoots: [join(modules, '@types')] },
    { 'main.mts': MODULE, 'slim.mts': SLIM },
  ));

test('nodenext: ES modules and CommonJS', () =>
  check(
    'ts-nodenext',
    { module: 'nodenext' },
    {
      'main.mts': MODULE,
      'main.cts': REQUIRED,
      'imports.cts': MODULE,
    },
  ));

test('bundler resolution', () =>
  check('ts-bundler', { module: 'preserve', moduleResolution: 'bundler' }, { 'main.ts': MODULE }));
