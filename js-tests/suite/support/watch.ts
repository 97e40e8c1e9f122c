/** What is known so far about a promise. */
export interface Watched<T> {
  state: 'pending' | 'fulfilled' | 'rejected';
  value: T | undefined;
  reason: unknown;
}

/** Observes a promise, so that a test can look at its state at any moment, and so that no rejection is left unhandled. */
export function watch<T>(promise: PromiseLike<T>): Watched<T> {
  const watched: Watched<T> = { state: 'pending', value: undefined, reason: undefined };
  promise.then(
    (value) => {
      watched.state = 'fulfilled';
      watched.value = value;
    },
    (reason: unknown) => {
      watched.state = 'rejected';
      watched.reason = reason;
    },
  );
  return watched;
}

/** The reason that a promise rejects with; fails the test when it fulfils. */
export async function reasonOf(promise: PromiseLike<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (reason) {
    return reason;
  }
  throw new Error(`expected a rejection, got the value ${String(value)}`);
}

/** What a function throws, whatever its type; fails the test when it returns. */
export function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (thrown) {
    return thrown;
  }
  throw new Error('expected a throw, got a return');
}
