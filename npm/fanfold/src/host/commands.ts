import * as mailbox from '../engine/mailbox.gen.js';
import type { InternalError } from '../errors/internal.js';
import { inMicrotask } from './microtask.js';
import type { Judged, LimiterLedger, Retrier, SignalLedger, Slottable, Watcher } from './residents.js';
import { Table } from './table.js';

// Held here and not in the module they come from: compiled to CommonJS, an import is a property to look up.
const { COMMANDS_AT, COMMAND_WORDS, LONGEST_COMMAND, NONE, COMMAND_SUBMIT, COMMAND_COMPLETE } = mailbox;
const WIDE = 2 ** 32;

/** A float as the two words it has in the ring, where it may lie at any word. */
const float = new Float64Array(1);
const floatWords = new Uint32Array(float.buffer);

/** Whoever the engine knows by a handle. */
export type Resident = Slottable | Watcher | Judged;

/** An attempt that failed, and how its call is retried. Spans in milliseconds. */
export interface FailedAttempt {
  /** The numbers of the kind of backoff and of the jitter, see the RETRY flags. */
  readonly flags: number;
  readonly attempt: number;
  readonly retries: number;
  readonly base: number;
  readonly factor: number;
  readonly max: number;
  readonly maxElapsed: number;
  readonly elapsed: number;
  readonly slept: number;
  /** The delay that takes the place of the rule's, if the flags say so. */
  readonly given: number;
  readonly seed: number;
  /** `undefined` for none. */
  readonly budget: number | undefined;
}

/** Has the place of a call that is held until it rests for the first time: the engine has nothing to tell it. */
const HELD: Watcher = { wake() {}, close() {}, reject() {} };

/** A span in microseconds for the engine; `Infinity` for no limit. Rounded up: nothing happens early. */
function micros(ms: number): number {
  return Math.ceil(ms * 1000);
}

/**
 * What can be said to the engine, as words in the submission ring. Most commands are taken at once; those of
 * the hot path are left for a turn that the caller sees to.
 */
export abstract class Commands {
  readonly limiters = new Table<LimiterLedger>(0);
  readonly signals = new Table<SignalLedger>(0);
  readonly budgets = new Table<object>(0);
  protected readonly residents = new Table<Resident>(mailbox.HANDLE_GENERATION_BITS);
  protected words!: Uint32Array;
  protected floats!: Float64Array;
  /** Words of commands since the last turn. */
  protected length = 0;
  /** Why the engine is not to be used any more. */
  protected broken: InternalError | undefined;

  /**
   * Rings the doorbell and does what is to be done. User code may run at the end of it: nothing of ours may come
   * after. `starts` is 1 only where a function may be called now.
   */
  abstract turn(starts: 0 | 1): void;

  /** A turn in the middle of something, for an answer or for room: the user code it brings about runs later. */
  protected abstract exchange(): void;

  /** Sees to it that commands that can wait are taken by the end of the tick. */
  abstract flush(): void;

  /** The same where nobody could catch anything: in a microtask, a timer or a listener of our own. */
  protected abstract turnQuietly(starts: 0 | 1): void;

  /** Enters a resident and submits it, without any wishes. */
  submit(limiter: number, resident: Slottable): void {
    const handle = this.#enter(resident);
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
    const handle = this.#enter(resident);
    const at = this.reserve();
    this.words[at] = mailbox.COMMAND_SUBMIT_WITH | (limiter << 8);
    this.words[at + 1] = handle;
    this.words[at + 2] = signal ?? NONE;
    this.words[at + 3] = parent ?? NONE;
    this.#writeSpan(at + 4, queueTimeout);
    this.#writeSpan(at + 6, runTimeout);
    this.length += 8;
    return handle;
  }

  /** Enters a resident that gets a slot now or not at all. Tells its handle if it did. */
  tryAcquire(limiter: number, resident: Slottable): number | undefined {
    const handle = this.#enter(resident);
    this.#append(mailbox.COMMAND_TRY | (limiter << 8), handle);
    this.exchange();
    if (this.words[mailbox.HEADER_ANSWER] === 1) return handle;
    this.residents.remove(handle);
    return undefined;
  }

  /** A slot is given back by hand. */
  release(handle: number): void {
    this.residents.remove(handle);
    this.#append(COMMAND_COMPLETE | (1 << 8), handle);
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
      for (const handle of handles) this.#append(mailbox.COMMAND_CANCEL, handle);
    } catch {
      // It failed when room was to be made for the command.
      return;
    }
    this.turnQuietly(0);
  }

  /** Enters a sleeper, which wakes when a span is over or when it is cancelled. Tells its handle. */
  sleep(sleeper: Watcher, ms: number, holds: boolean): number {
    const handle = this.#enter(sleeper);
    const at = this.#append(mailbox.COMMAND_SLEEP | (Number(holds) << 8), handle, 4);
    this.#writeSpan(at + 2, ms);
    this.exchange();
    return handle;
  }

  /**
   * A call begins, or may have another attempt, whose attempts are tasks of this limiter: the limiter is not at rest
   * until the call is {@link letGo}. Gives its handle. To be said before the one is submitted or the other ends, with
   * which it is taken.
   */
  hold(limiter: number): number {
    const handle = this.#enter(HELD);
    this.#append(mailbox.COMMAND_HOLD | (limiter << 8), handle);
    return handle;
  }

  /**
   * A call that is held has no further attempt. Its promise is settled in the same breath: a microtask is left to a
   * rejection, which needs two to reach the caller, before whoever waits for the limiter can hear of it.
   */
  letGo(call: number): void {
    this.residents.remove(call);
    this.#append(mailbox.COMMAND_CANCEL, call);
    inMicrotask(this.#flushLater);
  }

  readonly #flushLater = (): void => this.flush();

  /**
   * A call has failed: it is told at once whether it is tried again, and woken when it is. One that is held rests in its
   * limiter, which may reject it; any other is entered as a sleeper, in no limiter.
   */
  retry(sleeper: Retrier, failed: FailedAttempt): number {
    const handle = sleeper.held ?? this.#enter(sleeper);
    if (sleeper.held !== undefined) this.residents.put(handle, sleeper);
    const at = this.#append(mailbox.COMMAND_RETRY | (failed.flags << 8), handle, 21);
    this.words[at + 2] = failed.attempt;
    this.words[at + 3] = failed.retries;
    this.#writeSpan(at + 4, failed.base);
    this.#writeFloat(at + 6, failed.factor);
    this.#writeSpan(at + 8, failed.max);
    this.#writeSpan(at + 10, failed.maxElapsed);
    this.#writeSpan(at + 12, failed.elapsed);
    this.#writeSpan(at + 14, failed.slept);
    this.#writeSpan(at + 16, failed.given);
    this.#writeWide(at + 18, failed.seed);
    this.words[at + 20] = failed.budget ?? NONE;
    this.exchange();
    return handle;
  }

  /** A new retry budget: its window in milliseconds. Gives its number. */
  openBudget(share: number, minPerSecond: number, window: number): number {
    const budget = this.budgets.add({});
    const at = this.#append(mailbox.COMMAND_OPEN_BUDGET, budget, 8);
    this.#writeFloat(at + 2, share);
    this.#writeFloat(at + 4, minPerSecond);
    this.#writeSpan(at + 6, window);
    return budget;
  }

  /** Nobody can reach the budget any more. */
  freeBudget(budget: number): void {
    this.budgets.remove(budget);
    this.#append(mailbox.COMMAND_FREE_BUDGET, budget);
    this.turnQuietly(0);
  }

  /** A first attempt that counts for a budget. */
  deposit(budget: number): void {
    this.#append(mailbox.COMMAND_DEPOSIT, budget);
    this.flush();
  }

  /** Enters a group; `some` is how many fulfilments are enough, where the need is for some. */
  gather(group: Judged, need: number, rest: number, some: number): number {
    const handle = this.#enter(group);
    const flags = need | (rest << mailbox.GROUP_REST_SHIFT);
    const at = this.#append(mailbox.COMMAND_GATHER | (flags << 8), handle, 3);
    this.words[at + 2] = some;
    return handle;
  }

  /** A member of a group has ended. The verdict, if it is clear now, has come when this returns. */
  settled(group: number, member: number, fulfilled: boolean): void {
    const at = this.#append(mailbox.COMMAND_SETTLED | (Number(fulfilled) << 8), group, 3);
    this.words[at + 2] = member;
    this.exchange();
  }

  /** So many members of a group were fulfilled; taken with the next command of the group. */
  tally(group: number, fulfilled: number): void {
    const at = this.#append(mailbox.COMMAND_TALLY, group, 3);
    this.words[at + 2] = fulfilled;
  }

  /** A group has so many members, ended or not. The verdict, if it is clear now, has come when this returns. */
  seal(group: number, members: number): void {
    const at = this.#append(mailbox.COMMAND_SEAL, group, 4);
    this.#writeWide(at + 2, members);
    this.exchange();
  }

  /** Nobody waits for the verdict on a group any more. */
  disband(group: number): void {
    this.residents.remove(group);
    this.#append(mailbox.COMMAND_DISBAND, group);
    this.flush();
  }

  abortSignal(signal: number): void {
    this.#append(mailbox.COMMAND_SIGNAL_ABORTED, signal);
    this.turnQuietly(0);
  }

  /** Enters a waiter for fewer than `bound` queued tasks, 0 for nothing left. */
  wait(limiter: number, waiter: Watcher, bound: number): void {
    const handle = this.#enter(waiter);
    const at = this.#append(mailbox.COMMAND_WAIT, limiter, 4);
    this.words[at + 2] = handle;
    this.words[at + 3] = bound;
    this.turn(0);
  }

  open(
    record: LimiterLedger,
    flags: number,
    concurrency: number,
    maxQueue: number,
    spans: [number, number],
  ): number {
    const limiter = this.limiters.add(record);
    const at = this.#append(mailbox.COMMAND_OPEN | (flags << 8), limiter, 8);
    this.words[at + 2] = concurrency;
    this.words[at + 3] = maxQueue;
    this.#writeSpan(at + 4, spans[0]);
    this.#writeSpan(at + 6, spans[1]);
    return limiter;
  }

  /** Nobody can reach the limiter any more. */
  free(limiter: number): void {
    this.#append(mailbox.COMMAND_FREE, limiter);
    this.turnQuietly(0);
  }

  /** A new limit: what it frees goes to those who wait in a microtask, as starts do. */
  resize(limiter: number, concurrency: number): void {
    const at = this.#append(mailbox.COMMAND_RESIZE, limiter, 3);
    this.words[at + 2] = concurrency;
    this.turn(0);
    // The limiter may be gone by then, and its number another's: that one is settled already.
    inMicrotask(() => {
      if (this.limiters.get(limiter) === undefined) return;
      this.#append(mailbox.COMMAND_SETTLE, limiter);
      this.turnQuietly(0);
    });
  }

  pause(limiter: number, ms: number): void {
    const at = this.#append(mailbox.COMMAND_PAUSE, limiter, 4);
    this.#writeSpan(at + 2, ms);
    this.turn(0);
  }

  resume(limiter: number): void {
    this.#append(mailbox.COMMAND_RESUME, limiter);
    this.turn(0);
  }

  clear(limiter: number): void {
    this.#append(mailbox.COMMAND_CLEAR, limiter);
    this.turn(0);
  }

  close(limiter: number, waiter: Watcher, grace: number): void {
    const handle = this.#enter(waiter);
    const at = this.#append(mailbox.COMMAND_CLOSE, limiter, 5);
    this.words[at + 2] = handle;
    this.#writeSpan(at + 3, grace);
    this.turn(0);
  }

  abortLimiter(limiter: number): void {
    this.#append(mailbox.COMMAND_ABORT, limiter);
    this.turnQuietly(0);
  }

  /** Asks how a limiter stands. The answer is in {@link answer} until the next turn. */
  ask(limiter: number): void {
    this.#append(mailbox.COMMAND_QUERY, limiter);
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

  #enter(resident: Resident): number {
    if (this.broken !== undefined) throw this.broken;
    return this.residents.add(resident);
  }

  /** Where the next command goes; makes room by a turn if there is none. */
  protected reserve(): number {
    if (this.length > COMMAND_WORDS - LONGEST_COMMAND) this.exchange();
    return COMMANDS_AT + this.length;
  }

  #append(first: number, subject: number, length = 2): number {
    const at = this.reserve();
    this.words[at] = first;
    this.words[at + 1] = subject;
    this.length += length;
    return at;
  }

  #writeFloat(at: number, value: number): void {
    float[0] = value;
    this.words[at] = floatWords[0] as number;
    this.words[at + 1] = floatWords[1] as number;
  }

  #writeWide(at: number, value: number): void {
    this.words[at] = value % WIDE;
    this.words[at + 1] = value / WIDE;
  }

  #writeSpan(at: number, ms: number | undefined): void {
    if (ms === undefined || ms === Number.POSITIVE_INFINITY) {
      this.words[at] = ms === undefined ? NONE - 1 : NONE;
      this.words[at + 1] = NONE;
    } else {
      const span = micros(ms);
      this.words[at] = span % WIDE;
      this.words[at + 1] = Math.min(span / WIDE, NONE - 1);
    }
  }
}
