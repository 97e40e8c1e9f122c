import { coreOf } from '../check/limiter.js';
import { checkFunction } from '../check/options.js';
import { ScopeBase } from '../host/context.js';
import { currentHost } from '../host/current.js';
import type { Limiter } from '../limiter/types.js';
import type { TaskWatch } from '../observe/watch.js';
import { lastSettle, pending } from '../task/promise.js';
import { timeout } from '../time/timeout.js';
import { type Attempt, Call, countIn } from './call.js';
import { type RetryPlan, retryPlan } from './options.js';
import type { RetryContext, RetryOptions } from './types.js';
import { contented } from './unsatisfied.js';

/**
 * Calls a function until it succeeds, and sleeps between its attempts.
 *
 * The first attempt is made inside the call, unless there is a limiter, of which every attempt takes a slot anew; a
 * retry that is waited for holds none. All attempts run in the async context of the caller, and so do `shouldRetry`,
 * `onRetry` and a `backoff` function. Sleeps share one timer with all else in Fanfold.
 *
 * @param fn Called with the number of the attempt, the time elapsed and a signal.
 * @returns What the first attempt that succeeds returns. Rejects with `RetryError` when no further attempt is made; with
 * the error as it is where `shouldRetry` says no or `stopRetry` ended it, and for `ClosedError`, `ClearedError` and
 * `NestedLimitError`, which no attempt can mend; with the signal's reason as soon as that is aborted.
 * @throws TypeError or RangeError naming the argument or option that is wrong.
 *
 * @example
 * ```ts
 * const user = await retry(({ signal }) => getUser(id, signal), { retries: 5, ...httpRetry(), signal });
 * ```
 */
export function retry<Result>(
  fn: (context: RetryContext) => PromiseLike<Result> | Result,
  options?: RetryOptions,
): Promise<Result> {
  checkFunction('fn', fn);
  const plan = retryPlan(options);
  const { limiter, signal, attemptTimeout } = plan;
  if (limiter === undefined && signal === undefined && attemptTimeout === undefined) {
    return simply(fn, plan);
  }
  const promise = pending<Result>();
  const settled = lastSettle();
  const core = limiter && coreOf(limiter);
  const watch = core?.watch(true);
  const attempt = limiter === undefined ? called(fn, plan) : limited(fn, plan, watch);
  const seen = watch?.settling(settled) ?? settled;
  const settle = core?.hears ? contented(seen) : seen;
  new Call(plan, core?.host ?? currentHost(), attempt, settle, 0, core, watch).begin(signal, core?.signal);
  return promise;
}

/**
 * Where nothing but its own end can end an attempt, the first one is simply waited for: most succeed, and what retrying
 * takes is made only after a failure.
 */
async function simply<Result>(
  fn: (context: RetryContext) => PromiseLike<Result> | Result,
  plan: RetryPlan,
): Promise<Result> {
  const host = currentHost();
  const begun = host.now();
  countIn(plan, host);
  const scope = new ScopeBase('fanfold.retry');
  try {
    return await fn(new Context(1, 0, undefined));
  } catch (error) {
    const promise = pending<Result>();
    const settle = lastSettle();
    const call = scope.runInAsyncScope(
      () => new Call(plan, host, called(fn, plan), settle, 0, undefined, undefined, begun),
    );
    call.goOn(error);
    return promise;
  }
}

/** Told to every attempt. */
class Context implements RetryContext {
  readonly attempt: number;
  readonly elapsed: number;
  #signal: AbortSignal | undefined;

  constructor(attempt: number, elapsed: number, signal: AbortSignal | undefined) {
    this.attempt = attempt;
    this.elapsed = elapsed;
    this.#signal = signal;
  }

  /** One that is never aborted is made only where it is asked for. */
  get signal(): AbortSignal {
    this.#signal ??= new AbortController().signal;
    return this.#signal;
  }
}

function called(fn: (context: RetryContext) => unknown, plan: RetryPlan): Attempt {
  const { attemptTimeout, signal, unref } = plan;
  if (attemptTimeout === undefined) {
    return (attempt, elapsed, begins) => {
      begins();
      return fn(new Context(attempt, elapsed, signal));
    };
  }
  return (attempt, elapsed, begins) => {
    begins();
    const call = (context: { readonly signal: AbortSignal }) =>
      fn(new Context(attempt, elapsed, context.signal));
    return timeout(call, attemptTimeout, { signal, unref, name: `Attempt ${attempt}` });
  };
}

function limited(
  fn: (context: RetryContext) => unknown,
  plan: RetryPlan,
  watch: TaskWatch | undefined,
): Attempt {
  const { attemptTimeout, signal } = plan;
  const limiter = plan.limiter as Limiter;
  const options = { signal, attemptTimeout };
  const core = coreOf(limiter);
  return (attempt, elapsed, begins) => {
    const call = (context: { readonly signal: AbortSignal }) => {
      begins();
      return fn(new Context(attempt, elapsed, context.signal));
    };
    return core.submit(call, options, limiter, attempt, 'all', watch).result;
  };
}
