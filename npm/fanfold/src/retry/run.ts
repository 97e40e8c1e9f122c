import * as mailbox from '../engine/mailbox.gen.js';
import {
  BreakerOpenError,
  ClearedError,
  ClosedError,
  type Exhausted,
  InternalError,
  NestedLimitError,
  type RetryAttempt,
  RetryError,
  VerdictError,
} from '../errors/index.js';
import { NOBODY, type Scope, ScopeBase, scopesLast } from '../host/context.js';
import type { Host } from '../host/host.js';
import { inMicrotask } from '../host/microtask.js';
import type { Retrier } from '../host/residents.js';
import { budgetId } from './budget.js';
import { checkAnswer, type RetryPlan, type RulePlan } from './options.js';
import { stopped } from './stop.js';
import type { RetryAnswer, RetryState } from './types.js';
import { Unsatisfied } from './unsatisfied.js';
import { openWaits, type Waits } from './waits.js';

const SEEDS = 2 ** 53;
/** Far from any multiple of itself that matters, modulo {@link SEEDS}: the seeds of neighbours have nothing in common. */
const SEED_STEP = 0x9e3779b97f4a7;
const UNLIMITED = 0xffffffff;
/** Something may fail for days, and its errors are not to fill the memory. */
const ATTEMPTS_KEPT = 100;

const WHY: Readonly<Record<number, Exhausted>> = {
  [mailbox.EXHAUSTED_RETRIES]: 'retries',
  [mailbox.EXHAUSTED_ELAPSED]: 'maxElapsed',
  [mailbox.EXHAUSTED_BUDGET]: 'budget',
};

const KINDS = {
  constant: mailbox.BACKOFF_CONSTANT,
  linear: mailbox.BACKOFF_LINEAR,
  exponential: mailbox.BACKOFF_EXPONENTIAL,
  fibonacci: mailbox.BACKOFF_FIBONACCI,
} as const;

const JITTERS = {
  none: mailbox.JITTER_NONE,
  full: mailbox.JITTER_FULL,
  equal: mailbox.JITTER_EQUAL,
  decorrelated: mailbox.JITTER_DECORRELATED,
} as const;

/** For waits that the caller gives: the engine only spreads them. */
const GIVEN: RulePlan = {
  kind: 'constant',
  base: 0,
  factor: 1,
  max: Number.POSITIVE_INFINITY,
};

const makeScope = (): Scope => new ScopeBase('fanfold.attempt');

/** Whose attempts they are. Neither is called inside the call that brings it about, so that both may call anything. */
export interface Attempts {
  /** It is time for the next attempt. */
  again(): void;
  /** There is none: this is what it all comes to. */
  giveUp(reason: unknown): void;
  /** There will be another attempt after this error. Must not call anything of the user's. */
  rests(error: unknown): void;
}

/**
 * What comes between the attempts of one call: asks whoever is to be asked, lets the engine judge, sleeps. It runs
 * nothing itself, so that all that can fail can be retried by it: a function, a task of a limiter, an item.
 */
export class RetryRun extends ScopeBase implements Retrier {
  readonly #plan: RetryPlan;
  readonly #host: Host;
  readonly #owner: Attempts;
  /** Which of all that share the plan it is: each has a chance of its own. */
  readonly #nth: number;
  readonly held: number | undefined;
  readonly #begun: number;
  #attempt = 1;
  #slept = 0;
  #attempts: RetryAttempt[] = [];
  #waits: Waits | undefined;
  #seed: number | undefined;
  #handle = NOBODY;
  #delay = 0;
  #exhausted = 0;
  #stopped = false;
  /** Why there is no next attempt, where that is not its own doing. */
  #refusal: { readonly reason: unknown } | undefined;

  /** @param held Its number where a limiter holds it. Its owner lets it go. */
  constructor(plan: RetryPlan, host: Host, owner: Attempts, begun: number, nth: number, held?: number) {
    super('fanfold.retry');
    this.#plan = plan;
    this.#host = host;
    this.#owner = owner;
    this.#begun = begun;
    this.#nth = nth;
    this.held = held;
  }

  /** Which attempt it is: 1 for the first. */
  get attempt(): number {
    return this.#attempt;
  }

  /** Milliseconds since the first attempt began. */
  get elapsed(): number {
    return Math.max(this.#host.now() - this.#begun, 0);
  }

  /** Called in the context that this was made in, whatever was set by `enterWith` in those called before. */
  call<Result>(fn: () => Result): Result {
    const scope: Scope = scopesLast ? this : this.runInAsyncScope(makeScope);
    return scope.runInAsyncScope(fn);
  }

  /** The attempt failed, whose function was called then, if it was. */
  failed(error: unknown, calledAt: number | undefined): void {
    const now = this.#host.now();
    const ended = stopped(error);
    const { shouldRetry, retries } = this.#plan;
    // An open breaker is to fail fast: who wants to wait until it is not says so.
    const isRefused = shouldRetry === undefined && error instanceof BreakerOpenError;
    if (ended !== undefined || isFinal(error)) {
      this.#end(ended === undefined ? error : ended.error);
      return;
    }
    if (isRefused) {
      const last = this.#attempts.at(-1)?.error;
      // A value that was there before counts, as it does when there are no more retries.
      this.#end(last instanceof Unsatisfied ? last : because(error, last));
      return;
    }
    const durationMs = calledAt === undefined ? 0 : Math.max(now - calledAt, 0);
    if (this.#attempts.length === ATTEMPTS_KEPT) this.#attempts.shift();
    this.#attempts.push(Object.freeze({ error, delayMs: this.#slept, durationMs }));
    // Who asked for another attempt after a value has said all that there is to say.
    if (shouldRetry === undefined || this.#attempt > retries || error instanceof Unsatisfied) {
      this.#sleep(error, true);
      return;
    }
    const state: RetryState = { attempt: this.#attempt, elapsed: Math.max(now - this.#begun, 0) };
    try {
      const answer = this.call(() => shouldRetry(error, state));
      if (typeof (answer as { then?: unknown } | null | undefined)?.then === 'function') {
        const answered = (settled: RetryAnswer): void => this.#answered(error, settled);
        Promise.resolve(answer).then(answered).catch(this.#refused);
      } else {
        this.#answered(error, answer as RetryAnswer);
      }
    } catch (thrown) {
      this.#refused(thrown);
    }
  }

  /** Nobody waits for another attempt any more. Nothing of its owner is called from now on. Again changes nothing. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    const waits = this.#waits;
    // Its end may be the user's code, and whoever stops this may be in the middle of something.
    if (waits !== undefined) inMicrotask(() => this.#closeWaits(waits));
    if (this.#handle !== NOBODY) this.#host.cancel(this.#handle);
  }

  #closeWaits(waits: Waits): void {
    try {
      this.call(() => waits.close());
    } catch {
      // What it all came to is known, and is not changed by a list that cannot end.
    }
  }

  retryAfter(ms: number): void {
    this.#delay = ms;
  }

  exhausted(what: number): void {
    this.#exhausted = what;
    this.#handle = NOBODY;
  }

  wake(): void {
    this.#handle = NOBODY;
    if (this.#stopped) return;
    this.#host.defer(this.#again);
  }

  /** Its limiter has no next attempt for it, or the engine failed. */
  reject(reason: unknown): void {
    this.#handle = NOBODY;
    this.#refusal = { reason: because(reason, this.#attempts.at(-1)?.error) };
    // The end may be the user's code, and others are still to be told.
    this.#host.defer(() => this.#end(this.#refusal?.reason));
  }

  /** Only limiters are closed. */
  close(): void {}

  readonly #again = (): void => {
    if (this.#stopped) return;
    this.#handle = NOBODY;
    this.#attempt++;
    this.#slept = this.#delay;
    this.call(() => this.#owner.again());
  };

  /** Code of the caller's that was asked threw, or ended it. */
  readonly #refused = (thrown: unknown): void => {
    const ended = stopped(thrown);
    this.#end(ended === undefined ? thrown : ended.error);
  };

  #answered(error: unknown, answer: RetryAnswer): void {
    if (this.#stopped) return;
    let checked: RetryAnswer;
    try {
      checked = checkAnswer(answer);
    } catch (wrong) {
      // What went wrong in the first place is not lost over it.
      (wrong as Error).cause = error;
      throw wrong;
    }
    if (checked === false) this.#end(error);
    else this.#sleep(error, checked);
  }

  #sleep(error: unknown, answer: true | { readonly after: number }): void {
    try {
      this.#ask(error, answer);
      if (this.#refusal !== undefined) {
        this.#end(this.#refusal.reason);
        return;
      }
      if (this.#exhausted !== 0) {
        this.#end(this.#error());
        return;
      }
      this.#owner.rests(error);
      const { onRetry } = this.#plan;
      if (onRetry === undefined) return;
      const notice = { attempt: this.#attempt, elapsed: this.elapsed, delay: this.#delay };
      const told: unknown = this.call(() => onRetry(error, notice));
      // One that is async by mistake is waited for by nobody, and fails like any other.
      if (told instanceof Promise) told.catch(this.#refused);
    } catch (thrown) {
      this.#refused(thrown);
    }
  }

  /** Lets the engine judge: it has answered when this returns. */
  #ask(error: unknown, answer: true | { readonly after: number }): void {
    const { backoff, jitter, retries, maxElapsed, budget, unref } = this.#plan;
    const listed = backoff.kind === 'list' || backoff.kind === 'function';
    const rule = listed ? GIVEN : backoff;
    let flags = KINDS[rule.kind] | (JITTERS[jitter] << mailbox.RETRY_JITTER_SHIFT);
    if (!unref) flags |= mailbox.RETRY_HOLDS;
    let given = 0;
    if (answer !== true) {
      given = answer.after;
      flags |= mailbox.RETRY_AFTER_GIVEN;
    } else if (listed && this.#attempt <= retries) {
      this.#waits ??= openWaits(backoff);
      const waits = this.#waits;
      given = this.call(() => waits.next(this.#attempt, error));
      flags |= mailbox.RETRY_BASE_GIVEN;
    }
    const handle = this.#host.retry(this, {
      flags,
      attempt: this.#attempt,
      retries: Math.min(retries, UNLIMITED),
      base: rule.base,
      factor: rule.factor,
      max: rule.max,
      maxElapsed,
      elapsed: this.elapsed,
      slept: this.#slept,
      given,
      seed: this.#seedOf(),
      budget: budget && budgetId(budget, this.#host),
    });
    if (this.#exhausted === 0 && this.held === undefined) this.#handle = handle;
  }

  #seedOf(): number {
    this.#seed ??= ((this.#plan.seed ?? Math.floor(Math.random() * SEEDS)) + this.#nth * SEED_STEP) % SEEDS;
    return this.#seed;
  }

  #error(): RetryError {
    const exhausted = WHY[this.#exhausted] as Exhausted;
    return new RetryError({
      attempts: this.#attempts,
      attemptCount: this.#attempt,
      exhausted,
      elapsedMs: this.elapsed,
    });
  }

  #end(reason: unknown): void {
    if (this.#stopped) return;
    this.stop();
    this.#owner.giveUp(reason);
  }
}

/** A verdict on a call tells what went wrong before it, unless it has a reason of its own. */
function because(reason: unknown, error: unknown): unknown {
  if (reason instanceof VerdictError && !Object.hasOwn(reason, 'cause')) reason.cause = error;
  return reason;
}

/** What no further attempt can mend: the limiter takes nothing any more, or somebody wanted the task gone. */
function isFinal(error: unknown): boolean {
  return (
    error instanceof ClosedError ||
    error instanceof ClearedError ||
    error instanceof NestedLimitError ||
    error instanceof InternalError
  );
}
