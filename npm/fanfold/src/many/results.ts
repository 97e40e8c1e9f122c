import { lastSettle, pending, Rejection, type Settle } from '../task/promise.js';
import { Failures, type Message } from './failures.js';
import { InOrder } from './in-order.js';
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

/** All values in the order of the input, or the failure of one; or of all, where all were run to their end. */
export class AllValues extends Promised {
  protected readonly values = new InOrder<unknown>();
  readonly #failures: Failures;
  readonly #isPatient: boolean;
  readonly #finish: Finish | undefined;

  /**
   * @param isPatient Whether a failure waits for what else fails.
   * @param finish By default what is skipped is left out.
   * @param keys What failures are named by where that is not their index.
   */
  constructor(isPatient: boolean, finish?: Finish, keys?: readonly string[]) {
    super();
    this.#failures = new Failures(keys);
    this.#isPatient = isPatient;
    this.#finish = finish;
  }

  fulfilled(index: number, value: unknown, _item?: unknown): void {
    if (value === skip && this.#finish === undefined) this.values.leaveOut(index);
    else this.values.set(index, value);
  }

  failed(index: number, reason: unknown): void {
    this.#failures.add(index, reason);
  }

  decided(fulfilled: boolean): void {
    if (!fulfilled) {
      this.settle(new Rejection(this.#failures.reason(this.#isPatient)));
      return;
    }
    const values = this.values.all();
    this.settle(this.#finish === undefined ? values : this.#finish(values));
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
  readonly #results = new InOrder<PromiseSettledResult<unknown>>();
  readonly #finish: Finish | undefined;

  /** @param finish By default what is skipped is left out. */
  constructor(finish?: Finish) {
    super();
    this.#finish = finish;
  }

  fulfilled(index: number, value: unknown): void {
    if (value === skip && this.#finish === undefined) this.#results.leaveOut(index);
    else this.#results.set(index, { status: 'fulfilled', value });
  }

  failed(index: number, reason: unknown): void {
    this.#results.set(index, { status: 'rejected', reason });
  }

  decided(): void {
    const results = this.#results.all();
    this.settle(this.#finish === undefined ? results : this.#finish(results));
  }
}

/** The first so many values, in the order of the input. */
export class SomeValues extends Promised {
  readonly #values = new Map<number, unknown>();
  readonly #failures = new Failures();
  readonly #finish: Finish;
  readonly #message: Message;

  constructor(message: Message, finish: Finish) {
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
  readonly #ends = new Map<number, unknown>();

  fulfilled(index: number, value: unknown): void {
    this.#ends.set(index, value);
  }

  failed(index: number, reason: unknown): void {
    this.#ends.set(index, new Rejection(reason));
  }

  decided(_fulfilled: boolean, by: number | undefined): void {
    // Nobody will ever be first where there is nobody.
    const nobody = 'Expected `tasks` to have at least one item, got none';
    this.settle(by === undefined ? new Rejection(new RangeError(nobody)) : this.#ends.get(by));
  }
}

/** The items that a predicate is true for, in the order of the input. */
export class KeptItems extends AllValues {
  override fulfilled(index: number, value: unknown, item?: unknown): void {
    if (value) this.values.set(index, item);
    else this.values.leaveOut(index);
  }
}
