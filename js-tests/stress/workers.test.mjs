import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nativeFile, stress } from './workers.mjs';

/** Few workers with engines that are large, and many with small ones: a leak of either shows. */
const runs = { 'large engines': { count: 200 }, 'small engines': { count: 600, tasks: 1_000 } };

for (const [name, run] of Object.entries(runs)) {
  test(`workers load ${name}, are ended at any moment and load them again`, async (context) => {
    if (!(await nativeFile())) return context.skip('the native engine cannot run here');
    const seed = Number(process.env.FANFOLD_SEED ?? Math.floor(Math.random() * 2 ** 32));
    context.diagnostic(`seed ${seed}`);
    const result = await stress({ parallel: 4, seed, ...run });
    context.diagnostic(JSON.stringify(result));
    assert.equal(result.workers, run.count);
  });
}
