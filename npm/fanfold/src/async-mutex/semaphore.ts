import { E_CANCELED } from './errors.js';
import type { SemaphoreInterface } from './interfaces.js';
import { Line, Request, type Ticket } from './line.js';
import { Onlookers } from './onlookers.js';

/**
 * A semaphore: a value, of which tickets take some as long as it is there.
 *
 * @example
 * ```ts
 * const connections = new Semaphore(4);
 * await connections.runExclusive(() => query(sql));
 * ```
 */
export class Semaphore implements SemaphoreInterface {
  #value: number;
  readonly #cancelError: Error;
  readonly #line = new Line();
  readonly #onlookers = new Onlookers();

  /**
   * @param value How much there is to take: any number, also below zero.
   * @param cancelError What those who wait reject with after `cancel()`. Default {@link E_CANCELED}.
   */
  constructor(value: number, cancelError: Error = E_CANCELED) {
    this.#value = value;
    this.#cancelError = cancelError;
  }

  acquire(weight = 1, priority = 0): Promise<[number, SemaphoreInterface.Releaser]> {
    checkWeight(weight);
    // Lighter ones pass who is first only by a higher priority.
    if (this.#isFree(weight, priority)) return Promise.resolve(this.#ticket(weight));
    return new Promise((grant, reject) => {
      this.#line.enter(new Request(weight, priority, grant, reject));
    });
  }

  async runExclusive<T>(callback: SemaphoreInterface.Worker<T>, weight = 1, priority = 0): Promise<T> {
    const [value, release] = await this.acquire(weight, priority);
    try {
      return await callback(value);
    } finally {
      release();
    }
  }

  waitForUnlock(weight = 1, priority = 0): Promise<void> {
    checkWeight(weight);
    if (this.#isFree(weight, priority)) return Promise.resolve();
    return new Promise((tell) => {
      this.#onlookers.add({ weight, priority, tell });
    });
  }

  isLocked(): boolean {
    return this.#value <= 0;
  }

  getValue(): number {
    return this.#value;
  }

  setValue(value: number): void {
    this.#value = value;
    this.#handOut();
  }

  release(weight = 1): void {
    checkWeight(weight);
    this.#value += weight;
    this.#handOut();
  }

  cancel(): void {
    this.#line.refuse(this.#cancelError);
  }

  #isFree(weight: number, priority: number): boolean {
    return weight <= this.#value && this.#line.isAhead(priority);
  }

  /** Takes so much. */
  #ticket(weight: number): Ticket {
    const before = this.#value;
    this.#value -= weight;
    let isReleased = false;
    return [
      before,
      () => {
        if (isReleased) return;
        isReleased = true;
        this.release(weight);
      },
    ];
  }

  /** There may be more to take: whoever only waits for that is told, before and after each who takes some of it. */
  #handOut(): void {
    this.#onlookers.tell(this.#value, this.#line);
    for (
      let { first } = this.#line;
      first !== undefined && first.weight <= this.#value;
      first = this.#line.first
    ) {
      this.#line.shift();
      first.grant(this.#ticket(first.weight));
      this.#onlookers.tell(this.#value, this.#line);
    }
  }
}

function checkWeight(weight: number): void {
  if (weight <= 0) throw new Error(`invalid weight ${weight}: must be positive`);
}
