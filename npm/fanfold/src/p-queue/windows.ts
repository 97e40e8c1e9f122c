/** What decides how many may start when. */
export interface Pace {
  /**
   * Looks at the time before one starts, and sees to it that the queue is woken when one may start that may not now.
   * Tells whether a window may begin with that one.
   */
  look(now: number): boolean;
  /** Whether one more may start, as of the last look. */
  readonly isOpen: boolean;
  /** Whether no more may start. */
  isFull(now: number): boolean;
  /** One starts. */
  take(now: number): void;
  /** It did not start after all. */
  giveBack(): void;
  /** A window begins, if none is under way. */
  begin(): void;
  /** Nobody waits. */
  stop(): void;
  /** Nobody waits and nobody runs. */
  rest(now: number): void;
}

/** Whose pace it is. */
export interface Paced {
  /** How many run. */
  readonly pending: number;
  /** There may be room: those who wait are looked at. */
  readonly wake: () => void;
}

export interface PaceOptions {
  /** Starts in an interval. */
  readonly cap: number;
  /** In milliseconds. */
  readonly interval: number;
}

/** One timer that wakes, once it is set; to set it again changes nothing. */
class Wake {
  readonly #wake: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(wake: () => void) {
    this.#wake = wake;
  }

  set(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#wake();
    }, ms);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/**
 * Windows that follow each other, as p-queue has them: the first begins with a start, and the next when its timer goes
 * off, as long as somebody waits or runs. After a rest the last one is waited out, unless it is not full.
 */
export class FixedWindows implements Pace {
  readonly #paced: Paced;
  readonly #options: PaceOptions & { readonly carryover: boolean };
  #started = 0;
  /** When the window is over, or the last one was. */
  #end = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #resume = new Wake(() => {
    this.#turn();
    this.begin();
  });

  constructor(paced: Paced, options: PaceOptions & { readonly carryover: boolean }) {
    this.#paced = paced;
    this.#options = options;
  }

  look(now: number): boolean {
    // As long as the timer runs, it says when a window is over.
    if (this.#timer !== undefined) return true;
    const left = this.#end - now;
    if (left >= 0) {
      this.#resume.set(left);
      return false;
    }
    this.#started = this.#carried;
    return true;
  }

  get isOpen(): boolean {
    return this.#started < this.#options.cap;
  }

  isFull(_now: number): boolean {
    return !this.isOpen;
  }

  take(_now: number): void {
    this.#started++;
  }

  giveBack(): void {
    if (this.#started > 0) this.#started--;
  }

  begin(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => this.#turn(), this.#options.interval);
    this.#end = Date.now() + this.#options.interval;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  rest(_now: number): void {
    this.#resume.clear();
  }

  /** Those who count in a window from its beginning. */
  get #carried(): number {
    return this.#options.carryover ? this.#paced.pending : 0;
  }

  /** From one window to the next. */
  #turn(): void {
    if (this.#timer !== undefined) {
      if (this.#started === 0 && this.#paced.pending === 0) this.stop();
      else this.#end = Date.now() + this.#options.interval;
    }
    this.#started = this.#carried;
    this.#paced.wake();
  }
}

/**
 * No span of the length of the interval sees more starts than the cap. Not the engine's rate, since p-queue tells its
 * users how many starts there were, by `Date`.
 */
export class SlidingWindow implements Pace {
  readonly #options: PaceOptions;
  /** When the last ones started, behind those that count no longer. */
  #starts: number[] = [];
  #forgotten = 0;
  readonly #resume: Wake;

  constructor(paced: Paced, options: PaceOptions) {
    this.#options = options;
    this.#resume = new Wake(paced.wake);
  }

  look(now: number): boolean {
    if (!this.isFull(now)) return true;
    this.#resume.set(this.#options.interval - (now - (this.#starts[this.#forgotten] as number)));
    return false;
  }

  get isOpen(): boolean {
    return this.#starts.length - this.#forgotten < this.#options.cap;
  }

  isFull(now: number): boolean {
    this.#forget(now);
    return !this.isOpen;
  }

  take(now: number): void {
    this.#starts.push(now);
  }

  giveBack(): void {
    if (this.#starts.length > this.#forgotten) this.#starts.pop();
  }

  begin(): void {}

  stop(): void {}

  rest(now: number): void {
    this.#resume.clear();
    this.#forget(now);
  }

  #forget(now: number): void {
    const { interval } = this.#options;
    while (
      this.#forgotten < this.#starts.length &&
      now - (this.#starts[this.#forgotten] as number) >= interval
    ) {
      this.#forgotten++;
    }
    if (this.#forgotten > this.#starts.length / 2) {
      this.#starts = this.#starts.slice(this.#forgotten);
      this.#forgotten = 0;
    }
  }
}
