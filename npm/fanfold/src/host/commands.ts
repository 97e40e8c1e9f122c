import * as mailbox from '../engine/mailbox.gen.js';
import { inMicrotask } from './microtask.js';
import type { LimiterLedger, Slottable, Watcher } from './residents.js';
import { WorkCommands } from './work-commands.js';

// Held here and not in the module they come from: compiled to CommonJS, an import is a property to look up.
const NONE = mailbox.NONE;
const COMMAND_SUBMIT = mailbox.COMMAND_SUBMIT;
const COMMAND_COMPLETE = mailbox.COMMAND_COMPLETE;

/** What a task takes that is not one slot in its turn. */
export interface Load {
  readonly weight: number;
  readonly priority: number;
  /** Units of resources by their numbers; `undefined` for one of the first. */
  readonly costs: readonly (readonly [resource: number, units: number])[] | undefined;
}

/** A rule for the rate of a limiter. */
export interface RateRule {
  readonly limit: number;
  /** In milliseconds. */
  readonly interval: number;
  readonly shape: 'burst' | 'smooth';
  readonly at: 'start' | 'end' | 'both';
  /** The number of the resource. */
  readonly nth: number;
}

/** How a limiter begins. Spans in milliseconds. */
export interface OpenOptions {
  /** The FLAG numbers. */
  readonly flags: number;
  readonly concurrency: number;
  readonly maxQueue: number;
  readonly queueTimeout: number;
  readonly runTimeout: number;
  /** What makes it more than a row of slots. */
  readonly place:
    | { readonly parent: number | undefined; readonly bypass: number; readonly ageing: number }
    | undefined;
}

/**
 * What can be said to the engine, as words in the submission ring. Most commands are taken at once; those of
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
    load: Load | undefined,
  ): number {
    const handle = this.register(resident);
    for (const [resource, units] of load?.costs ?? [])
      this.#cost(mailbox.COMMAND_COST, handle, resource, units);
    const at = this.reserve();
    const command = load === undefined ? mailbox.COMMAND_SUBMIT_WITH : mailbox.COMMAND_SUBMIT_FULL;
    this.words[at] = command | (limiter << 8);
    this.words[at + 1] = handle;
    this.words[at + 2] = signal ?? NONE;
    this.words[at + 3] = parent ?? NONE;
    this.writeSpan(at + 4, queueTimeout);
    this.writeSpan(at + 6, runTimeout);
    this.length += 8;
    if (load !== undefined) {
      this.words[at + 8] = load.weight;
      this.words[at + 9] = load.priority;
      this.length += 2;
    }
    return handle;
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
    this.append(COMMAND_COMPLETE | (1 << 8), handle);
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
    const { place } = options;
    const command = place === undefined ? mailbox.COMMAND_OPEN : mailbox.COMMAND_OPEN_FULL;
    const at = this.append(command | (options.flags << 8), limiter, place === undefined ? 8 : 12);
    this.words[at + 2] = options.concurrency;
    this.words[at + 3] = options.maxQueue;
    this.writeSpan(at + 4, options.queueTimeout);
    this.writeSpan(at + 6, options.runTimeout);
    if (place !== undefined) {
      this.words[at + 8] = place.parent ?? NONE;
      this.words[at + 9] = place.bypass;
      this.writeSpan(at + 10, place.ageing);
    }
    return limiter;
  }

  /** Another rule for the rate of a limiter, in the place of the nth; `undefined` for none. Taken by the end of the tick. */
  setRate(limiter: number, nth: number, rule: RateRule | undefined): void {
    let flags = nth;
    if (rule !== undefined) {
      flags |= rule.nth << mailbox.RATE_RESOURCE_SHIFT;
      if (rule.shape === 'smooth') flags |= mailbox.RATE_SMOOTH;
      if (rule.at === 'end') flags |= mailbox.RATE_AT_END;
      if (rule.at === 'both') flags |= mailbox.RATE_AT_BOTH;
    }
    const at = this.append(mailbox.COMMAND_SET_RATE | (flags << 8), limiter, 6);
    if (rule === undefined) {
      this.words[at + 2] = NONE;
      this.words[at + 3] = NONE;
    } else {
      this.writeWide(at + 2, rule.limit);
    }
    this.writeSpan(at + 4, rule?.interval);
  }

  /** What a task that runs costs in truth. */
  settleCost(handle: number, costs: Load['costs']): void {
    for (const [resource, units] of costs ?? [])
      this.#cost(mailbox.COMMAND_SETTLE_COST, handle, resource, units);
    this.flush();
  }

  #cost(command: number, handle: number, resource: number, units: number): void {
    const at = this.append(command | (resource << 8), handle, 4);
    this.writeWide(at + 2, units);
  }

  /** Puts a limiter under another one, or under none. */
  move(limiter: number, parent: number | undefined): void {
    const at = this.append(mailbox.COMMAND_MOVE, limiter, 3);
    this.words[at + 2] = parent ?? NONE;
    this.turn(0);
  }

  /** Another priority for a task, which counts if it waits. */
  reprioritize(handle: number, priority: number): void {
    const at = this.append(mailbox.COMMAND_REPRIORITIZE, handle, 3);
    this.words[at + 2] = priority;
    this.turn(0);
  }

  /** What a task waits for, one of the BLOCK numbers, and the number of the limiter; `undefined` if it does not. */
  blockedBy(handle: number): { limiter: number; block: number } | undefined {
    this.append(mailbox.COMMAND_BLOCKED_BY, handle);
    this.exchange();
    const block = this.words[mailbox.HEADER_BLOCK] as number;
    return block === 0 ? undefined : { limiter: this.words[mailbox.HEADER_BLOCKED_BY] as number, block };
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

  /** Starts nothing in a limiter, or one above it (the SCOPE numbers), for a span; then spreads those who wait. */
  holdBack(limiter: number, scope: number, ms: number, spread: number): void {
    const at = this.append(mailbox.COMMAND_HOLD_BACK | (scope << 8), limiter, 6);
    this.writeSpan(at + 2, ms);
    this.writeSpan(at + 4, spread);
    this.flush();
  }

  /** Turns new tasks away that would probably wait for longer. */
  setMaxWait(limiter: number, ms: number): void {
    const at = this.append(mailbox.COMMAND_SET_MAX_WAIT, limiter, 4);
    this.writeSpan(at + 2, ms);
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

  /** Asks what a limiter knows of times, which it keeps from the first time on. The answer is in {@link float}. */
  askStats(limiter: number): void {
    this.append(mailbox.COMMAND_ENABLE_STATS, limiter);
    this.append(mailbox.COMMAND_QUERY_STATS, limiter);
    this.exchange();
  }

  /** A float of the last answer. */
  float(header: number): number {
    return this.floats[header / 2] as number;
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
