// The browser example as a user would deploy it: built by Vite, served as files, run by a real Chromium.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { CHROMIUM_FLAGS, findChromium } from '../../js-tests/browser.mjs';
import { drawPicture } from '../download/picture.mjs';

const executablePath = findChromium();
const skip = executablePath ? false : 'no Chromium found: install one or set CHROMIUM_PATH';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/** @type {string} */
let directory;
/** @type {http.Server} */
let server;
/** @type {string} */
let origin;
/** @type {import('playwright-core').Browser} */
let browser;

if (!skip) {
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'fanfold-page-'));
    await build({
      root: fileURLToPath(new URL('../browser/', import.meta.url)),
      build: { outDir: directory, emptyOutDir: true },
      logLevel: 'warn',
    });
    server = http.createServer(async (request, response) => {
      try {
        const { pathname } = new URL(request.url ?? '', 'http://page');
        const file = path.join(
          directory,
          path.normalize(pathname.endsWith('/') ? `${pathname}index.html` : pathname),
        );
        const body = await readFile(file);
        const type = TYPES[/** @type {'.js'} */ (path.extname(file))] ?? 'application/octet-stream';
        response.writeHead(200, { 'content-type': type }).end(body);
      } catch {
        response.writeHead(404).end();
      }
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
    browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS });
  });

  after(async () => {
    await browser?.close();
    server?.close();
    await rm(directory, { recursive: true, force: true });
  });
}

test('the page paints every tile on wasm, keeps to its slots, and calls tiles off on a click', {
  skip,
}, async () => {
  const page = await browser.newPage();
  /** @type {string[]} */
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.route('**/favicon.ico', (route) => route.fulfill({ status: 204 }));

  await page.goto(`${origin}/`);
  assert.deepEqual(complaints, []);
  assert.equal(await page.textContent('#backend'), 'wasm');

  // A click while the first view is being painted: its waiting tiles are called off, the next view is painted whole.
  await page.waitForFunction(() => Number(document.body.dataset.painted) >= 3);
  await page.click('#picture', { position: { x: 300, y: 200 } });
  const painted = () => {
    const { painted, tiles, queued, active } = document.body.dataset;
    return painted === tiles && queued === '0' && active === '0';
  };
  await page.waitForFunction(painted);
  const { mostBusy } = await page.evaluate(() => ({ ...document.body.dataset }));
  assert.equal(Number(mostBusy), 4);

  // Paused, nothing starts; resumed with one slot more, everything is painted.
  await page.click('#pause');
  await page.click('#restart');
  await page.waitForFunction(() => document.body.dataset.queued === document.body.dataset.tiles);
  assert.equal(await page.evaluate(() => document.body.dataset.painted), '0');
  await page.fill('#slots', '5');
  await page.click('#pause');
  await page.waitForFunction(painted);
  assert.equal(await page.evaluate(() => document.body.dataset.mostBusy), '5');

  const colors = await page.evaluate(() => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById('picture'));
    const { data } = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d')).getImageData(
      0,
      0,
      960,
      576,
    );
    return new Set(new Uint32Array(data.buffer)).size;
  });
  assert.ok(colors > 1000, `a picture of ${colors} colours`);
  assert.deepEqual(complaints, []);
  await page.close();
});

test('the picture of a run is a document that a browser takes, whatever the files are called', {
  skip,
}, async () => {
  const records = ['<b>&"\u0000.bin', 'two.bin'].map((name, index) => ({
    job: { number: index + 1, url: 'http://h/', name, deaf: index === 1 },
    queuedAt: 0,
    startedAt: index * 500,
    settledAt: index * 500 + 1000,
    freedAt: index * 500 + 1400,
    lane: index,
    bytes: 10,
    total: undefined,
    kind: /** @type {const} */ ('ran-out'),
    message: '</title><script>alert(1)</script>',
  }));
  const svg = drawPicture(records, { title: 'a & b', notes: ['<'], concurrency: 2, elapsed: 2000 });
  const page = await browser.newPage();
  const found = await page.evaluate((text) => {
    const picture = new DOMParser().parseFromString(text, 'image/svg+xml');
    return {
      errors: picture.querySelectorAll('parsererror').length,
      scripts: picture.querySelectorAll('script').length,
      titles: [...picture.querySelectorAll('.task > title')].map(
        (title) => title.textContent?.split('\n')[0],
      ),
    };
  }, svg);
  assert.deepEqual(found, {
    errors: 0,
    scripts: 0,
    titles: ['1 <b>&"\uFFFD.bin: run timeout', '2 two.bin: run timeout'],
  });
  await page.close();
});
