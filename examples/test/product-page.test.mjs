// The product page: the program as a user starts it, and its main job against a shop of the test's own.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TimeoutError } from 'fanfold';
import { productPage } from '../product-page/page.mjs';
import { startShop } from '../product-page/shop.mjs';
import { HttpError } from '../shared/http.mjs';
import { run } from './support/support.mjs';

const PROGRAM = 'product-page/main.mjs';
const unhurried = { within: Infinity, patience: Infinity };
const UNHURRIED = ['--within', 'none', '--patience', 'none'];

/**
 * How the requests to the parts ended, as the shop saw it.
 *
 * @param {string} stderr
 */
function ends(stderr) {
  return Object.fromEntries(
    [...stderr.matchAll(/^(\w+) +\/([^/]+)\/.+$/gm)].map(([, end, part]) => [part, end]),
  );
}

/**
 * @param {import('node:test').TestContext} t
 * @param {Parameters<typeof startShop>[0]} [options]
 */
async function shopOf(t, options) {
  const shop = await startShop(options);
  t.after(() => shop.close());
  return shop;
}

/** @param {Awaited<ReturnType<typeof startShop>>} shop */
async function partsAborted(shop) {
  await shop.idle();
  const aborted = shop.requests.filter(({ end }) => end === 'aborted');
  return aborted.map(({ path }) => path.split('/')[1]).sort();
}

test('product-page: many answers become one, with the picture of the mirror that is first', async (t) => {
  const { code, stdout, stderr } = await run(t, PROGRAM, ['--hang', 'mirror-1', ...UNHURRIED]);
  assert.equal(code, 0);
  const { picture, ...page } = JSON.parse(stdout);
  assert.deepEqual(page, {
    product: { id: '7', name: 'Paper fan', sellerId: 'fold-and-sons' },
    price: { amount: 12.5, currency: 'EUR' },
    stock: { available: 4 },
    seller: { name: 'Fold & Sons' },
    reviews: [{ stars: 5, text: 'Folds well.' }],
    alike: ['8', '12'],
    missing: [],
  });
  assert.match(picture.url, /\/mirror-2\/7$/);
  assert.deepEqual(ends(stderr), {
    product: 'answered',
    price: 'answered',
    stock: 'answered',
    seller: 'answered',
    reviews: 'answered',
    alike: 'answered',
    'mirror-1': 'aborted',
    'mirror-2': 'answered',
  });
});

test('product-page: a failure of what is needed aborts the requests beside it', async (t) => {
  const others = ['product', 'stock', 'reviews', 'alike', 'mirror-1', 'mirror-2'];
  const args = ['--break', 'price', '--hang', ...others, ...UNHURRIED];
  const { code, stdout, stderr } = await run(t, PROGRAM, args);
  assert.equal(stdout, '');
  assert.match(stderr, /^no page: HTTP 500 Internal Server Error for \/price\/7\n/);
  assert.equal(code, 1);
  // The shop has seen every one of them closed by the client.
  const aborted = Object.fromEntries(others.map((part) => [part, 'aborted']));
  assert.deepEqual(ends(stderr), { ...aborted, price: 'failed' });
});

test('product-page: what it can do without is left out, and said to be', async (t) => {
  const { code, stdout } = await run(t, PROGRAM, [
    '--break',
    'reviews',
    'mirror-1',
    'mirror-2',
    ...UNHURRIED,
  ]);
  assert.equal(code, 0);
  const page = JSON.parse(stdout);
  assert.deepEqual(page.alike, ['8', '12']);
  assert.equal(page.reviews, undefined);
  assert.deepEqual(page.missing, [
    'reviews: HTTP 500 Internal Server Error for /reviews/7',
    'picture: None of the 2 tasks was fulfilled',
  ]);
});

test('product-page: what takes too long is left out, and its request aborted', async (t) => {
  const shop = await shopOf(t, { hanging: ['alike'] });
  const page = await productPage(shop, '7', { within: Infinity, patience: 50 });
  assert.equal(page.price.amount, 12.5);
  assert.equal(page.alike, undefined);
  assert.ok(page.missing.includes('alike: getAlike took longer than 50 ms'));
  await shop.idle();
  // On a busy machine its time may be over before the request has left at all.
  const alike = shop.requests.filter(({ path }) => path.startsWith('/alike/'));
  assert.ok(alike.every(({ end }) => end === 'aborted'));
});

test('product-page: the deadline is for all steps together', async (t) => {
  const shop = await shopOf(t, { hanging: ['seller'] });
  await assert.rejects(productPage(shop, '7', { within: 300 }), (error) => {
    assert.ok(error instanceof TimeoutError);
    assert.equal(error.message, 'The product page took longer than 300 ms');
    return true;
  });
  // Whatever was open then is not any more.
  await shop.idle();
});

test('product-page: who does not want it any more ends everything', async (t) => {
  const everything = ['product', 'price', 'stock', 'reviews', 'alike', 'mirror-1', 'mirror-2'];
  const shop = await shopOf(t, { hanging: everything });
  const left = new AbortController();
  const page = productPage(shop, '7', { ...unhurried, signal: left.signal });
  await shop.arrived(everything.length);
  left.abort(new Error('the reader has gone'));
  await assert.rejects(page, { message: 'the reader has gone' });
  assert.deepEqual(await partsAborted(shop), [...everything].sort());
});

test('product-page: a failure says what was asked and what was answered', async (t) => {
  const shop = await shopOf(t, { broken: ['seller'] });
  await assert.rejects(productPage(shop, '7', unhurried), (error) => {
    assert.ok(error instanceof HttpError);
    assert.equal(error.response.status, 500);
    return true;
  });
});
