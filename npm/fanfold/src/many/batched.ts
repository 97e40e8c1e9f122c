import { isThenable, silence } from '../task/promise.js';
import type { ItemSource } from './source.js';

/** The items of a source in arrays of so many: a promise of one where there are promises among them. */
export class Batched implements ItemSource {
  readonly #source: ItemSource;
  readonly #size: number;
  /** Whether the source has said that it has no more, or was told that no more is wanted. */
  #isOver = false;
  #isClosed = false;
  item: unknown;

  constructor(source: ItemSource, size: number) {
    this.#source = source;
    this.#size = size;
  }

  get total(): number | undefined {
    const { total } = this.#source;
    return total === undefined ? undefined : Math.ceil(total / this.#size);
  }

  get isSync(): boolean {
    return this.#source.isSync;
  }

  get isBusy(): boolean {
    return this.#source.isBusy;
  }

  pull(): boolean | Promise<boolean> {
    if (this.#isOver) return false;
    const batch = new Batch();
    return this.isSync ? this.#fill(batch) : this.#fillLater(batch);
  }

  close(): unknown {
    this.#isOver = true;
    this.#isClosed = true;
    return this.#source.close();
  }

  #fill(batch: Batch): boolean {
    const source = this.#source;
    while (batch.items.length < this.#size && source.pull() === true) batch.add(source.item);
    return this.#give(batch);
  }

  async #fillLater(batch: Batch): Promise<boolean> {
    const source = this.#source;
    while (batch.items.length < this.#size && (await source.pull())) batch.add(source.item);
    return this.#give(batch);
  }

  #give(batch: Batch): boolean {
    // Of a list that grows later the number of batches would not be what was told.
    if (batch.items.length < this.#size) this.#isOver = true;
    // Closed in the meantime: nobody wants what came so far.
    if (this.#isClosed || batch.items.length === 0) return false;
    this.item = batch.whole();
    return true;
  }
}

/** What will be one item. */
class Batch {
  readonly items: unknown[] = [];
  #hasPromises = false;

  add(item: unknown): void {
    if (isThenable(item)) {
      this.#hasPromises = true;
      // The batch may never be whole: the source may fail, or be closed.
      silence(item);
    }
    this.items.push(item);
  }

  whole(): unknown {
    return this.#hasPromises ? Promise.all(this.items) : this.items;
  }
}
