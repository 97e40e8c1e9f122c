import type { Attempt } from '../engine/attempt.js';

/**
 * No engine can run here; code `FANFOLD_NO_BACKEND`. Thrown on first use, never on import. The message gives
 * the reason of every engine that was tried, `errors` the errors themselves.
 */
export class BackendError extends Error {
  override readonly name = 'BackendError';
  /** Stable, for programs. */
  readonly code = 'FANFOLD_NO_BACKEND';
  /** What stood against each engine, in the order in which they were tried. */
  readonly errors: readonly Error[];

  /** @internal */
  constructor(what: string, attempts: readonly Attempt[]) {
    const lines = attempts.map(
      ({ backend, file, error }) => `\n- ${backend} (${file}): ${firstLine(error?.message ?? 'unknown')}`,
    );
    super(what + lines.join(''));
    this.errors = attempts.flatMap(({ error }) => error ?? []);
  }
}

/** Node lists the whole stack of requires below the first line, the same for each. */
function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}
