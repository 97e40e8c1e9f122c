import { checkFinite } from '../check/options.js';
import { checkSource } from './source.js';

/**
 * The items of a source in arrays of so many, the last one of what is left. Read only as far as it is asked; leaving
 * early closes the source. A generator for an iterable, an async one for an async iterable; promises in an iterable are
 * left as they are.
 *
 * @param size An integer from 1 up.
 * @throws TypeError or RangeError naming the argument that is wrong.
 */
export function chunk<Item>(source: Iterable<Item>, size: number): Generator<Item[], void, undefined>;
export function chunk<Item>(
  source: AsyncIterable<Item>,
  size: number,
): AsyncGenerator<Item[], void, undefined>;
export function chunk<Item>(
  source: Iterable<Item> | AsyncIterable<Item>,
  size: number,
): Generator<Item[], void, undefined> | AsyncGenerator<Item[], void, undefined>;
export function chunk<Item>(
  source: Iterable<Item> | AsyncIterable<Item>,
  size: number,
): Generator<Item[], void, undefined> | AsyncGenerator<Item[], void, undefined> {
  checkSize(size);
  checkSource(source);
  return Symbol.asyncIterator in Object(source)
    ? chunkAsync(source as AsyncIterable<Item>, size)
    : chunkSync(source as Iterable<Item>, size);
}

function* chunkSync<Item>(source: Iterable<Item>, size: number): Generator<Item[], void, undefined> {
  let items: Item[] = [];
  for (const item of source) {
    if (items.push(item) === size) {
      yield items;
      items = [];
    }
  }
  if (items.length > 0) yield items;
}

async function* chunkAsync<Item>(
  source: AsyncIterable<Item>,
  size: number,
): AsyncGenerator<Item[], void, undefined> {
  let items: Item[] = [];
  for await (const item of source) {
    if (items.push(item) === size) {
      yield items;
      items = [];
    }
  }
  if (items.length > 0) yield items;
}

/** @throws TypeError or RangeError if it is no size of an array. */
export function checkSize(size: unknown): void {
  checkFinite('size', size, 1);
}
