import { BufferCore } from './core.js';
import type { BufferPlan } from './options.js';
import type { Waiter } from './waiter.js';

/** A buffer of values that differ in weight or priority: the engine knows each by its slot, and says which is next. */
export class SlottedCore<T> extends BufferCore<T> {
  #slots: (T | undefined)[] = [];
  #free: number[] = [];
  /** How many are stored; others may have slots who still wait. */
  size = 0;

  constructor(plan: BufferPlan<T>) {
    super(plan, false);
  }

  protected override get isStuck(): boolean {
    return false;
  }

  protected override keep(value: T): number {
    const slot = this.#free.pop() ?? this.#slots.length;
    this.#slots[slot] = value;
    return slot;
  }

  protected override put(_waiter: Waiter<T>): void {
    this.size++;
  }

  protected override takeOut(slot: number): T {
    this.size--;
    return this.#release(slot);
  }

  protected override drop(slot: number): void {
    this.size--;
    this.#release(slot);
  }

  protected override forget(waiter: Waiter<T>): void {
    this.#release(waiter.slot);
  }

  protected override clear(): void {
    // Nothing comes in any more. The slots of those who still wait are void, too: they are told in the same turn.
    this.size = 0;
    this.#slots = [];
    this.#free = [];
  }

  protected override report(): void {}

  #release(slot: number): T {
    if (slot >= this.#slots.length) return undefined as T;
    const value = this.#slots[slot] as T;
    this.#slots[slot] = undefined;
    this.#free.push(slot);
    if (this.#free.length === this.#slots.length) {
      this.#slots = [];
      this.#free = [];
    }
    return value;
  }
}
