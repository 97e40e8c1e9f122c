import * as commands from '../host/buffer-commands.js';
import { BufferCore, taken } from './core.js';
import { Deque } from './deque.js';
import type { BufferPlan } from './options.js';
import type { Taken } from './types.js';
import type { Waiter } from './waiter.js';

/**
 * A buffer of values that all weigh the same and go by their age. As long as nobody waits there is nothing to decide, and
 * the engine, which lends the count, is not asked: it is told of what came and went before it is asked anything else.
 */
export class CountedCore<T> extends BufferCore<T> {
  readonly #values = new Deque<T>();
  readonly #capacity: number;
  readonly #lifo: boolean;
  /** How many more there are than the engine knows. */
  #untold = 0;

  constructor(plan: BufferPlan<T>) {
    super(plan, true);
    this.#capacity = plan.capacity;
    this.#lifo = plan.order === 'lifo';
  }

  get size(): number {
    return this.#values.length;
  }

  override push(value: T): boolean {
    if (this.#store(value)) return true;
    return !this.isStuck && super.push(value);
  }

  override next(value: T, signal: AbortSignal | undefined): Promise<Taken> {
    if (signal?.aborted !== true && this.#store(value)) return taken;
    return super.next(value, signal);
  }

  override ready(signal: AbortSignal | undefined): Promise<Taken> {
    if (signal?.aborted !== true && this.#hasRoom) return taken;
    return super.ready(signal);
  }

  override pull(signal: AbortSignal | undefined): Promise<IteratorResult<T, undefined>> {
    if (signal?.aborted !== true && this.#values.length > 0) {
      return Promise.resolve({ value: this.#take(), done: false });
    }
    return super.pull(signal);
  }

  protected override get isStuck(): boolean {
    return (
      this.plan.overflow === 'suspend' && this.waitingPulls === 0 && this.#values.length >= this.#capacity
    );
  }

  /** Whether it is all the same who comes, and there is room. */
  get #hasRoom(): boolean {
    return this.waiting === 0 && this.#values.length < this.#capacity && this.isOpen;
  }

  #store(value: T): boolean {
    if (!this.#hasRoom) return false;
    this.#values.push(value);
    this.#untold++;
    return true;
  }

  /** The next one, whose place is then somebody else's. */
  #take(): T {
    const value = this.#next();
    this.#untold--;
    if (this.waiting > 0) {
      this.report();
      this.ask();
    } else if (!this.isOpen) {
      this.restIfOver();
    }
    return value;
  }

  protected override takeNow(count: number): T[] {
    if (this.#values.length === 0) return super.takeNow(count);
    const values: T[] = [];
    while (values.length < count && this.#values.length > 0) values.push(this.#take());
    return values;
  }

  #next(): T {
    return this.#lifo ? this.#values.pop() : this.#values.shift();
  }

  protected override report(): void {
    if (this.#untold === 0) return;
    commands.moved(this.host, this.handle, this.#untold);
    this.#untold = 0;
  }

  protected override put(waiter: Waiter<T>): void {
    this.#values.push(waiter.value as T);
  }

  protected override takeOut(): T {
    return this.#next();
  }

  protected override drop(_slot: number, newest: boolean): void {
    if (newest) this.#values.pop();
    else this.#values.shift();
  }

  protected override keep(): number {
    return 0;
  }

  protected override forget(): void {}

  protected override clear(): void {
    this.#values.clear();
  }
}
