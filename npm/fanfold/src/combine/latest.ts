import { checkOptions, type Names } from '../check/names.js';
import { checkSignal } from '../check/options.js';
import { NOTHING } from '../iterate/flow.js';
import type { Inlet } from '../iterate/inlet.js';
import { SourcedFlow } from '../iterate/sourced.js';
import { FlowStream } from '../iterate/stream.js';
import type { AnySource, ItemStream } from '../iterate/types.js';
import type { Source } from '../many/types.js';
import { sourcesAndOptions } from './arguments.js';
import type { CombineOptions, ItemsOf } from './types.js';

const LATEST_OPTIONS: Names<CombineOptions> = { signal: true };

/** After so many values that nobody took, the program has its turn: a source that is always ready is no reason to hang. */
const AT_ONCE = 1_000;

/**
 * The latest value of each source, as a tuple, once each has given one: a tuple for each new value that comes. Where the
 * reader is slower than that, values are left out, and it has the newest state.
 *
 * So from the first `next()` on async sources are read as fast as they give, one question outstanding each, whether or not
 * somebody asks; nothing but the newest value is held. Iterables, whose values have no time of their own, advance only as
 * the reader does: all by one for the first tuple, then one of them in turn for each, so that no value of theirs is left
 * out while the reader alone sets the pace.
 *
 * Ends when all sources have ended, after the last state; or as soon as one ends that never gave a value. An error of a
 * source closes the others and is thrown after the state before it. Leaving early closes all sources and waits for them,
 * though not for one that is still being asked.
 *
 * @param sources Iterables and async iterables, one by one; or an iterable of them with options behind it.
 * @throws TypeError or RangeError naming the argument or option that is wrong.
 *
 * @example
 * ```ts
 * for await (const [price, rate] of latest(prices, rates)) show(price * rate);
 * ```
 */
export function latest<const Sources extends readonly AnySource[]>(
  sources: Sources,
  options: CombineOptions | undefined,
): ItemStream<ItemsOf<Sources>>;
export function latest<T>(sources: Iterable<Source<T>>, options: CombineOptions | undefined): ItemStream<T[]>;
export function latest<Sources extends readonly AnySource[]>(
  ...sources: Sources
): ItemStream<ItemsOf<Sources>>;
export function latest(...given: unknown[]): ItemStream<unknown[]> {
  const { sources, options } = sourcesAndOptions<CombineOptions>(given);
  checkOptions(options, LATEST_OPTIONS);
  return new FlowStream(new Latest(sources, checkSignal('signal', options.signal)));
}

class Latest extends SourcedFlow<unknown[]> {
  #values: unknown[];
  /** Those that have not given a value yet. */
  readonly #silent: Set<Inlet>;
  /** Iterables that may advance, the one whose turn it is first. */
  #still: Inlet[] = [];
  /** Async sources that gave too much at once. */
  #resting: Inlet[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** How many values came since a tuple was taken, or since the program had its turn. */
  #come = 0;
  #isNew = false;
  #isFirst = true;

  constructor(sources: Iterable<unknown>, signal: AbortSignal | undefined) {
    super(signal);
    this.openAll(sources);
    this.#silent = new Set(this.inlets);
    this.#values = new Array(this.inlets.size).fill(undefined);
  }

  came(inlet: Inlet): void {
    this.#silent.delete(inlet);
    this.#values[inlet.index] = inlet.take();
    this.#isNew = true;
    if (inlet.isSync) this.#still.push(inlet);
    this.answer();
    if (!inlet.isSync) this.#readOn(inlet);
  }

  ended(inlet: Inlet): void {
    this.inlets.delete(inlet);
    if (this.#silent.has(inlet)) {
      this.finish();
      this.close();
    } else if (this.inlets.size === 0) {
      this.finish();
    } else {
      // It may have been asked in place of another one.
      this.answer();
    }
  }

  protected override begin(): void {
    super.begin();
    if (this.inlets.size === 0) this.finish();
  }

  protected take(): unknown {
    if (!this.#isNew || this.#silent.size > 0) return NOTHING;
    this.#isNew = false;
    this.#wake();
    return this.#values.slice();
  }

  protected demand(): boolean {
    if (this.#isFirst) {
      this.#isFirst = false;
      for (const inlet of this.inlets) {
        if (this.isOver) break;
        inlet.ask();
      }
      return true;
    }
    if (this.#silent.size > 0) return false;
    const next = this.#still.shift();
    next?.ask();
    return next !== undefined;
  }

  protected drop(): void {
    this.#isNew = false;
    this.#values = [];
  }

  protected override close(): unknown {
    this.#resting = [];
    this.#still = [];
    this.#wake();
    return super.close();
  }

  #readOn(inlet: Inlet): void {
    if (this.isOver) return;
    this.#come++;
    if (this.#come < AT_ONCE) {
      inlet.ask();
      return;
    }
    this.#resting.push(inlet);
    this.#timer ??= setTimeout(() => this.#wake(), 0);
  }

  #wake(): void {
    this.#come = 0;
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const resting = this.#resting;
    this.#resting = [];
    for (const inlet of resting) inlet.ask();
  }
}
