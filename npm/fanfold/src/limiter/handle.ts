import { coreOf } from '../check/limiter.js';
import { silence } from '../task/promise.js';
import type { ContextTask } from './context-task.js';
import { checkPriority } from './options.js';
import type { TaskHandle } from './types.js';

/** Where a handle tells the task that it stands for now. */
export const TASK: unique symbol = Symbol('fanfold.task');

export interface Tasked {
  [TASK](): Pick<ContextTask, 'limiter' | 'state' | 'handle'>;
}

/** What the submitter holds. */
export class Handle<T> implements TaskHandle<T>, Tasked {
  readonly #task: ContextTask;
  readonly result: Promise<T>;

  constructor(task: ContextTask, result: Promise<T>) {
    this.#task = task;
    this.result = result;
  }

  get id(): number {
    return this.#task.id;
  }

  get state(): 'queued' | 'running' | 'done' {
    return this.#task.state;
  }

  get started(): Promise<void> {
    return this.#task.started;
  }

  get priority(): number {
    return this.#task.priority;
  }

  set priority(priority: number) {
    this.#task.priority = checkPriority(coreOf(this.#task.limiter), priority);
  }

  [TASK](): ContextTask {
    return this.#task;
  }

  cancel(reason: unknown = new DOMException('The task was cancelled', 'AbortError')): boolean {
    // Whoever cancels knows how it ends, and need not look at the result for it.
    if (this.#task.state !== 'done') silence(this.result);
    return this.#task.cancel(reason);
  }
}
