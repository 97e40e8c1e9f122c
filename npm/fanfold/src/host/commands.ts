import * as mailbox from '../engine/mailbox.gen.js';
import { inMicrotask } from './microtask.js';
import type { LimiterLedger, Slottable, Watcher } from './residents.js';
import { WorkCommands } from './work-commands.js';

// Held here and not in the module they come from: compiled to CommonJS, an import is a property to look up.
const NONE = mailbox.NONE;
const COMMAND_SUBMIT = mailbox.COMMAND_SUBMIT;
const COMMAND_COMPLETE = mailbox.COMMAND_COMPLETE;
/** A permit was released, which says nothing about what was done with it. */
const RELEASED = COMMAND_COMPLETE | ((1 | (mailbox.HEALTH_NEUTRAL << mailbox.HEALTH_SHIFT)) << 8);

/** How a limiter begins. Spans in milliseconds. */
export interface OpenOptions {
  /** The FLAG numbers. */
  readonly flags: number;
  readonly concurrency: number;
  readonly maxQueue: number;
  readonly queueTimeout: number;
  readonly runTimeout: number;
}

/**
 * What every limiter says to the engine, as words in the submission ring. Most commands are taken at once; those of
 * the hot path are left for a turn that the caller sees to.
 */
export abstract class Commands extends WorkCommands {
  /** Enters a resident and submits it, without any wishes. */
  submit(limiter: number, resident: Slottable): void {
    const handle = this.register(resident);
    const at = this.reserve();
    const words = this.words;
    words[at] = COMMAND_SUBMIT | (limiter << 8);
    words[at + 1] = handle;
    this.length += 2;
  }

  /** The same with wishes: `undefined` for what the limiter says, spans in milliseconds. Tells the handle. */
  submitWith(
    limiter: number,
    resident: Slottable,
    signal: number | undefined,
    parent: number | undefined,
    queueTimeout: number | undefined,
    runTimeout: number | undefined,
  ): number {
    const handle = this.register(resident);
    const at = this.append(mailbox.COMMAND_SUBMIT_WITH | (limiter << 8), handle, 8);
    this.writeWishes(at, signal, parent, queueTimeout, runTimeout);
    return handle;
  }

  /** The wishes of a submission, where it is. */
  writeWishes(
    at: number,
    signal: number | undefined,
    parent: number | undefined,
    queueTimeout: number | undefined,
    runTimeout: number | undefined,
  ): void {
    this.words[at + 2] = signal ?? NONE;
    this.words[at + 3] = parent ?? NONE;
    this.writeSpan(at + 4, queueTimeout);
    this.writeSpan(at + 6, runTimeout);
  }

  /** Enters a resident that gets a slot now or not at all. Tells its handle if it did. */
  tryAcquire(limiter: number, resident: Slottable): number | undefined {
    const handle = this.register(resident);
    this.append(mailbox.COMMAND_TRY | (limiter << 8), handle);
    this.exchange();
    if (this.words[mailbox.HEADER_ANSWER] === 1) return handle;
    this.residents.remove(handle);
    return undefined;
  }

  /** A slot is given back by hand. */
  release(handle: number): void {
    this.residents.remove(handle);
    this.append(RELEASED, handle);
    this.turn(0);
  }

  cancel(handle: number): void {
    this.cancelAll([handle]);
  }

  /**
   * Cancels all of these in one go. Does not throw: whoever cancels has promises to settle, and an engine that fails has
   * told all its residents.
   */
  cancelAll(handles: Iterable<number>): void {
    try {
      for (const handle of handles) this.append(mailbox.COMMAND_CANCEL, handle);
    } catch {
      // It failed when room was to be made for the command.
      return;
    }
    this.turnQuietly(0);
  }

  abortSignal(signal: number): void {
    this.append(mailbox.COMMAND_SIGNAL_ABORTED, signal);
    this.turnQuietly(0);
  }

  /** Enters a waiter for fewer than `bound` queued tasks, 0 for nothing left. */
  wait(limiter: number, waiter: Watcher, bound: number): void {
    const handle = this.register(waiter);
    const at = this.append(mailbox.COMMAND_WAIT, limiter, 4);
    this.words[at + 2] = handle;
    this.words[at + 3] = bound;
    this.turn(0);
  }

  open(record: LimiterLedger, options: OpenOptions): number {
    const limiter = this.limiters.add(record);
    this.writeOpening(mailbox.COMMAND_OPEN, limiter, options, 8);
    return limiter;
  }

  /** An opening of so many words, of which the first eight are these. Tells where it is. */
  writeOpening(command: number, limiter: number, options: OpenOptions, length: number): number {
    const at = this.append(command | (options.flags << 8), limiter, length);
    this.words[at + 2] = options.concurrency;
    this.words[at + 3] = options.maxQueue;
    this.writeSpan(at + 4, options.queueTimeout);
    this.writeSpan(at + 6, options.runTimeout);
    return at;
  }

  /** Nobody can reach the limiter any more. */
  free(limiter: number): void {
    this.append(mailbox.COMMAND_FREE, limiter);
    this.turnQuietly(0);
  }

  /** A new limit: what it frees goes to those who wait in a microtask, as starts do. */
  resize(limiter: number, concurrency: number): void {
    const at = this.append(mailbox.COMMAND_RESIZE, limiter, 3);
    this.words[at + 2] = concurrency;
    this.turn(0);
    // The limiter may be gone by then, and its number another's: that one is settled already.
    inMicrotask(() => {
      if (this.limiters.get(limiter) === undefined) return;
      this.append(mailbox.COMMAND_SETTLE, limiter);
      this.turnQuietly(0);
    });
  }

  pause(limiter: number, ms: number): void {
    const at = this.append(mailbox.COMMAND_PAUSE, limiter, 4);
    this.writeSpan(at + 2, ms);
    this.turn(0);
  }

  resume(limiter: number): void {
    this.append(mailbox.COMMAND_RESUME, limiter);
    this.turn(0);
  }

  clear(limiter: number): void {
    this.append(mailbox.COMMAND_CLEAR, limiter);
    this.turn(0);
  }

  close(limiter: number, waiter: Watcher, grace: number): void {
    const handle = this.register(waiter);
    const at = this.append(mailbox.COMMAND_CLOSE, limiter, 5);
    this.words[at + 2] = handle;
    this.writeSpan(at + 3, grace);
    this.turn(0);
  }

  abortLimiter(limiter: number): void {
    this.append(mailbox.COMMAND_ABORT, limiter);
    this.turnQuietly(0);
  }

  /** Asks how a limiter stands. The answer is in {@link answer} until the next turn. */
  ask(limiter: number): void {
    this.append(mailbox.COMMAND_QUERY, limiter);
    this.exchange();
  }

  /** A word of the last answer. */
  answer(header: number): number {
    return this.words[header] as number;
  }

  /** A counter of the last answer. */
  counter(place: number): number {
    return this.floats[mailbox.HEADER_COUNTS / 2 + place] as number;
  }
}
