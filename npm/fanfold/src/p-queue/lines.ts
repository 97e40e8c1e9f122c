import { ByHand } from '../limiter/by-hand.js';
import { Namesakes } from './namesakes.js';
import type { QueueAddOptions } from './options.js';
import { PriorityQueue, type Queue, type RunFunction, unknownId } from './priority-queue.js';
import type { QueueTask, Wishes } from './task.js';

/** Where tasks wait. */
export interface Line {
  readonly size: number;
  concurrency: number;
  enter(task: QueueTask, wishes: Wishes): void;
  /** Takes the next one out; what to begin with: a task, or a function that begins with one. */
  next(): QueueTask | RunFunction | undefined;
  withdraw(task: QueueTask): void;
  setPriority(id: string, priority: number): void;
  sizeBy(options: Readonly<Partial<QueueAddOptions>>): number;
  clear(): void;
  /** Calls the function of a task that was the next. */
  call(task: QueueTask): unknown;
  /** That has ended, or will never be called. */
  leave(task: QueueTask): void;
  /** Nothing is asked for any more in this step. */
  flush(): void;
}

/** In the engine: by priority, then as they came, and no more at once than there are slots. */
export class EngineLine implements Line {
  readonly #limiter: ByHand<QueueTask>;
  #size = 0;
  #order = 0;
  /** Those who wait by their names, made when that is first asked for. */
  #byId: Map<string, Namesakes> | undefined;

  constructor(concurrency: number) {
    this.#limiter = new ByHand(slots(concurrency), 'p-queue');
  }

  get size(): number {
    return this.#size;
  }

  set concurrency(concurrency: number) {
    this.#limiter.concurrency = slots(concurrency);
  }

  enter(task: QueueTask): void {
    task.order = this.#order++;
    this.#limiter.enter(task, task.priority, task);
    this.#size++;
    if (this.#byId !== undefined) this.#enlist(this.#byId, task);
  }

  next(): QueueTask | undefined {
    const task = this.#limiter.next();
    if (task === undefined) return undefined;
    this.#forget(task);
    task.slot = this.#limiter.occupy(task);
    return task;
  }

  withdraw(task: QueueTask): void {
    this.#limiter.withdraw(task);
    this.#forget(task);
  }

  setPriority(id: string, priority: number): void {
    this.#byId ??= this.#index();
    const task = this.#byId.get(id)?.first;
    if (task === undefined) throw unknownId(id);
    this.withdraw(task);
    task.priority = priority;
    this.enter(task);
  }

  sizeBy({ priority }: Readonly<Partial<QueueAddOptions>>): number {
    let size = 0;
    for (const task of this.#limiter.waiting()) if (task.priority === priority) size++;
    return size;
  }

  clear(): void {
    this.#size = 0;
    this.#byId = undefined;
    // Their promises stay as they are.
    this.#limiter.clear(undefined);
  }

  call(task: QueueTask): unknown {
    return task.slot && this.#limiter.callIn(task.slot, task);
  }

  leave(task: QueueTask): void {
    if (task.slot !== undefined) this.#limiter.vacate(task.slot, task, true);
  }

  flush(): void {
    this.#limiter.flush();
  }

  #forget(task: QueueTask): void {
    this.#size--;
    if (this.#byId === undefined) return;
    const { id } = task;
    const namesakes = this.#byId.get(id);
    namesakes?.remove(task);
    if (namesakes?.size === 0) this.#byId.delete(id);
  }

  #index(): Map<string, Namesakes> {
    const byId = new Map<string, Namesakes>();
    for (const task of this.#limiter.waiting()) this.#enlist(byId, task);
    return byId;
  }

  #enlist(byId: Map<string, Namesakes>, task: QueueTask): void {
    const { id } = task;
    let namesakes = byId.get(id);
    if (namesakes === undefined) {
      namesakes = new Namesakes();
      byId.set(id, namesakes);
    }
    namesakes.add(task);
  }
}

/** In an object of the user's, who says in which order. */
export class CustomLine implements Line {
  readonly #queueClass: new () => Queue<RunFunction, QueueAddOptions>;
  readonly #begin: (task: QueueTask) => void;
  #queue: Queue<RunFunction, QueueAddOptions>;
  #runs = new WeakMap<QueueTask, RunFunction>();
  /** Whoever looks at that has looked at it before. */
  concurrency = Number.POSITIVE_INFINITY;

  constructor(queueClass: new () => Queue<RunFunction, QueueAddOptions>, begin: (task: QueueTask) => void) {
    this.#queueClass = queueClass;
    this.#begin = begin;
    this.#queue = new queueClass();
  }

  get size(): number {
    return this.#queue.size;
  }

  enter(task: QueueTask, { number: _, ...options }: Wishes): void {
    const run = (): Promise<void> =>
      new Promise((resolve, reject) => {
        task.over = { resolve, reject };
        this.#begin(task);
      });
    this.#runs.set(task, run);
    this.#queue.enqueue(run, { ...options, id: task.id });
  }

  next(): RunFunction | undefined {
    return this.#queue.dequeue() ?? notCallable;
  }

  withdraw(task: QueueTask): void {
    if (this.#queue instanceof PriorityQueue) this.#queue.remove(this.#runs.get(task) as RunFunction);
    else this.#queue.remove?.(task.id);
  }

  setPriority(id: string, priority: number): void {
    this.#queue.setPriority(id, priority);
  }

  sizeBy(options: Readonly<Partial<QueueAddOptions>>): number {
    return this.#queue.filter(options).length;
  }

  clear(): void {
    this.#queue = new this.#queueClass();
  }

  call(task: QueueTask): unknown {
    return task.call();
  }

  leave(): void {}

  flush(): void {}
}

/** One more runs where there is room for a part of it. */
function slots(concurrency: number): number {
  return Math.ceil(concurrency);
}

/** What p-queue finds out when it calls what a queue gives that has nothing. */
function notCallable(): never {
  throw new TypeError('job is not a function');
}
