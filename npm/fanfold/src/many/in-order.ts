/**
 * What comes in any order, kept in the order of the input. What is left out keeps no place: of a long source of which
 * little is kept, little is kept here.
 */
export class InOrder<T> {
  /** By index, until something is left out; from then on without gaps, as far as all have come. */
  #values: T[] = [];
  /** How many have come without a gap, once something was left out. */
  #next = -1;
  /** What has come beyond a gap; `undefined` for what is left out. */
  readonly #early = new Map<number, { readonly value: T } | undefined>();

  set(index: number, value: T): void {
    if (this.#next < 0) this.#values[index] = value;
    else this.#come(index, { value });
  }

  /** Nothing is kept for this index. */
  leaveOut(index: number): void {
    if (this.#next < 0) this.#compact();
    this.#come(index, undefined);
  }

  /** All that was kept. To be asked once, when all have come. */
  all(): T[] {
    return this.#values;
  }

  #come(index: number, entry: { readonly value: T } | undefined): void {
    if (index !== this.#next) {
      this.#early.set(index, entry);
      return;
    }
    if (entry !== undefined) this.#values.push(entry.value);
    this.#next++;
    while (this.#early.has(this.#next)) {
      const early = this.#early.get(this.#next);
      this.#early.delete(this.#next);
      if (early !== undefined) this.#values.push(early.value);
      this.#next++;
    }
  }

  #compact(): void {
    const values = this.#values;
    let come = 0;
    while (come < values.length && come in values) come++;
    this.#next = come;
    for (let index = come; index < values.length; index++) {
      if (index in values) this.#early.set(index, { value: values[index] as T });
    }
    values.length = come;
  }
}
