import { vi } from 'vitest';
import { settle } from './turns.ts';

export interface Warning {
  readonly name: string;
  readonly code: string | undefined;
  readonly message: string;
}

/**
 * Collects what the library warns of while `action` runs: process warnings where there is a Node-like process,
 * else what goes to console.warn.
 */
export async function warningsDuring(action: () => void | Promise<void>): Promise<Warning[]> {
  const warnings: Warning[] = [];
  const { process } = globalThis as { process?: NodeJS.Process };
  if (typeof process?.emitWarning === 'function') {
    const note = (warning: Error & { code?: string }) => {
      warnings.push({ name: warning.name, code: warning.code, message: warning.message });
    };
    process.on('warning', note);
    try {
      await action();
      await settle();
    } finally {
      process.off('warning', note);
    }
  } else {
    const spy = vi.spyOn(console, 'warn').mockImplementation((...words: unknown[]) => {
      const message = words.map(String).join(' ');
      warnings.push({
        name: message.includes('FanfoldWarning') ? 'FanfoldWarning' : '',
        code: message.includes('FANFOLD_NESTED') ? 'FANFOLD_NESTED' : undefined,
        message,
      });
    });
    try {
      await action();
      await settle();
    } finally {
      spy.mockRestore();
    }
  }
  return warnings;
}
