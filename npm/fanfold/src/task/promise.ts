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

  // biome-ignore lint/suspicious/noThenProperty: being a thenable is its purpose
  then(_fulfill: unknown, reject: (reason: unknown) => void): void {
    reject(this.#reason);
  }
}

const nothing = (): void => {};

/** Marks a rejection as seen: it is reported elsewhere. */
export function silence(promise: Promise<unknown>): void {
  promise.catch(nothing);
}
