import type { Scope } from '../host/context.js';
import { currentHost } from '../host/current.js';
import { drop, first, startNext, submitRanked, withdraw } from '../host/hand-commands.js';
import type { Host } from '../host/host.js';
import type { Runnable, Slottable } from '../host/residents.js';
import type { Slot } from '../host/slot.js';
import { CapacityCore } from './capacity-core.js';
import { plainPlan } from './plan.js';
import type { ClearedAs } from './record.js';

/** What the engine is told about a limiter that was collected here. */
interface Dropped {
  readonly host: Host;
  readonly limiter: number;
  readonly running: readonly Seat[];
}

/** Drops in the engine what was collected here: nobody is left who could start those who wait, or end those who run. */
const collected = new FinalizationRegistry<Dropped>(({ host, limiter, running }) =>
  drop(host, limiter, running),
);

/** What waits until its owner starts it. */
export interface HandStarted {
  /** Its place, from when it enters. */
  seat: Seat | undefined;
  /** It will never start. */
  reject(reason: unknown): void;
}

/** Who was given a slot in this turn. */
let started: Seat | undefined;

/**
 * Whom the engine knows instead of a task. Does not hold it, since a task leads to whoever waits for it, and so to the
 * limiter: they are collected together when nobody else holds either.
 */
export class Seat implements Slottable {
  /** Its number in the engine. */
  handle = -1;
  /** Where it is among those who wait, or then among those who run. */
  place: number;
  readonly #waiting: WeakRef<HandStarted[]>;

  constructor(place: number, waiting: WeakRef<HandStarted[]>) {
    this.place = place;
    this.#waiting = waiting;
  }

  start(): void {
    started = this;
  }

  /** Who runs is not told: it will see for itself. */
  reject(reason: unknown): void {
    const waiting = this.#waiting.deref();
    if (waiting?.[this.place]?.seat === this) vacated(waiting, this).reject(reason);
  }

  cancelReason(): unknown {
    return undefined;
  }
}

/** Takes out who is in a seat. The last one moves there. */
function vacated<Task extends HandStarted>(waiting: Task[], seat: Seat): Task {
  const task = waiting[seat.place] as Task;
  const last = waiting.pop() as Task;
  if (last !== task) {
    waiting[seat.place] = last;
    (last.seat as Seat).place = seat.place;
  }
  return task;
}

/**
 * A limiter whose tasks start when its owner says so, by priorities of any number: for drop-ins that start a task inside
 * a call, or by rules of their own. The engine keeps those who wait in order, and the slots: it is paused for good, and
 * asked for one at a time.
 */
export class ByHand<Task extends HandStarted> {
  readonly #host = currentHost();
  readonly #core: CapacityCore;
  /** Those who wait, in no order. */
  readonly #waiting: Task[] = [];
  readonly #weakly = new WeakRef<HandStarted[]>(this.#waiting);
  /** Those who have slots. */
  readonly #running: Seat[] = [];

  constructor(concurrency: number, name: string) {
    this.#core = new CapacityCore({ ...plainPlan(concurrency, name), order: 'priority' }, false);
    this.#core.pause(Number.POSITIVE_INFINITY);
    collected.register(this, { host: this.#host, limiter: this.id, running: this.#running });
  }

  /** Its number in the engine. */
  get id(): number {
    return this.#core.id;
  }

  set concurrency(concurrency: number) {
    this.#core.concurrency = concurrency;
  }

  /** Enters a task behind all of its priority. Where it is submitted from inside is known by its scope, if it has one. */
  enter(task: Task, priority: number, scope: Scope | undefined): void {
    const parent = this.#host.parent(this.id, scope, false);
    const seat = new Seat(this.#waiting.length, this.#weakly);
    seat.handle = submitRanked(this.#host, this.id, seat, parent, priority);
    task.seat = seat;
    this.#waiting.push(task);
  }

  /** Gives the next one a slot, if there are both. It is out of the line then, and its owner starts it. */
  next(): Task | undefined {
    // Somebody's warning hook, called at the end of the turn, may ask another one for its next.
    const outer = started;
    started = undefined;
    try {
      startNext(this.#host, this.id);
      return started && vacated(this.#waiting, started);
    } finally {
      started = outer;
    }
  }

  /** Puts a task that was given a slot into a place where it runs. */
  occupy(task: Task & Runnable): Slot {
    const seat = task.seat as Seat;
    seat.place = this.#running.push(seat) - 1;
    return this.#host.occupy(task, seat.handle, this.id);
  }

  /** Calls its function there. */
  callIn(slot: Slot, task: Task & Runnable): unknown {
    return this.#host.callIn(slot, task);
  }

  /** It has ended. Its slot is free with the next turn. */
  vacate(slot: Slot, task: Task, fulfilled: boolean): void {
    const { place } = task.seat as Seat;
    const last = this.#running.pop() as Seat;
    if (last !== task.seat) {
      this.#running[place] = last;
      last.place = place;
    }
    this.#host.vacate(slot, fulfilled);
  }

  /** The next one, whether there is a slot for it or not. */
  first(): Task | undefined {
    const seat = first(this.#host, this.id) as Seat | undefined;
    return seat && this.#waiting[seat.place];
  }

  /** Takes one out of the line that waits there, without a word to it. Taken with the next turn. */
  withdraw(task: Task): void {
    const seat = task.seat as Seat;
    if (this.#waiting[seat.place] !== task) return;
    vacated(this.#waiting, seat);
    withdraw(this.#host, seat.handle);
  }

  /** Empties the line: all are refused with what `as` makes, the next one first, or not told. */
  clear(as: ClearedAs): void {
    if (as === undefined) this.#waiting.length = 0;
    this.#core.clear(as);
  }

  /** All who wait, in no order. */
  waiting(): readonly Task[] {
    return this.#waiting;
  }

  /** Sees to it that the engine knows by the end of the tick. */
  flush(): void {
    this.#host.flush();
  }
}
