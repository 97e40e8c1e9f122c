import { isPublished } from '../observe/channels.js';
import type { StageListener } from '../observe/stage.js';
import { Observers, type TaskWatch } from '../observe/watch.js';
import { lastSettle, pending } from '../task/promise.js';
import type { AnyFunction } from '../task/task.js';
import type { CapacityCore } from './capacity-core.js';
import { WatchedContextTask, WatchedTask } from './watched-task.js';

/**
 * How the tasks of a limiter are shown to those who observe it. Only limiters that users hold have it: drop-ins do not
 * load it.
 */
export class Watching {
  /** What a task is that is told about itself, and watched. */
  readonly kind = WatchedContextTask;
  readonly #core: CapacityCore;
  /** Who heard of its tasks at some time. */
  #observers: Observers | undefined;

  constructor(core: CapacityCore) {
    this.#core = core;
  }

  /** Another one hears of its tasks. Gives what ends that. */
  add(listener: StageListener): () => void {
    return this.#opened().add(listener);
  }

  /** What is seen of a task that comes in now, where anybody looks. */
  watch(isRetried: boolean): TaskWatch | undefined {
    if (this.#observers === undefined ? !isPublished() : !this.#observers.areThere) return undefined;
    return this.#opened().watch(isRetried);
  }

  /** Submits a plain call that is watched. */
  call(fn: AnyFunction, args: unknown[] | undefined, watch: TaskWatch): Promise<unknown> {
    const core = this.#core;
    const promise = pending<unknown>();
    const task = new WatchedTask(core.track(fn), args, lastSettle(), watch);
    watch.queued(1);
    core.enter(task, undefined);
    return promise;
  }

  #opened(): Observers {
    this.#observers ??= new Observers(this.#core.name, this.#core.host);
    return this.#observers;
  }
}
