// A project that never asked for Fanfold: its dependencies use p-limit, and an npm override puts the drop-in there.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packed, project, withAddon } from './project.mjs';

const overridden = (dependencies) => ({
  dependencies: { ...withAddon, ...dependencies },
  overrides: { 'p-limit': packed['@fanfold/p-limit'] },
});

/** Finds files through the dependent package, and tells what `p-limit` is for it and how busy the engine was. */
const PROBE = {
  'a/b/c/leaf.txt': '',
  'a/marker.txt': '',
};

test('find-up 5, CommonJS over p-limit 3', async () => {
  const files = {
    ...PROBE,
    'main.cjs': `
      const { createRequire } = require('node:module');
      const path = require('node:path');
      const findUp = require('find-up');
      const locate = createRequire(createRequire(require.resolve('find-up')).resolve('locate-path')).resolve('p-locate');
      const pLimit = createRequire(locate)('p-limit');
      (async () => {
        const cwd = path.join(__dirname, 'a/b/c');
        const found = await findUp(['nowhere.txt', 'marker.txt'], { cwd });
        console.log(JSON.stringify({
          found: path.relative(__dirname, found),
          nothing: (await findUp('nowhere-at-all.txt', { cwd })) ?? null,
          ours: pLimit === require('fanfold/p-limit'),
        }));
      })();`,
  };
  const it = await project('find-up-5', {
    manifest: overridden({ 'find-up': '5.0.0' }),
    files,
    registry: true,
  });
  assert.deepEqual(await it.node('main.cjs'), { found: 'a/marker.txt', nothing: null, ours: true });
  assertOnlyOurs(it.folder);
});

test('find-up 6, ES modules over p-limit 4', async () => {
  const files = {
    ...PROBE,
    'main.mjs': `
      import path from 'node:path';
      import { findUp } from 'find-up';
      import pLimit from 'p-limit';
      import ours from 'fanfold/p-limit';
      const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
      const found = await findUp(['nowhere.txt', 'marker.txt'], { cwd: path.join(here, 'a/b/c') });
      console.log(JSON.stringify({ found: path.relative(here, found), ours: pLimit === ours }));`,
  };
  const it = await project('find-up-6', {
    manifest: overridden({ 'find-up': '6.3.0' }),
    files,
    registry: true,
  });
  assert.deepEqual(await it.node('main.mjs'), { found: 'a/marker.txt', ours: true });
  assertOnlyOurs(it.folder);
});

test('p-locate 7, ES modules over p-limit 7', async () => {
  const files = {
    'main.mjs': `
      import pLocate from 'p-locate';
      let now = 0;
      let most = 0;
      const found = await pLocate([1, 2, 3, 4, 5, 6], async (value) => {
        most = Math.max(most, ++now);
        await new Promise((resolve) => setTimeout(resolve, 2));
        now--;
        return value === 5;
      }, { concurrency: 2 });
      console.log(JSON.stringify({ found, most }));`,
  };
  const it = await project('p-locate-7', {
    manifest: overridden({ 'p-locate': '7.0.0' }),
    files,
    registry: true,
  });
  assert.deepEqual(await it.node('main.mjs'), { found: 5, most: 2 });
  assertOnlyOurs(it.folder);
});

/** The real p-limit brings yocto-queue; the override brings neither. */
function assertOnlyOurs(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'node_modules/p-limit/package.json'), 'utf8'));
  assert.equal(manifest.name, '@fanfold/p-limit');
  assert.ok(!existsSync(join(folder, 'node_modules/yocto-queue')), 'no p-limit of the registry is installed');
}
