// The tour of smoke.mjs in every runtime at hand, from the installed tarball. What is not at hand is skipped, with the reason.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import puppeteer from 'puppeteer-core';
import { findFirefox } from '../browser.mjs';
import { project, withAddon } from '../packaging/project.mjs';
import { RUNTIMES } from './installed.mjs';

const run = promisify(execFile);
/** Against a hang only. */
const timeout = 120_000;

const IMPORT = `
import * as fanfold from 'fanfold';
import pLimit, { limitFunction } from 'fanfold/p-limit';
import { smoke } from './smoke.mjs';
`;
const { folder } = await project('runtimes', {
  manifest: { dependencies: withAddon },
  files: {
    'smoke.mjs': readFileSync(new URL('smoke.mjs', import.meta.url), 'utf8'),
    'main.mjs': `${IMPORT}console.log(JSON.stringify(await smoke(fanfold, pLimit, limitFunction)));`,
    'main.cjs': `
      const fanfold = require('fanfold');
      const pLimit = require('fanfold/p-limit');
      import('./smoke.mjs')
        .then(({ smoke }) => smoke(fanfold, pLimit, pLimit.limitFunction))
        .then((report) => console.log(JSON.stringify(report)));`,
    'browser.mjs': `${IMPORT}globalThis.outcome = smoke(fanfold, pLimit, limitFunction);`,
  },
});

const FLAGS = { Deno: ['run', '--allow-all', '--node-modules-dir=manual'] };
const LOADS = [
  { file: 'main.mjs', backend: 'native' },
  { file: 'main.cjs', backend: 'native' },
  { file: 'main.mjs', backend: 'wasm', env: { FANFOLD_BACKEND: 'wasm' } },
];

for (const [name, program] of Object.entries(RUNTIMES)) {
  const skip = existsSync(program) ? false : `${name} is not installed (npm run setup)`;
  for (const { file, backend, env } of LOADS) {
    test(`${name}, ${file}, ${backend}`, { skip, timeout }, async (t) => {
      const args = [...(FLAGS[name] ?? []), file];
      const { FANFOLD_BACKEND: _, ...inherited } = process.env;
      const { stdout } = await run(program, args, { cwd: folder, env: { ...inherited, ...env }, timeout });
      await judge(t, JSON.parse(stdout), backend);
    });
  }
}

// What depends on how a release of Node keeps async contexts: the suite itself, run by that release.
const jsTests = fileURLToPath(new URL('..', import.meta.url));
const vitest = join(fileURLToPath(import.meta.resolve('vitest/package.json')), '../vitest.mjs');
for (const name of Object.keys(RUNTIMES).filter((name) => name.startsWith('Node'))) {
  const program = RUNTIMES[name];
  const skip = existsSync(program) ? false : `${name} is not installed (npm run setup)`;
  test(`${name}, tests of async context`, { skip, timeout }, async () => {
    const files = [
      'suite-node/nested.test.ts',
      'suite-node/async-context.test.ts',
      'suite-node/many.test.ts',
    ];
    const args = [vitest, 'run', '--project=native', '--reporter=default', ...files];
    const { stdout } = await run(program, args, { cwd: jsTests, timeout });
    assert.match(stdout, /3 passed/);
  });
}

const firefox = findFirefox();
test('Firefox, wasm', { skip: firefox ? false : 'no Firefox found', timeout }, async (t) => {
  const outfile = join(folder, 'out/app.js');
  await build({ absWorkingDir: folder, entryPoints: ['browser.mjs'], bundle: true, format: 'esm', outfile });
  const server = await serve(readFileSync(outfile));
  // The same flags that let Chromium run as root in CI have no counterpart here: Firefox needs none.
  const browser = await puppeteer.launch({ browser: 'firefox', executablePath: firefox, headless: true });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.waitForFunction(() => globalThis.outcome !== undefined);
    await judge(t, await page.evaluate(() => globalThis.outcome), 'wasm');
  } finally {
    await browser.close();
    server.closeAllConnections();
    server.close();
  }
});

async function judge(t, report, backend) {
  assert.equal(report.backend, backend);
  assert.ok(report.outcomes.length > 0);
  for (const { name, error } of report.outcomes) {
    await t.test(name, () => assert.ok(!error, error));
  }
}

function serve(script) {
  const server = createServer((request, response) => {
    const isScript = request.url === '/app.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><script type="module" src="/app.js"></script>');
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
