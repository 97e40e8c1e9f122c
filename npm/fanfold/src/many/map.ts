import { checkFunction } from '../check/options.js';
import { DEFAULT_CONCURRENCY, isPatient, type ManyPlan, manyPlan, settlePlan } from './options.js';
import { AllValues, KeptItems, NoValues, SettledValues } from './results.js';
import type { skip } from './skip.js';
import { openSource } from './source.js';
import { startWork } from './start.js';
import type { ItemContext, ManyOptions, Mapper, SettleOptions, Source } from './types.js';
import type { Sink } from './work.js';

/**
 * Calls a function for each item, so many at once, and gives the results in the order of the items.
 *
 * The source, which may be endless, is read only as far as there are slots; promises in it are waited for. Functions
 * start in the order of the items, in a later microtask, in the async context of the caller. Each counts as a task of
 * the limiter, if one is given, and others are served in their turn.
 *
 * @param fn Called with the item, its index and a context; what returns {@link skip} is left out of the results.
 * @param options By default 16 at once (`concurrency`), and a failure ends all (`onFailure`).
 * @returns Rejects with the first error, with that of the source, or as the options say (`signal`, `timeout`,
 * `onFailure: 'continue'`); with the `RetryError` of an item where `retry` is given.
 * @throws TypeError or RangeError naming the argument or option that is wrong.
 *
 * @example
 * ```ts
 * const pages = await map(urls, (url, _, { signal }) => fetchPage(url, signal), { concurrency: 8 });
 * ```
 */
export function map<Item, Result>(
  source: Source<Item>,
  fn: Mapper<Item, Result | typeof skip>,
  options: ManyOptions = {},
): Promise<Result[]> {
  const plan = mapperPlan('map', fn, options);
  return work(source, fn, plan, new AllValues(isPatient(plan))) as Promise<Result[]>;
}

/**
 * The same for what is done for its effect only: no result is kept, so that a source may be of any length.
 *
 * @throws TypeError or RangeError naming the argument or option that is wrong.
 */
export function forEach<Item>(
  source: Source<Item>,
  fn: Mapper<Item, unknown>,
  options: ManyOptions = {},
): Promise<void> {
  const plan = mapperPlan('forEach', fn, options);
  return work(source, fn, plan, new NoValues(isPatient(plan))) as Promise<void>;
}

/**
 * The items for which a function gives something truthy, in their order.
 *
 * @throws TypeError or RangeError naming the argument or option that is wrong.
 */
export function filter<Item, Kept extends Item>(
  source: Source<Item>,
  predicate: (item: Item, index: number, context: ItemContext) => item is Kept,
  options?: ManyOptions,
): Promise<Kept[]>;
export function filter<Item>(
  source: Source<Item>,
  predicate: Mapper<Item, unknown>,
  options?: ManyOptions,
): Promise<Item[]>;
export function filter<Item>(
  source: Source<Item>,
  predicate: Mapper<Item, unknown>,
  options: ManyOptions = {},
): Promise<Item[]> {
  const plan = mapperPlan('filter', predicate, options, 'predicate');
  return work(source, predicate, plan, new KeptItems(isPatient(plan))) as Promise<Item[]>;
}

/**
 * As {@link map}, but nothing that fails ends anything: how each item ended, as `Promise.allSettled` tells it, in the
 * order of the items. Still rejects with the error of a source, and as `signal` and `timeout` say.
 *
 * @throws TypeError or RangeError naming the argument or option that is wrong.
 */
export function mapSettled<Item, Result>(
  source: Source<Item>,
  fn: Mapper<Item, Result | typeof skip>,
  options: SettleOptions = {},
): Promise<PromiseSettledResult<Result>[]> {
  checkFunction('fn', fn);
  const plan = settlePlan('mapSettled', options, DEFAULT_CONCURRENCY);
  const sink = new SettledValues();
  startWork(openSource(source), { fn, tasks: false, need: 'every', plan }, sink);
  return sink.promise as Promise<PromiseSettledResult<Result>[]>;
}

/** The options of a function for mappers, with the same defaults for all of them. */
export function mapperPlan(name: string, fn: unknown, options: ManyOptions, argument = 'fn'): ManyPlan {
  checkFunction(argument, fn);
  return manyPlan(name, options, DEFAULT_CONCURRENCY);
}

function work(
  source: unknown,
  fn: Mapper<never, unknown>,
  plan: ManyPlan,
  sink: Sink & { readonly promise: Promise<unknown> },
): Promise<unknown> {
  startWork(openSource(source), { fn, tasks: false, need: 'all', plan }, sink);
  return sink.promise;
}
