import { wrongType } from '../errors/misuse.js';
import type { Milliseconds } from '../limiter/types.js';
import { checkWait, emptyList, type FunctionPlan, type ListPlan } from './options.js';

/** The waits of one run that come from the caller and not from a rule. */
export interface Waits {
  /** The wait after this attempt. Throws a TypeError or RangeError for one that is none, and what the caller's code throws. */
  next(attempt: number, error: unknown): Milliseconds;
  /** The run is over: an iterator is told so. Again changes nothing. */
  close(): void;
}

/** @param option What messages call it. */
export function openWaits(plan: ListPlan | FunctionPlan, option = 'backoff'): Waits {
  return plan.kind === 'list' ? new ListedWaits(plan.list, option) : new CalledWaits(plan.wait, option);
}

/** Each item is one wait; the last stays. */
class ListedWaits implements Waits {
  readonly #option: string;
  #items: Iterator<unknown> | undefined;
  #read = 0;
  #last: Milliseconds | undefined = undefined;

  constructor(list: Iterable<unknown>, option: string) {
    this.#option = option;
    const items: unknown = list[Symbol.iterator]();
    if (typeof items !== 'object' || items === null) throw wrongType(option, 'an iterable of numbers', list);
    this.#items = items as Iterator<unknown>;
  }

  next(): Milliseconds {
    const items = this.#items;
    if (items !== undefined) {
      // One that throws has ended too, and is not told to.
      this.#items = undefined;
      const item = items.next();
      if (item.done !== true) {
        this.#items = items;
        this.#last = checkWait(`${this.#option}[${this.#read}]`, item.value);
        this.#read += 1;
      }
    }
    if (this.#last === undefined) throw emptyList(this.#option);
    return this.#last;
  }

  close(): void {
    const items = this.#items;
    this.#items = undefined;
    items?.return?.();
  }
}

class CalledWaits implements Waits {
  readonly #wait: FunctionPlan['wait'];
  readonly #option: string;

  constructor(wait: FunctionPlan['wait'], option: string) {
    this.#wait = wait;
    this.#option = option;
  }

  next(attempt: number, error: unknown): Milliseconds {
    const wait = this.#wait;
    return checkWait(`${this.#option}()`, wait(attempt, error));
  }

  close(): void {}
}
