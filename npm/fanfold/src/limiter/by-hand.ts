import type { Scope } from '../host/context.js';
import { currentHost } from '../host/current.js';
import { drop, first, startNext, submitRanked, withdraw } from '../host/hand-commands.js';
import type { Host } from '../host/host.js';
import type { Runnable, Slottable } from '../host/residents.js';
import type { Slot } from '../host/slot.js';
import { CapacityCore } from './capacity-core.js';
import { plainPlan } from './plan.js';
import type { ClearedAs } from './record.js';

/** Drops in the engine what was collected here: nobody is left who could start those who wait. */
const collected = new FinalizationRegistry<{ host: Host; limiter: number }>(({ host, limiter }) =>
  drop(host, limiter),
);

/** What waits until its owner starts it. */
export interface HandStarted extends Slottable {
  /** Its number in the engine, as long as it is there. */
  handle: number;
  /** The number of the limiter in which it waits; none when it waits no longer. */
  limiter: number;
  /** Calls {@link given}. */
  start(): void;
}

/** The number of no limiter. */
export const NOWHERE = -1;

/** Who was given a slot in this turn. */
let started: HandStarted | undefined;

/** A task has its slot: its owner is told. */
export function given(task: HandStarted): void {
  task.limiter = NOWHERE;
  started = task;
}

/**
 * A limiter whose tasks start when its owner says so, by priorities of any number: for drop-ins that start a task inside
 * a call, or by rules of their own. The engine keeps those who wait in order, and the slots: it is paused for good, and
 * asked for one at a time.
 */
export class ByHand<Task extends HandStarted> {
  readonly #host = currentHost();
  readonly #core: CapacityCore;

  constructor(concurrency: number, name: string) {
    this.#core = new CapacityCore({ ...plainPlan(concurrency, name), order: 'priority' }, false);
    this.#core.pause(Number.POSITIVE_INFINITY);
    collected.register(this, { host: this.#host, limiter: this.#core.id });
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
    task.handle = submitRanked(this.#host, this.id, task, parent, priority);
    task.limiter = this.id;
  }

  /** Gives the next one a slot, if there are both. It is out of the line then, and its owner starts it. */
  next(): Task | undefined {
    // Somebody's warning hook, called at the end of the turn, may ask another one for its next.
    const outer = started;
    started = undefined;
    try {
      startNext(this.#host, this.id);
      return started as Task | undefined;
    } finally {
      started = outer;
    }
  }

  /** Puts a task that was given a slot into a place where it runs. */
  occupy(task: Task & Runnable): Slot {
    return this.#host.occupy(task, task.handle, this.id);
  }

  /** Calls its function there. */
  callIn(slot: Slot, task: Task & Runnable): unknown {
    return this.#host.callIn(slot, task);
  }

  /** It has ended. Its slot is free with the next turn. */
  vacate(slot: Slot, fulfilled: boolean): void {
    this.#host.vacate(slot, fulfilled);
  }

  /** The next one, whether there is a slot for it or not. */
  first(): Task | undefined {
    return first(this.#host, this.id) as Task | undefined;
  }

  /** Takes one out of the line, without a word to it. Taken with the next turn. */
  withdraw(task: Task): void {
    task.limiter = NOWHERE;
    withdraw(this.#host, task.handle);
  }

  /** Empties the line: all are refused with what `as` makes, the next one first, or not told. */
  clear(as: ClearedAs): void {
    this.#core.clear(as);
  }

  /** All who wait, in no order. */
  waiting(): readonly Task[] {
    return this.#host.residents
      .all()
      .filter((each): each is Task => (each as Partial<Task>).limiter === this.id);
  }

  /** Sees to it that the engine knows by the end of the tick. */
  flush(): void {
    this.#host.flush();
  }
}
