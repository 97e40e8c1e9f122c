import { onAbort } from '../host/abort.js';
import { NOBODY } from '../host/context.js';
import type { Host } from '../host/host.js';
import type { Watcher } from '../host/residents.js';

/**
 * Something that happens when a span is over, unless it is called off before. The engine keeps the time, so that
 * all share one timer, whose delay may be longer than a timer of the platform can be.
 */
export class Sleeper implements Watcher {
  readonly #host: Host;
  readonly #over: () => void;
  readonly #broken: (reason: unknown) => void;
  #handle = NOBODY;
  #unlisten: (() => void) | undefined;
  #done = false;

  /** @param broken Called instead of `over` when the engine fails. */
  constructor(host: Host, over: () => void, broken: (reason: unknown) => void) {
    this.#host = host;
    this.#over = over;
    this.#broken = broken;
  }

  /** Begins: milliseconds, `Infinity` for never. */
  begin(ms: number, holds: boolean): void {
    this.#handle = this.#host.sleep(this, ms, holds);
  }

  /** Calls this instead when the signal is aborted first. */
  listen(signal: AbortSignal, aborted: () => void): void {
    this.#unlisten = onAbort(signal, () => {
      if (this.stop()) aborted();
    });
  }

  /** Calls it off; whether it was still to happen. */
  stop(): boolean {
    if (this.#done) return false;
    this.#done = true;
    this.#unlisten?.();
    // One that was never begun has nothing to be called off.
    if (this.#handle !== NOBODY) this.#host.cancel(this.#handle);
    return true;
  }

  wake(): void {
    if (this.#done) return;
    this.#done = true;
    // They may be somebody's: an odd signal, an abort listener.
    this.#host.defer(this.#unlisten);
    this.#host.defer(this.#over);
  }

  reject(reason: unknown): void {
    if (this.#done) return;
    this.#done = true;
    this.#broken(reason);
  }

  /** Only limiters are closed. */
  close(): void {}
}
