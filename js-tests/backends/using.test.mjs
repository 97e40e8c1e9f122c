import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beforeUsing, program } from './program.mjs';

test('in a runtime without using, permits and limiters are disposed by the symbols that compilers look for', async () => {
  const told = await program(
    `
    import { createLimiter } from 'fanfold';
    const limiter = createLimiter(1);
    const permit = limiter.tryAcquire();
    const keys = [permit, limiter].map((of) => Reflect.ownKeys(Object.getPrototypeOf(of)).map(String));
    permit[Symbol.for('Symbol.dispose')]();
    await limiter[Symbol.for('Symbol.asyncDispose')]();
    const { released } = permit;
    const { isClosed } = limiter;
    console.log(JSON.stringify({ symbols: [typeof Symbol.dispose, typeof Symbol.asyncDispose], keys, released, isClosed }));
    `,
    { flags: beforeUsing },
  );
  assert.deepEqual(told.symbols, ['undefined', 'undefined']);
  for (const keys of told.keys) assert.ok(!keys.includes('undefined'), String(keys));
  assert.equal(told.released, true);
  assert.equal(told.isClosed, true);
});
