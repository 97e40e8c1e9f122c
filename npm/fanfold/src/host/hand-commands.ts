import * as mailbox from '../engine/mailbox.gen.js';
import { Commands } from './commands.js';
import type { Slottable } from './residents.js';

/** A number as its bits, the high half first to be looked at as signed. */
const float = new Float64Array(1);
const halves = new Int32Array(float.buffer);

/** Has the place of a task that was taken back, until the engine has heard of it. */
const GONE: Slottable = { start() {}, reject() {}, cancelReason() {} };

/** What is said about limiters whose tasks start when their owner says so: they are paused for good. */
export abstract class HandCommands extends Commands {
  /** Enters a resident by any number as its priority. Taken with the next turn. Tells its handle. */
  submitRanked(limiter: number, resident: Slottable, parent: number | undefined, priority: number): number {
    const handle = this.register(resident);
    const at = this.append(mailbox.COMMAND_SUBMIT_RANKED | (limiter << 8), handle, 5);
    this.words[at + 2] = parent ?? mailbox.NONE;
    // As a whole number of 64 bits that is in the same order. Zero has one sign, and what is no number is the highest.
    float[0] = Number.isNaN(priority) ? Number.POSITIVE_INFINITY : priority + 0;
    const sign = (halves[1] as number) >> 31;
    this.words[at + 3] = (halves[0] as number) ^ sign;
    this.words[at + 4] = (halves[1] as number) ^ (sign & 0x7fffffff);
    return handle;
  }

  /** Starts the next one of a limiter that is paused, if there is one and a slot for it, before this returns. */
  next(limiter: number): void {
    this.append(mailbox.COMMAND_NEXT, limiter);
    this.turn(0);
  }

  /** Who is the next of those who wait in a limiter. */
  first(limiter: number): object | undefined {
    this.append(mailbox.COMMAND_FIRST, limiter);
    this.exchange();
    const first = this.words[mailbox.HEADER_FIRST] as number;
    return first === mailbox.NONE ? undefined : this.residents.get(first);
  }

  /** A task that waits is cancelled, and is not told. Taken with the next turn. */
  withdraw(handle: number): void {
    this.residents.put(handle, GONE);
    this.append(mailbox.COMMAND_CANCEL, handle);
  }

  /** Nobody can reach a limiter any more, nor start those who wait in it: they are forgotten with it. */
  drop(limiter: number): void {
    this.append(mailbox.COMMAND_CLEAR, limiter);
    this.free(limiter);
  }

  /** Everybody with a handle. */
  everybody(): readonly object[] {
    return this.residents.all();
  }
}
