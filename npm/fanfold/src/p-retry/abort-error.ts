type CaptureStackTrace = (target: object, above: unknown) => void;

/**
 * Thrown by a function that is retried, it ends retrying: the promise rejects with the error inside it, and no callback
 * is called. From a callback, or as the reason of a signal, it is an error like others.
 */
export class AbortError extends Error {
  declare readonly name: 'AbortError';
  /** What the caller of `pRetry` gets. */
  declare readonly originalError: Error;

  /** @param message An error, or a text to make one of. */
  constructor(message?: string | Error) {
    super(typeof message === 'string' ? message : undefined);
    const original = message instanceof Error ? message : textError(message);
    // Assigned, as p-retry does: what reflection sees of the error is the same.
    Object.assign(this, { name: 'AbortError', originalError: original, message: original.message });
  }
}

/** What is thrown shows where it was made by the caller and not that this class made it. */
function textError(message: string | undefined): Error {
  const error = new Error(message);
  const { captureStackTrace } = Error as { readonly captureStackTrace?: CaptureStackTrace };
  captureStackTrace?.(error, AbortError);
  return error;
}

/** The error inside, however many are around it; the outermost that has none where there is none. */
export function unwrapped(error: Error): Error {
  let inside: unknown = error;
  while (inside instanceof AbortError && inside.originalError instanceof Error) inside = inside.originalError;
  return inside as Error;
}
