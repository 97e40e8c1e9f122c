import type { Host } from '../host/host.js';
import { Rejection, type Settle } from '../task/promise.js';
import type { Slottable } from '../task/task.js';

/** A slot held by hand. */
export interface Permit extends Disposable {
  /** Unique among the permits held in this thread at a time. */
  readonly id: number;
  readonly released: boolean;
  /** Gives the slot back; the next in the queue has it when this returns. Again changes nothing. */
  release(): void;
}

/** The permit of one slot. */
export class SlotPermit implements Permit {
  readonly #host: Host;
  readonly id: number;
  #released = false;

  constructor(host: Host, handle: number) {
    this.#host = host;
    this.id = handle;
  }

  get released(): boolean {
    return this.#released;
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#host.release(this.id);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** A permit that is waited for. */
export class PermitRequest implements Slottable {
  readonly #settle: Settle;
  readonly #signal: AbortSignal | undefined;

  constructor(settle: Settle, signal: AbortSignal | undefined) {
    this.#settle = settle;
    this.#signal = signal;
  }

  start(host: Host, handle: number): void {
    this.#settle(new SlotPermit(host, handle));
  }

  /** For a permit that was given this is nothing: who holds it is not asked to let go. */
  reject(reason: unknown): void {
    this.#settle(new Rejection(reason));
  }

  cancelReason(): unknown {
    return this.#signal?.reason;
  }
}
