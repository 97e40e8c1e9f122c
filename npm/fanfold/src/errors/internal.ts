/** A bug in Fanfold, never expected; code `FANFOLD_INTERNAL`. Please report it. */
export class InternalError extends Error {
  override readonly name = 'InternalError';
  /** Stable, for programs. */
  readonly code = 'FANFOLD_INTERNAL';

  constructor(what: string, cause?: unknown) {
    super(`${what}. This is a bug in Fanfold; please report it with what led to it.`, { cause });
  }
}
