import type { Clock } from './clock.js';

type SetTimer = (callback: () => void, delay: number) => unknown;
type ClearTimer = (timer: unknown) => void;

/** A delay beyond this overflows the timers of every platform and goes off at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** How far a timer may be ahead of the clock, in milliseconds: its own clock counts whole ones. */
const TIMER_SLACK = 1.5;

/** What times that are counted in microseconds may be off by when they are added up, in milliseconds. */
const ARITHMETIC = 0.002;

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
  /** Which timer it is that counts: one that somebody put in the place of the real ones may go off though cleared. */
  #armed = 0;
  #clear: ClearTimer | undefined;
  #wakesAt = Number.POSITIVE_INFINITY;
  #setBy: unknown;
  /** Whether the timer goes off long before its time, since none runs that long. */
  #cutShort = false;
  /** Whether the process stays alive for the timer, where there is such a thing. */
  #holds = true;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /**
   * Goes off at this moment, `Infinity` for never; the process stays alive for it if it `holds`. `now` is the moment from
   * which on it was asked for, where that is known: a wait of a second is a timer of a second, whatever was between.
   */
  set(deadline: number, holds: boolean, now: number | undefined): void {
    if (holds !== this.#holds) this.#hold(holds);
    if (this.#wakesAt !== Number.POSITIVE_INFINITY) {
      // A timer that somebody else's clock was to set off may have been taken away together with that clock.
      if (deadline >= this.#wakesAt && this.#setBy === globalThis.setTimeout) {
        if (deadline === Number.POSITIVE_INFINITY) this.#cancel();
        return;
      }
      this.#cancel();
    }
    if (deadline !== Number.POSITIVE_INFINITY) this.#arm(deadline, now ?? this.#clock.now());
  }

  #arm(deadline: number, now: number): void {
    const setTimer = globalThis.setTimeout as unknown as SetTimer;
    // Rounded up: nothing goes off early.
    const delay = Math.max(Math.ceil(deadline - now - ARITHMETIC), 0);
    this.#wakesAt = deadline;
    this.#setBy = setTimer;
    this.#clear = globalThis.clearTimeout as unknown as ClearTimer;
    this.#cutShort = delay > LONGEST_DELAY;
    const armed = ++this.#armed;
    const wake = (): void => {
      if (armed === this.#armed) this.#wake();
    };
    this.#timer = setTimer(wake, Math.min(delay, LONGEST_DELAY));
    if (!this.#holds) keep(this.#timer, false);
  }

  #hold(holds: boolean): void {
    this.#holds = holds;
    if (this.#timer !== undefined) keep(this.#timer, holds);
  }

  #cancel(): void {
    const clear = this.#clear;
    // Not as a method of this: browsers want their window.
    clear?.(this.#timer);
    this.#armed++;
    this.#timer = undefined;
    this.#wakesAt = Number.POSITIVE_INFINITY;
  }

  #wake(): void {
    const deadline = this.#wakesAt;
    this.#timer = undefined;
    this.#wakesAt = Number.POSITIVE_INFINITY;
    const early = deadline - this.#clock.now();
    if (early <= ARITHMETIC || this.#cutShort) {
      // A sum of fractions may come out a microsecond short of itself: that is not early.
      if (!this.#cutShort) this.#clock.reached(deadline);
      this.#ring();
      return;
    }
    // A real timer is early by a fraction of its granularity: wait for the rest.
    if (this.#setBy === originalSetTimeout || early <= TIMER_SLACK) {
      this.#arm(deadline, deadline - early);
      return;
    }
    // A replaced one that is early by more runs on a clock of its own (node:test mocks timers, but not
    // `performance`): believe it. What real time made due a little later is due by its clock too.
    let moment = deadline;
    do {
      this.#clock.reached(moment);
      this.#ring();
      moment = this.#wakesAt;
    } while (moment - this.#clock.now() <= TIMER_SLACK);
  }
}

/** Lets a timer keep the process alive or not. A browser's is a number, and keeps nothing alive. */
function keep(timer: unknown, alive: boolean): void {
  const { ref, unref } = timer as Partial<Record<'ref' | 'unref', () => void>>;
  (alive ? ref : unref)?.call(timer);
}
