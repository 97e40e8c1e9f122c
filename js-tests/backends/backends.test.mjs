import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beforeBuiltins, program, withoutAddon } from './program.mjs';

/** Prints which engine runs, what was tried, and the first use or the error it throws. */
const TELL = `
  const { backend, backendInfo, createLimiter } = await import('fanfold');
  const use = async () => ({ value: await createLimiter(1)(() => 7) });
  const tell = ({ name, code, message }) => ({ name, code, message });
  const first = await use().catch(tell);
  const second = await use().catch(tell);
  const candidates = backendInfo.candidates.map(({ backend, file, error }) => ({ backend, file, error: error?.message }));
  console.log(JSON.stringify({ backend, info: { ...backendInfo, candidates }, first, second }));
`;

const inlined = { backend: 'wasm', file: 'fanfold.wasm (inlined)' };

test('the native engine comes first, and nothing else is tried when it runs', async (context) => {
  const { backend, info, first } = await program(TELL);
  if (info.candidates.length > 1) return context.skip(`no addon here: ${info.candidates[0].error}`);
  assert.equal(backend, 'native');
  assert.equal(info.backend, 'native');
  assert.match(info.file, /fanfold\.node$/);
  assert.deepEqual(info.candidates, [{ backend: 'native', file: info.file }]);
  assert.deepEqual(first, { value: 7 });
});

test('a Node without process.getBuiltinModule runs the addon too, in the async context of the caller', async (context) => {
  const told = await program(
    `
    import { AsyncLocalStorage } from 'node:async_hooks';
    import { backend, backendInfo, createLimiter } from 'fanfold';
    const store = new AsyncLocalStorage();
    const limiter = createLimiter(1);
    const held = limiter.tryAcquire();
    const result = store.run('caller', () => limiter(() => store.getStore()));
    held.release();
    const errors = backendInfo.candidates.map(({ error }) => error?.message);
    console.log(JSON.stringify({ old: !process.getBuiltinModule, backend, errors, store: await result }));
    `,
    { flags: beforeBuiltins },
  );
  assert.ok(told.old);
  assert.equal(told.store, 'caller');
  if (told.errors.length > 1) {
    assert.match(told.errors[0], /^Cannot find module/);
    return context.skip(`no addon here: ${told.errors[0]}`);
  }
  assert.equal(told.backend, 'native');
});

test('FANFOLD_BACKEND=wasm takes the WebAssembly engine and does not look for another', async () => {
  const { backend, info, first } = await program(TELL, { backend: 'wasm' });
  assert.equal(backend, 'wasm');
  assert.deepEqual(info, { ...inlined, candidates: [inlined] });
  assert.deepEqual(first, { value: 7 });
});

test('an empty FANFOLD_BACKEND forces nothing', async () => {
  const { first } = await program(TELL, { backend: '' });
  assert.deepEqual(first, { value: 7 });
});

test('another FANFOLD_BACKEND is a RangeError on first use, and import does not fail', async () => {
  const { backend, first, second } = await program(TELL, { backend: 'Native' });
  assert.equal(backend, 'none');
  assert.equal(first.name, 'RangeError');
  assert.match(first.message, /FANFOLD_BACKEND.*'native' or 'wasm'.*"Native"/);
  assert.deepEqual(second, first);
});

test('without an addon WebAssembly runs, and the true load errors are kept', async () => {
  const { backend, info, first } = await withoutAddon((folder) => program(TELL, { folder }));
  assert.equal(backend, 'wasm');
  assert.equal(info.file, inlined.file);
  assert.deepEqual(info.candidates.at(-1), inlined);
  for (const { backend, file, error } of info.candidates.slice(0, -1)) {
    assert.equal(backend, 'native');
    assert.ok(error.startsWith(`Cannot find module '${file}'`), error);
  }
  assert.deepEqual(first, { value: 7 });
});

test('FANFOLD_BACKEND=native without an addon says on first use why', async () => {
  const { backend, info, first, second } = await withoutAddon((folder) =>
    program(TELL, { folder, backend: 'native' }),
  );
  assert.equal(backend, 'none');
  assert.ok(info.candidates.every(({ backend }) => backend === 'native'));
  assert.equal(first.name, 'BackendError');
  assert.equal(first.code, 'FANFOLD_NO_BACKEND');
  assert.match(
    first.message,
    /^FANFOLD_BACKEND asks for the native engine.*\n- native \(.+\): Cannot find module/,
  );
  assert.deepEqual(second, first);
});

test('where neither can run, the first use says why for each', async () => {
  const { backend, first } = await withoutAddon((folder) => program(TELL, { folder, flags: ['--jitless'] }));
  assert.equal(backend, 'none');
  assert.equal(first.name, 'BackendError');
  assert.match(
    first.message,
    /^No engine.*\n- native \(.+\): Cannot find module .*\n(- native .*\n)?- wasm \(.+\): WebAssembly is not defined$/,
  );
});

test('fanfold/slim waits for the engine that it is given', async () => {
  const told = await withoutAddon((folder) =>
    program(
      `
      import { readFileSync } from 'node:fs';
      import { backendInfo, createLimiter, useWasm } from 'fanfold/slim';
      const refused = [undefined, 'fanfold.wasm', {}].map((source) => {
        try { useWasm(source); } catch ({ name, message }) { return { name, message }; }
      });
      const before = await (async () => createLimiter(1)(() => 7))().catch(({ name, message }) => ({ name, message }));
      const bytes = readFileSync(new URL(import.meta.resolve('fanfold/fanfold.wasm')));
      useWasm(process.argv.includes('compiled') ? new WebAssembly.Module(bytes) : bytes);
      console.log(JSON.stringify({ refused, before, after: await createLimiter(1)(() => 7), backendInfo: typeof backendInfo === 'function' ? backendInfo() : backendInfo }));
      `,
      { folder },
    ),
  );
  assert.equal(told.before.name, 'BackendError');
  assert.match(told.before.message, /useWasm\(source\)/);
  assert.equal(told.after, 7);
  assert.equal(told.backendInfo.backend, 'wasm');
  for (const { name, message } of told.refused) {
    assert.equal(name, 'TypeError');
    assert.match(message, /`source`.*WebAssembly\.Module/);
  }
});
