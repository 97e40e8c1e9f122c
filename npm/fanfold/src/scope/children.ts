import { coreOf } from '../check/limiter.js';
import { checkFunction } from '../check/options.js';
import { ClosedError } from '../errors/index.js';
import { onAbort } from '../host/abort.js';
import { currentHost } from '../host/current.js';
import { asyncDispose } from '../host/dispose.js';
import { CapacityCore } from '../limiter/capacity-core.js';
import { faceOf } from '../limiter/limiter.js';
import { plainPlan } from '../limiter/plan.js';
import { submitRetried } from '../limiter/retried.js';
import type { Limiter, TaskContext } from '../limiter/types.js';
import { stopped } from '../retry/stop.js';
import { silence } from '../task/promise.js';
import { Sleeper } from '../time/sleeper.js';
import { tookTooLong } from '../time/timeout.js';
import { Failures, partsOf } from './failure.js';
import type { ScopePlan } from './options.js';
import type { Scope } from './types.js';

/** A scope: its children, and what became of those that failed. */
export class Children implements Scope {
  readonly limiter: Limiter;
  readonly #plan: ScopePlan;
  readonly #controller = new AbortController();
  readonly #sleeper: Sleeper;
  readonly #unlisten: (() => void) | undefined;
  /** Functions that were called and have not ended, and tasks that were not called: what the end waits for. */
  #open = 0;
  /** Those whose promises are not settled or whose functions have not ended. */
  #children = 0;
  #settleIdle: (() => void) | undefined;
  readonly #failures = new Failures();
  #isEnded = false;

  constructor(plan: ScopePlan) {
    const { signal, timeout, concurrency, limiter, name } = plan;
    this.#plan = plan;
    this.limiter = limiter ?? faceOf(new CapacityCore(plainPlan(concurrency, name)), undefined);
    // The error of the timeout is made for this scope alone.
    const expire = (reason: unknown): void => this.#abort(reason, false);
    this.#sleeper = new Sleeper(currentHost(), () => expire(tookTooLong(name, timeout)), expire);
    if (signal?.aborted) this.abort(signal.reason);
    else if (signal !== undefined) this.#unlisten = onAbort(signal, () => this.abort(signal.reason));
    if (timeout !== Number.POSITIVE_INFINITY && !this.signal.aborted) this.#sleeper.begin(timeout, true);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get size(): number {
    return this.#children;
  }

  spawn<Result>(fn: (context: TaskContext) => PromiseLike<Result> | Result): Promise<Result> {
    checkFunction('fn', fn);
    const promise = this.#isEnded ? this.#refuse() : this.#submit(fn);
    // It fails the scope: whoever spawned it need not look.
    silence(promise);
    return promise as Promise<Result>;
  }

  abort(reason: unknown = new DOMException('The scope was aborted', 'AbortError')): void {
    this.#abort(reason, true);
  }

  /** A child or the body has failed: the scope too, if it is the first failure. */
  fail(error: unknown): void {
    if (this.#failures.first === undefined) {
      this.#begin(error, false);
      return;
    }
    // A scope inside that was aborted by this one tells of that too.
    const parts = partsOf(error);
    const news = parts !== undefined && this.#isEcho(parts.first) ? parts.others : [error];
    for (const each of news) if (!this.#isEcho(each)) this.#failures.add(each);
  }

  #abort(reason: unknown, isForeign: boolean): void {
    // One that comes after a failure says nothing new. As one of its `errors` it could even lead back to it: the scope
    // around fails with this same reason, and tells of this one's failure.
    if (!this.#isEnded && this.#failures.first === undefined) this.#begin(reason, isForeign);
  }

  #begin(error: unknown, isForeign: boolean): void {
    this.#failures.begin(error, isForeign);
    this.#controller.abort(error);
  }

  /** Whether a child that fails with this only says that it heard of the abort, in its own words or in the platform's. */
  #isEcho(error: unknown): boolean {
    const { reason } = this.signal;
    if (error === this.#failures.first?.error || error === reason) return true;
    const { name, cause } = Object(error) as { name?: unknown; cause?: unknown };
    return name === 'AbortError' && cause === reason;
  }

  /** Waits for all children, also for those that come meanwhile, and ends. Throws what failed. */
  async end(): Promise<void> {
    while (this.#open > 0) {
      await new Promise<void>((resolve) => {
        this.#settleIdle = resolve;
      });
    }
    if (!this.#isEnded) {
      this.#isEnded = true;
      this.#unlisten?.();
      this.#sleeper.stop();
    }
    if (this.#failures.first !== undefined) throw this.#failures.thrown();
  }

  [asyncDispose](): Promise<void> {
    return this.end();
  }

  #submit(fn: (context: TaskContext) => unknown): Promise<unknown> {
    const { retry } = this.#plan;
    let held = 0;
    const hold = (): void => {
      held++;
      this.#open++;
    };
    const letGo = (): void => {
      held--;
      if (held === 0) this.#children--;
      this.#left();
    };
    const child = async (context: TaskContext): Promise<unknown> => {
      hold();
      try {
        return await fn(context);
      } catch (error) {
        // Its task may have been given up on by then, and would not tell.
        if (retry === undefined) this.fail(error);
        else if (this.signal.aborted) this.fail(withoutStop(error));
        throw error;
      } finally {
        letGo();
      }
    };
    this.#children++;
    hold();
    const { limiter, signal } = this;
    const result =
      retry === undefined
        ? coreOf(limiter).submit(child, { signal }, limiter).result
        : submitRetried(child, { signal }, limiter, retry).result;
    result.then(letGo, (error: unknown) => {
      this.fail(error);
      letGo();
    });
    return result;
  }

  #refuse(): Promise<never> {
    const { name } = this.#plan;
    const details = { limiter: name, queuedMs: 0, ranMs: 0 };
    return Promise.reject(
      new ClosedError(`Scope ${JSON.stringify(name)} has ended and takes no children`, details),
    );
  }

  #left(): void {
    this.#open--;
    if (this.#open > 0) return;
    this.#settleIdle?.();
    this.#settleIdle = undefined;
  }
}

/** What a function that is retried has failed with, where nobody tries it again. */
function withoutStop(error: unknown): unknown {
  const ended = stopped(error);
  return ended === undefined ? error : ended.error;
}
