import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { CHROMIUM_FLAGS } from '../../browser.mjs';

const entry = fileURLToPath(new URL('../work/entry-browser.mjs', import.meta.url));
const origin = 'http://bench.localhost';

const flags = [...CHROMIUM_FLAGS, '--js-flags=--expose-gc --no-flush-bytecode'];

/**
 * Starts Chromium and gives a function that runs one job, each in a fresh page.
 * @param {string} executablePath
 * @param {{ readable: boolean, own: boolean }} how readable: function names survive, for profiles;
 *   own: Fanfold is among the subjects and has to be in the bundle
 */
export async function openChromium(executablePath, { readable, own }) {
  const script = await bundle({ readable, own });
  const browser = await chromium.launch({
    executablePath,
    args: flags,
  });
  return {
    label: `Chromium ${browser.version()}`,
    runJob: (job) => runInPage(browser, script, job),
    close: () => browser.close(),
  };
}

// async-sema imports Node's `events`; the npm package of that name, which bundlers for the web put there, is a
// development dependency of the workspace for this bundle.
async function bundle({ readable, own }) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    minify: !readable,
    write: false,
    external: own ? [] : ['fanfold', 'fanfold/*'],
    logLevel: 'error',
  });
  return outputFiles[0].text;
}

async function runInPage(browser, script, job) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    page.on('pageerror', (error) => console.error(`page: ${error.message}`));
    // Isolation from other origins gives the page its finest clock.
    await page.route(`${origin}/**`, (route) =>
      route.fulfill({
        contentType: 'text/html',
        headers: {
          'Cross-Origin-Opener-Policy': 'same-origin',
          'Cross-Origin-Embedder-Policy': 'require-corp',
        },
        body: '<!doctype html><title>bench</title>',
      }),
    );
    await page.goto(`${origin}/`);
    const protocol = await context.newCDPSession(page);
    await page.exposeFunction('benchHeap', async () => {
      await protocol.send('HeapProfiler.collectGarbage');
      const usage = await protocol.send('Runtime.getHeapUsage');
      return { used: usage.usedSize, backing: usage.backingStorageSize ?? 0 };
    });
    await page.evaluate(script);
    if (job.profile) return await profiled(page, protocol, job);
    return await page.evaluate((given) => globalThis.bench(given), job);
  } finally {
    await context.close();
  }
}

async function profiled(page, protocol, job) {
  await page.evaluate((given) => globalThis.bench(given), { ...job, runs: 3 });
  await protocol.send('Profiler.enable');
  await protocol.send('Profiler.setSamplingInterval', { interval: job.profile.interval });
  await protocol.send('Profiler.start');
  const result = await page.evaluate((given) => globalThis.bench(given), job);
  const { profile } = await protocol.send('Profiler.stop');
  return { ...result, profile };
}
