/** The fewest places there are. */
const FEWEST = 16;

/**
 * A queue with two ends, in a ring of places: every operation is constant time, and after a drain the ring is small again.
 */
export class Deque<T> {
  #places: (T | undefined)[] = new Array(FEWEST);
  #mask = FEWEST - 1;
  #head = 0;
  length = 0;

  push(value: T): void {
    if (this.length > this.#mask) this.#resize(this.length * 2);
    this.#places[(this.#head + this.length) & this.#mask] = value;
    this.length++;
  }

  /** The oldest. There has to be one. */
  shift(): T {
    const places = this.#places;
    const head = this.#head;
    const value = places[head] as T;
    places[head] = undefined;
    this.#head = (head + 1) & this.#mask;
    if (--this.length === 0) this.#empty();
    return value;
  }

  /** The newest. There has to be one. */
  pop(): T {
    const at = (this.#head + --this.length) & this.#mask;
    const value = this.#places[at] as T;
    this.#places[at] = undefined;
    if (this.length === 0) this.#empty();
    return value;
  }

  clear(): void {
    this.#places = new Array(FEWEST);
    this.#mask = FEWEST - 1;
    this.#head = 0;
    this.length = 0;
  }

  /** A ring that has been much larger is not kept for what may never come again. */
  #empty(): void {
    if (this.#mask >= KEPT) this.clear();
  }

  #resize(places: number): void {
    const ring = new Array<T | undefined>(places);
    for (let nth = 0; nth < this.length; nth++) ring[nth] = this.#places[(this.#head + nth) & this.#mask];
    this.#places = ring;
    this.#mask = places - 1;
    this.#head = 0;
  }
}

/** Places that an empty one keeps. */
const KEPT = 2048;
