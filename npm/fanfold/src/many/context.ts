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

/** A signal that is made only where somebody asks for it. */
export class ItemSignal {
  #controller: AbortController | undefined;
  #aborted: Reason | undefined;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted.reason);
    }
    return this.#controller.signal;
  }

  /** Runs what listens to it. Again changes nothing. */
  abort(why: Reason): void {
    if (this.#aborted !== undefined) return;
    this.#aborted = why;
    this.#controller?.abort(why.reason);
  }
}

/** What gives a function its limiter. */
interface LimiterSource {
  readonly limiter: Limiter;
}

/** What a function is told. One serves all functions that share a signal. */
export class SharedContext implements ItemContext {
  readonly #signal: ItemSignal;
  readonly #work: LimiterSource;

  constructor(signal: ItemSignal, work: LimiterSource) {
    this.#signal = signal;
    this.#work = work;
  }

  get signal(): AbortSignal {
    return this.#signal.signal;
  }

  get limiter(): Limiter {
    return this.#work.limiter;
  }
}
