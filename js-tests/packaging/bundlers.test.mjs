// The drop-in in real bundles, at work in a real Chromium: HTTP requests under a limit, against a strict page.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build as esbuild } from 'esbuild';
import { chromium } from 'playwright-core';
import { createLogger, build as vite } from 'vite';
import webpack from 'webpack';
import { CHROMIUM_FLAGS, findChromium } from '../browser.mjs';
import { project, withoutAddon } from './project.mjs';

const ITEMS = 24;
const LIMIT = 3;
const APP = `
import pLimit, { limitFunction } from 'fanfold/p-limit';
import { backend } from 'fanfold';
import required from './required.cjs';

async function work() {
  const limit = pLimit(${LIMIT});
  const items = Array.from({ length: ${ITEMS} }, (_, index) => index);
  const get = async (index) => (await fetch('/item/' + index)).json();
  const jobs = items.map((index) => limit(get, index));
  const counts = [limit.activeCount, limit.pendingCount];
  const bodies = await Promise.all(jobs);
  const again = await limitFunction(get, { concurrency: 1 })(7);
  return { bodies, counts, again, backend, oneInstance: required === pLimit };
}
globalThis.outcome = work().catch((error) => ({ error: String(error && error.stack || error) }));
`;
const REQUIRED = `
const pLimit = require('fanfold/p-limit');
module.exports = pLimit(1) && pLimit.default === pLimit && pLimit;
`;
const PAGE =
  '<!doctype html><meta charset="utf-8"><title>Fanfold</title><script type="module" src="/app.js"></script>';
/** Compiling wasm is allowed; eval and inline scripts are not, nor is anything from elsewhere. */
const POLICY = "default-src 'none'; connect-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

const executablePath = findChromium();
const skip = executablePath ? false : 'no Chromium found';
let browser;
before(async () => {
  if (executablePath) browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS });
});
after(() => browser?.close());

/** Each gives the warnings it had. */
const bundlers = {
  async esbuild(folder, outfile) {
    const common = { bundle: true, minify: true, format: 'esm', logLevel: 'silent' };
    const { warnings } = await esbuild({
      absWorkingDir: folder,
      entryPoints: ['app.js'],
      outfile,
      ...common,
    });
    return warnings.map(({ text }) => text);
  },

  async vite(folder, outfile) {
    const warnings = [];
    const customLogger = createLogger('silent');
    customLogger.warn = customLogger.warnOnce = customLogger.error = (text) => warnings.push(text);
    await vite({
      root: folder,
      configFile: false,
      customLogger,
      build: {
        outDir: join(outfile, '..'),
        emptyOutDir: false,
        modulePreload: false,
        rollupOptions: { input: join(folder, 'app.js'), output: { entryFileNames: 'app.js' } },
      },
    });
    return warnings;
  },

  'webpack 5': (folder, outfile) =>
    new Promise((resolve, reject) => {
      const output = { path: join(outfile, '..'), filename: 'app.js' };
      // The program brings both engines, the plain one and the whole one: more than webpack recommends a page. What each
      // entry weighs is reviewed in scripts/sizes.snapshot.json.
      const performance = false;
      const config = { context: folder, mode: 'production', entry: './app.js', output, performance };
      webpack(config, (error, stats) => {
        if (error) reject(error);
        else resolve([...stats.compilation.errors, ...stats.compilation.warnings].map(String));
      });
    }),
};

for (const [name, bundle] of Object.entries(bundlers)) {
  test(name, { skip, timeout: 120_000 }, async () => {
    const manifest = { type: 'module', dependencies: withoutAddon };
    const files = { 'app.js': APP, 'required.cjs': REQUIRED };
    const { folder } = await project(`bundle-${name.replace(/\W/g, '')}`, {
      manifest,
      files,
      omit: ['optional'],
    });
    const outfile = join(folder, 'out/app.js');
    assert.deepEqual(await bundle(folder, outfile), [], 'bundled without a word');
    const server = await serve(readFileSync(outfile));
    const { complaints, outcome } = await visit(server.url).finally(server.close);

    assert.deepEqual(complaints, []);
    assert.deepEqual(outcome, {
      bodies: Array.from({ length: ITEMS }, (_, index) => ({ index })),
      counts: [LIMIT, ITEMS - LIMIT],
      again: { index: 7 },
      backend: 'wasm',
      oneInstance: true,
    });
    assert.equal(server.most(), LIMIT, 'the limit is reached, and never passed');
  });
}

async function visit(url) {
  const page = await browser.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  try {
    await page.goto(url);
    const started = await page.waitForFunction(() => globalThis.outcome !== undefined).catch(() => false);
    assert.ok(started, `the bundle did not run: ${complaints.join('; ')}`);
    return { complaints, outcome: await page.evaluate(() => globalThis.outcome) };
  } finally {
    await page.close();
  }
}

/** Serves the page and its items. An item is held until as many as the limit allows are waiting for an answer. */
async function serve(script) {
  const held = [];
  let most = 0;
  let answered = 0;
  const answer = (response, index) => {
    answered += 1;
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ index }));
  };
  const server = createServer((request, response) => {
    const item = request.url.match(/^\/item\/(\d+)$/);
    if (item) {
      held.push(() => answer(response, Number(item[1])));
      most = Math.max(most, held.length);
      if (held.length >= Math.min(LIMIT, ITEMS - answered)) held.shift()();
      // The last ones have nobody coming after them.
      if (answered + held.length >= ITEMS) while (held.length > 0) held.shift()();
    } else if (request.url === '/app.js') {
      response.setHeader('content-type', 'text/javascript').end(script);
    } else if (request.url === '/') {
      response.setHeader('content-type', 'text/html').setHeader('content-security-policy', POLICY).end(PAGE);
    } else {
      response.writeHead(204).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    most: () => most,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
