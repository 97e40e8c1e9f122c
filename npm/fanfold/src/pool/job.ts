import { ClosedError } from '../errors/verdicts.js';
import { onAbort } from '../host/abort.js';
import type { Scope } from '../host/context.js';
import { inMicrotask } from '../host/microtask.js';
import { Fraction, type Member } from '../progress/fraction.js';
import { countIn } from '../retry/call.js';
import { type Attempts, RetryRun } from '../retry/run.js';
import type { AnyFunction } from '../task/task.js';
import { Attempt } from './attempt.js';
import { Mailbox } from './messages.js';
import type { JobPlan } from './options.js';
import type { PoolRun } from './run.js';
import type { Envelope, IntermediateEnvelope, TaskId } from './types.js';

type Ticket = {
  -readonly [Name in keyof IntermediateEnvelope<unknown>]: IntermediateEnvelope<unknown>[Name];
};

/** Where a task is, as statistics tell it. */
export type JobState = 'waiting' | 'running' | 'suspended';

/** A task of a pool, from its taking to its last envelope, through all its attempts. */
export class Job implements Attempts {
  readonly run: PoolRun;
  readonly fn: AnyFunction;
  readonly plan: JobPlan;
  readonly id: TaskId;
  readonly index: number;
  state: JobState = 'waiting';
  /** When it gave its slot back, in milliseconds of `Date.now()`. */
  since = 0;
  /** When it began to wait for its attempt, where anybody listens. */
  #queuedAt: number | undefined;
  #waited = 0;
  #attempt: Attempt | undefined;
  #isOver = false;
  /** Of one that was added, the context that it was added in. */
  readonly #scope: Scope | undefined;
  #mailbox: Mailbox | undefined;
  #retry: RetryRun | undefined;
  /** Its number in its limiter, which holds it while it has no slot and no place in the queue. */
  #held: number | undefined;
  /** When its first attempt began. */
  #begunAt: number | undefined;
  /** Whether it waits for its next attempt, without a place in the queue. */
  #isSleeping = false;
  /** Whether its function has failed, and nobody has said yet what comes of that: all else that ends it is no failure. */
  #hasFailed = false;
  #unlisten: (() => void) | undefined;
  /** Its envelope that nobody has read yet, where later ones take its place. */
  #ticket: Ticket | undefined;
  readonly member: Member;
  /** Of the pools that are the work of one of its attempts. */
  #inner: { readonly attempt: Attempt; readonly fraction: Fraction } | undefined;

  constructor(run: PoolRun, fn: AnyFunction, plan: JobPlan, index: number, scope: Scope | undefined) {
    this.run = run;
    this.#scope = scope;
    this.fn = fn;
    this.plan = plan;
    this.index = index;
    this.id = plan.id ?? index;
    this.member = run.progress.enter(plan.share);
  }

  /** What messages call it. */
  get label(): string {
    return `${JSON.stringify(this.plan.name ?? this.id)} of pool ${JSON.stringify(this.run.plan.name)}`;
  }

  /** Whether it is none of the source. */
  get isAdded(): boolean {
    return this.#scope !== undefined;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether its times are asked for. */
  get isTimed(): boolean {
    return this.plan.retry !== undefined || this.run.isObserved;
  }

  get mailbox(): Mailbox {
    this.#mailbox ??= new Mailbox(this.run.plan.messageCapacity);
    return this.#mailbox;
  }

  // ---------------------------------------------------------------- its attempts

  /** Heeds its signal from now on. */
  listen(): void {
    const { signal } = this.plan;
    if (signal === undefined) return;
    if (signal.aborted) this.abort(signal.reason);
    else this.#unlisten = onAbort(signal, () => this.abort(signal.reason));
  }

  /** Waits for the slot of its first attempt. */
  begin(): void {
    const { retry } = this.plan;
    if (retry !== undefined) {
      countIn(retry, this.run.host);
      this.#begunAt = this.run.host.now();
      this.hold();
    }
    this.#submit(1);
  }

  /** The function of its attempt is called now. */
  began(attempt: Attempt): void {
    this.#waited = this.waited;
    this.#queuedAt = undefined;
    this.#enter('running');
    this.run.tell('start', this, attempt);
  }

  /**
   * Something on the way. `true` if it is taken, else a promise that resolves when it is. A number is a fraction only where
   * it was `reported` as one.
   */
  emit(attempt: Attempt, value: unknown, isReported: boolean): true | Promise<unknown> {
    const { run } = this;
    const fraction = fractionOf(value, isReported);
    if (fraction !== undefined) run.progress.set(this.member, fraction);
    let taken: true | Promise<unknown> = true;
    if (run.plan.isLatest) this.#conflate(attempt, value);
    else taken = run.put(this.#envelope(attempt, value));
    run.tell('progress', this, attempt, { value });
    return taken;
  }

  fulfilled(attempt: Attempt, value: unknown): void {
    this.#end({ type: 'FINAL', taskId: this.id, index: this.index, attempt: attempt.nth, value });
    this.run.tell('success', this, attempt);
  }

  /** The function of an attempt has failed. */
  failed(attempt: Attempt, reason: unknown): void {
    this.#hasFailed = true;
    this.ousted(attempt, reason);
  }

  /** An attempt is not waited for any longer, for this verdict. */
  ousted(attempt: Attempt, reason: unknown): void {
    attempt.giveUp(reason);
    if (isShut(reason, this.run)) {
      this.#fail(reason);
      this.run.feed.shut(reason);
    } else {
      this.#retryOrFail(attempt, reason);
    }
    void attempt.tell();
  }

  /** Its limiter did not take an attempt. */
  refused(attempt: Attempt, reason: unknown): void {
    if (this.#isOver || attempt.isOver) return;
    this.ousted(attempt, reason);
    this.run.feed.left(this);
  }

  /** Its attempt gives its slot back. */
  suspended(attempt: Attempt): void {
    if (attempt.isOver) return;
    this.since = Date.now();
    this.#enter('suspended');
  }

  resumed(attempt: Attempt): void {
    if (!attempt.isOver) this.#enter('running');
  }

  /** Keeps its limiter from being at rest while it has no slot. */
  hold(): void {
    if (!this.#isOver) this.#held ??= this.run.core.hold();
  }

  /** There is a next attempt. */
  rests(error: unknown): void {
    this.#hasFailed = false;
    this.run.tell('retry', this, this.#attempt, { error });
  }

  /** It is time for the next attempt. */
  again(): void {
    if (this.#isOver) return;
    const run = this.#retry as RetryRun;
    this.#sleeps(false);
    this.#submit(run.attempt);
  }

  /** There is no further attempt: this is what it comes to. */
  giveUp(reason: unknown): void {
    this.#fail(reason);
  }

  // ---------------------------------------------------------------- from outside

  /** Ends it for this reason, wherever it is: it is the only one. */
  abort(reason: unknown): void {
    if (this.#isOver) return;
    const attempt = this.#attempt;
    const handle = attempt?.giveUp(reason);
    this.#hasFailed = false;
    this.#fail(reason);
    if (handle !== undefined) this.run.host.cancel(handle);
    void attempt?.tell();
    // It may have been the one that was waited for.
    this.run.feed.left(this);
  }

  /**
   * Nobody waits for it any more, nor for its envelopes. Gives its place in the queue of its limiter, if it has one there.
   * What its function hears of it is left to {@link tell}.
   */
  drop(reason: unknown): number | undefined {
    if (this.#isOver) return undefined;
    this.#isOver = true;
    const attempt = this.#attempt;
    const handle = attempt?.giveUp(reason);
    this.#leave();
    this.run.tell('aborted', this, attempt, { error: reason });
    return handle;
  }

  /** Tells its function what it was dropped for. */
  tell(): Promise<void> | undefined {
    return this.#attempt?.tell();
  }

  /** It is not begun any more. */
  refuse(reason: unknown): void {
    this.#fail(reason);
  }

  /** The envelope that others take the place of was read. */
  read(envelope: Envelope): void {
    if (this.#ticket === envelope) this.#ticket = undefined;
  }

  /** A pool is part of the work of an attempt. Gives what it is a part of. */
  nest(attempt: Attempt): Fraction {
    if (this.#inner?.attempt !== attempt) {
      const fraction = new Fraction(() => {
        if (!attempt.isOver) this.run.progress.set(this.member, fraction.value);
      });
      this.#inner = { attempt, fraction };
    }
    return this.#inner.fraction;
  }

  /** How long its attempt has waited, in milliseconds. */
  get waited(): number {
    return this.#queuedAt === undefined ? this.#waited : this.run.host.now() - this.#queuedAt;
  }

  // ---------------------------------------------------------------- inside

  #submit(nth: number): void {
    const { run } = this;
    this.#enter('waiting');
    try {
      run.inContext(() => {
        const attempt =
          this.#scope === undefined ? new Attempt(this, nth) : this.#inContext(() => new Attempt(this, nth));
        this.#attempt = attempt;
        this.#waited = 0;
        this.#queuedAt = run.isObserved ? run.host.now() : undefined;
        attempt.submit();
        run.tell('queued', this, attempt);
      });
    } catch (error) {
      // The engine is not to be used any more: so it would go with every other.
      this.#fail(error);
      run.feed.shut(error);
      run.feed.left(this);
    }
  }

  #retryOrFail(attempt: Attempt, reason: unknown): void {
    const { retry } = this.plan;
    if (retry === undefined) {
      this.#fail(reason);
      return;
    }
    this.#enter('waiting');
    this.#sleeps(true);
    this.#retry ??= this.#inContext(
      () => new RetryRun(retry, this.run.host, this, this.#begunAt as number, this.index, this.#held),
    );
    const run = this.#retry;
    // Its slot is another's before anybody is asked.
    inMicrotask(() => {
      if (!this.#isOver) run.failed(reason, attempt.calledAt);
    });
  }

  /** It is over, by the failure of its function if that was the last thing heard. */
  #fail(error: unknown): void {
    if (this.#isOver) return;
    const nth = this.#attempt?.nth ?? 1;
    this.#end({ type: 'ERROR', taskId: this.id, index: this.index, attempt: nth, error });
    this.run.tell(this.#hasFailed ? 'error' : 'aborted', this, this.#attempt, { error });
  }

  #end(envelope: Envelope): void {
    this.#isOver = true;
    this.#leave();
    this.run.ended(this, envelope);
  }

  /** Calls this in the context that its functions are to run in. */
  #inContext<Result>(fn: () => Result): Result {
    return this.#scope === undefined ? this.run.inContext(fn) : this.#scope.runInAsyncScope(fn);
  }

  #sleeps(isSleeping: boolean): void {
    if (this.#isSleeping === isSleeping) return;
    this.#isSleeping = isSleeping;
    this.run.feed.slept(isSleeping ? 1 : -1);
  }

  #leave(): void {
    this.#unlisten?.();
    this.#sleeps(false);
    this.#retry?.stop();
    this.#mailbox = undefined;
    this.run.left(this);
    if (this.#held === undefined) return;
    this.run.host.letGo(this.#held);
    this.#held = undefined;
  }

  #enter(state: JobState): void {
    if (this.state === state) return;
    this.run.progress.moved(this.state, state);
    this.state = state;
  }

  #envelope({ nth }: Attempt, value: unknown): Ticket {
    return { type: 'INTERMEDIATE', taskId: this.id, index: this.index, attempt: nth, value };
  }

  /** There is always room for it: at most one of the task waits to be read. */
  #conflate(attempt: Attempt, value: unknown): void {
    if (this.#ticket === undefined) {
      this.#ticket = this.#envelope(attempt, value);
      void this.run.put(this.#ticket);
    } else {
      this.#ticket.value = value;
      this.#ticket.attempt = attempt.nth;
    }
  }
}

/** Whether a limiter has said that nothing will run in it any more. */
function isShut(reason: unknown, { core }: PoolRun): boolean {
  return reason instanceof ClosedError
    ? core.isClosed
    : core.aborted?.reason === reason && core.aborted !== undefined;
}

/** What a value says about how much is done. One that throws where it is asked says nothing, and is a value all the same. */
function fractionOf(value: unknown, isReported: boolean): number | undefined {
  let fraction: unknown;
  if (typeof value !== 'object' || value === null) {
    fraction = isReported ? value : undefined;
  } else {
    try {
      fraction = (value as { fraction?: unknown }).fraction;
    } catch {
      return undefined;
    }
  }
  return typeof fraction === 'number' && fraction >= 0 && fraction <= 1 ? fraction : undefined;
}
