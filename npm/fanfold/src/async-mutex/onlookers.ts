import type { Line } from './line.js';

/** Somebody who waits until a ticket could be had, and takes none. */
export interface Onlooker {
  readonly weight: number;
  readonly priority: number;
  readonly tell: () => void;
}

/** Those who wait for an unlock: the heaviest first, then by priority, then as they came. */
export class Onlookers {
  #waiting: Onlooker[] = [];

  add(onlooker: Onlooker): void {
    const behind = this.#waiting.findIndex((other) => isBefore(onlooker, other));
    this.#waiting.splice(behind === -1 ? this.#waiting.length : behind, 0, onlooker);
  }

  /** Tells those who would get a ticket now: it is there, and nobody in the line comes before them. */
  tell(value: number, line: Line): void {
    if (this.#waiting.length === 0) return;
    const free: Onlooker[] = [];
    const left: Onlooker[] = [];
    for (const each of this.#waiting) {
      (each.weight <= value && line.isAhead(each.priority) ? free : left).push(each);
    }
    this.#waiting = left;
    for (const { tell } of free) tell();
  }
}

function isBefore(one: Onlooker, other: Onlooker): boolean {
  return one.weight > other.weight || (one.weight === other.weight && one.priority > other.priority);
}
