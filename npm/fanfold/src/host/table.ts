import { HANDLE_INDEX_BITS } from '../engine/mailbox.gen.js';

const INDEX_MASK = 2 ** HANDLE_INDEX_BITS - 1;
const NEXT_GENERATION = 2 ** HANDLE_INDEX_BITS;

/** How many residents a table may have at a time. */
const CAPACITY = INDEX_MASK + 1;

/** The shortest table that is worth cutting. */
const CUT_FROM = 1024;

/**
 * What the engine knows by a number: numbers in, residents out.
 *
 * A number is an index and, above it, a generation that changes with each resident of a place. The table
 * shrinks with its highest resident, so that after a drain neither it nor the list of free places keeps what
 * a burst made them grow to.
 */
export class Table<Resident extends object> {
  readonly #generationMask: number;
  /** May be longer than the table, by places that are free. */
  #residents: (Resident | undefined)[] = [];
  /** One past the highest resident. */
  #end = 0;
  /** Numbers to use again, the last one first. Those at or beyond the end of the table are void. */
  #free: number[] = [];
  /** The generation of places at the end of the table. */
  #generation = 0;

  constructor(generationBits: number) {
    this.#generationMask = (2 ** generationBits - 1) * NEXT_GENERATION;
  }

  /** The number of a new resident. */
  add(resident: Resident): number {
    while (this.#free.length > 0) {
      const number = this.#free.pop() as number;
      const index = number & INDEX_MASK;
      if (index < this.#end) {
        this.#residents[index] = resident;
        return number;
      }
    }
    const index = this.#end;
    if (index === CAPACITY) {
      throw new RangeError(`Fanfold holds at most ${CAPACITY} unfinished tasks at a time in one thread`);
    }
    this.#end = index + 1;
    if (index < this.#residents.length) this.#residents[index] = resident;
    else this.#residents.push(resident);
    return index | this.#generation;
  }

  /** The resident with this number. */
  get(number: number): Resident | undefined {
    return this.#residents[number & INDEX_MASK];
  }

  /** Gives the place of one resident to another, who has its number from now on. */
  put(number: number, resident: Resident): void {
    this.#residents[number & INDEX_MASK] = resident;
  }

  /** Everybody in it. */
  all(): Resident[] {
    return this.#residents.filter((resident) => resident !== undefined);
  }

  /** Takes a resident out. */
  remove(number: number): void {
    const residents = this.#residents;
    const index = number & INDEX_MASK;
    const next = ((number & ~INDEX_MASK) + NEXT_GENERATION) & this.#generationMask;
    residents[index] = undefined;
    if (index < this.#end - 1) {
      this.#free.push(index | next);
      return;
    }
    let end = index;
    while (end > 0 && residents[end - 1] === undefined) end--;
    this.#end = end;
    this.#generation = next;
    if (end === 0 && this.#free.length > 0) this.#free = [];
    // Cutting an array costs more than a task: only where it frees three quarters.
    if (residents.length > CUT_FROM && end < residents.length / 4) residents.length = end;
  }
}
