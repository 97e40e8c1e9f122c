import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nativeFile, stress } from './workers.mjs';

const COUNT = 200;

test('workers load the native engine, are ended at any moment and load it again', async (context) => {
  if (!(await nativeFile())) return context.skip('the native engine cannot run here');
  const seed = Number(process.env.FANFOLD_SEED ?? Math.floor(Math.random() * 2 ** 32));
  context.diagnostic(`seed ${seed}`);
  const result = await stress({ count: COUNT, parallel: 4, seed });
  context.diagnostic(JSON.stringify(result));
  assert.equal(result.workers, COUNT);
});
