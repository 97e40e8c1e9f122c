import type { Host } from '../host/host.js';

/**
 * The one listener that a limiter has on a signal, however many of its tasks share it. It listens from the
 * first of them to the last, as the engine says.
 */
export class SignalListener {
  readonly #host: Host;
  readonly #signal: AbortSignal;
  readonly #listeners: Map<AbortSignal, SignalListener>;
  readonly id: number;
  readonly #onAbort = (): void => this.#host.abortSignal(this.id);

  private constructor(host: Host, signal: AbortSignal, listeners: Map<AbortSignal, SignalListener>) {
    this.#host = host;
    this.#signal = signal;
    this.#listeners = listeners;
    this.id = host.signals.add(this);
    listeners.set(signal, this);
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** The listener of a limiter on a signal. */
  static of(host: Host, signal: AbortSignal, listeners: Map<AbortSignal, SignalListener>): SignalListener {
    return listeners.get(signal) ?? new SignalListener(host, signal, listeners);
  }

  stop(): void {
    this.#listeners.delete(this.#signal);
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}
