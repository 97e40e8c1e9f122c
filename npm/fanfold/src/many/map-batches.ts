import { chunk } from './chunk.js';
import { map } from './map.js';
import type { skip } from './skip.js';
import type { ManyOptions, Mapper } from './types.js';

/**
 * As {@link map}, for arrays of so many items: for services that take many at once. The results are those of the
 * batches, in their order.
 *
 * @param size Items in a batch, an integer from 1 up; the last one may have fewer.
 * @throws TypeError or RangeError naming the argument or option that is wrong.
 *
 * @example
 * ```ts
 * await mapBatches(rows, 500, (batch) => insert(batch), { concurrency: 4, retry: { retries: 3 } });
 * ```
 */
export function mapBatches<Item, Result>(
  source: Iterable<Item> | AsyncIterable<Item>,
  size: number,
  fn: Mapper<Item[], Result | typeof skip>,
  options: ManyOptions = {},
): Promise<Result[]> {
  return map<Item[], Result>(chunk(source, size), fn, options);
}
