import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';
import { CHROMIUM_FLAGS, findChromium } from './browser.mjs';

const everywhere = 'suite/**/*.test.ts';
/** Only against hanging for ever: no test may fail because a machine is busy. */
const testTimeout = 60_000;
const chromium = findChromium();
if (!chromium) {
  console.warn('No Chromium found (PATH, CHROMIUM_PATH): the tests in the browser are skipped.');
}

/** One suite, three engines: what runs is decided here, the tests never ask. */
export default defineConfig({
  test: {
    reporters: ['default', './reporter.mjs'],
    projects: [onNode('native'), onNode('wasm'), ...(chromium ? [inChromium(chromium)] : [])],
  },
});

function onNode(backend: 'native' | 'wasm'): TestProjectConfiguration {
  return {
    test: {
      name: backend,
      testTimeout,
      environment: 'node',
      // A fresh process per file: the engine is chosen once per process, and some tests count its listeners.
      pool: 'forks',
      include: [everywhere, 'suite-node/**/*.test.ts'],
      env: { FANFOLD_BACKEND: backend },
      execArgv: ['--expose-gc'],
      // The built package is loaded by Node itself, as users load it, and not through Vite.
      server: { deps: { external: [/\/npm\/[^/]+\/dist\//] } },
    },
  };
}

function inChromium(executablePath: string): TestProjectConfiguration {
  return {
    test: {
      include: [everywhere],
      setupFiles: ['chromium/setup.ts'],
      testTimeout,
      browser: {
        enabled: true,
        testerHtmlPath: 'chromium/tester.html',
        headless: true,
        screenshotFailures: false,
        provider: playwright({ launchOptions: { executablePath, args: CHROMIUM_FLAGS } }),
        instances: [{ browser: 'chromium', name: 'chromium' }],
      },
    },
  };
}
