import type { Settle } from '../task/promise.js';
import type { AnyFunction } from '../task/task.js';
import type { Need } from './group.js';
import type { ManyPlan } from './options.js';

/** Where the outcomes of items go. Nothing of the user's is called in here. */
export interface Sink {
  fulfilled(index: number, value: unknown, item: unknown): void;
  failed(index: number, reason: unknown): void;
  /** Whether there is room for the result of another item, of so many that were taken from the source. */
  hasRoom(taken: number): boolean;
  /** The verdict is in: whose end it was that decided it, `undefined` for the end of all. */
  decided(fulfilled: boolean, by: number | undefined): void;
  /** It was ended from outside. */
  aborted(reason: unknown): void;
}

/** What is done with items, and how the outcomes are judged. */
export interface Work {
  /** Called with an item, its index and a context. */
  readonly fn: AnyFunction;
  /** Whether items are functions to be called: whatever is none is its own outcome, and takes no slot. */
  readonly tasks: boolean;
  readonly need: Need;
  readonly plan: ManyPlan;
  /** Whether results are given out before the end of all. */
  readonly isStream?: boolean;
  /**
   * Whether the sink alone says how many items are taken, by its `hasRoom`, and those beyond the limit wait for their
   * slots. Otherwise no more are taken than may run.
   */
  readonly isBoundBySink?: boolean;
  /** The other end of a promise. Stacks of errors lead on to whoever waits for it, as far as lanes keep their slots. */
  readonly caller?: Settle | undefined;
}
