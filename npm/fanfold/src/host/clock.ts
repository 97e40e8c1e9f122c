/** What the clock reads: `performance`, or `Date` where there is none. */
interface TimeSource {
  now(): number;
}

/**
 * A clock in milliseconds, to the microsecond, that only goes forward, whatever is done to the clocks of the environment.
 *
 * Test tools put other clocks in the place of the real one and take them away again, together with the timers or
 * `Date`. Whoever did that is seen in those two, which cost nothing to look at, as `performance` does; the source
 * is then looked up again, and when it is another one than before, or went back, this clock goes on from where it
 * stood.
 */
export class Clock {
  #last = 0;
  /** Added to what the source says. */
  #offset = 0;
  #read: (() => number) | undefined;
  #source: TimeSource = globalThis.performance ?? Date;
  /** What was there when the source was looked up. */
  #setTimeout: unknown = globalThis.setTimeout;
  #date: unknown = globalThis.Date;

  now(): number {
    if (globalThis.setTimeout !== this.#setTimeout || globalThis.Date !== this.#date) {
      this.#setTimeout = globalThis.setTimeout;
      this.#date = globalThis.Date;
      this.#source = globalThis.performance ?? globalThis.Date;
    }
    const source = this.#source;
    const read = source.now;
    const reading = source.now();
    const now = reading + this.#offset;
    if (read !== this.#read || now < this.#last) {
      this.#read = read;
      this.#offset = this.#last - reading;
      return this.#last;
    }
    // Whole microseconds, as the engine counts: what it hands back as a deadline is comparable. To cut off the rest of a
    // fraction may give one less than the moment that was reached already.
    this.#last = Math.max(Math.floor(now * 1000) / 1000, this.#last);
    return this.#last;
  }

  /** A timer went off that was set for this moment, and says so with more right than the source. */
  reached(moment: number): void {
    const behind = moment - this.now();
    if (behind > 0) {
      this.#offset += behind;
      this.#last = moment;
    }
  }
}
