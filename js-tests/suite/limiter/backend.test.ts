// backend and backendInfo tell which engine runs, and why.
import { backend, backendInfo, createLimiter } from 'fanfold';
import { describe, expect, test } from 'vitest';

const forced = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env
  ?.FANFOLD_BACKEND;

describe('backend', () => {
  test('is one of the two, and works', async () => {
    expect(['native', 'wasm']).toContain(backend);
    expect(await createLimiter(1)(() => 'works')).toBe('works');
  });

  test.runIf(forced)('is the one that FANFOLD_BACKEND asks for', () => {
    expect(backend).toBe(forced);
  });

  test.runIf('document' in globalThis)('is wasm in a browser', () => {
    expect(backend).toBe('wasm');
  });
});

describe('backendInfo', () => {
  test('agrees with backend and names the file that was taken', () => {
    expect(backendInfo.backend).toBe(backend);
    expect(typeof backendInfo.file).toBe('string');
    expect(backendInfo.file).not.toBe('');
  });

  test('lists the candidates, with an error for each that failed and none for the one that was taken', () => {
    expect(backendInfo.candidates.length).toBeGreaterThan(0);
    const taken = backendInfo.candidates.filter((candidate) => candidate.error === undefined);
    expect(taken).toHaveLength(1);
    expect(taken[0]).toMatchObject({ backend, file: backendInfo.file });
    for (const candidate of backendInfo.candidates) {
      expect(['native', 'wasm']).toContain(candidate.backend);
      if (candidate.error !== undefined) expect(candidate.error).toBeInstanceOf(Error);
    }
  });
});
