import type { AnyFunction } from '../task/task.js';

/** An iterable of either kind. */
export type Input = Iterable<unknown> | AsyncIterable<unknown>;

/**
 * What p-map checks, in its order and its words.
 *
 * @throws TypeError naming what is wrong.
 */
export function checkArguments(input: unknown, mapper: unknown, concurrency: unknown): void {
  const { [Symbol.iterator]: sync, [Symbol.asyncIterator]: async } = Object(input) as Partial<
    Iterable<unknown> & AsyncIterable<unknown>
  >;
  if (sync === undefined && async === undefined) {
    throw new TypeError(
      `Expected \`input\` to be either an \`Iterable\` or \`AsyncIterable\`, got (${typeof input})`,
    );
  }
  checkMapper(mapper);
  checkLimit('concurrency', concurrency, 1, '1');
}

/** @throws TypeError if it is no function. */
export function checkMapper(mapper: unknown): asserts mapper is AnyFunction {
  if (typeof mapper !== 'function') throw new TypeError('Mapper function is required');
}

/** @throws TypeError unless it is an integer from `least` up or `Infinity`. */
export function checkLimit(option: string, value: unknown, least: number, words: string): void {
  if (value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && (value as number) >= least))
    return;
  throw new TypeError(
    `Expected \`${option}\` to be an integer from ${words} and up or \`Infinity\`, got \`${value}\` (${typeof value})`,
  );
}
