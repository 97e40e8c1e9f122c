import { checkOptions, type Names } from '../check/names.js';
import type { AnySource, ItemOf } from '../iterate/types.js';
import type { Source } from '../many/types.js';
import { sourcesAndOptions } from './arguments.js';
import { AsyncIteratorCombiner } from './combiner.js';
import type { MergeOptions } from './types.js';

const MERGE_OPTIONS: Names<MergeOptions> = { onError: true, signal: true };

/**
 * Values of many sources as they come: whichever is ready first. One question outstanding and one value held a source at
 * most, fair between sources that are always ready, nothing pulled before the first value is asked for. Leaving early
 * closes all sources. {@link AsyncIteratorCombiner}, which it gives, says more.
 *
 * A list alone is one source, whose items are the values: `merge([[1, 2], [3]])` gives the two arrays. The sources of a list
 * are merged by `merge(...lists)`, or with options behind it: `merge(lists, {})`.
 *
 * @param sources Iterables and async iterables, one by one; or an iterable of them with options behind it.
 * @throws TypeError or RangeError naming the argument or option that is wrong.
 *
 * @example
 * ```ts
 * for await (const line of merge(stdout, stderr)) console.log(line);
 * for await (const news of merge(feeds, { onError: 'continue', signal })) show(news);
 * ```
 */
export function merge<T>(
  sources: Iterable<Source<T>>,
  options: MergeOptions | undefined,
): AsyncIteratorCombiner<T>;
export function merge<Sources extends readonly AnySource[]>(
  ...sources: Sources
): AsyncIteratorCombiner<ItemOf<Sources[number]>>;
export function merge(...given: unknown[]): AsyncIteratorCombiner<unknown> {
  const { sources, options } = sourcesAndOptions<MergeOptions>(given);
  checkOptions(options, MERGE_OPTIONS);
  return new AsyncIteratorCombiner(sources as Iterable<AnySource>, options);
}
