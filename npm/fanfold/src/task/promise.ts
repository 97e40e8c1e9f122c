/** Settles a promise: with a value, or with a {@link Rejection}. */
export type Settle = (outcome: unknown) => void;

let captured: Settle | undefined;
const capture = (resolve: Settle): void => {
  captured = resolve;
};

/** A pending promise. {@link lastSettle} gives its other end. One executor serves all: no closure a promise. */
export function pending<T>(): Promise<T> {
  return new Promise<T>(capture as (resolve: (value: T | PromiseLike<T>) => void) => void);
}

/** What settles the promise made last. */
export function lastSettle(): Settle {
  const settle = captured as Settle;
  // Otherwise it would keep the promise, and with it the outcome, until the next one is made.
  captured = undefined;
  return settle;
}

/**
 * A thenable that rejects whoever follows it. A queued task keeps one function to settle its promise with
 * instead of two, which is a tenth of all it costs to wait.
 */
export class Rejection {
  readonly #reason: unknown;

  constructor(reason: unknown) {
    this.#reason = reason;
  }

  get reason(): unknown {
    return this.#reason;
  }

  // biome-ignore lint/suspicious/noThenProperty: being a thenable is its purpose
  then(_fulfill: unknown, reject: (reason: unknown) => void): void {
    reject(this.#reason);
  }
}

const nothing = (): void => {};

/** Lets nobody hear of what this comes to, if it is a promise, who does not ask: it is reported elsewhere. */
export function silence(promise: unknown): void {
  if (isThenable(promise)) promise.then(undefined, nothing);
}

/** A rejection that somebody may look at, and need not. */
export function refused(reason: unknown): Promise<never> {
  const promise = Promise.reject(reason);
  silence(promise);
  return promise;
}

/** Whether it has to be waited for. What throws when it is asked rejects with that when it is waited for. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false;
  try {
    return typeof (value as { then?: unknown }).then === 'function';
  } catch {
    return true;
  }
}
