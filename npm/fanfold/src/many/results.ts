import { lastSettle, pending, Rejection, type Settle } from '../task/promise.js';
import { skip } from './skip.js';
import type { Sink } from './work.js';

/** How the values of a work become its result. */
export type Finish = (values: unknown[]) => unknown;

/** Values at their index. */
abstract class Promised implements Sink {
  readonly promise: Promise<unknown> = pending<unknown>();
  protected readonly settle: Settle = lastSettle();

  abstract fulfilled(index: number, value: unknown, item: unknown): void;
  abstract failed(index: number, reason: unknown): void;
  abstract decided(fulfilled: boolean, by: number | undefined): void;

  hasRoom(): boolean {
    return true;
  }

  aborted(reason: unknown): void {
    this.settle(new Rejection(reason));
  }
}

/** What failed, by its index. */
export class Failures {
  readonly #byIndex = new Map<number, unknown>();
  /** The one that came first. */
  first: unknown;

  add(index: number, reason: unknown): void {
    if (this.#byIndex.size === 0) this.first = reason;
    this.#byIndex.set(index, reason);
  }

  /** What a work fails with: all of them where all were run to their end, else the one that came first. */
  reason(isPatient: boolean): unknown {
    return isPatient ? this.aggregate('# of the functions failed') : this.first;
  }

  /** All of them, in the order of the input. */
  aggregate(message: string): AggregateError {
    const entries = [...this.#byIndex].sort(([one], [other]) => one - other);
    return new AggregateError(
      entries.map(([, reason]) => reason),
      message.replace('#', String(entries.length)),
    );
  }
}

/** All values in the order of the input, or the failure of one; or of all, where all were run to their end. */
export class AllValues extends Promised {
  readonly #values: unknown[] = [];
  readonly #failures = new Failures();
  readonly #isPatient: boolean;
  readonly #finish: Finish | undefined;
  #skipped = false;

  /**
   * @param isPatient Whether a failure waits for what else fails.
   * @param finish By default what is skipped is taken out.
   */
  constructor(isPatient: boolean, finish?: Finish) {
    super();
    this.#isPatient = isPatient;
    this.#finish = finish;
  }

  fulfilled(index: number, value: unknown): void {
    if (value === skip) this.#skipped = true;
    this.#values[index] = value;
  }

  failed(index: number, reason: unknown): void {
    this.#failures.add(index, reason);
  }

  decided(fulfilled: boolean): void {
    if (fulfilled) {
      const values = this.#values;
      if (this.#finish !== undefined) this.settle(this.#finish(values));
      else this.settle(this.#skipped ? values.filter((value) => value !== skip) : values);
    } else {
      this.settle(new Rejection(this.#failures.reason(this.#isPatient)));
    }
  }
}

/** Nothing but the end. */
export class NoValues extends Promised {
  readonly #failures = new Failures();
  readonly #isPatient: boolean;

  constructor(isPatient: boolean) {
    super();
    this.#isPatient = isPatient;
  }

  fulfilled(): void {}

  failed(index: number, reason: unknown): void {
    this.#failures.add(index, reason);
  }

  decided(fulfilled: boolean): void {
    this.settle(fulfilled ? undefined : new Rejection(this.#failures.reason(this.#isPatient)));
  }
}

/** How many failed, and nothing of what they came to. */
export class FailureCount extends Promised {
  #count = 0;

  fulfilled(): void {}

  failed(): void {
    this.#count++;
  }

  decided(): void {
    this.settle(this.#count);
  }
}

/** How each one ended, in the order of the input. */
export class SettledValues extends Promised {
  readonly #results: PromiseSettledResult<unknown>[] = [];
  readonly #finish: Finish | undefined;
  #skipped = false;

  /** @param finish By default what is skipped is taken out. */
  constructor(finish?: Finish) {
    super();
    this.#finish = finish;
  }

  fulfilled(index: number, value: unknown): void {
    if (value === skip) this.#skipped = true;
    this.#results[index] = { status: 'fulfilled', value };
  }

  failed(index: number, reason: unknown): void {
    this.#results[index] = { status: 'rejected', reason };
  }

  decided(): void {
    const results = this.#results;
    const isKept = (result: PromiseSettledResult<unknown>): boolean =>
      result.status === 'rejected' || result.value !== skip;
    if (this.#finish !== undefined) this.settle(this.#finish(results));
    else this.settle(this.#skipped ? results.filter(isKept) : results);
  }
}

/** The first so many values, in the order of the input. */
export class SomeValues extends Promised {
  readonly #values = new Map<number, unknown>();
  readonly #failures = new Failures();
  readonly #finish: Finish;
  readonly #message: string;

  constructor(message: string, finish: Finish) {
    super();
    this.#message = message;
    this.#finish = finish;
  }

  fulfilled(index: number, value: unknown): void {
    this.#values.set(index, value);
  }

  failed(index: number, reason: unknown): void {
    this.#failures.add(index, reason);
  }

  decided(fulfilled: boolean): void {
    if (fulfilled) {
      const entries = [...this.#values].sort(([one], [other]) => one - other);
      this.settle(this.#finish(entries.map(([, value]) => value)));
    } else {
      this.settle(new Rejection(this.#failures.aggregate(this.#message)));
    }
  }
}

/** How the one ended that ended first. */
export class FirstEnd extends Promised {
  #end: unknown;
  #ended = false;

  fulfilled(_index: number, value: unknown): void {
    this.#ends(value);
  }

  failed(_index: number, reason: unknown): void {
    this.#ends(new Rejection(reason));
  }

  decided(): void {
    // Nobody will ever be first where there is nobody.
    this.#ends(new Rejection(new RangeError('Expected `tasks` to have at least one item, got none')));
    this.settle(this.#end);
  }

  #ends(outcome: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#end = outcome;
  }
}

/** The items that a predicate is true for, in the order of the input. */
export class KeptItems extends AllValues {
  override fulfilled(index: number, value: unknown, item?: unknown): void {
    super.fulfilled(index, value ? item : skip);
  }
}
