import { HEALTH_NEUTRAL } from '../engine/mailbox.gen.js';
import {
  BreakerOpenError,
  ClearedError,
  OverloadedError,
  QueueFullError,
  TimeoutError,
} from '../errors/verdicts.js';
import { reprioritize } from '../host/capacity-commands.js';
import { NOBODY, type RunningTask, runningStorage, type Scope, ScopeBase } from '../host/context.js';
import { follow } from '../host/follow.js';
import { inMicrotask } from '../host/microtask.js';
import type { Runnable, Runner, Slottable } from '../host/residents.js';
import type { Slot } from '../host/slot.js';
import type { TaskPlan } from '../limiter/options.js';
import { round } from '../limiter/record.js';
import type { Key } from '../limiter/types.js';
import { callTraced, type GoesOn, type Trace } from '../observe/channels.js';
import type { StageRecord } from '../observe/stage.js';
import { isThenable, lastSettle, pending, Rejection } from '../task/promise.js';
import type { AnyFunction } from '../task/task.js';
import { Sleeper } from '../time/sleeper.js';
import { isGenerator, Pump } from './generator.js';
import type { Job } from './job.js';
import { Resumption } from './resumption.js';
import type { Suspension } from './suspension.js';
import { Told } from './task.js';

/** For how long at most a limiter that had no place in its queue is not asked for one again. */
const LONGEST_PAUSE_MS = 64;

/** Whether what refused a task may take it a little later. */
function isForNow(reason: unknown): boolean {
  return [QueueFullError, OverloadedError, ClearedError, BreakerOpenError].some(
    (verdict) => reason instanceof verdict,
  );
}

/** No start: what it costs was paid when the attempt began. Of `'requests'`, which all else costs nothing of. */
const NO_COSTS: TaskPlan['costs'] = [[0, 0]];

/**
 * One attempt of a task: its function, from the slot that it begins in to its end, through all the slots that it gave
 * back and took again. Each of these stretches is a task to the limiter.
 *
 * It is *over* when its outcome is known, which may be before its function has ended: then nobody waits for that, and the
 * slot, if it has one, is kept until then.
 */
export class Attempt extends ScopeBase implements Slottable, Runnable {
  readonly job: Job;
  readonly nth: number;
  /** What its end says about the service, as those who hear outcomes note it. */
  health = 0;
  /** Its place in the queue of the limiter, until its function is called. */
  #handle = NOBODY;
  #slot: Slot | undefined;
  #isOver = false;
  #hasEnded = false;
  #isGivenUp = false;
  /** Why it was given up on. */
  #reason: unknown;
  #controller: AbortController | undefined;
  #pump: Pump | undefined;
  /** Waits that are not told yet. */
  #waits: Set<Suspension> | undefined;
  /** Those among them that are over, in that order. */
  #due: Suspension[] = [];
  #resumption: Resumption | undefined;
  /** What it resumes with. */
  #rank: number | undefined;
  /** Until its limiter is asked again, which has refused so many times. */
  #pause: Sleeper | undefined;
  #refusals = 0;
  /** No slot will be had any more. */
  #isShut = false;
  /** How long it may still have a slot. */
  #timeLeft: number | undefined;
  /** Since when it has its slot, and how long it had others before, where anybody asks for times. */
  #since: number | undefined;
  #ran = 0;
  /** When its function was called, where that has to be known. */
  calledAt: number | undefined;
  /** What code inside it finds, where the limiter has to know it. */
  #mark: RunningTask | undefined;
  /** Of its generator, where anybody traces calls: whom to tell of its end, and the context that its function ran in. */
  #traced: { readonly trace: Trace; readonly scope: Scope } | undefined;

  constructor(job: Job, nth: number) {
    super('fanfold.pool.task');
    this.job = job;
    this.nth = nth;
    this.#timeLeft = job.plan.timeout;
  }

  /** Whether its outcome is known. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Milliseconds its function has had a slot. */
  get ran(): number {
    return this.#since === undefined ? this.#ran : this.#ran + this.#host.now() - this.#since;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isGivenUp) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  get #host() {
    return this.job.run.host;
  }

  // ---------------------------------------------------------------- in its limiter

  /** Waits for its slot. */
  submit(): void {
    const { core } = this.job.run;
    // Nobody waits inside the task that has added it: it is no part of that.
    const parent = core.host.parent(core.id, this.job.isAdded ? undefined : this, core.tracked);
    this.#handle = core.admit(this, this.job.plan.load, parent, this.#timeLeft);
  }

  start(_runner: Runner, handle: number, limiter: number): void {
    const host = this.#host;
    this.#handle = NOBODY;
    const slot = host.occupy(this, handle, limiter);
    this.#slot = slot;
    this.#keepTime();
    this.calledAt = this.#since;
    host.callIn(slot, this);
    // Whoever is next is asked for when this one has what it needs.
    this.job.run.feed.left(this.job);
  }

  call(): void {
    if (this.#isOver) {
      inMicrotask(() => this.settled(true, undefined));
      return;
    }
    this.job.began(this);
    try {
      this.#follow(this.job.run.core.hears ? this.#hear() : this.#invoke());
    } catch (error) {
      inMicrotask(() => this.settled(false, error));
    }
  }

  /** Its slot's end is seen to here. */
  fulfill(): void {}
  fail(): void {}

  /** A verdict of its limiter: it does not run, or is not waited for any longer. */
  reject(reason: unknown): void {
    this.#handle = NOBODY;
    const hasStarted = this.#slot !== undefined;
    this.#host.defer(() => {
      if (hasStarted) this.expired(reason);
      else this.job.refused(this, reason);
    });
  }

  /** Who gives it up sees to that first. */
  cancelReason(): unknown {
    return this.#reason;
  }

  /** It has had its slot for too long, or the limiter was shut around it. */
  expired(reason: unknown): void {
    if (this.#isOver) return;
    const isOwn = reason instanceof TimeoutError && reason.clock === 'run';
    this.job.ousted(this, isOwn && this.#timeLeft !== undefined ? this.#tooLong(reason) : reason);
  }

  /** A slot to go on in. */
  resumed(slot: Slot): void {
    this.#resumption = undefined;
    this.#refusals = 0;
    this.#slot = slot;
    this.#keepTime();
    if (this.#mark !== undefined) this.#mark.handle = slot.handle;
    this.job.resumed(this);
    this.job.run.feed.wake();
    this.#tellDue();
  }

  /** There is none to be had, now or for good. */
  shut(reason: unknown): void {
    this.#resumption = undefined;
    if (isForNow(reason) && !this.#hasEnded) {
      this.#askLater();
      return;
    }
    this.#isShut = true;
    if (!this.#isOver) {
      for (const wait of this.#due) wait.refuse(reason);
      this.job.ousted(this, reason);
    }
    this.#tellDue();
  }

  // ---------------------------------------------------------------- from its function

  /** Sends what its generator yielded. */
  emit(value: unknown): true | Promise<unknown> {
    return this.#isOver ? true : this.job.emit(this, value, false);
  }

  /** Sends what it reports. */
  report(value: unknown): true | Promise<unknown> {
    return this.#isOver ? true : this.job.emit(this, value, true);
  }

  /** Gives its slot back until a wait is over. */
  suspend(wait: Suspension): void {
    this.#waits ??= new Set();
    this.#waits.add(wait);
    if (this.#slot !== undefined) this.#release(this.#slot);
  }

  /** Why nothing can be waited for any more, if so. */
  get past(): { readonly reason: unknown } | undefined {
    if (this.#hasEnded)
      return { reason: new Error(`Task ${this.job.label} has ended, and waits for nothing`) };
    return this.#isOver ? { reason: this.#reason } : undefined;
  }

  due(wait: Suspension): void {
    this.#due.push(wait);
    if (this.#slot !== undefined || this.#isShut) this.#tellDue();
    else this.#resume(wait.priority);
  }

  /** Its function has ended, and with it the generator that it may have returned. */
  settled(fulfilled: boolean, outcome: unknown): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (this.#traced !== undefined) this.#trace(this.#traced.trace, fulfilled, outcome);
    this.#dropWaits();
    if (!this.#isOver) {
      this.#isOver = true;
      if (fulfilled) this.job.fulfilled(this, outcome);
      else this.job.failed(this, outcome);
    }
    if (this.#mark !== undefined) this.#mark.handle = NOBODY;
    const slot = this.#slot;
    if (slot === undefined) return;
    this.#slot = undefined;
    slot.health = this.health;
    slot.leave();
    // The next one may be called at once: nothing comes after this.
    this.#host.complete(slot, fulfilled);
  }

  // ---------------------------------------------------------------- given up on

  /**
   * It is over for this reason. What its function hears of that is left to {@link tell}. Gives its place in the queue of the
   * limiter, where it still waits in there.
   */
  giveUp(reason: unknown): number | undefined {
    if (this.#isOver) return undefined;
    this.#isOver = true;
    this.#isGivenUp = true;
    this.#reason = reason;
    const handle = this.#handle;
    this.#handle = NOBODY;
    return handle === NOBODY ? undefined : handle;
  }

  /**
   * Tells its function that it is over: aborts its signal, ends its waits, closes its generator. User code. Gives what the
   * closing comes to, where that is to be waited for.
   */
  tell(): Promise<void> | undefined {
    if (this.#hasEnded || !this.#isGivenUp) return undefined;
    const reason = this.#reason;
    for (const wait of this.#waits ?? []) wait.fail(reason);
    this.#controller?.abort(reason);
    return this.#pump?.close(reason);
  }

  // ---------------------------------------------------------------- inside

  /** What is called: where anybody traces calls, its function within that. */
  get #fn(): AnyFunction {
    const { fn, run } = this.job;
    if (!run.isObserved) return fn;
    const record = (): StageRecord => run.stages.record('start', this.job, this);
    const goesOn: GoesOn = (value, trace) => {
      if (!isGenerator(value)) return false;
      this.#traced = { trace, scope: new ScopeBase('fanfold.pool.generator') };
      return true;
    };
    return (...args) => callTraced(record, () => this.ran, fn, args, goesOn);
  }

  /** Its generator has ended. That of an attempt that was given up on has been closed, and gives no result. */
  #trace(trace: Trace, fulfilled: boolean, outcome: unknown): void {
    if (!fulfilled) trace.fails(outcome);
    else if (this.#isGivenUp) trace.fails(this.#reason);
    else trace.succeeds(outcome);
  }

  #invoke(): unknown {
    const { core } = this.job.run;
    const fn = this.#fn;
    const told = new Told(this);
    const storage = runningStorage;
    if (!core.tracked || storage === undefined) return this.runInAsyncScope(fn, undefined, told);
    return this.runInAsyncScope(() => {
      const outer = storage.getStore();
      const mark = { limiter: core.id, handle: (this.#slot as Slot).handle, outer };
      this.#mark = mark;
      return storage.run(mark, fn, told);
    });
  }

  /** The same, heard by those who judge the service by its outcomes: of a generator that is its last word. */
  #hear(): unknown {
    const { core, limiter } = this.job.run;
    const { retry, load } = this.job.plan;
    const key = load.keyed?.key as Key | undefined;
    const heard = core.hear(
      this.#whole,
      limiter,
      this.nth,
      retry === undefined ? 'nothing' : 'failures',
      key,
      this,
    );
    return this.runInAsyncScope(heard);
  }

  /** All of it as one promise. */
  readonly #whole = (): unknown => {
    const result = this.#invoke();
    if (!isThenable(result) && !isGenerator(result)) return result;
    return this.#end(result);
  };

  async #end(result: unknown): Promise<unknown> {
    const value = await result;
    if (!isGenerator(value)) return value;
    const promise = pending<unknown>();
    const settle = lastSettle();
    this.#begin(value, {
      emit: (given) => this.emit(given),
      settled: (fulfilled, outcome) => settle(fulfilled ? outcome : new Rejection(outcome)),
    });
    return promise;
  }

  #follow(result: unknown): void {
    if (isGenerator(result)) this.#begin(result, this);
    else follow(result).then(this.#fulfilled, this.#rejected);
  }

  readonly #fulfilled = (value: unknown): void => {
    try {
      if (isGenerator(value)) {
        this.#begin(value, this);
        return;
      }
    } catch (error) {
      // To look at it is to call what is the user's.
      this.settled(false, error);
      return;
    }
    this.settled(true, value);
  };

  readonly #rejected = (reason: unknown): void => this.settled(false, reason);

  #begin(
    generator: ConstructorParameters<typeof Pump>[0],
    owner: ConstructorParameters<typeof Pump>[1],
  ): void {
    const pump = new Pump(generator, owner);
    this.#pump = pump;
    if (this.#isOver) void pump.close(this.#reason);
    else (this.#traced?.scope ?? this).runInAsyncScope(() => this.#marked(() => pump.begin()));
  }

  /** Calls this so that code inside it, also after an await, finds its slot where the limiter has to know it. */
  #marked(fn: () => void): void {
    if (this.#mark === undefined) fn();
    else runningStorage?.run(this.#mark, fn);
  }

  /** Gives its slot back in this step. */
  #release(slot: Slot): void {
    const host = this.#host;
    this.job.hold();
    this.job.suspended(this);
    if (this.#since !== undefined) {
      const span = host.now() - this.#since;
      this.#since = undefined;
      this.#ran += span;
      // Never nothing: what is left may be less than the clock can tell.
      if (this.#timeLeft !== undefined) this.#timeLeft = Math.max(this.#timeLeft - span, Number.MIN_VALUE);
    }
    this.#slot = undefined;
    if (this.#mark !== undefined) this.#mark.handle = NOBODY;
    // What is called from here on is in no slot of this one.
    if (host.slot === slot) host.exit();
    slot.health = HEALTH_NEUTRAL;
    host.vacate(slot, true);
    host.exchange();
  }

  /** A function that has begun does not go on without a slot because its limiter has no place in its queue just now. */
  #askLater(): void {
    const ms = Math.min(2 ** this.#refusals++, LONGEST_PAUSE_MS);
    const again = (): void => {
      this.#pause = undefined;
      if (!this.#hasEnded) this.#resume(this.#rank);
    };
    this.#pause = new Sleeper(this.#host, again, (reason) => this.shut(reason));
    this.#pause.begin(ms, true);
  }

  /** Waits for a slot to go on in. */
  #resume(priority: number | undefined): void {
    const { load } = this.job.plan;
    const { core } = this.job.run;
    const rank = priority ?? load.priority;
    this.#rank = rank;
    if (this.#pause !== undefined) return;
    if (this.#resumption !== undefined) {
      this.#resumption.raise(rank ?? 0, (handle) => reprioritize(core.host, handle, rank ?? 0));
      return;
    }
    const resumption = new Resumption(this, core.host, rank ?? 0);
    this.#resumption = resumption;
    const plan = { ...load, priority: rank, costs: NO_COSTS, queueTimeout: Number.POSITIVE_INFINITY };
    try {
      resumption.handle = core.admit(resumption, plan, undefined, this.#timeLeft);
    } catch (error) {
      this.shut(error);
    }
  }

  #tellDue(): void {
    for (const wait of this.#due.splice(0)) {
      this.#waits?.delete(wait);
      wait.tell();
    }
  }

  /** Nobody waited for them. */
  #dropWaits(): void {
    if (this.#waits === undefined || this.#waits.size === 0) return;
    const { reason } = this.past as { readonly reason: unknown };
    const waits = this.#waits;
    this.#waits = undefined;
    this.#due = [];
    for (const wait of waits) wait.drop(reason);
    this.#pause?.stop();
    const handle = this.#resumption?.cancel();
    this.#resumption = undefined;
    if (handle !== undefined) this.#host.cancel(handle);
  }

  /** To read a clock costs as much as all else together. */
  #keepTime(): void {
    if (this.#timeLeft !== undefined || this.job.isTimed) this.#since = this.#host.now();
  }

  #tooLong({ limiter, queuedMs }: TimeoutError): TimeoutError {
    const ranMs = this.ran;
    return new TimeoutError(
      `Task ${this.job.label} had a slot for ${round(ranMs)} ms, longer than its timeout; it keeps it until its ` +
        'function has ended',
      { limiter, queuedMs, ranMs },
      'run',
    );
  }
}
