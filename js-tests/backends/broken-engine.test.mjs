// An engine that fails while it is used: what is left of the library says so, and nobody waits for ever.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { program, withoutAddon } from './program.mjs';

const suffix = { linux: '-gnu', win32: '-msvc' }[process.platform] ?? '';
const addonName = `@fanfold/${process.platform}-${process.arch}${suffix}`;

/** The real addon, or undefined where it was not built. */
function realAddon() {
  try {
    return createRequire(import.meta.url).resolve(addonName);
  } catch {
    return undefined;
  }
}

/** The addon as it is after a panic, from the moment that a program sets `globalThis.panicked`. */
const breakable = (file) => `
  const { open } = require(${JSON.stringify(file)});
  exports.open = () => {
    const { memory, doorbell } = open();
    const words = new Uint32Array(memory);
    return { memory, doorbell: () => (globalThis.panicked ? void (words[0] = 1) : doorbell()) };
  };`;

const PROGRAM = `
  import { PushPullBuffer, backend, createLimiter, retry, sleep } from 'fanfold';
  const name = (error) => error.name + ' ' + error.code;
  const outcomes = [];
  const follow = (what, promise) => promise.then(() => outcomes.push(what + ' fulfilled'), (error) => outcomes.push(what + ' ' + name(error)));

  const limiter = createLimiter(1);
  const { signal } = new AbortController();
  const running = limiter.submit(() => new Promise(() => {}));
  follow('running', running.result);
  follow('queued', limiter(() => 'never'));
  follow('with signal', limiter.run(() => 'never', { signal, queueTimeout: 3_600_000 }));
  follow('permit', limiter.acquire());
  follow('idle', limiter.onIdle());
  follow('close', createLimiter(1).onEmpty());
  follow('sleep', sleep(3_600_000));
  const stop = new AbortController();
  const failing = async () => { throw new Error('again'); };
  follow('aborted retry', retry(failing, { backoff: 3_600_000, jitter: 'none', signal: stop.signal }));
  follow('retry', retry(failing, { backoff: 3_600_000, jitter: 'none' }));
  const [empty, full] = [new PushPullBuffer({ capacity: 1 }), new PushPullBuffer({ capacity: 1, weigh: () => 1 })];
  follow('pull', empty.source.next({ signal }));
  full.sink.push(1);
  follow('next', full.sink.next(2, { signal }));
  follow('ready', full.sink.ready());
  await running.started;
  await new Promise((resolve) => setTimeout(resolve));

  globalThis.panicked = true;
  // What is called off here is the first that the engine fails at.
  stop.abort();
  const thrown = [];
  for (const use of [() => limiter.activeCount, () => limiter(() => 1), () => limiter.pause(), () => createLimiter(2)(() => 1)]) {
    try {
      use();
      thrown.push('nothing');
    } catch (error) {
      thrown.push(name(error));
    }
  }
  follow('later next', full.sink.next(3));
  follow('later pull', full.source.next());
  await new Promise((resolve) => setTimeout(resolve));
  console.log(JSON.stringify({ backend, outcomes, thrown, state: running.state }));
`;

test('every promise rejects with InternalError, every call throws it, and the process lives on', async (context) => {
  const file = realAddon();
  if (file === undefined) return context.skip(`no addon here: ${addonName}`);
  const told = await withoutAddon((folder) => {
    const fake = join(folder, 'node_modules', addonName);
    mkdirSync(fake, { recursive: true });
    writeFileSync(join(fake, 'package.json'), JSON.stringify({ name: addonName, main: 'index.js' }));
    writeFileSync(join(fake, 'index.js'), breakable(file));
    return program(PROGRAM, { folder, backend: 'native' });
  });
  assert.equal(told.backend, 'native');
  const broken = 'InternalError FANFOLD_INTERNAL';
  assert.deepEqual(told.outcomes.sort(), [
    'aborted retry AbortError 20',
    'close fulfilled',
    `idle ${broken}`,
    `later next ${broken}`,
    `later pull ${broken}`,
    `next ${broken}`,
    `permit ${broken}`,
    `pull ${broken}`,
    `queued ${broken}`,
    `ready ${broken}`,
    `retry ${broken}`,
    `running ${broken}`,
    `sleep ${broken}`,
    `with signal ${broken}`,
  ]);
  assert.deepEqual(told.thrown, [broken, broken, broken, broken]);
  assert.equal(told.state, 'done');
});
