import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { program } from './program.mjs';

const require = createRequire(import.meta.url);
const dist = '../../npm/fanfold/dist';
const constants = require(`${dist}/cjs/engine/mailbox.gen.js`);
const { openWasm } = require(`${dist}/cjs/engine/wasm.js`);
const file = readFileSync(new URL(`${dist}/fanfold.wasm`, import.meta.url));

test('the inlined text unpacks to the very bytes of the file', () => {
  const { digits, length, marks, text } = require(`${dist}/cjs/engine/wasm-bytes.gen.js`);
  const { unpack } = require(`${dist}/cjs/engine/unpack.js`);
  assert.deepEqual(Buffer.from(unpack(text, length, digits, marks)), file);
  // Whatever quotes a minifier chooses, and inside a script element, nothing needs an escape.
  assert.match(text, /^[ -~]*$/);
  assert.doesNotMatch(text, /["'`\\$<]/);
});

for (const [name, inlined] of [
  ['whole', 'wasm-bytes'],
  ['plain', 'wasm-plain-bytes'],
]) {
  test(`the ${name} module imports nothing and exports what is used`, () => {
    const { digits, length, marks, text } = require(`${dist}/cjs/engine/${inlined}.gen.js`);
    const { unpack } = require(`${dist}/cjs/engine/unpack.js`);
    const module = new WebAssembly.Module(unpack(text, length, digits, marks));
    assert.deepEqual(WebAssembly.Module.imports(module), []);
    const exports = WebAssembly.Module.exports(module).map(({ name, kind }) => `${kind} ${name}`);
    assert.deepEqual(exports.sort(), ['function doorbell', 'function open', 'memory memory']);
  });
}

test('a program that only limits loads the plain engine, and one that needs more as well gets the whole one', async () => {
  const seen = await program(
    `
    import pLimit from 'fanfold/p-limit';
    import pRetry from 'fanfold/p-retry';
    import { createRequire } from 'node:module';
    const { backendInfo } = createRequire(import.meta.resolve('fanfold'))('../cjs/engine/select.js');
    const limit = pLimit(2);
    let [running, peak] = [0, 0];
    const work = async (value) => {
      peak = Math.max(peak, ++running);
      await null;
      running--;
      return value;
    };
    const first = await Promise.all([1, 2, 3, 4, 5].map((value) => limit(work, value)));
    let attempts = 0;
    const retried = await pRetry(() => {
      if (++attempts < 3) throw new Error('again');
      return attempts;
    }, { minTimeout: 1 });
    const plain = backendInfo().file;
    const { createLimiter } = await import('fanfold');
    const limiter = createLimiter({ concurrency: 9, rate: { limit: 2, interval: 50 }, order: 'priority' });
    const whole = backendInfo().file;
    const rated = await Promise.all([1, 2, 3].map((value) => limiter.run(() => value, { priority: value })));
    // What was made before goes on with the engine that it was made with.
    const later = await Promise.all([6, 7, 8].map((value) => limit(work, value)));
    console.log(JSON.stringify({ first, peak, retried, plain, whole, rated, later }));
    `,
    { backend: 'wasm' },
  );
  assert.deepEqual(seen, {
    first: [1, 2, 3, 4, 5],
    peak: 2,
    retried: 3,
    plain: 'fanfold.wasm (inlined, plain)',
    whole: 'fanfold.wasm (inlined)',
    rated: [1, 2, 3],
    later: [6, 7, 8],
  });
});

test('the mailbox stays where it is when the memory grows, and the port shows the new memory', () => {
  const port = openWasm(new WebAssembly.Module(file));
  const { memory, byteOffset } = port;
  const { COMMANDS_AT, COMMAND_WORDS, COMMAND_OPEN, COMMAND_SUBMIT, HEADER_COMMANDS, NONE } = constants;
  const words = () => new Uint32Array(port.memory, byteOffset, constants.WORDS);
  words().set([COMMAND_OPEN, 0, 1, NONE, NONE, NONE, NONE, NONE], COMMANDS_AT);
  words()[HEADER_COMMANDS] = 8;
  port.doorbell();
  for (let handle = 0; port.memory === memory; ) {
    assert.ok(handle < 1_000_000, 'a million tasks fit into the first memory');
    const view = words();
    for (let at = 0; at < COMMAND_WORDS; at += 2) view.set([COMMAND_SUBMIT, handle++], COMMANDS_AT + at);
    view[HEADER_COMMANDS] = COMMAND_WORDS;
    port.doorbell();
  }
  assert.equal(memory.byteLength, 0, 'the old memory is detached');
  assert.equal(port.byteOffset, byteOffset);
  assert.equal(words()[HEADER_COMMANDS], 0, 'the commands were taken');
  assert.equal(words()[constants.HEADER_FAULT], 0);
});

test('a second burst as large as the first finds memory enough', async () => {
  // It never shrinks, so what one burst made it grow to must be there again for the next. In a process of its own,
  // where nothing else has used it before.
  const sizes = await program(
    `
    import { createRequire } from 'node:module';
    import { createLimiter } from 'fanfold';
    const { currentHost } = createRequire(import.meta.resolve('fanfold'))('../cjs/host/current.js');
    const limiter = createLimiter(16);
    const { signal } = new AbortController();
    const sizes = [currentHost().port.memory.byteLength];
    for (let burst = 0; burst < 4; burst++) {
      for (let index = 0; index < 100_000; index++) {
        if (index % 4 === 0) void limiter.run(() => index, { signal, queueTimeout: 1e9 });
        else void limiter(() => index);
      }
      await limiter.onIdle();
      sizes.push(currentHost().port.memory.byteLength);
    }
    console.log(JSON.stringify(sizes));
    `,
    { backend: 'wasm' },
  );
  const [fresh, first, ...later] = sizes;
  assert.ok(first > fresh, String(sizes));
  assert.deepEqual(later, [first, first, first]);
});

test('a million keys that come and go leave nothing behind, though one stays', async () => {
  const sizes = await program(
    `
    import { createRequire } from 'node:module';
    import { createLimiter } from 'fanfold';
    const { currentHost } = createRequire(import.meta.resolve('fanfold'))('../cjs/host/current.js');
    const limiter = createLimiter({ concurrency: 16, perKey: { concurrency: 4, rate: { limit: 9, interval: 1 } } });
    let end;
    const stays = limiter.run(() => new Promise((resolve) => (end = resolve)), { key: 'stays' });
    const sizes = [];
    for (let burst = 0; burst < 100; burst++) {
      const tenants = Array.from({ length: 10_000 }, (_, index) => 'tenant ' + (burst * 10_000 + index));
      await Promise.all(tenants.map((key) => limiter.run(() => key, { key })));
      if (burst !== 9 && burst !== 99) continue;
      tenants.length = 0;
      // The windows of their rates pass.
      for (let round = 0; round < 10; round++) await new Promise((resolve) => setTimeout(resolve, 2));
      gc();
      sizes.push({ heap: process.memoryUsage().heapUsed, engine: currentHost().port.memory.byteLength });
    }
    end();
    await stays;
    console.log(JSON.stringify(sizes));
    `,
    { backend: 'wasm', flags: ['--expose-gc'] },
  );
  const [first, last] = sizes;
  // At its highest it depends a little on how many windows of rates happen to be open. A key that stays is 100 bytes.
  const grown = last.engine - first.engine;
  assert.ok(grown < 1_000_000, `${grown} bytes of engine for 900,000 keys`);
  assert.ok(last.heap - first.heap < 1_000_000, `${last.heap - first.heap} bytes of heap for 900,000 keys`);
});

test('a trap becomes a fault that stays, and its cause is kept', () => {
  // (module (memory (export "memory") 1) (func (export "open") (result i32) i32.const 64)
  //   (func (export "doorbell") unreachable))
  const module = Uint8Array.of(
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...[0x01, 0x08, 0x02, 0x60, 0x00, 0x01, 0x7f, 0x60, 0x00, 0x00],
    ...[0x03, 0x03, 0x02, 0x00, 0x01],
    ...[0x05, 0x03, 0x01, 0x00, 0x01],
    ...[0x07, 0x1c, 0x03],
    ...[0x06, ...Buffer.from('memory'), 0x02, 0x00],
    ...[0x04, ...Buffer.from('open'), 0x00, 0x00],
    ...[0x08, ...Buffer.from('doorbell'), 0x00, 0x01],
    ...[0x0a, 0x0b, 0x02, 0x05, 0x00, 0x41, 0xc0, 0x00, 0x0b, 0x03, 0x00, 0x00, 0x0b],
  );
  const port = openWasm(module);
  const words = new Uint32Array(port.memory, port.byteOffset);
  assert.equal(port.fault, undefined);
  port.doorbell();
  assert.equal(words[constants.HEADER_FAULT], constants.FAULT_PANIC);
  assert.ok(port.fault instanceof WebAssembly.RuntimeError);
  words[constants.HEADER_FAULT] = 0;
  port.doorbell();
  assert.equal(words[constants.HEADER_FAULT], constants.FAULT_PANIC);
});
