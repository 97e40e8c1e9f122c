/** The fewest places there are. */
const FEWEST = 16;

/**
 * A queue with two ends, in a ring of places: every operation is constant time, seen over many, and a ring that has been
 * much larger is not kept for what may never come again.
 */
export class Deque<T> {
  #places: (T | undefined)[] = new Array(FEWEST);
  #mask = FEWEST - 1;
  #head = 0;
  /** As few values as make the ring too large. */
  #few = 0;
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
    if (--this.length <= this.#few) this.#shrink();
    return value;
  }

  /** The newest. There has to be one. */
  pop(): T {
    const at = (this.#head + --this.length) & this.#mask;
    const value = this.#places[at] as T;
    this.#places[at] = undefined;
    if (this.length <= this.#few) this.#shrink();
    return value;
  }

  clear(): void {
    this.#places = new Array(FEWEST);
    this.#mask = FEWEST - 1;
    this.#head = 0;
    this.#few = 0;
    this.length = 0;
  }

  #shrink(): void {
    if (this.#mask < KEPT) return;
    if (this.length === 0) this.clear();
    else this.#resize((this.#mask + 1) / 4);
  }

  #resize(places: number): void {
    const ring = new Array<T | undefined>(places);
    for (let nth = 0; nth < this.length; nth++) ring[nth] = this.#places[(this.#head + nth) & this.#mask];
    this.#places = ring;
    this.#mask = places - 1;
    this.#head = 0;
    this.#few = places > KEPT ? places / 8 : 0;
  }
}

/** Places that are kept, however few are taken. */
const KEPT = 2048;
