/** How many taken places there are at least before the rest is moved up. */
const TAKEN = 1_000;

/** A queue. Every operation is O(1), over all of them. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #first = 0;

  get length(): number {
    return this.#items.length - this.#first;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** The first one. There must be one. */
  shift(): T {
    const items = this.#items;
    const item = items[this.#first] as T;
    items[this.#first] = undefined;
    this.#first++;
    if (this.#first === items.length) {
      items.length = 0;
      this.#first = 0;
    } else if (this.#first >= TAKEN && this.#first * 2 >= items.length) {
      this.#items = items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }

  clear(): void {
    this.#items = [];
    this.#first = 0;
  }
}
