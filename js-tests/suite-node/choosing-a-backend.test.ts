// FANFOLD_BACKEND, and what happens where a backend cannot be had. Each case is a process of its own.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const here = fileURLToPath(new URL('.', import.meta.url));

function node(program: string, env: Record<string, string>, ...flags: string[]): Promise<Outcome> {
  const { FANFOLD_BACKEND: _backend, NODE_OPTIONS: _options, ...inherited } = process.env;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...flags, '--input-type=module', '--eval', program],
      { cwd: here, env: { ...inherited, ...env } },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
      },
    );
  });
}

const report = `
import { backend, backendInfo, createLimiter } from 'fanfold';
const value = await createLimiter(1)(() => 'works');
console.log(JSON.stringify({ backend, value, candidates: backendInfo.candidates.map(({ backend, file, error }) => ({ backend, file, error: error?.message })) }));
`;

describe('FANFOLD_BACKEND', () => {
  test.each(['native', 'wasm'])('%s is taken', async (backend) => {
    const { code, stdout, stderr } = await node(report, { FANFOLD_BACKEND: backend });
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ backend, value: 'works' });
  });

  test.each(['', undefined])('%o leaves the choice: native where it can be had', async (value) => {
    const { code, stdout } = await node(report, value === undefined ? {} : { FANFOLD_BACKEND: value });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ backend: 'native', value: 'works' });
  });

  test('another word is refused by name', async () => {
    const { code, stderr } = await node(report, { FANFOLD_BACKEND: 'rust' });
    expect(code).not.toBe(0);
    expect(stderr).toContain('FANFOLD_BACKEND');
    expect(stderr).toContain('rust');
  });
});

describe('where a backend may not run', () => {
  test('without addons, wasm is taken, and the reason is kept', async () => {
    const { code, stdout } = await node(report, {}, '--no-addons');
    expect(code).toBe(0);
    const { backend, value, candidates } = JSON.parse(stdout);
    expect([backend, value]).toEqual(['wasm', 'works']);
    const native = candidates.find((candidate: { backend: string }) => candidate.backend === 'native');
    expect(native.error).toBeTruthy();
  });

  test('forced to native without addons, the error is clear', async () => {
    const { code, stderr } = await node(report, { FANFOLD_BACKEND: 'native' }, '--no-addons');
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/FANFOLD_NO_BACKEND|BackendError/);
    expect(stderr).toContain('native');
  });

  test('with neither, import works and the first use says why, once for each candidate', async () => {
    const program = `
      globalThis.WebAssembly = undefined;
      const fanfold = await import('fanfold');
      const messages = [];
      for (let round = 0; round < 2; round++) {
        try {
          await fanfold.createLimiter(1)(() => 1);
        } catch (error) {
          messages.push([error.name, error.code, error.message]);
        }
      }
      console.log(JSON.stringify({ messages, info: fanfold.backendInfo.backend }));
    `;
    const { code, stdout, stderr } = await node(program, {}, '--no-addons');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const { messages, info } = JSON.parse(stdout);
    expect(info).toBe('none');
    expect(messages).toHaveLength(2);
    for (const [name, errorCode, message] of messages) {
      expect([name, errorCode]).toEqual(['BackendError', 'FANFOLD_NO_BACKEND']);
      expect(message).toMatch(/native/);
      expect(message).toMatch(/wasm|WebAssembly/);
    }
  });
});

describe('one instance', () => {
  test('ESM and CommonJS share it', async () => {
    const program = `
      import { createRequire } from 'node:module';
      import * as esm from 'fanfold';
      import pLimit, { limitFunction } from 'fanfold/p-limit';
      const require = createRequire(process.cwd() + '/x.js');
      const cjs = require('fanfold');
      const cjsPLimit = require('fanfold/p-limit');
      console.log(JSON.stringify([
        esm.createLimiter === cjs.createLimiter,
        esm.TimeoutError === cjs.TimeoutError,
        pLimit === cjsPLimit,
        pLimit === cjsPLimit.default,
        limitFunction === cjsPLimit.limitFunction,
      ]));
    `;
    const { stdout, stderr } = await node(program, {});
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([true, true, true, true, true]);
  });

  test('an import alone keeps no process alive, nor does a limiter at rest', async () => {
    const program = `
      import { createLimiter } from 'fanfold';
      const limiter = createLimiter({ concurrency: 1, queueTimeout: 1e6, runTimeout: 1e6 });
      await limiter(() => 1);
      console.log('done');
    `;
    const { code, stdout } = await node(program, {});
    expect([code, stdout.trim()]).toEqual([0, 'done']);
  });
});
