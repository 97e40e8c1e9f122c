import { rank } from '../host/hand-commands.js';
import type { Line } from './line.js';

/** Somebody who waits until a ticket could be had, and takes none. */
export interface Onlooker {
  readonly weight: number;
  readonly priority: number;
  readonly tell: () => void;
}

/** What is in order by a number. */
interface Shelf<Item> {
  readonly number: number;
  readonly items: Item[];
}

/** Those who wait for an unlock: the heaviest first, then by priority, then as they came. */
export class Onlookers {
  readonly #weights: Shelf<Shelf<() => void>>[] = [];

  add({ weight, priority, tell }: Onlooker): void {
    shelf(shelf(this.#weights, rank(weight)), rank(priority)).push(tell);
  }

  /** Tells those who would get a ticket now: it is there, and nobody in the line comes before them. */
  tell(value: number, line: Line): void {
    const weights = this.#weights;
    // From the lightest on, so that where nobody gets one, as with most releases, nobody is looked at.
    let at = weights.length;
    const free: Shelf<() => void>[][] = [];
    while (at > 0 && (weights[at - 1] as Shelf<unknown>).number <= value) {
      const { items } = weights[--at] as Shelf<Shelf<() => void>>;
      let ahead = 0;
      while (ahead < items.length && line.isAhead((items[ahead] as Shelf<unknown>).number)) ahead++;
      if (ahead === 0) continue;
      free.push(items.splice(0, ahead));
      if (items.length === 0) weights.splice(at, 1);
    }
    for (const priorities of free.reverse()) {
      for (const { items } of priorities) {
        for (const tell of items) tell();
      }
    }
  }
}

/** The shelf with this number, the highest first; made where there is none. */
function shelf<Item>(shelves: Shelf<Item>[], number: number): Item[] {
  let [from, to] = [0, shelves.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((shelves[middle] as Shelf<Item>).number > number) from = middle + 1;
    else to = middle;
  }
  const found = shelves[from];
  if (found?.number === number) return found.items;
  const items: Item[] = [];
  shelves.splice(from, 0, { number, items });
  return items;
}
