import { ScopeBase } from '../host/context.js';
import type { Host } from '../host/host.js';
import { inMicrotask } from '../host/microtask.js';
import { nextTaskId } from '../task/id.js';
import { Rejection, type Settle } from '../task/promise.js';
import type { AnyFunction } from '../task/task.js';
import { callTraced, isPublished, publish } from './channels.js';
import type { Stage, StageListener, StageRecord } from './stage.js';

/** Who hears of the tasks of one limiter or pool. */
export class Observers {
  readonly name: string;
  readonly host: Host;
  #listeners: readonly { readonly tell: StageListener }[] = [];
  #tasks = 0;

  constructor(name: string, host: Host) {
    this.name = name;
    this.host = host;
  }

  /** Whether anybody does. */
  get areThere(): boolean {
    return this.#listeners.length > 0 || isPublished();
  }

  /** Another one hears from now on, until the function that this gives is called. */
  add(tell: StageListener): () => void {
    const listener = { tell };
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((one) => one !== listener);
    };
  }

  /** Tells all that was noted, of anything. Who listens is no part of the task that is being called. */
  flush(): void {
    const { slot } = this.host;
    this.host.exit();
    try {
      tellAll();
    } finally {
      this.host.enter(slot);
    }
  }

  /** A task comes in. */
  watch(isRetried: boolean): TaskWatch {
    return new TaskWatch(this, this.#tasks++, isRetried);
  }

  tell(record: StageRecord): void {
    for (const { tell } of this.#listeners) {
      try {
        tell(record);
      } catch (error) {
        // As with all listeners: theirs to hear of, and nobody else's to suffer from.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
    publish(record);
  }
}

/** Who tells what was noted, in its own async context. */
interface Teller {
  tell(record: StageRecord): void;
}

/** What is to be told, in the order in which it happened in all limiters and pools. */
let untold: { readonly teller: Teller; readonly record: StageRecord }[] = [];

/** Has this told in a microtask, or before the next function is called. */
export function note(teller: Teller, record: StageRecord): void {
  if (untold.length === 0) inMicrotask(tellAll);
  untold.push({ teller, record });
}

function tellAll(): void {
  while (untold.length > 0) {
    const told = untold;
    untold = [];
    for (const { teller, record } of told) teller.tell(record);
  }
}

/**
 * What is seen of one task, from the time it comes in to its end. Whatever happens is noted on the spot, and told in a
 * microtask, in the async context of whoever submitted the task; before its function is called, all that came before
 * is told first. Whatever comes after its end is not told.
 */
export class TaskWatch extends ScopeBase {
  readonly #observers: Observers;
  readonly #index: number;
  /** Whether it is for somebody else to say what comes after an attempt. */
  readonly #isRetried: boolean;
  #taskId: string | number | undefined;
  #attempt = 1;
  #queuedAt: number | undefined;
  #startedAt: number | undefined;
  /** When the attempt ended, if it has. */
  #endedAt: number | undefined;
  /** Whether its function has failed, and nobody has said yet what comes of that. */
  #hasFailed = false;
  #isOver = false;

  constructor(observers: Observers, index: number, isRetried: boolean) {
    super('fanfold.observed');
    this.#observers = observers;
    this.#index = index;
    this.#isRetried = isRetried;
  }

  /** What it is called, from the first time on that this is said. A number of its own otherwise. */
  set taskId(taskId: string | number) {
    this.#taskId ??= taskId;
  }

  /** An attempt waits for its slot. */
  queued(attempt: number): void {
    this.#attempt = attempt;
    const now = this.#now();
    this.#queuedAt = now;
    this.#startedAt = undefined;
    this.#endedAt = undefined;
    this.#hasFailed = false;
    this.#note('queued', now);
  }

  /** A function that is seen when it is called. */
  wrap(fn: AnyFunction): AnyFunction {
    return (...args) => this.call(fn, args);
  }

  /** Calls the function of the attempt. */
  call(fn: AnyFunction, args: readonly unknown[]): unknown {
    if (this.#isOver) return fn(...args);
    const startedAt = this.starts();
    const record = (): StageRecord => this.#record('start', startedAt);
    return callTraced(record, () => between(startedAt, this.#now()), fn, args);
  }

  /** Its function is about to be called. Whoever listens is told of that now. Gives the time. */
  starts(): number {
    const now = this.#now();
    this.#startedAt = now;
    this.#note('start', now);
    this.#observers.flush();
    return now;
  }

  progresses(value: unknown): void {
    this.#note('progress', this.#now(), { value });
  }

  /** The function of an attempt has ended well. */
  fulfilled(attempt: number): void {
    if (this.#isPast(attempt)) return;
    this.#endedAt = this.#now();
    if (!this.#isRetried) this.succeeds();
  }

  /** The function of an attempt has failed. */
  failed(attempt: number, error: unknown): void {
    if (this.#isPast(attempt)) return;
    this.#endedAt = this.#now();
    this.#hasFailed = true;
    if (!this.#isRetried) this.ends(error);
  }

  /** An attempt was given up on. Its function may go on. */
  rejected(attempt: number, reason: unknown): void {
    if (this.#isPast(attempt)) return;
    this.#endedAt = this.#now();
    if (!this.#isRetried) this.ends(reason);
  }

  /** There is another attempt after this error. */
  retries(error: unknown): void {
    this.#hasFailed = false;
    this.#note('retry', this.#now(), { error });
  }

  /** It is over, and all is well. */
  succeeds(): void {
    this.#end('success');
  }

  /** It is over, by the failure of its function if that was the last thing heard. */
  ends(error: unknown): void {
    this.#end(this.#hasFailed ? 'error' : 'aborted', { error });
  }

  /** It is over, whatever its function came to. */
  aborts(reason: unknown): void {
    this.#hasFailed = false;
    this.ends(reason);
  }

  /** The same end of a promise, where what that comes to is what the task comes to. */
  settling(settle: Settle): Settle {
    return (outcome) => {
      if (outcome instanceof Rejection) this.ends(outcome.reason);
      else this.succeeds();
      settle(outcome);
    };
  }

  /** Tells what was noted. */
  tell(record: StageRecord): void {
    const observers = this.#observers;
    this.runInAsyncScope(observers.tell, observers, record);
  }

  #isPast(attempt: number): boolean {
    return this.#isOver || attempt !== this.#attempt || this.#endedAt !== undefined;
  }

  #end(stage: Stage, more?: Partial<StageRecord>): void {
    if (this.#isOver) return;
    this.#endedAt ??= this.#now();
    this.#note(stage, this.#endedAt, more);
    this.#isOver = true;
  }

  #note(stage: Stage, now: number, more?: Partial<StageRecord>): void {
    if (this.#isOver) return;
    note(this, { ...this.#record(stage, now), ...more });
  }

  #record(stage: Stage, now: number): StageRecord {
    this.#taskId ??= nextTaskId();
    const end = this.#endedAt ?? now;
    const { name } = this.#observers;
    return {
      stage,
      name,
      taskId: this.#taskId,
      index: this.#index,
      attempt: this.#attempt,
      waitingMs: between(this.#queuedAt, this.#startedAt ?? end),
      runningMs: between(this.#startedAt, end),
    };
  }

  #now(): number {
    return this.#observers.host.now();
  }
}

/** Milliseconds, to the microsecond. */
function between(from: number | undefined, to: number): number {
  return from === undefined ? 0 : Math.round(Math.max(to - from, 0) * 1000) / 1000;
}
