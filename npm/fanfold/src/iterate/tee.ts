import { DEFAULT_CAPACITY } from '../buffer/options.js';
import { checkOptions, type Names } from '../check/names.js';
import { checkCount, checkFinite, checkSignal } from '../check/options.js';
import type { Source } from '../many/types.js';
import { Hub } from './hub.js';
import { FlowStream } from './stream.js';
import type { ItemStream, TeeOptions } from './types.js';

const TEE_OPTIONS: Names<TeeOptions> = { capacity: true, signal: true };

/**
 * One source for several readers, each of which gets every item. An item is pulled once, when the first of them asks for
 * it, and held until the last of those that have not left has taken it.
 *
 * No more than `capacity` items are held: who is so far ahead of the slowest waits for it. So a branch that is never read
 * stops the others, after 1,024 items where nothing is said: leave it with `return()`, and it no longer counts. When all
 * have left the source is closed, and the last one's `return()` waits for that. An error of the source arrives in each
 * branch after the items before it.
 *
 * @param count How many: an integer from 1 up.
 * @throws TypeError or RangeError naming the argument or option that is wrong.
 *
 * @example
 * ```ts
 * const [toDisk, toScreen] = tee(lines, 2);
 * await Promise.all([save(toDisk), show(toScreen)]);
 * ```
 */
export function tee<T>(source: Source<T>, count: 2, options?: TeeOptions): [ItemStream<T>, ItemStream<T>];
export function tee<T>(
  source: Source<T>,
  count: 3,
  options?: TeeOptions,
): [ItemStream<T>, ItemStream<T>, ItemStream<T>];
export function tee<T>(source: Source<T>, count: number, options?: TeeOptions): ItemStream<T>[];
export function tee<T>(source: Source<T>, count: number, options: TeeOptions = {}): ItemStream<T>[] {
  const length = checkFinite('count', count, 1);
  checkOptions(options, TEE_OPTIONS);
  const { capacity = DEFAULT_CAPACITY } = options;
  const hub = new Hub<T>(source, {
    capacity: checkCount('capacity', capacity, 1),
    overflow: 'suspend',
    signal: checkSignal('signal', options.signal),
    endsWithLast: true,
  });
  return Array.from({ length }, () => new FlowStream(hub.join()));
}
