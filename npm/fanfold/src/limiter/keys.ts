import { checkOptions, type Names } from '../check/names.js';
import { checkCount, checkFunction, checkWhole } from '../check/options.js';
import type { Keyed, KeyNumbers } from '../host/key-commands.js';
import { Table } from '../host/table.js';
import { checkRates, type RatePlan } from './rates.js';
import type { Key, PerKey } from './types.js';

const { POSITIVE_INFINITY } = Number;
/** The heaviest that a key may be. */
const HEAVIEST = 0xffffffff;

const PER_KEY_OPTIONS: Names<PerKey> = { concurrency: true, maxQueue: true, rate: true, weight: true };

/** What each key may have, checked and complete. */
export interface PerKeyPlan {
  readonly concurrency: number;
  readonly maxQueue: number;
  readonly rates: readonly RatePlan[];
  readonly weight: ((key: Key) => number) | undefined;
}

/** What each key may have, if anything is said of it. */
export function checkPerKey(value: PerKey | undefined): PerKeyPlan | undefined {
  if (value === undefined) return undefined;
  checkOptions(value, PER_KEY_OPTIONS, 'perKey.');
  const { concurrency = POSITIVE_INFINITY, maxQueue = POSITIVE_INFINITY, rate, weight } = value;
  if (weight !== undefined) checkFunction('perKey.weight', weight);
  return {
    concurrency: checkCount('perKey.concurrency', concurrency, 1),
    maxQueue: checkCount('perKey.maxQueue', maxQueue, 0),
    rates: checkRates(rate, 'perKey.rate'),
    weight,
  };
}

/** A key of which the engine knows. */
interface Known {
  readonly key: Key;
  readonly weight: number;
}

/**
 * The keys of a limiter, by the numbers that the engine knows them by: from the first task of a key to the moment at
 * which it is at rest. Those that have nothing to do are not here, however many there are. The host keeps it: so it keeps
 * nothing of the user's that could keep the limiter alive.
 */
export class KeyTable implements KeyNumbers {
  readonly #numbers = new Map<Key, number>();
  readonly #known = new Table<Known>(0);

  /** A key with its weight, for which the user's function is called if it has nothing to do yet. */
  keyed(key: Key, weigh: ((key: Key) => number) | undefined): Keyed {
    const number = this.#numbers.get(key);
    if (number !== undefined) return { keys: this, key, weight: (this.#known.get(number) as Known).weight };
    const weight = weigh?.(key);
    return {
      keys: this,
      key,
      weight: weight === undefined ? 1 : checkWhole('perKey.weight()', weight, 1, HEAVIEST),
    };
  }

  find(key: Key): number | undefined {
    return this.#numbers.get(key);
  }

  add(key: Key, weight: number): number {
    const number = this.#known.add({ key, weight });
    this.#numbers.set(key, number);
    return number;
  }

  /** It is at rest: its number is free. */
  forget(number: number): void {
    const { key } = this.#known.get(number) as Known;
    this.#numbers.delete(key);
    this.#known.remove(number);
  }
}
