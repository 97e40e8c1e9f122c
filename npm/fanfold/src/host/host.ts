import * as mailbox from '../engine/mailbox.gen.js';
import type { Port } from '../engine/port.js';
import { InternalError } from '../errors/internal.js';
import { Alarm } from './alarm.js';
import { Clock } from './clock.js';
import { Commands } from './commands.js';
import { type Frame, frameKey, NOBODY, type RunningTask, runningStorage, type Scope } from './context.js';
import { follow } from './follow.js';
import { inMicrotask } from './microtask.js';
import type {
  Buffered,
  Judged,
  LimiterLedger,
  Retrier,
  Runnable,
  SignalLedger,
  Slottable,
  Watcher,
} from './residents.js';
import { Slot } from './slot.js';

// Held here and not in the module they come from: compiled to CommonJS, an import is a property to look up.
const HEADER_COMMANDS = mailbox.HEADER_COMMANDS;
const HEADER_STARTS = mailbox.HEADER_STARTS;
const HEADER_EFFECTS = mailbox.HEADER_EFFECTS;
const HEADER_MORE = mailbox.HEADER_MORE;
const HEADER_READY = mailbox.HEADER_READY;
const HEADER_TIMED = mailbox.HEADER_TIMED;
const HEADER_HOLDS = mailbox.HEADER_HOLDS;
const HEADER_FAULT = mailbox.HEADER_FAULT;
const COMMAND_COMPLETE = mailbox.COMMAND_COMPLETE;
const HEALTH_AT = 8 + mailbox.HEALTH_SHIFT;
const NONE = mailbox.NONE;
const EFFECTS_AT = mailbox.EFFECTS_AT;
const EFFECT_START = mailbox.EFFECT_START;
const EFFECT_REJECT = mailbox.EFFECT_REJECT;
const EFFECT_EXPIRE = mailbox.EFFECT_EXPIRE;
const HEADER_NOW = mailbox.HEADER_NOW / 2;
const HEADER_DEADLINE = mailbox.HEADER_DEADLINE / 2;
const WIDE = 2 ** 32;

/** How many submissions may hope for a slot before the engine is asked. */
const SUBMISSIONS_UNSENT = 4;

/** Slots kept for later: enough for any usual concurrency, and no burst without limit stays in memory. */
const SLOTS_KEPT = 1024;

const { then } = Promise.prototype;

/**
 * The engine's hands: it appends commands, rings the doorbell, does what the effects say, and keeps the one
 * timer. It decides nothing.
 *
 * A *turn* is one ring of the doorbell. User code never runs in the middle of one: the function that a turn
 * starts is called when all its effects are done, and so are abort listeners, warnings and whatever else may be
 * somebody's. Where the caller of a turn goes on after it, they are called in a microtask.
 * Turns come about in three ways: at once, where an answer or a start is due; in a microtask of its own, for
 * a task whose slot is there; and once at the end of the tick, for commands that are in no hurry.
 */
export class Host extends Commands {
  readonly port: Port;
  readonly #clock = new Clock();
  readonly #alarm: Alarm;
  /** Submissions since the last turn that hope for a slot. */
  #unsent = 0;
  /** Microtasks under way that let a task start. */
  #ticks = 0;
  #flushing = false;
  #timeIsFresh = false;
  /** The time told for the turn that is taken, if it was read for it. */
  #told: number | undefined;
  #slots: Slot[] = [];
  /** What user code is to be called when the effects are done. */
  #deferred: (() => void)[] = [];
  /** The task that the effects of this turn say is to start, and its limiter. */
  #starting = NOBODY;
  #startingIn = 0;
  /** The slot whose task's function is being called right now. */
  #running: Slot | undefined;

  constructor(port: Port) {
    super();
    this.port = port;
    this.#alarm = new Alarm(this.#clock, () => this.turnQuietly(0));
    this.#attach();
  }

  /** The engine's time, in milliseconds. */
  now(): number {
    return this.#clock.now();
  }

  /** The task inside which this code runs, if it is one of this limiter and can be seen. */
  parent(limiter: number, task: Scope | undefined, tracked: boolean): number | undefined {
    if (this.#running?.limiter === limiter) return this.#running.handle;
    if (frameKey !== undefined && task !== undefined) {
      const frame = (task as unknown as Record<symbol, Frame>)[frameKey];
      return frame === undefined
        ? undefined
        : kin(limiter, frame.get(runningStorage as object) as RunningTask);
    }
    return tracked || frameKey !== undefined ? kin(limiter, runningStorage?.getStore()) : undefined;
  }

  /** The task that is being called, as code after an await is to find it. */
  get running(): RunningTask | undefined {
    return this.#running?.marked(runningStorage?.getStore());
  }

  /** The slot whose task is being called right now. A task that keeps its slot {@link enter}s it again. */
  get slot(): Slot | undefined {
    return this.#running;
  }

  /** What is called until {@link exit} belongs to the task in this slot. */
  enter(slot: Slot | undefined): void {
    this.#running = slot;
  }

  exit(): void {
    this.#running = undefined;
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
    inMicrotask(this.#tick);
  }

  override flush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    inMicrotask(this.#flush);
  }

  override turn(starts: 0 | 1): void {
    this.turnQuietly(starts);
    if (this.broken !== undefined) throw this.broken;
  }

  protected override turnQuietly(starts: 0 | 1): void {
    this.#tellTime();
    this.#turn(starts);
  }

  override exchange(): void {
    this.#tellTime();
    this.#take(0);
    if (this.#deferred.length > 0) inMicrotask(this.#callDeferred);
    if (this.broken !== undefined) throw this.broken;
  }

  override exchangeUntimed(): void {
    if (this.untimed !== this.length) {
      this.exchange();
      return;
    }
    this.#take(0);
    if (this.#deferred.length > 0) inMicrotask(this.#callDeferred);
    if (this.broken !== undefined) throw this.broken;
  }

  /** The engine is told the time once, and reads it off the block at every turn. */
  #tellTime(): void {
    this.#told = this.#clock.now();
    this.floats[HEADER_NOW] = this.#told;
  }

  /** A turn at the time told last. */
  #turn(starts: 0 | 1): void {
    this.#take(starts);
    // First the start, which the engine counts as having happened, then the listeners, who may pause or abort.
    const handle = this.#starting;
    if (handle !== NOBODY) {
      this.#starting = NOBODY;
      (this.residents.get(handle) as Slottable).start(this, handle, this.#startingIn);
    }
    if (this.#deferred.length > 0) this.#callDeferred();
  }

  /** Lets the engine take the commands, and does what it says. */
  #take(starts: 0 | 1): void {
    this.words[HEADER_STARTS] = starts;
    this.#ring();
    this.#drain();
    while (this.words[HEADER_MORE] !== 0 && this.broken === undefined) {
      this.words[HEADER_STARTS] = 0;
      this.#ring();
      this.#drain();
    }
    if (this.broken !== undefined) return;
    this.#alarm.set(this.floats[HEADER_DEADLINE] as number, this.words[HEADER_HOLDS] === 1, this.#told);
    this.#told = undefined;
    const ready = this.words[HEADER_READY] as number;
    while (this.#ticks < ready) {
      this.#ticks++;
      inMicrotask(this.#tick);
    }
  }

  readonly #callDeferred = (): void => {
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const callback of deferred) {
      try {
        callback();
      } catch (error) {
        // Somebody's own listener or warning hook. It is theirs to hear of, and nobody else's to suffer from.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  };

  /** Runs a task whose slot is there. */
  run(task: Runnable, handle: number, limiter: number): void {
    const slot = this.occupy(task, handle, limiter);
    let result: Promise<unknown>;
    try {
      result = follow(this.callIn(slot, task));
    } catch (error) {
      result = Promise.reject(error);
    }
    // The intrinsic `then` of a real promise calls one handler once. Anything else is followed by one.
    void then.call(result, slot.fulfilled, slot.rejected);
  }

  /** Puts a task into a place where it runs. */
  occupy(task: Runnable, handle: number, limiter: number): Slot {
    const slot = this.#slots.pop() ?? new Slot(this);
    slot.enter(task, handle, limiter);
    // A limiter that has to see all looks for itself.
    if (frameKey !== undefined && !this.#record(limiter).tracked) slot.mark();
    return slot;
  }

  /** Calls the function of the task in a slot. */
  callIn(slot: Slot, task: Runnable): unknown {
    // A limiter's own tasks start in microtasks, but those of others may start inside a call, and so inside a function.
    const outer = this.#running;
    this.#running = slot;
    try {
      return task.call();
    } finally {
      this.#running = outer;
    }
  }

  /** The task in a slot has ended, and its owner has seen to all that follows. The slot is free with the next turn. */
  vacate(slot: Slot, fulfilled: boolean): void {
    slot.leave();
    this.#say(slot, fulfilled);
  }

  /**
   * The promise of a slot's task settled: the next one has the slot. It starts at once, or after a failure a
   * microtask later, since a rejection needs one more to reach the caller, who is to hear of it in turn.
   */
  complete(slot: Slot, fulfilled: boolean): void {
    this.#say(slot, fulfilled);
    if (this.#record(slot.limiter).room) {
      // Nobody waits for the slot. Whoever asks before the tick ends is answered as if this had been told.
      this.flush();
      return;
    }
    // Reading a clock costs as much as all the rest here. Where no deadline depends on it, all that settles in
    // one go shares a reading.
    if (this.words[HEADER_TIMED] !== 0) {
      this.#tellTime();
    } else if (!this.#timeIsFresh) {
      this.#tellTime();
      this.#timeIsFresh = true;
      inMicrotask(this.#forgetTime);
    }
    this.#turn(fulfilled ? 1 : 0);
  }

  /** Says that the task of a slot has ended, and keeps the slot for another. */
  #say(slot: Slot, fulfilled: boolean): void {
    const { handle } = slot;
    this.residents.remove(handle);
    if (this.#slots.length < SLOTS_KEPT) this.#slots.push(slot);
    const at = this.reserve();
    const words = this.words;
    words[at] = COMMAND_COMPLETE | (Number(fulfilled) << 8) | (slot.health << HEALTH_AT);
    words[at + 1] = handle;
    this.length += 2;
  }

  readonly #flush = (): void => {
    this.#flushing = false;
    if (this.length > 0) this.turnQuietly(1);
  };

  readonly #forgetTime = (): void => {
    this.#timeIsFresh = false;
  };

  readonly #tick = (): void => {
    this.#ticks--;
    if ((this.words[HEADER_READY] as number) > 0 || this.length > 0) this.turnQuietly(1);
  };

  #ring(): void {
    if (this.broken !== undefined) return;
    this.words[HEADER_COMMANDS] = this.length;
    this.length = 0;
    this.untimed = 0;
    this.#unsent = 0;
    this.port.doorbell();
    // A WebAssembly memory that grew has another buffer: the views on the old one are empty.
    if (this.words.length === 0) this.#attach();
    if (this.words[HEADER_FAULT] !== 0) this.#break('The engine stopped', this.port.fault);
  }

  #attach(): void {
    const { memory, byteOffset } = this.port;
    this.words = new Uint32Array(memory, byteOffset, mailbox.WORDS);
    this.floats = new Float64Array(memory, byteOffset, mailbox.WORDS / 2);
  }

  /** The engine cannot be trusted any more. Nobody is left waiting for it. */
  #break(what: string, cause?: unknown): void {
    if (this.broken !== undefined) return;
    const broken = new InternalError(what, cause);
    this.broken = broken;
    this.#starting = NOBODY;
    // Nothing is due any more that a process would have to stay alive for.
    this.#alarm.set(Number.POSITIVE_INFINITY, false, undefined);
    for (const resident of this.residents.all()) resident.reject(broken);
  }

  /** Does what the effects say. No user code runs in here. */
  #drain(): void {
    if (this.broken !== undefined) return;
    const words = this.words;
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
          const resident = this.#dismiss<Slottable>(subject);
          this.#record(words[at + 2] as number).reject(resident, aux, this.#span(at + 3), 0);
          at += 5;
          break;
        }
        case EFFECT_EXPIRE: {
          const resident = this.residents.get(subject) as Slottable;
          const record = this.#record(words[at + 2] as number);
          record.reject(resident, aux, this.#span(at + 3), this.#span(at + 5));
          at += 7;
          break;
        }
        case mailbox.EFFECT_REFUSE: {
          const resident = this.#dismiss<Slottable>(subject);
          const by = this.#record(words[at + 5] as number);
          by.guard?.refuse(resident, aux, this.#span(at + 3), this.#after(at + 6));
          at += 8;
          break;
        }
        case mailbox.EFFECT_BREAKER:
          this.defer(this.#record(subject).guard?.changed(aux, this.#after(at + 2)));
          at += 4;
          break;
        case mailbox.EFFECT_LIMIT: {
          const record = this.#record(subject);
          // Somebody may have said what it is in this very turn, and that is what holds.
          if (record.least !== undefined) record.concurrency = words[at + 2] as number;
          at += 3;
          break;
        }
        case mailbox.EFFECT_ROOM:
          this.#record(subject).room = aux === 1;
          at += 2;
          break;
        case mailbox.EFFECT_WAKE:
          this.#dismiss<Watcher>(subject).wake();
          at += 2;
          break;
        case mailbox.EFFECT_CLOSED:
          this.#dismiss<Watcher>(subject).close({
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
          this.defer((this.signals.get(subject) as SignalLedger).left());
          this.signals.remove(subject);
          at += 2;
          break;
        case mailbox.EFFECT_KEY_IDLE:
          this.#record(aux).keys?.forget(subject);
          at += 2;
          break;
        case mailbox.EFFECT_NESTED_FULL: {
          const record = this.#record(subject);
          this.defer(() => record.warnNested());
          at += 2;
          break;
        }
        case mailbox.EFFECT_LIMITER_FREED:
          this.defer(this.#record(subject).left());
          this.limiters.remove(subject);
          at += 2;
          break;
        case mailbox.EFFECT_RETRY_AFTER:
          (this.residents.get(subject) as Retrier).retryAfter(this.#span(at + 2));
          at += 4;
          break;
        case mailbox.EFFECT_EXHAUSTED:
          this.#dismiss<Retrier>(subject).exhausted(aux);
          at += 2;
          break;
        case mailbox.EFFECT_GROUP_STOP:
          (this.residents.get(subject) as Judged).stop();
          at += 2;
          break;
        case mailbox.EFFECT_GROUP_DECIDED: {
          const group = this.residents.get(subject) as Judged;
          this.residents.remove(subject);
          const by = words[at + 2] as number;
          group.decide(aux === 1, by === NONE ? undefined : by);
          at += 3;
          break;
        }
        case mailbox.EFFECT_ADMIT:
        case mailbox.EFFECT_REFUSE_VALUE:
        case mailbox.EFFECT_RELEASE:
          (this.residents.get(subject) as Buffered).tell(first & 0xff, aux, NONE);
          at += 2;
          break;
        case mailbox.EFFECT_GIVE:
        case mailbox.EFFECT_GIVE_NOW:
        case mailbox.EFFECT_DROP:
          (this.residents.get(subject) as Buffered).tell(first & 0xff, aux, words[at + 2] as number);
          at += 3;
          break;
        default:
          this.#break(`The engine refused a command (fault ${aux}, subject ${subject})`);
          return;
      }
    }
  }

  /** Calls this when the effects of the turn are done: it may run user code. */
  defer(callback: (() => void) | undefined): void {
    if (callback !== undefined) this.#deferred.push(callback);
  }

  #span(at: number): number {
    return ((this.words[at] as number) + (this.words[at + 1] as number) * WIDE) / 1000;
  }

  /** The same, where that may be for ever. */
  #after(at: number): number {
    const { words } = this;
    return words[at] === NONE && words[at + 1] === NONE ? Number.POSITIVE_INFINITY : this.#span(at);
  }

  #record(limiter: number): LimiterLedger {
    return this.limiters.get(limiter) as LimiterLedger;
  }

  /** Who has heard what there is to hear. A call that is held has its handle until it is let go. */
  #dismiss<Dismissed extends object>(handle: number): Dismissed {
    const resident = this.residents.get(handle) as object;
    if ((resident as Partial<Retrier>).held === undefined) this.residents.remove(handle);
    return resident as Dismissed;
  }
}

/** The innermost running task of a limiter, from inside out. */
function kin(limiter: number, running: RunningTask | undefined): number | undefined {
  for (let task = running; task !== undefined; task = task.outer) {
    if (task.limiter === limiter && task.handle !== NOBODY) return task.handle;
  }
  return undefined;
}
