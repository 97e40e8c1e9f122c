import { Deque } from '../buffer/deque.js';
import { checkOptions, type Names } from '../check/names.js';
import { checkSignal } from '../check/options.js';
import { NOTHING } from '../iterate/flow.js';
import type { Inlet } from '../iterate/inlet.js';
import { SourcedFlow } from '../iterate/sourced.js';
import { FlowStream } from '../iterate/stream.js';
import type { AnySource, ItemOf, ItemStream } from '../iterate/types.js';
import type { Source } from '../many/types.js';
import { sourcesAndOptions } from './arguments.js';
import type { CombineOptions } from './types.js';

const CONCAT_OPTIONS: Names<CombineOptions> = { signal: true };

/**
 * All values of the first source, then all of the second, and so on. Each is pulled only when its value is asked for.
 *
 * An error of a source closes those behind it and is thrown. Leaving early closes all sources that have not ended, those
 * that were not read yet too, and waits for them, though not for one that is still being asked.
 *
 * @param sources Iterables and async iterables, one by one; or an iterable of them with options behind it.
 * @throws TypeError or RangeError naming the argument or option that is wrong.
 *
 * @example
 * ```ts
 * for await (const row of concat([header], rows, [footer])) write(row);
 * ```
 */
export function concat<T>(sources: Iterable<Source<T>>, options: CombineOptions | undefined): ItemStream<T>;
export function concat<Sources extends readonly AnySource[]>(
  ...sources: Sources
): ItemStream<ItemOf<Sources[number]>>;
export function concat(...given: unknown[]): ItemStream<unknown> {
  const { sources, options } = sourcesAndOptions<CombineOptions>(given);
  checkOptions(options, CONCAT_OPTIONS);
  return new FlowStream(new Chaining(sources, checkSignal('signal', options.signal)));
}

class Chaining extends SourcedFlow<unknown> {
  /** Those behind the one that is read. */
  readonly #behind = new Deque<Inlet>();
  #current: Inlet | undefined;
  #isAsking = false;
  /** The source whose value is there. */
  #holder: Inlet | undefined;

  constructor(sources: Iterable<unknown>, signal: AbortSignal | undefined) {
    super(signal);
    this.openAll(sources);
    for (const inlet of this.inlets) this.#behind.push(inlet);
  }

  came(inlet: Inlet): void {
    this.#isAsking = false;
    this.#holder = inlet;
    this.answer();
  }

  ended(inlet: Inlet): void {
    this.#isAsking = false;
    this.#current = undefined;
    this.inlets.delete(inlet);
    if (this.inlets.size === 0) this.finish();
    else this.answer();
  }

  protected take(): unknown {
    const holder = this.#holder;
    if (holder === undefined) return NOTHING;
    this.#holder = undefined;
    return holder.take();
  }

  protected demand(): boolean {
    if (this.#isAsking || this.#holder !== undefined) return false;
    if (this.#current === undefined) {
      if (this.#behind.length === 0) {
        this.finish();
        return true;
      }
      this.#current = this.#behind.shift();
    }
    this.#isAsking = true;
    this.#current.ask();
    return true;
  }

  protected drop(): void {
    this.#holder?.take();
    this.#holder = undefined;
  }
}
