import { onAbort } from '../host/abort.js';
import { ScopeBase } from '../host/context.js';
import type { Host } from '../host/host.js';
import type { TaskWatch } from '../observe/watch.js';
import { Rejection, type Settle } from '../task/promise.js';
import { budgetId } from './budget.js';
import type { RetryPlan } from './options.js';
import { type Attempts, RetryRun } from './run.js';

/** Counts a first attempt in the plan's budget, if it has one. */
export function countIn({ budget }: RetryPlan, host: Host): void {
  if (budget !== undefined) host.deposit(budgetId(budget, host));
}

/** A limiter that holds a call from its first attempt to its last, under a number. */
interface Holder {
  hold(): number;
}

/**
 * Runs one attempt: 1 for the first, and how long after the beginning of that it is. Says when its function is called,
 * which may be a while later, or never.
 */
export type Attempt = (attempt: number, elapsed: number, begins: () => void) => unknown;

/**
 * A function that is called until it succeeds or the plan says that it is over, and the promise of what it comes to. Made
 * in the context that all its attempts are to run in.
 */
export class Call extends ScopeBase implements Attempts {
  readonly #plan: RetryPlan;
  readonly #host: Host;
  readonly #attempt: Attempt;
  readonly #settle: Settle;
  readonly #nth: number;
  readonly #core: Holder | undefined;
  readonly #watch: TaskWatch | undefined;
  readonly #begun: number;
  /** Its number in its limiter, which holds it from before its first attempt to the end of its last. */
  #held: number | undefined;
  #run: RetryRun | undefined;
  /** When the function was called for the attempt that is under way, if it was. */
  #calledAt: number | undefined;
  readonly #unlisten: (() => void)[] = [];
  #done = false;

  /**
   * @param core The limiter that its attempts are tasks of, if they are.
   * @param watch Who sees it, where it is a task of a limiter that somebody watches.
   * @param begun When the first attempt began, where that was before.
   */
  constructor(
    plan: RetryPlan,
    host: Host,
    attempt: Attempt,
    settle: Settle,
    nth: number,
    core: Holder | undefined,
    watch: TaskWatch | undefined,
    begun = host.now(),
  ) {
    super('fanfold.retry');
    this.#plan = plan;
    this.#host = host;
    this.#attempt = attempt;
    this.#settle = settle;
    this.#nth = nth;
    this.#core = core;
    this.#watch = watch;
    this.#begun = begun;
  }

  /** Whether its promise is settled. */
  get done(): boolean {
    return this.#done;
  }

  /** Makes the first attempt, unless one of the signals that end it is aborted already. */
  begin(...signals: readonly (AbortSignal | undefined)[]): void {
    for (const signal of new Set(signals)) {
      if (signal === undefined) continue;
      if (signal.aborted) {
        this.giveUp(signal.reason);
        return;
      }
      this.#unlisten.push(onAbort(signal, () => this.cancel(signal.reason)));
    }
    countIn(this.#plan, this.#host);
    this.#try(1, 0);
  }

  /** Goes on after a first attempt that was made without it, and failed. */
  goOn(error: unknown): void {
    this.#calledAt = this.#begun;
    this.#rejected(error);
  }

  /** Ends it for this reason at once; whether it was under way. */
  cancel(reason: unknown): boolean {
    if (this.#done) return false;
    this.#watch?.aborts(reason);
    this.giveUp(reason);
    return true;
  }

  rests(error: unknown): void {
    this.#watch?.retries(error);
  }

  again(): void {
    const run = this.#run as RetryRun;
    this.#try(run.attempt, run.elapsed);
  }

  giveUp(reason: unknown): void {
    if (this.#done) return;
    this.#done = true;
    this.#settle(new Rejection(reason));
    this.#leave();
  }

  readonly #begins = (): void => {
    this.#calledAt = this.#host.now();
  };

  #try(attempt: number, elapsed: number): void {
    let result: unknown;
    this.#calledAt = undefined;
    try {
      this.#held ??= this.#core?.hold();
      result = this.#attempt(attempt, elapsed, this.#begins);
    } catch (error) {
      result = Promise.reject(error);
    }
    Promise.resolve(result).then(this.#fulfilled, this.#rejected);
  }

  readonly #fulfilled = (value: unknown): void => {
    if (this.#done) return;
    this.#done = true;
    this.#settle(value);
    this.#leave();
  };

  readonly #rejected = (error: unknown): void => {
    if (this.#done) return;
    // In the context of the caller: the first attempt may have left another one behind.
    this.#run ??= this.runInAsyncScope(
      () => new RetryRun(this.#plan, this.#host, this, this.#begun, this.#nth, this.#held),
    );
    this.#run.failed(error, this.#calledAt);
  };

  #leave(): void {
    this.#run?.stop();
    if (this.#held !== undefined) this.#host.letGo(this.#held);
    for (const unlisten of this.#unlisten) unlisten();
  }
}
