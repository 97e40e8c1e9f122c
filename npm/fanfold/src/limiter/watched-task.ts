import type { TaskWatch } from '../observe/watch.js';
import type { Settle } from '../task/promise.js';
import type { AnyFunction } from '../task/task.js';
import { Task } from '../task/task.js';
import { ContextTask } from './context-task.js';

/** A plain call that somebody watches. */
export class WatchedTask extends Task {
  readonly #watch: TaskWatch;

  constructor(fn: AnyFunction, args: unknown[] | undefined, settle: Settle, watch: TaskWatch) {
    super(fn, args, settle);
    this.#watch = watch;
  }

  override fulfill(value: unknown): void {
    this.#watch.fulfilled(1);
    super.fulfill(value);
  }

  override fail(reason: unknown): void {
    this.#watch.failed(1, reason);
    super.fail(reason);
  }

  override reject(reason: unknown): void {
    this.#watch.rejected(1, reason);
    super.reject(reason);
  }
}

/** A task, or an attempt of one, that somebody watches. */
export class WatchedContextTask extends ContextTask {
  /** Set before anything happens to it. */
  watch: TaskWatch | undefined;

  override fulfill(value: unknown): void {
    this.watch?.fulfilled(this.attempt);
    super.fulfill(value);
  }

  override fail(reason: unknown): void {
    this.watch?.failed(this.attempt, reason);
    super.fail(reason);
  }

  override reject(reason: unknown): void {
    this.watch?.rejected(this.attempt, reason);
    super.reject(reason);
  }
}
