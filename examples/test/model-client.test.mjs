// The client of a model's API as a user starts it: every tenant is answered, whatever the server refuses on the way.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { directory, run } from './support/support.mjs';

const PROGRAM = 'model-client/main.mjs';

test('model-client: all tenants are answered within the budget, and the picture shows each of them', async (t) => {
  const out = await directory(t);
  const budget = ['--requests', '60', '--tokens', '5000', '--interval', '600ms'];
  const { code, stdout, stderr } = await run(t, PROGRAM, [...budget, '--hiccups', '5', '--out', out]);
  assert.equal(stderr, '');
  assert.equal(code, 0);
  for (const [tenant, asked] of [
    ['nightly batch', 90],
    ['shop', 45],
    ['support', 20],
  ]) {
    assert.match(stdout, new RegExp(`${tenant}\\s+│ ${asked}\\s+│ ${asked}\\s+│ \\d+`));
  }
  const refused = Number(/(\d+) of \d+ requests were refused/.exec(stdout)?.[1]);
  assert.ok(refused > 0, 'a server with hiccups refuses some');
  const picture = await readFile(path.join(out, 'shares.svg'), 'utf8');
  assert.match(picture, /^<svg /);
  for (const tenant of ['nightly batch', 'shop', 'support']) assert.ok(picture.includes(tenant), tenant);
});

test('model-client: an option that is none, or out of range, is refused with its name', async (t) => {
  const { code, stderr } = await run(t, PROGRAM, ['--tokens', '5']);
  assert.equal(code, 2);
  assert.match(stderr, /--tokens/);
});
