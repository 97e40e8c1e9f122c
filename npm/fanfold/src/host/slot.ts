import { type Frame, frameKey, NOBODY, type RunningTask, runningStorage, ScopeBase } from './context.js';
import type { Runnable } from './residents.js';

/** Who is told when the promise of a slot's task settled. */
interface SlotHost {
  complete(slot: Slot, fulfilled: boolean): void;
}

/**
 * After so many contexts in a row that it had not seen, a slot does not look after awaits for so many tasks: making
 * a frame for each of them would cost what it must not.
 */
const NEW_FRAMES = 16;
const REST = 1024;

/** A frame with a slot in it. */
interface Marked {
  readonly frame: Frame;
  readonly running: RunningTask;
}

/**
 * Runs one task after the other. Its two handlers are made once, so that a task costs no closure. Where contexts
 * are frames, code after an await finds the slot in its frame, which is made once a slot and not once a task:
 * what an ended task left behind is then taken for part of the task that has the slot now, if any.
 */
export class Slot {
  readonly #host: SlotHost;
  #task: Runnable | undefined;
  handle = 0;
  limiter = 0;
  /** What the end of its task says about the service that it called, one of the HEALTH numbers: 0 where that speaks for itself. */
  health = 0;
  /** For tasks that come without any context of their own, which is most. */
  #plain: Marked | undefined;
  /** For the others, as long as somebody has their context. */
  #frames: WeakMap<object, Marked> | undefined;
  #newFrames = 0;
  /** The task as its context names it. */
  #running: RunningTask | undefined;
  readonly fulfilled: (value: unknown) => void;
  readonly rejected: (reason: unknown) => void;

  constructor(host: SlotHost) {
    this.#host = host;
    // The caller goes on in a later microtask, so that the slot is handed over before that all the same. The
    // next function runs here and now: a promise settled after it would be late for those who come in between.
    this.fulfilled = (value) => {
      this.leave().fulfill(value);
      this.#host.complete(this, true);
    };
    this.rejected = (reason) => {
      this.leave().fail(reason);
      this.#host.complete(this, false);
    };
  }

  /** Takes a task in. */
  enter(task: Runnable, handle: number, limiter: number): void {
    this.#task = task;
    this.handle = handle;
    this.limiter = limiter;
    this.health = 0;
  }

  /** Lets the task it has run in its own context plus this slot, where that is free. */
  mark(): void {
    if (frameKey === undefined) return;
    if (this.#newFrames < NEW_FRAMES) this.#mark(this.#task as Runnable, frameKey);
    else if (++this.#newFrames === NEW_FRAMES + REST) this.#newFrames = 0;
  }

  /** The task it has, as code inside it is to find it for as long as it runs, and no longer. */
  marked(outer: RunningTask | undefined): RunningTask {
    if (this.#running !== undefined) this.#running.handle = NOBODY;
    this.#running = { limiter: this.limiter, handle: this.handle, outer };
    return this.#running;
  }

  /** Lets go of the task it has. */
  leave(): Runnable {
    const task = this.#task as Runnable;
    this.#task = undefined;
    if (this.#running !== undefined) {
      this.#running.handle = NOBODY;
      this.#running = undefined;
    }
    return task;
  }

  #mark(task: Runnable, key: symbol): void {
    const scope = task as unknown as Record<symbol, Frame>;
    const frame = scope[key];
    const known = frame === undefined ? this.#plain : this.#frames?.get(frame);
    const { frame: marked, running } = known ?? this.#newFrame(task, frame);
    if (known !== undefined) this.#newFrames = 0;
    running.limiter = this.limiter;
    running.handle = this.handle;
    this.#running = running;
    scope[key] = marked;
  }

  #newFrame(task: Runnable, frame: Frame): Marked {
    this.#newFrames++;
    const outer = frame?.get(runningStorage as object) as RunningTask | undefined;
    const running: RunningTask = { limiter: 0, handle: NOBODY, outer };
    const marked = {
      frame: task.runInAsyncScope(() => runningStorage?.run(running, currentFrame)),
      running,
    };
    if (frame === undefined) {
      this.#plain = marked;
    } else {
      this.#frames ??= new WeakMap();
      this.#frames.set(frame, marked);
    }
    return marked;
  }
}

/** The frame of the current context, read off a scope made for it. */
function currentFrame(): Frame {
  const scope = new ScopeBase('fanfold.frame') as unknown as Record<symbol, Frame>;
  return frameKey === undefined ? undefined : scope[frameKey];
}
