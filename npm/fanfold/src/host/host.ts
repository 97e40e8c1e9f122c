import * as mailbox from '../engine/mailbox.gen.js';
import type { Port } from '../engine/port.js';
import { InternalError } from '../errors/internal.js';
import type { LimiterRecord } from '../limiter/record.js';
import type { SignalListener } from '../limiter/signals.js';
import { Slot } from '../task/slot.js';
import type { Slottable, Task } from '../task/task.js';
import type { Waiter } from '../task/waiter.js';
import { Alarm } from './alarm.js';
import { Clock } from './clock.js';
import { type Frame, frameKey, type RunningTask, runningStorage } from './context.js';
import { Table } from './table.js';

// Held here and not in the module they come from: compiled to CommonJS, an import is a property to look up.
const { COMMANDS_AT, COMMAND_WORDS, EFFECTS_AT, NONE } = mailbox;
const {
  HEADER_COMMANDS,
  HEADER_STARTS,
  HEADER_EFFECTS,
  HEADER_MORE,
  HEADER_READY,
  HEADER_TIMED,
  HEADER_FAULT,
} = mailbox;
const { COMMAND_SUBMIT, COMMAND_COMPLETE, EFFECT_START, EFFECT_REJECT, EFFECT_EXPIRE } = mailbox;
const HEADER_NOW = mailbox.HEADER_NOW / 2;
const HEADER_DEADLINE = mailbox.HEADER_DEADLINE / 2;
const LONGEST_COMMAND = 8;
const WIDE = 2 ** 32;
const NOBODY = -1;

/** How many submissions may hope for a slot before the engine is asked. */
const SUBMISSIONS_UNSENT = 4;

/** Slots kept for later: enough for any usual concurrency, and no burst without limit stays in memory. */
const SLOTS_KEPT = 1024;

const then = Promise.prototype.then;
const settled = Promise.resolve();

/** A span in microseconds for the engine; `Infinity` for no limit. Rounded up: nothing happens early. */
function micros(ms: number): number {
  return Math.ceil(ms * 1000);
}

/**
 * The engine's hands: it appends commands, rings the doorbell, does what the effects say, and keeps the one
 * timer. It decides nothing.
 *
 * A *turn* is one ring of the doorbell. User code never runs in the middle of one: the function that a turn
 * starts is called when all its effects are done, and so are the abort listeners of tasks given up on.
 * Turns come about in three ways: at once, where an answer or a start is due; in a microtask of its own, for
 * a task whose slot is there; and once at the end of the tick, for commands that are in no hurry.
 */
export class Host {
  readonly port: Port;
  readonly limiters = new Table<LimiterRecord>(0);
  readonly signals = new Table<SignalListener>(0);
  readonly #residents = new Table<Slottable | Waiter>(mailbox.HANDLE_GENERATION_BITS);
  readonly #clock = new Clock();
  readonly #alarm: Alarm;
  #words!: Uint32Array;
  #floats!: Float64Array;
  /** Words of commands since the last turn. */
  #length = 0;
  /** Submissions since the last turn that hope for a slot. */
  #unsent = 0;
  /** Microtasks under way that let a task start. */
  #ticks = 0;
  #flushing = false;
  #timeIsFresh = false;
  #slots: Slot[] = [];
  /** What user code is to be called when the effects are done. */
  #deferred: (() => void)[] = [];
  /** The task that the effects of this turn say is to start, and its limiter. */
  #starting = NOBODY;
  #startingIn = 0;
  /** The task whose function is being called right now. */
  #runningLimiter = NOBODY;
  #runningHandle = 0;
  #broken: InternalError | undefined;

  constructor(port: Port) {
    this.port = port;
    this.#alarm = new Alarm(this.#clock, () => this.#turnNow(0));
    this.#attach();
  }

  // ---------------------------------------------------------------- commands

  /** Enters a resident and submits it, without any wishes. */
  submit(limiter: number, resident: Slottable): void {
    const handle = this.#residents.add(resident);
    const at = this.#reserve();
    const words = this.#words;
    words[at] = COMMAND_SUBMIT | (limiter << 8);
    words[at + 1] = handle;
    this.#length += 2;
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
    const handle = this.#residents.add(resident);
    const at = this.#reserve();
    this.#words[at] = mailbox.COMMAND_SUBMIT_WITH | (limiter << 8);
    this.#words[at + 1] = handle;
    this.#words[at + 2] = signal ?? NONE;
    this.#words[at + 3] = parent ?? NONE;
    this.#writeSpan(at + 4, queueTimeout);
    this.#writeSpan(at + 6, runTimeout);
    this.#length += 8;
    return handle;
  }

  /** Enters a resident that gets a slot now or not at all. Tells its handle if it did. */
  tryAcquire(limiter: number, resident: Slottable): number | undefined {
    const handle = this.#residents.add(resident);
    this.#command(mailbox.COMMAND_TRY | (limiter << 8), handle);
    this.turn(0);
    if (this.#words[mailbox.HEADER_ANSWER] === 1) return handle;
    this.#residents.remove(handle);
    return undefined;
  }

  /** A slot is given back by hand. */
  release(handle: number): void {
    this.#residents.remove(handle);
    this.#command(COMMAND_COMPLETE | (1 << 8), handle);
    this.turn(0);
  }

  cancel(handle: number): void {
    this.#command(mailbox.COMMAND_CANCEL, handle);
    this.turn(0);
  }

  abortSignal(signal: number): void {
    this.#command(mailbox.COMMAND_SIGNAL_ABORTED, signal);
    this.turn(0);
  }

  /** Enters a waiter for fewer than `bound` queued tasks, 0 for nothing left. */
  wait(limiter: number, waiter: Waiter, bound: number): void {
    const handle = this.#residents.add(waiter);
    const at = this.#command(mailbox.COMMAND_WAIT, limiter, 4);
    this.#words[at + 2] = handle;
    this.#words[at + 3] = bound;
    this.turn(0);
  }

  open(
    record: LimiterRecord,
    flags: number,
    concurrency: number,
    maxQueue: number,
    spans: [number, number],
  ): number {
    const limiter = this.limiters.add(record);
    const at = this.#command(mailbox.COMMAND_OPEN | (flags << 8), limiter, 8);
    this.#words[at + 2] = concurrency;
    this.#words[at + 3] = maxQueue;
    this.#writeSpan(at + 4, spans[0]);
    this.#writeSpan(at + 6, spans[1]);
    return limiter;
  }

  /** Nobody can reach the limiter any more. */
  free(limiter: number): void {
    this.#command(mailbox.COMMAND_FREE, limiter);
    this.turn(0);
  }

  /** A new limit: what it frees goes to those who wait in a microtask, as starts do. */
  resize(limiter: number, concurrency: number): void {
    const at = this.#command(mailbox.COMMAND_RESIZE, limiter, 3);
    this.#words[at + 2] = concurrency;
    this.turn(0);
    // The limiter may be gone by then, and its number another's: that one is settled already.
    void then.call(settled, () => {
      if (this.limiters.get(limiter) === undefined) return;
      this.#command(mailbox.COMMAND_SETTLE, limiter);
      this.#turnNow(0);
    });
  }

  pause(limiter: number, ms: number): void {
    const at = this.#command(mailbox.COMMAND_PAUSE, limiter, 4);
    this.#writeSpan(at + 2, ms);
    this.turn(0);
  }

  resume(limiter: number): void {
    this.#command(mailbox.COMMAND_RESUME, limiter);
    this.turn(0);
  }

  clear(limiter: number): void {
    this.#command(mailbox.COMMAND_CLEAR, limiter);
    this.turn(0);
  }

  close(limiter: number, waiter: Waiter, grace: number): void {
    const handle = this.#residents.add(waiter);
    const at = this.#command(mailbox.COMMAND_CLOSE, limiter, 5);
    this.#words[at + 2] = handle;
    this.#writeSpan(at + 3, grace);
    this.turn(0);
  }

  abortLimiter(limiter: number): void {
    this.#command(mailbox.COMMAND_ABORT, limiter);
    this.turn(0);
  }

  // --------------------------------------------------------------- questions

  /** Asks how a limiter stands. The answer is in {@link answer} until the next turn. */
  ask(limiter: number): void {
    this.#command(mailbox.COMMAND_QUERY, limiter);
    this.turn(0);
  }

  /** A word of the last answer. */
  answer(header: number): number {
    return this.#words[header] as number;
  }

  /** A counter of the last answer. */
  counter(place: number): number {
    return this.#floats[mailbox.HEADER_COUNTS / 2 + place] as number;
  }

  /** The task inside which this code runs, if it is one of this limiter and can be seen. */
  parent(limiter: number, task: Task | undefined, tracked: boolean): number | undefined {
    if (this.#runningLimiter === limiter) return this.#runningHandle;
    if (frameKey !== undefined && task !== undefined) {
      const frame = (task as unknown as Record<symbol, Frame>)[frameKey];
      return frame === undefined
        ? undefined
        : kin(limiter, frame.get(runningStorage as object) as RunningTask);
    }
    return tracked || frameKey !== undefined ? kin(limiter, runningStorage?.getStore()) : undefined;
  }

  /** The running task as code after an await is to find it. */
  get running(): RunningTask {
    return { limiter: this.#runningLimiter, handle: this.#runningHandle, outer: runningStorage?.getStore() };
  }

  // ------------------------------------------------------------------- turns

  /**
   * A task was submitted that may have its slot now. The first few of a tick are taken when they start, in a
   * microtask of their own each; then it is worth a turn to know whether there is still room.
   */
  admit(): void {
    if (this.#flushing && this.#unsent === 0) {
      // The turn at the end of the tick starts one, which is this.
      this.#unsent = 1;
      return;
    }
    if (this.#unsent === SUBMISSIONS_UNSENT) {
      this.turn(0);
      return;
    }
    this.#unsent++;
    this.#ticks++;
    void then.call(settled, this.#tick);
  }

  /** Sees to it that a command that can wait is taken by the end of the tick. */
  flush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    void then.call(settled, this.#flush);
  }

  /** Rings the doorbell and does what is to be done. `starts` is 1 only where a function may be called now. */
  turn(starts: 0 | 1): void {
    this.#turnNow(starts);
    if (this.#broken !== undefined) throw this.#broken;
  }

  /** The same where nobody could catch anything: in a microtask or a timer of our own. */
  #turnNow(starts: 0 | 1): void {
    this.#tellTime();
    this.#turn(starts);
  }

  /** The engine is told the time once, and reads it off the block at every turn. */
  #tellTime(): void {
    this.#floats[HEADER_NOW] = this.#clock.now();
  }

  /** A turn at the time told last. */
  #turn(starts: 0 | 1): void {
    this.#words[HEADER_STARTS] = starts;
    this.#ring();
    this.#drain();
    while (this.#words[HEADER_MORE] !== 0 && this.#broken === undefined) {
      this.#words[HEADER_STARTS] = 0;
      this.#ring();
      this.#drain();
    }
    if (this.#broken !== undefined) return;
    this.#alarm.set(this.#floats[HEADER_DEADLINE] as number);
    const ready = this.#words[HEADER_READY] as number;
    while (this.#ticks < ready) {
      this.#ticks++;
      void then.call(settled, this.#tick);
    }
    // First the start, which the engine counts as having happened, then the listeners, who may pause or abort.
    const handle = this.#starting;
    if (handle !== NOBODY) {
      this.#starting = NOBODY;
      (this.#residents.get(handle) as Slottable).start(this, handle, this.#startingIn);
    }
    while (this.#deferred.length > 0) this.#deferred.shift()?.();
  }

  /** Runs a task whose slot is there. */
  run(task: Task, handle: number, limiter: number): void {
    const slot = this.#slots.pop() ?? new Slot(this);
    slot.enter(task, handle, limiter);
    const outerLimiter = this.#runningLimiter;
    const outerHandle = this.#runningHandle;
    this.#runningLimiter = limiter;
    this.#runningHandle = handle;
    let result: Promise<unknown>;
    try {
      result = follow(task.call());
    } catch (error) {
      result = Promise.reject(error);
    } finally {
      this.#runningLimiter = outerLimiter;
      this.#runningHandle = outerHandle;
    }
    // The intrinsic `then` of a real promise calls one handler once. Anything else is followed by one.
    void then.call(result, slot.fulfilled, slot.rejected);
  }

  /**
   * The promise of a slot's task settled: the next one has the slot. It starts at once, or after a failure a
   * microtask later, since a rejection needs one more to reach the caller, who is to hear of it in turn.
   */
  complete(slot: Slot, fulfilled: boolean): void {
    const handle = slot.handle;
    this.#residents.remove(handle);
    if (this.#slots.length < SLOTS_KEPT) this.#slots.push(slot);
    const at = this.#reserve();
    const words = this.#words;
    words[at] = fulfilled ? COMMAND_COMPLETE | (1 << 8) : COMMAND_COMPLETE;
    words[at + 1] = handle;
    this.#length += 2;
    if (this.#record(slot.limiter).room) {
      // Nobody waits for the slot. Whoever asks before the tick ends is answered as if this had been told.
      this.flush();
      return;
    }
    // Reading a clock costs as much as all the rest here. Where no deadline depends on it, all that settles in
    // one go shares a reading.
    if (words[HEADER_TIMED] !== 0) {
      this.#tellTime();
    } else if (!this.#timeIsFresh) {
      this.#tellTime();
      this.#timeIsFresh = true;
      void then.call(settled, this.#forgetTime);
    }
    this.#turn(fulfilled ? 1 : 0);
  }

  readonly #flush = (): void => {
    this.#flushing = false;
    if (this.#length > 0) this.#turnNow(1);
  };

  readonly #forgetTime = (): void => {
    this.#timeIsFresh = false;
  };

  readonly #tick = (): void => {
    this.#ticks--;
    if ((this.#words[HEADER_READY] as number) > 0 || this.#length > 0) this.#turnNow(1);
  };

  #ring(): void {
    if (this.#broken !== undefined) return;
    this.#words[HEADER_COMMANDS] = this.#length;
    this.#length = 0;
    this.#unsent = 0;
    this.port.doorbell();
    // A WebAssembly memory that grew has another buffer: the views on the old one are empty.
    if (this.#words.length === 0) this.#attach();
    if (this.#words[HEADER_FAULT] !== 0) this.#break('The engine stopped', this.port.fault);
  }

  #attach(): void {
    const { memory, byteOffset } = this.port;
    this.#words = new Uint32Array(memory, byteOffset, mailbox.WORDS);
    this.#floats = new Float64Array(memory, byteOffset, mailbox.WORDS / 2);
  }

  /** The engine cannot be trusted any more. Nobody is left waiting for it. */
  #break(what: string, cause?: unknown): void {
    if (this.#broken !== undefined) return;
    const broken = new InternalError(what, cause);
    this.#broken = broken;
    this.#starting = NOBODY;
    for (const resident of this.#residents.all()) resident.reject(broken);
  }

  /** Does what the effects say. No user code runs in here. */
  #drain(): void {
    if (this.#broken !== undefined) return;
    const words = this.#words;
    const end = EFFECTS_AT + (words[HEADER_EFFECTS] as number);
    for (let at = EFFECTS_AT; at < end; ) {
      const first = words[at] as number;
      const aux = first >>> 8;
      const subject = words[at + 1] as number;
      switch (first & 0xff) {
        case EFFECT_START:
          this.#starting = subject;
          this.#startingIn = aux;
          at += 2;
          break;
        case EFFECT_REJECT: {
          const resident = this.#residents.get(subject) as Slottable;
          this.#residents.remove(subject);
          this.#record(words[at + 2] as number).reject(resident, aux, this.#span(at + 3), 0);
          at += 5;
          break;
        }
        case EFFECT_EXPIRE: {
          const resident = this.#residents.get(subject) as Slottable;
          const record = this.#record(words[at + 2] as number);
          record.reject(resident, aux, this.#span(at + 3), this.#span(at + 5));
          at += 7;
          break;
        }
        case mailbox.EFFECT_ROOM:
          this.#record(subject).room = aux === 1;
          at += 2;
          break;
        case mailbox.EFFECT_WAKE:
          this.#dismiss(subject).wake();
          at += 2;
          break;
        case mailbox.EFFECT_CLOSED:
          this.#dismiss(subject).close({
            drained: aux === 1,
            fulfilled: words[at + 2] as number,
            rejected: words[at + 3] as number,
            cleared: words[at + 4] as number,
            aborted: words[at + 5] as number,
            elapsed: this.#span(at + 6),
          });
          at += 8;
          break;
        case mailbox.EFFECT_SIGNAL_IDLE:
          this.signals.get(subject)?.stop();
          this.signals.remove(subject);
          at += 2;
          break;
        case mailbox.EFFECT_NESTED_FULL:
          this.#record(subject).warnNested();
          at += 2;
          break;
        case mailbox.EFFECT_LIMITER_FREED:
          this.#record(subject).freed();
          this.limiters.remove(subject);
          at += 2;
          break;
        default:
          this.#break(`The engine refused a command (fault ${aux}, subject ${subject})`);
          return;
      }
    }
  }

  /** Calls this when the effects of the turn are done: it may run user code. */
  defer(callback: () => void): void {
    this.#deferred.push(callback);
  }

  // ----------------------------------------------------------------- words

  /** Where the next command goes; makes room by a turn if there is none. */
  #reserve(): number {
    if (this.#length > COMMAND_WORDS - LONGEST_COMMAND) this.turn(0);
    return COMMANDS_AT + this.#length;
  }

  #command(first: number, subject: number, length = 2): number {
    const at = this.#reserve();
    this.#words[at] = first;
    this.#words[at + 1] = subject;
    this.#length += length;
    return at;
  }

  #writeSpan(at: number, ms: number | undefined): void {
    if (ms === undefined || ms === Number.POSITIVE_INFINITY) {
      this.#words[at] = ms === undefined ? NONE - 1 : NONE;
      this.#words[at + 1] = NONE;
    } else {
      const span = micros(ms);
      this.#words[at] = span % WIDE;
      this.#words[at + 1] = Math.min(span / WIDE, NONE - 1);
    }
  }

  #span(at: number): number {
    return ((this.#words[at] as number) + (this.#words[at + 1] as number) * WIDE) / 1000;
  }

  #record(limiter: number): LimiterRecord {
    return this.limiters.get(limiter) as LimiterRecord;
  }

  #dismiss(handle: number): Waiter {
    const waiter = this.#residents.get(handle) as Waiter;
    this.#residents.remove(handle);
    return waiter;
  }
}

/** The innermost running task of a limiter, from inside out. */
function kin(limiter: number, running: RunningTask | undefined): number | undefined {
  for (let task = running; task !== undefined; task = task.outer) {
    if (task.limiter === limiter) return task.handle;
  }
  return undefined;
}

/** A real promise for whatever a function returned. */
function follow(result: unknown): Promise<unknown> {
  if (result instanceof Promise && result.constructor === Promise && result.then === then) return result;
  return new Promise((resolve) => resolve(result));
}
