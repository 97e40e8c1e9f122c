import { checkOptions, type Names } from '../check/names.js';
import { checkOneOf, checkSignal } from '../check/options.js';
import { wrongType } from '../errors/misuse.js';
import { FlowStream } from '../iterate/stream.js';
import type { Source } from '../many/types.js';
import { checkSources } from './arguments.js';
import { Merging } from './merging.js';
import type { CombinerOptions, RaceResult } from './types.js';

const COMBINER_OPTIONS: Names<CombinerOptions> = { onError: true, signal: true, open: true };

/** V8 throws away the code made for objects of which none is alive: a program that merges now and then keeps it. */
const kept: object[] = [];
async function* nobody(): AsyncGenerator<never, void, undefined> {}

/**
 * Values of many sources as they come, in one async iterator; sources can be added while it runs.
 *
 * Nothing is pulled before the first value is asked for. From then on each `next()` asks all sources that hold no value and
 * are not being asked, so that a source has one question outstanding at most and one value held at most. Values are given
 * in the order in which they came: a source that gave one goes behind all others that are ready, so that none starves
 * another. Promises among the values are waited for, each in its own source.
 *
 * Sources are opened when they are handed in and closed once: all that have not ended when it is left (`break`, `return()`,
 * `throw()`), which waits for them, though not for one that is still being asked, since it may never answer. If some fail
 * to close, `return()` rejects with the error, or with an `AggregateError` of several.
 *
 * @example
 * ```ts
 * const events = new AsyncIteratorCombiner([keyboard, mouse]);
 * for await (const event of events) if (event.type === 'plug') events.add(event.device);
 * ```
 */
export class AsyncIteratorCombiner<T> extends FlowStream<T> {
  readonly #merging: Merging<T>;

  /**
   * @param sources Iterables and async iterables. Default: none yet.
   * @param options By default it ends when all sources have ended (`open`), and fails with the first that fails (`onError`).
   * @throws TypeError or RangeError naming the argument or option that is wrong.
   */
  constructor(sources: Iterable<Source<T>> = [], options: CombinerOptions = {}) {
    checkOptions(options, COMBINER_OPTIONS);
    const { open = false } = options;
    if (typeof open !== 'boolean') throw wrongType('open', 'a boolean', open);
    if (kept.length === 0)
      kept.push(new Merging([nobody()], { onError: 'stop', signal: undefined, open: false }));
    const merging = new Merging<T>(checkSources(sources), {
      onError: checkOneOf('onError', options.onError, ['stop', 'continue']),
      signal: checkSignal('signal', options.signal),
      open,
    });
    super(merging);
    this.#merging = merging;
  }

  /** How many sources are under way: those that have neither ended nor failed. */
  get size(): number {
    return this.#merging.size;
  }

  /**
   * Takes another source in. If somebody waits for a value, it is asked at once. `false` when all is over: the source is
   * not touched then.
   *
   * @throws TypeError if it is no source.
   */
  add(source: Source<T>): boolean {
    return this.#merging.add(source);
  }

  /** No more sources will come: it ends when all have ended, though it was made `open`. */
  end(): void {
    this.#merging.end();
  }

  /**
   * The next value, of whichever source is first, with the source that it is from; or the end. It is one more way to ask:
   * what the other sources give stays for whoever asks next, with `race()` or `next()`, in one order.
   */
  race(): Promise<RaceResult<T>> {
    return this.#merging.race();
  }
}
