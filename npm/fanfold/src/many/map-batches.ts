import { Batched } from './batched.js';
import { checkSize } from './chunk.js';
import { mapperPlan } from './map.js';
import { isPatient } from './options.js';
import { AllValues } from './results.js';
import type { skip } from './skip.js';
import { openSource } from './source.js';
import { startWork } from './start.js';
import type { ManyOptions, Mapper, Source } from './types.js';

/**
 * As {@link map}, for arrays of so many items: for services that take many at once. The results are those of the
 * batches, in their order, and so is what `onProgress` counts. A batch with promises is called for when all of them are
 * fulfilled; one that rejects fails its batch, which is not tried again.
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
  source: Source<Item>,
  size: number,
  fn: Mapper<Item[], Result | typeof skip>,
  options: ManyOptions = {},
): Promise<Result[]> {
  checkSize(size);
  const plan = mapperPlan('mapBatches', fn, options);
  const sink = new AllValues(isPatient(plan));
  startWork(new Batched(openSource(source), size), { fn, tasks: false, need: 'all', plan }, sink);
  return sink.promise as Promise<Result[]>;
}
