/** Two copies of Fanfold in one program know each other's. */
const STOP = Symbol.for('fanfold.stopRetry');

/** What `stopRetry` throws. An error of its own, so that it says what it is where no `retry` takes it off. */
class StopRetry extends Error {
  override readonly name = 'StopRetry';
  /** Stable, for programs. */
  readonly code = 'FANFOLD_STOP_RETRY';
  /** What the caller of `retry` gets. */
  readonly [STOP]: unknown;

  constructor(error: unknown) {
    super('stopRetry() was called outside of a function that is retried; see `cause`', { cause: error });
    Object.defineProperty(this, STOP, { value: error });
  }
}

/**
 * Ends retrying at once: `retry` rejects with this very error, not with a `RetryError`, and asks neither
 * `shouldRetry` nor `onRetry`. For functions that are retried, and for `shouldRetry`.
 *
 * It throws by itself, so that one without `throw` works too, as in `.catch(stopRetry)`; write `throw` for the
 * reader and for the compiler, which then knows that the code ends there.
 *
 * @example
 * ```ts
 * await retry(async () => {
 *   const response = await fetch(url);
 *   if (response.status === 404) throw stopRetry(new Error(`${url} does not exist`));
 *   return response.json();
 * });
 * ```
 */
export function stopRetry(error: unknown): never {
  throw stopped(error) === undefined ? new StopRetry(error) : error;
}

/** Whether what was thrown ends retrying, and the error to end it with. */
export function stopped(thrown: unknown): { readonly error: unknown } | undefined {
  return typeof thrown === 'object' && thrown !== null && STOP in thrown
    ? { error: (thrown as { readonly [STOP]: unknown })[STOP] }
    : undefined;
}
