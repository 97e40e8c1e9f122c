import { checkOptions } from '../check/names.js';
import { checkSignal, checkSpan } from '../check/options.js';
import { wrongType } from '../errors/misuse.js';
import { currentHost } from '../host/current.js';
import { dispose } from '../host/dispose.js';
import type { Milliseconds } from '../limiter/types.js';
import { Sleeper } from './sleeper.js';
import { TIMEOUT_OPTIONS, type TimeoutOptions, tookTooLong } from './timeout.js';

/** A moment by which a whole operation has to be done, however many steps it has. */
export interface Deadline extends Disposable {
  /** Aborted with a `TimeoutError` when the moment has come, or with the reason of the signal it was made with. */
  readonly signal: AbortSignal;
  /** Milliseconds left, 0 when it is over. `Infinity` for none. */
  readonly remaining: Milliseconds;
  /** Whether the moment has come, or the signal was aborted. */
  readonly expired: boolean;
  /** Calls it off: the signal is not aborted any more. Again changes nothing. */
  clear(): void;
}

class Expiry implements Deadline {
  readonly #controller = new AbortController();
  readonly #host = currentHost();
  readonly #sleeper: Sleeper;
  readonly #at: number;

  constructor(ms: number, signal: AbortSignal | undefined, name: string, holds: boolean) {
    const abort = (reason: unknown): void => this.#controller.abort(reason);
    this.#at = this.#host.now() + ms;
    this.#sleeper = new Sleeper(this.#host, () => abort(tookTooLong(name, ms)), abort);
    if (signal?.aborted) {
      abort(signal.reason);
      return;
    }
    if (signal !== undefined) this.#sleeper.listen(signal, () => abort(signal.reason));
    this.#sleeper.begin(ms, holds);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get remaining(): number {
    return this.expired ? 0 : Math.max(this.#at - this.#host.now(), 0);
  }

  get expired(): boolean {
    return this.signal.aborted;
  }

  clear(): void {
    this.#sleeper.stop();
  }

  [dispose](): void {
    this.clear();
  }
}

/**
 * A deadline so many milliseconds from now, for all steps of an operation together.
 *
 * @param ms Milliseconds from 0 up; `Infinity` for none.
 * @throws TypeError or RangeError naming the argument that is wrong.
 *
 * @example
 * ```ts
 * using by = deadline(10_000, { signal: request.signal });
 * const user = await fetch(userUrl, { signal: by.signal });
 * await limiter.run(work, { signal: by.signal, queueTimeout: by.remaining || 1 });
 * ```
 */
export function deadline(ms: Milliseconds, options: TimeoutOptions = {}): Deadline {
  checkSpan('ms', ms);
  checkOptions(options, TIMEOUT_OPTIONS);
  const signal = checkSignal('signal', options.signal);
  const { unref = false, name = 'The deadline' } = options;
  if (typeof name !== 'string') throw wrongType('name', 'a string', name);
  return new Expiry(ms, signal, name, !unref);
}
