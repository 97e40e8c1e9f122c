import { type Frame, frameKey, type RunningTask, runningStorage, ScopeBase } from './context.js';
import type { Runnable } from './residents.js';

/** Who is told when the promise of a slot's task settled. */
interface SlotHost {
  complete(slot: Slot, fulfilled: boolean): void;
}

/** After so many changes of context a slot stops to look after awaits: it would cost what it must not. */
const FRAME_CHANGES = 16;

/**
 * Runs one task after the other. Its two handlers are made once, so that a task costs no closure; it is also
 * what code after an await finds as the task it runs in, where contexts are frames.
 */
export class Slot implements RunningTask {
  readonly #host: SlotHost;
  #task: Runnable | undefined;
  handle = 0;
  limiter = 0;
  readonly outer = undefined;
  /** The frame that the last task came with, and the same with this slot in it. */
  #frame: Frame;
  #marked: Frame;
  #changes = 0;
  readonly fulfilled: (value: unknown) => void;
  readonly rejected: (reason: unknown) => void;

  constructor(host: SlotHost) {
    this.#host = host;
    // The caller goes on in a later microtask, so that the slot is handed over before that all the same. The
    // next function runs here and now: a promise settled after it would be late for those who come in between.
    this.fulfilled = (value) => {
      this.#leave().fulfill(value);
      this.#host.complete(this, true);
    };
    this.rejected = (reason) => {
      this.#leave().fail(reason);
      this.#host.complete(this, false);
    };
  }

  /** Takes a task in. */
  enter(task: Runnable, handle: number, limiter: number): void {
    this.#task = task;
    this.handle = handle;
    this.limiter = limiter;
    if (frameKey !== undefined && this.#changes < FRAME_CHANGES) this.#mark(task, frameKey);
  }

  #leave(): Runnable {
    const task = this.#task as Runnable;
    this.#task = undefined;
    return task;
  }

  /** Lets the task run in its own context plus this slot. */
  #mark(task: Runnable, key: symbol): void {
    const scope = task as unknown as Record<symbol, Frame>;
    const frame = scope[key];
    if (frame !== this.#frame || this.#marked === undefined) {
      if (++this.#changes === FRAME_CHANGES) {
        this.#frame = undefined;
        this.#marked = undefined;
        return;
      }
      this.#frame = frame;
      this.#marked = task.runInAsyncScope(() => runningStorage?.run(this, currentFrame));
    }
    scope[key] = this.#marked;
  }
}

/** The frame of the current context, read off a scope made for it. */
function currentFrame(): Frame {
  const scope = new ScopeBase('fanfold.frame') as unknown as Record<symbol, Frame>;
  return frameKey === undefined ? undefined : scope[frameKey];
}
