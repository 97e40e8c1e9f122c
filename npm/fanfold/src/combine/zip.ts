import { checkOptions, type Names } from '../check/names.js';
import { checkOneOf, checkSignal } from '../check/options.js';
import { NOTHING } from '../iterate/flow.js';
import type { Inlet } from '../iterate/inlet.js';
import { SourcedFlow } from '../iterate/sourced.js';
import { FlowStream } from '../iterate/stream.js';
import type { AnySource, ItemStream } from '../iterate/types.js';
import type { Source } from '../many/types.js';
import { sourcesAndOptions } from './arguments.js';
import type { ItemsOf, ItemsOrUndefined, ZipOptions } from './types.js';

const ZIP_OPTIONS: Names<ZipOptions> = { mode: true, signal: true };

/**
 * One value of each source at a time, as a tuple. All are asked at once, and not again before the next tuple is asked for.
 *
 * When one ends, the others are closed, and what they gave towards a tuple that cannot be whole is dropped; `mode` knows
 * other ends. An error of a source closes the others and is thrown after the tuples before it. Leaving early closes all
 * sources and waits for them, though not for one that is still being asked.
 *
 * @param sources Iterables and async iterables, one by one; or an iterable of them with options behind it.
 * @throws TypeError or RangeError naming the argument or option that is wrong.
 *
 * @example
 * ```ts
 * for await (const [name, row] of zip(names, rows)) print(name, row);
 * for await (const [a, b] of zip([left, right], { mode: 'longest' })) compare(a, b);
 * ```
 */
export function zip<const Sources extends readonly AnySource[]>(
  sources: Sources,
  options: ZipOptions & { readonly mode: 'longest' },
): ItemStream<ItemsOrUndefined<Sources>>;
export function zip<const Sources extends readonly AnySource[]>(
  sources: Sources,
  options: (ZipOptions & { readonly mode?: 'shortest' | 'strict' | undefined }) | undefined,
): ItemStream<ItemsOf<Sources>>;
export function zip<T>(
  sources: Iterable<Source<T>>,
  options: ZipOptions & { readonly mode: 'longest' },
): ItemStream<(T | undefined)[]>;
export function zip<T>(sources: Iterable<Source<T>>, options: ZipOptions | undefined): ItemStream<T[]>;
export function zip<Sources extends readonly AnySource[]>(...sources: Sources): ItemStream<ItemsOf<Sources>>;
export function zip(...given: unknown[]): ItemStream<unknown[]> {
  const { sources, options } = sourcesAndOptions<ZipOptions>(given);
  checkOptions(options, ZIP_OPTIONS);
  const mode = checkOneOf('mode', options.mode, ['shortest', 'longest', 'strict']);
  return new FlowStream(new Zipping(sources, mode, checkSignal('signal', options.signal)));
}

class Zipping extends SourcedFlow<unknown[]> {
  readonly #mode: 'shortest' | 'longest' | 'strict';
  readonly #width: number;
  #row: unknown[] | undefined;
  /** How many have not answered yet for the row. */
  #missing = 0;
  /** How many have a value in it. */
  #filled = 0;

  constructor(
    sources: Iterable<unknown>,
    mode: 'shortest' | 'longest' | 'strict',
    signal: AbortSignal | undefined,
  ) {
    super(signal);
    this.#mode = mode;
    this.openAll(sources);
    this.#width = this.inlets.size;
  }

  came(inlet: Inlet): void {
    (this.#row as unknown[])[inlet.index] = inlet.take();
    this.#filled++;
    this.#answered();
  }

  ended(inlet: Inlet): void {
    this.inlets.delete(inlet);
    if (this.#mode === 'shortest') {
      this.drop();
      this.finish();
      this.close();
    } else {
      this.#answered();
    }
  }

  override broke(inlet: Inlet, error: unknown): void {
    this.drop();
    super.broke(inlet, error);
  }

  protected override begin(): void {
    super.begin();
    if (this.inlets.size === 0) this.finish();
  }

  protected take(): unknown {
    const row = this.#row;
    if (row === undefined || this.#missing > 0) return NOTHING;
    this.#row = undefined;
    return row;
  }

  protected demand(): boolean {
    if (this.#row !== undefined) return false;
    this.#row = new Array(this.#width).fill(undefined);
    this.#missing = this.inlets.size;
    this.#filled = 0;
    for (const inlet of this.inlets) {
      if (this.isOver) break;
      inlet.ask();
    }
    return true;
  }

  protected drop(): void {
    this.#row = undefined;
  }

  /** One more has answered for the row. */
  #answered(): void {
    this.#missing--;
    const isUneven = this.#filled > 0 && this.inlets.size < this.#width;
    if (this.#mode === 'strict' && isUneven) {
      this.drop();
      this.fail(new TypeError('The sources of `zip` do not end together, as `mode: "strict"` wants'));
      return;
    }
    if (this.#missing > 0) return;
    // A row without a value is none.
    if (this.#filled === 0) this.drop();
    if (this.inlets.size === 0) this.finish();
    this.answer();
  }
}
