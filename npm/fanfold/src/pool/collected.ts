import { type Settlement, settlementOf } from '../many/settle.js';
import { lastSettle, pending, Rejection, type Settle } from '../task/promise.js';
import type { Channel } from './results.js';
import type { Envelope } from './types.js';

/** To one who wants to know how all have ended, and nothing of what was on the way. */
export class Collected implements Channel {
  readonly promise: Promise<Settlement<PromiseSettledResult<unknown>[], unknown>> = pending();
  readonly #settle: Settle = lastSettle();
  readonly #results: PromiseSettledResult<unknown>[] = [];
  readonly hasRoom = true;

  put(envelope: Envelope): true {
    if (envelope.type === 'FINAL') {
      this.#results[envelope.index] = { status: 'fulfilled', value: envelope.value };
    } else if (envelope.type === 'ERROR') {
      this.#results[envelope.index] = { status: 'rejected', reason: envelope.error };
    }
    return true;
  }

  async ready(): Promise<void> {}

  end(): void {
    this.#settle(settlementOf(this.#results, { keys: undefined, finish: (values) => values }));
  }

  break(error: unknown): void {
    this.#settle(new Rejection(error));
  }

  fail(reason: unknown): void {
    this.#settle(new Rejection(reason));
  }
}
