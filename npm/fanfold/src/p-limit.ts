// The drop-in for p-limit 7: the same behaviour over Fanfold's engine. Where p-limit's published tests pin what
// Fanfold's own limiter does otherwise (`clearQueue` leaves promises pending), this follows p-limit.
import './engine/inline-plain.js';
import { LimiterCore } from './limiter/core.js';
import { plainPlan } from './limiter/plan.js';
import { silence } from './task/promise.js';
import type { AnyFunction } from './task/task.js';

/** The options of {@link pLimit}. */
export type Options = {
  /** How many may run at once: an integer from 1 up, or `Infinity`. */
  readonly concurrency: number;

  /**
   * Whether `clearQueue()` rejects the waiting promises with an `AbortError`. Default `false`: they stay
   * pending for ever, as p-limit leaves them.
   */
  readonly rejectOnClear?: boolean;
};

/** A function that runs others, no more than so many at once. */
export type LimitFunction = {
  /** How many run now, or are about to. */
  readonly activeCount: number;

  /** How many wait. */
  readonly pendingCount: number;

  /** The limit. A lower one holds from now on; a higher one from the next microtask on. */
  concurrency: number;

  /**
   * Empties the queue. What runs goes on. Without `rejectOnClear` the promises of what waited never settle;
   * `createLimiter` has a `clear()` that always rejects.
   */
  clearQueue: () => void;

  /**
   * Calls a function for each item, with the item and its index, within the limit.
   *
   * @returns A promise of the results in the order of the items. Rejects with the first error, or with what
   * the iterable throws; calls already submitted then still run.
   */
  map: <Input, ReturnType>(
    iterable: Iterable<Input>,
    mapperFunction: (input: Input, index: number) => PromiseLike<ReturnType> | ReturnType,
  ) => Promise<ReturnType[]>;

  /**
   * Runs `function_(...arguments_)` when there is a slot, in a later microtask at the earliest.
   *
   * @returns A promise of its result.
   */
  <Arguments extends unknown[], ReturnType>(
    function_: (...arguments_: Arguments) => PromiseLike<ReturnType> | ReturnType,
    ...arguments_: Arguments
  ): Promise<ReturnType>;
};

/**
 * A limit function, as p-limit makes it.
 *
 * @param concurrency How many may run at once, or an object with it.
 * @throws TypeError if it is not an integer from 1 up or `Infinity`, or `rejectOnClear` not a boolean.
 */
export default function pLimit(concurrency: number | Options): LimitFunction {
  const options: Options = typeof concurrency === 'object' ? concurrency : { concurrency };
  const { concurrency: slots, rejectOnClear = false } = options;
  checkConcurrency(slots);
  if (typeof rejectOnClear !== 'boolean') throw new TypeError('Expected `rejectOnClear` to be a boolean');

  const core = new LimiterCore(plainPlan(slots, 'p-limit'));
  // Its name is seen from outside, as are all names here.
  const generator = (function_: AnyFunction, ...arguments_: unknown[]): Promise<unknown> =>
    core.call(
      typeof function_ === 'function' ? function_ : notCallable,
      arguments_.length === 0 ? undefined : arguments_,
    );

  Object.defineProperties(generator, {
    activeCount: { get: () => core.activeCount },
    pendingCount: { get: () => core.pendingCount },
    clearQueue: {
      value() {
        const reason: unknown = rejectOnClear ? AbortSignal.abort().reason : undefined;
        core.clear(rejectOnClear ? () => reason : undefined);
      },
    },
    concurrency: {
      get: () => core.concurrency,
      set(value: number) {
        checkConcurrency(value);
        core.concurrency = value;
      },
    },
    map: {
      async value(iterable: Iterable<unknown>, function_: AnyFunction) {
        const promises: Promise<unknown>[] = [];
        try {
          // Not `for of`: p-limit takes array-likes too.
          Array.from(iterable, (item, index) => promises.push(generator(function_, item, index)));
        } catch (error) {
          // Nobody will look at them any more.
          promises.forEach(silence);
          throw error;
        }
        return Promise.all(promises);
      },
    },
  });
  return generator as unknown as LimitFunction;
}

/**
 * The same function, of which no more than so many calls run at once, as p-limit makes it.
 *
 * @throws TypeError as {@link pLimit}.
 */
export function limitFunction<Arguments extends unknown[], ReturnType>(
  function_: (...arguments_: Arguments) => PromiseLike<ReturnType>,
  options: Options,
): ((...arguments_: Arguments) => Promise<ReturnType>) & Pick<LimitFunction, 'clearQueue'> {
  const limit = pLimit(options);
  const limitedFunction = (...arguments_: Arguments): Promise<ReturnType> =>
    limit(() => function_(...arguments_));
  return Object.defineProperty(limitedFunction, 'clearQueue', {
    value: limit.clearQueue,
  }) as typeof limitedFunction & Pick<LimitFunction, 'clearQueue'>;
}

function checkConcurrency(concurrency: unknown): void {
  const isCount = Number.isInteger(concurrency) || concurrency === Number.POSITIVE_INFINITY;
  if (!isCount || (concurrency as number) < 1) {
    throw new TypeError('Expected `concurrency` to be a number from 1 and up');
  }
}

/** p-limit finds out when it calls. */
function notCallable(): never {
  throw new TypeError('function_ is not a function');
}
