import { checkFunction } from './check/options.js';
import { createLimiter } from './limiter/limiter.js';
import type { Limiter, LimiterOptions } from './limiter/types.js';

/** A function with a limit of its own. */
export type LimitedFunction<Args extends unknown[], Result> = ((...args: Args) => Promise<Result>) & {
  /** The limiter behind it. */
  readonly limiter: Limiter;
};

/**
 * The same function, under its own name, of which no more than so many calls run at once.
 *
 * @param fn Called with the arguments of each call, and without a `this`.
 * @param options How many, or all options of a limiter.
 * @throws TypeError or RangeError naming what is wrong.
 */
export function limitFunction<Args extends unknown[], Result>(
  fn: (...args: Args) => PromiseLike<Result> | Result,
  options: number | LimiterOptions,
): LimitedFunction<Args, Result> {
  checkFunction('fn', fn);
  const limiter = createLimiter(options);
  const limited = Object.assign((...args: Args) => limiter(fn, ...args), { limiter });
  return Object.defineProperty(limited, 'name', { value: fn.name, configurable: true });
}
