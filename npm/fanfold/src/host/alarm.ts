import type { Clock } from './clock.js';

type SetTimer = (callback: () => void, delay: number) => unknown;
type ClearTimer = (timer: unknown) => void;

/** A delay beyond this overflows the timers of every platform and goes off at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** How far a real timer may be ahead of the clock, in milliseconds: its own clock counts whole ones. */
const TIMER_SLACK = 1.5;

const originalSetTimeout = globalThis.setTimeout;

/**
 * The one timer of a host. It goes off at the engine's next deadline or, when that moved, a little before:
 * a deadline that moves away does not cost a new timer, one that comes nearer does.
 *
 * The timer functions are looked up at each call, so that a test's fake timers work also when they were
 * installed later than this module.
 */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #timer: unknown;
  #clear: ClearTimer | undefined;
  #wakesAt = Number.POSITIVE_INFINITY;
  #setBy: unknown;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Goes off at this moment, `Infinity` for never. */
  set(deadline: number): void {
    if (deadline === Number.POSITIVE_INFINITY) {
      if (this.#wakesAt !== Number.POSITIVE_INFINITY) this.#cancel();
    } else if (deadline < this.#wakesAt) {
      if (this.#wakesAt !== Number.POSITIVE_INFINITY) this.#cancel();
      this.#arm(deadline);
    }
  }

  #arm(deadline: number): void {
    const setTimer = globalThis.setTimeout as unknown as SetTimer;
    // Rounded up: nothing goes off early.
    const delay = Math.min(Math.max(Math.ceil(deadline - this.#clock.now()), 0), LONGEST_DELAY);
    this.#wakesAt = deadline;
    this.#setBy = setTimer;
    this.#clear = globalThis.clearTimeout as unknown as ClearTimer;
    this.#timer = setTimer(this.#wake, delay);
    this.#cutShort = delay === LONGEST_DELAY;
  }

  #cutShort = false;

  #cancel(): void {
    // Not called as a method of this object: browsers refuse a timer function with another `this`.
    const clear = this.#clear;
    clear?.(this.#timer);
    this.#timer = undefined;
    this.#wakesAt = Number.POSITIVE_INFINITY;
  }

  readonly #wake = (): void => {
    const deadline = this.#wakesAt;
    this.#timer = undefined;
    this.#wakesAt = Number.POSITIVE_INFINITY;
    const early = deadline - this.#clock.now();
    if (early > 0 && !this.#cutShort) {
      // A real timer is early by a fraction of its granularity: wait for the rest. A replaced one that is
      // early by more runs on a clock of its own (node:test mocks timers but not `performance`): believe it.
      if (this.#setBy === originalSetTimeout || early <= TIMER_SLACK) {
        this.#arm(deadline);
        return;
      }
      this.#clock.reached(deadline);
    }
    this.#ring();
  };
}
