import type { Limiter } from '../limiter/types.js';
import type { ItemContext } from './types.js';

/** Why a function is given up on. */
export interface Reason {
  readonly reason: unknown;
}

/** There is enough without it. Made anew for each signal that is ever looked at. */
export const NOT_NEEDED: Reason = {
  get reason() {
    return new DOMException('Its outcome is not needed any more', 'AbortError');
  },
};

/** What gives a function its limiter. */
interface LimiterSource {
  readonly limiter: Limiter;
}

/**
 * What one function is told. Each has a signal of its own, so that what it leaves listening is gone with it, made only
 * where it is asked for.
 */
export class CallContext implements ItemContext {
  readonly #work: LimiterSource;
  #controller: AbortController | undefined;
  #aborted: Reason | undefined;

  constructor(work: LimiterSource) {
    this.#work = work;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted.reason);
    }
    return this.#controller.signal;
  }

  get limiter(): Limiter {
    return this.#work.limiter;
  }

  /** It is given up on: runs what listens to its signal. Again changes nothing. */
  giveUp(why: Reason): void {
    if (this.#aborted !== undefined) return;
    this.#aborted = why;
    this.#controller?.abort(why.reason);
  }
}
