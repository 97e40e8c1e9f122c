import type { Host } from '../host/host.js';
import { Table } from '../host/table.js';
import type { Key } from './types.js';

/** A key that a limiter has tasks of. */
interface Known {
  readonly key: Key;
}

/**
 * The keys of a limiter, by the numbers that the engine knows them by: from the first task of a key to the moment at
 * which it is at rest. A million of them that have nothing to do are not here.
 */
export class KeyTable {
  readonly #numbers = new Map<Key, number>();
  readonly #known = new Table<Known>(0);
  readonly #weigh: ((key: Key) => number) | undefined;

  constructor(weigh: ((key: Key) => number) | undefined) {
    this.#weigh = weigh;
  }

  /** The number of a key, which the engine hears of with the next task. */
  numberOf(key: Key, host: Host, limiter: number): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    // The user's code, before anything has changed.
    const weight = this.#weigh?.(key) ?? 1;
    const number = this.#known.add({ key });
    this.#numbers.set(key, number);
    if (weight !== 1) host.setKey(limiter, number, weight);
    return number;
  }

  /** The number of a key that has something to do. */
  find(key: Key): number | undefined {
    return this.#numbers.get(key);
  }

  /** The key is at rest: its number is free. */
  forget(number: number): void {
    const known = this.#known.get(number);
    if (known !== undefined) this.#numbers.delete(known.key);
    this.#known.remove(number);
  }
}
