import { rank } from '../host/hand-commands.js';
import type { QueueTask } from './task.js';

/** Those who wait by one name, as a heap: the one that is the next of them is known at once. */
export class Namesakes {
  readonly #tasks: QueueTask[] = [];

  get size(): number {
    return this.#tasks.length;
  }

  /** Who is the next. */
  get first(): QueueTask | undefined {
    return this.#tasks[0];
  }

  add(task: QueueTask): void {
    this.#tasks.push(task);
    this.#rise(task, this.#tasks.length - 1);
  }

  remove(task: QueueTask): void {
    const last = this.#tasks.pop() as QueueTask;
    if (last === task) return;
    this.#sink(last, task.place);
    this.#rise(last, last.place);
  }

  /** Puts a task here, or further up, behind those only that are before it. */
  #rise(task: QueueTask, from: number): void {
    const tasks = this.#tasks;
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = tasks[above] as QueueTask;
      if (isBefore(other, task)) break;
      this.#put(other, at);
      at = above;
    }
    this.#put(task, at);
  }

  /** Puts a task here, or further down, before all that are behind it. */
  #sink(task: QueueTask, from: number): void {
    const tasks = this.#tasks;
    let at = from;
    for (;;) {
      let below = 2 * at + 1;
      let other = tasks[below];
      if (other === undefined) break;
      const right = tasks[below + 1];
      if (right !== undefined && isBefore(right, other)) {
        other = right;
        below++;
      }
      if (isBefore(task, other)) break;
      this.#put(other, at);
      at = below;
    }
    this.#put(task, at);
  }

  #put(task: QueueTask, at: number): void {
    this.#tasks[at] = task;
    task.place = at;
  }
}

function isBefore(one: QueueTask, other: QueueTask): boolean {
  const [first, second] = [rank(one.priority), rank(other.priority)];
  return first > second || (first === second && one.order < other.order);
}
