import { Deque } from '../buffer/deque.js';
import { checkOptions, type Names } from '../check/names.js';
import { checkFinite, checkOneOf, checkSignal } from '../check/options.js';
import type { Source } from '../many/types.js';
import { NOTHING } from './flow.js';
import type { Inlet } from './inlet.js';
import { SourcedFlow } from './sourced.js';
import { FlowStream } from './stream.js';
import type { EagerOptions, ItemStream } from './types.js';

const EAGER_OPTIONS: Names<EagerOptions> = { start: true, signal: true };

/**
 * Reads up to so many items ahead of its reader, one at a time and in their order, so that the source works while the
 * reader does.
 *
 * It begins with the first `next()`, or at once with `start: 'now'`. An error of the source arrives after the items before
 * it, whenever it came. Leaving early drops what was read ahead, closes the source and waits for it, though not while it
 * is still being asked.
 *
 * @param count How many items may be held: an integer from 1 up.
 * @throws TypeError or RangeError naming the argument or option that is wrong.
 *
 * @example
 * ```ts
 * for await (const page of eager(pages(), 3)) await store(page); // three pages are fetched meanwhile
 * ```
 */
export function eager<T>(source: Source<T>, count: number, options: EagerOptions = {}): ItemStream<T> {
  const most = checkFinite('count', count, 1);
  checkOptions(options, EAGER_OPTIONS);
  const start = checkOneOf('start', options.start, ['asked', 'now']);
  const ahead = new Ahead<T>(source, most, checkSignal('signal', options.signal));
  if (start === 'now') ahead.startNow();
  return new FlowStream(ahead);
}

class Ahead<T> extends SourcedFlow<T> {
  readonly #inlet: Inlet;
  readonly #most: number;
  readonly #items = new Deque<unknown>();
  #isAsking = false;
  #isReading = false;

  constructor(source: Source<T>, most: number, signal: AbortSignal | undefined) {
    super(signal);
    this.#inlet = this.open(source, 'source');
    this.#most = most;
  }

  startNow(): void {
    this.start();
    if (!this.isOver) this.demand();
  }

  came(inlet: Inlet): void {
    this.#isAsking = false;
    this.#items.push(inlet.take());
    this.answer();
    this.demand();
  }

  ended(inlet: Inlet): void {
    this.inlets.delete(inlet);
    this.finish();
  }

  protected take(): unknown {
    if (this.#items.length === 0) return NOTHING;
    const item = this.#items.shift();
    this.demand();
    return item;
  }

  /** An iterable answers while it is asked: it is asked in a loop, and not from inside its answer. */
  protected demand(): boolean {
    if (this.#isReading) return false;
    this.#isReading = true;
    let hasAsked = false;
    while (!this.#isAsking && !this.isOver && this.#items.length < this.#most) {
      this.#isAsking = true;
      this.#inlet.ask();
      hasAsked = true;
    }
    this.#isReading = false;
    return hasAsked;
  }

  protected drop(): void {
    this.#items.clear();
  }
}
