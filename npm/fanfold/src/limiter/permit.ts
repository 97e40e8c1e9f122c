import { dispose } from '../host/dispose.js';
import type { Runner, Slottable } from '../host/residents.js';
import { Rejection, type Settle } from '../task/promise.js';

/**
 * A slot held by hand, until `release()` or the end of a `using` block. One that is forgotten stays taken for
 * good: nothing takes it back, not the end of a `close` either.
 */
export interface Permit extends Disposable {
  /** Unique among the permits held in this thread at a time. */
  readonly id: number;
  /** Whether it was given back. */
  readonly released: boolean;
  /** Gives the slot back; the next in the queue has it when this returns. Again changes nothing. */
  release(): void;
}

/** The permit of one slot, or of as many as its `weight` says. */
export class SlotPermit implements Permit {
  readonly #runner: Runner;
  readonly id: number;
  #released = false;

  constructor(runner: Runner, handle: number) {
    this.#runner = runner;
    this.id = handle;
  }

  get released(): boolean {
    return this.#released;
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#runner.release(this.id);
  }

  [dispose](): void {
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

  start(runner: Runner, handle: number): void {
    this.#settle(new SlotPermit(runner, handle));
  }

  /** For a permit that was given this is nothing: who holds it is not asked to let go. */
  reject(reason: unknown): void {
    this.#settle(new Rejection(reason));
  }

  cancelReason(): unknown {
    return this.#signal?.reason;
  }
}
