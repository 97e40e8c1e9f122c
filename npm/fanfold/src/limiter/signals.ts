import { onAbort } from '../host/abort.js';
import type { Host } from '../host/host.js';
import type { SignalLedger } from '../host/residents.js';

/**
 * How a limiter listens to a signal, once however many of its tasks share it: from the first of them to the
 * last, as the engine says.
 */
export class SignalListener implements SignalLedger {
  readonly #signal: AbortSignal;
  readonly #listeners: Map<AbortSignal, SignalListener>;
  readonly #unlisten: () => void;
  readonly id: number;

  private constructor(host: Host, signal: AbortSignal, listeners: Map<AbortSignal, SignalListener>) {
    this.#signal = signal;
    this.#listeners = listeners;
    // Before it is known anywhere: a signal that is none may throw.
    this.#unlisten = onAbort(signal, () => host.abortSignal(this.id));
    this.id = host.signals.add(this);
    listeners.set(signal, this);
  }

  /** The listener of a limiter on a signal. */
  static of(host: Host, signal: AbortSignal, listeners: Map<AbortSignal, SignalListener>): SignalListener {
    return listeners.get(signal) ?? new SignalListener(host, signal, listeners);
  }

  left(): () => void {
    this.#listeners.delete(this.#signal);
    return this.#unlisten;
  }
}
