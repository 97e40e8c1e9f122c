import { describe } from '../errors/describe.js';

/** How many indexes a message names: an error of a million failures stays readable. */
const NAMED = 100;

/** Which ones a message is about. */
export function named(indexes: readonly (number | string)[]): string {
  const first = indexes.slice(0, NAMED).map((index) => JSON.stringify(index));
  const rest = indexes.length - first.length;
  return rest > 0 ? `${first.join(', ')} and ${rest} more` : first.join(', ');
}

/** What is said of so many failures, and where they were. */
export type Message = (count: number, where: string, first: string) => string;

const SOME_FAILED: Message = (count, where, first) =>
  `${count} of the functions failed: ${where}. The first error: ${first}`;

/** What failed, by its index. */
export class Failures {
  readonly #byIndex = new Map<number, unknown>();
  readonly #keys: readonly string[] | undefined;
  /** The one that came first. */
  #first: unknown;

  /** @param keys What the functions are called by where that is not their index. */
  constructor(keys?: readonly string[]) {
    this.#keys = keys;
  }

  add(index: number, reason: unknown): void {
    if (this.#byIndex.size === 0) this.#first = reason;
    this.#byIndex.set(index, reason);
  }

  /** What a work fails with: all of them where all were run to their end, else the one that came first. */
  reason(isPatient: boolean): unknown {
    return isPatient ? this.aggregate(SOME_FAILED) : this.#first;
  }

  /** All of them, in the order of the input. */
  aggregate(message: Message): AggregateError {
    const entries = [...this.#byIndex].sort(([one], [other]) => one - other);
    const where = named(entries.map(([index]) => this.#keys?.[index] ?? index));
    return new AggregateError(
      entries.map(([, reason]) => reason),
      message(entries.length, where, describe(entries[0]?.[1])),
    );
  }
}
