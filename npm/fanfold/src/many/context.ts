import type { Limiter } from '../limiter/types.js';
import type { ItemContext } from './types.js';

/** A signal that is made only where somebody asks for it. */
export class ItemSignal {
  #controller: AbortController | undefined;
  #aborted: { readonly reason: unknown } | undefined;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted.reason);
    }
    return this.#controller.signal;
  }

  /** Runs what listens to it. Again changes nothing. */
  abort(reason: unknown): void {
    if (this.#aborted !== undefined) return;
    this.#aborted = { reason };
    this.#controller?.abort(reason);
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
