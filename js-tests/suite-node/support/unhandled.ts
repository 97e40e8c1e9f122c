import { settle } from '../../suite/support/turns.ts';

/** What reached `unhandledRejection` while `action` ran. Vitest's own listeners are set aside meanwhile. */
export async function unhandledDuring(action: () => unknown): Promise<unknown[]> {
  const reasons: unknown[] = [];
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  const note = (reason: unknown) => {
    reasons.push(reason);
  };
  process.on('unhandledRejection', note);
  try {
    await action();
    await settle();
    await settle();
  } finally {
    process.off('unhandledRejection', note);
    for (const other of others) process.on('unhandledRejection', other);
  }
  return reasons;
}
