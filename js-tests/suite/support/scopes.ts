// Random scopes: trees of children that spawn, fail, hear of the abort or do not, some in scopes of their own; played
// with jitter by microtasks alone.
import {
  ClearedError,
  ClosedError,
  createLimiter,
  type Limiter,
  RetryError,
  type Scope,
  scope,
} from 'fanfold';
import fc from 'fast-check';
import { expect } from 'vitest';
import { type Deferred, deferred } from './deferred.ts';
import { elapse } from './fake-time.ts';
import { countListeners, type ListenerCount } from './listeners.ts';
import { microtasks, settle } from './turns.ts';
import { type Watched, watch } from './watch.ts';

const TIMEOUT = 100;

/** How a child ends. The middle ones wait for the abort: they pass it on, say it in their own words, or make their own of it. */
const ENDS = [
  'fulfils',
  'rejects',
  'throws',
  'passesOn',
  'inOwnWords',
  'failsAfter',
  'calmsDown',
  'hangs',
] as const;

interface ChildPlan {
  readonly rounds: number;
  readonly does: (typeof ENDS)[number];
  /** Whether its children are spawned after its own rounds. */
  readonly late: boolean;
  /** Its children are in a scope of their own, with so many slots. */
  readonly inner: number | undefined;
  readonly children: readonly ChildPlan[];
}

const often = <T>(value: T, other: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: other });

const anyChild: (depth?: number) => fc.Arbitrary<ChildPlan> = fc.memo((depth) =>
  fc.record({
    rounds: fc.nat(6),
    does: fc.oneof(
      { weight: 4, arbitrary: fc.constant('fulfils' as const) },
      { weight: 1, arbitrary: fc.constantFrom(...ENDS) },
    ),
    late: fc.boolean(),
    inner: often<number | undefined>(undefined, fc.integer({ min: 1, max: 2 })),
    children: depth > 1 ? fc.array(anyChild(), { maxLength: 3 }) : fc.constant([]),
  }),
);

export const anyScope = fc.record({
  children: fc.array(anyChild(3), { maxLength: 5 }),
  /** Rounds between two spawns of the body. */
  pace: fc.nat(3),
  body: fc.constantFrom('returns', 'waits', 'throws', 'none' as const),
  slots: fc.constantFrom('own', 'shared', 'unlimited' as const),
  concurrency: fc.integer({ min: 1, max: 3 }),
  retries: often<number | undefined>(undefined, fc.nat(2)),
  timed: often(false, fc.boolean()),
  abortAfter: often<number | undefined>(undefined, fc.nat(30)),
  /** What happens to a shared limiter meanwhile, and after how many rounds. */
  meddling: fc.record({
    with: often('nothing', fc.constantFrom('clear', 'close', 'pause', 'lower', 'raise')),
    rounds: fc.nat(20),
  }),
});

export type ScopePlan = typeof anyScope extends fc.Arbitrary<infer Plan> ? Plan : never;

/** One scope, as its functions saw it. */
interface Seen {
  running: number;
  /** How many may run at once. */
  limit: number;
  /** What its functions and its body threw, in that order, and whether nothing lay between that and the scope. */
  readonly failures: { readonly error: unknown; readonly isDirect: boolean }[];
  readonly children: Watched<unknown>[];
  first: { readonly error: unknown } | undefined;
}

export class ScopeWork {
  readonly plan: ScopePlan;
  readonly controller = new AbortController();
  readonly listeners: ListenerCount[] = [countListeners(this.controller.signal)];
  readonly abortReason = new Error('aborted');
  readonly limiter: Limiter | undefined;
  readonly outer: Seen;
  /** Everything that any function of any of the scopes threw and that says more than that it heard. */
  readonly thrown: unknown[] = [];
  result!: Watched<unknown>;
  #scope!: Scope;
  #hanging: Deferred<void>[] = [];
  #wasAborted = false;
  /** Failures that a scope took for its first, though another came before. */
  readonly #overtaken: unknown[] = [];

  constructor(plan: ScopePlan) {
    this.plan = plan;
    this.limiter = plan.slots === 'shared' ? createLimiter(plan.concurrency) : undefined;
    this.outer = seenOf(plan.slots === 'unlimited' ? Number.POSITIVE_INFINITY : plan.concurrency);
  }

  async play(): Promise<void> {
    const { plan, controller } = this;
    this.result = watch(this.#begin());
    const abort = async () => {
      if (plan.abortAfter === undefined) return;
      await microtasks(plan.abortAfter);
      this.#abort();
    };
    await Promise.all([abort(), this.#meddle()]);
    await settle();
    await elapse(2 * TIMEOUT);
    if (this.result.state === 'pending') {
      expect(this.outer.running, 'it is only waited for what runs').toBeGreaterThan(0);
    }
    for (let round = 0; round < 100 && this.result.state === 'pending'; round++) {
      for (const gate of this.#hanging.splice(0)) gate.resolve();
      await elapse(2 * TIMEOUT);
      // Those that listen are still there: somebody has to tell them.
      if (this.#hanging.length === 0 && !controller.signal.aborted) this.#abort();
    }
    await settle();
  }

  /** What must hold when all is over, whatever happened. */
  checkAtRest(): void {
    const { limiter, outer } = this;
    expect(this.result.state, 'it settles').not.toBe('pending');
    expect(this.#overtaken, 'the first failure counts').toEqual([]);
    expect([outer.running, this.#scope.size], 'all children have ended').toEqual([0, 0]);
    for (const { now, peak } of this.listeners) {
      expect(now, 'no listener is left').toBe(0);
      expect(peak, 'one listener at most').toBeLessThanOrEqual(1);
    }
    if (limiter !== undefined) {
      expect([limiter.activeCount, limiter.pendingCount], 'no slot is lost').toEqual([0, 0]);
    }
  }

  /** The first failure is what is thrown, and nothing that failed is lost or made up. */
  checkOutcome(): void {
    const { plan, result, outer } = this;
    if (result.state === 'fulfilled') {
      expect(outer.first, 'without a failure').toBe(undefined);
      if (plan.retries === undefined) expect(this.thrown).toEqual([]);
      expect(result.value).toBe(plan.body === 'none' ? undefined : 'body');
      return;
    }
    const told = toldBy(result.reason);
    expect(outer.first, 'it has aborted its signal').not.toBe(undefined);
    // Where it cannot carry the others, it is the cause of an error that does.
    const { cause } = Object(result.reason) as Error;
    expect([result.reason, cause], 'the first failure is thrown').toContain(outer.first?.error);
    // Who waits for an answer of the scope's own is not seen from in here.
    const known = [this.abortReason, ...this.thrown];
    const others = told.filter((error) => !known.includes(error) && !isVerdict(error));
    expect(others, 'nothing is made up').toEqual([]);
    if (plan.retries === undefined) {
      expect(
        this.thrown.filter((error) => !told.includes(error)),
        'nothing is lost',
      ).toEqual([]);
    }
  }

  async #begin(): Promise<unknown> {
    const { plan } = this;
    const { body, retries } = plan;
    const options = {
      ...(this.limiter === undefined ? { concurrency: this.outer.limit } : { limiter: this.limiter }),
      signal: this.controller.signal,
      timeout: plan.timed ? TIMEOUT : undefined,
      retry: retries === undefined ? undefined : { retries, backoff: 0 },
    };
    if (body === 'none') {
      this.#enter(scope(options), this.outer);
      for (const child of plan.children) this.#spawn(this.#scope, this.outer, child);
      return this.#ended(this.#scope[Symbol.asyncDispose](), this.outer);
    }
    const run = scope(async (s) => {
      this.#enter(s, this.outer);
      const spawned: Promise<unknown>[] = [];
      for (const child of plan.children) {
        spawned.push(this.#spawn(s, this.outer, child));
        await microtasks(plan.pace);
      }
      if (body === 'waits') await Promise.allSettled(spawned);
      if (body !== 'throws') return 'body';
      const error = this.#failed(new Error('body'));
      this.outer.failures.push({ error, isDirect: false });
      throw error;
    }, options);
    return this.#ended(run, this.outer);
  }

  #enter(s: Scope, seen: Seen): void {
    if (seen === this.outer) this.#scope = s;
    const told = () => {
      const { reason } = s.signal;
      seen.first = { error: reason };
      if (this.plan.retries !== undefined || this.#wasAborted || isVerdict(reason)) return;
      const [earliest] = seen.failures;
      const isFirst = seen.failures.find(({ error }) => error === reason);
      // What was thrown inside a call is known at once, a rejection a moment later.
      // One that came from outside, from the scope around it, is none of its own.
      if (isFirst !== undefined && isFirst !== earliest && !isFirst.isDirect) this.#overtaken.push(reason);
    };
    if (s.signal.aborted) told();
    else s.signal.addEventListener('abort', told, { once: true });
    // From here on, so that the listeners that are counted are the library's alone.
    this.listeners.push(countListeners(s.signal));
  }

  #ended(run: Promise<unknown>, seen: Seen): Promise<unknown> {
    const check = () => {
      expect(seen.running, 'nothing runs after the end').toBe(0);
      expect(seen.children.filter(({ state }) => state === 'pending')).toEqual([]);
    };
    return run.finally(check);
  }

  #spawn(s: Scope, seen: Seen, child: ChildPlan): Promise<unknown> {
    const promise = s.spawn((context) => {
      expect(s.signal.aborted, 'nobody begins after the first failure').toBe(false);
      seen.running++;
      expect(seen.running, 'no more than may').toBeLessThanOrEqual(seen.limit);
      if (child.does === 'throws') {
        seen.running--;
        const error = this.#failed(new Error('thrown at once'));
        seen.failures.push({ error, isDirect: true });
        throw error;
      }
      return this.#run(s, seen, child, context.signal);
    });
    seen.children.push(watch(promise));
    return promise;
  }

  async #run(s: Scope, seen: Seen, child: ChildPlan, signal: AbortSignal): Promise<string> {
    try {
      if (child.inner !== undefined) {
        await this.#inScope(child, child.inner, signal);
      } else {
        if (!child.late) this.#spawnAll(s, seen, child);
        await microtasks(child.rounds);
        if (child.late) this.#spawnAll(s, seen, child);
      }
      return await this.#finish(child, signal);
    } catch (error) {
      seen.failures.push({ error, isDirect: false });
      throw error;
    } finally {
      seen.running--;
    }
  }

  async #finish({ does }: ChildPlan, signal: AbortSignal): Promise<string> {
    switch (does) {
      case 'rejects':
        throw this.#failed(new Error('rejected'));
      case 'hangs': {
        const gate = deferred();
        this.#hanging.push(gate);
        await gate.promise;
        return 'hung';
      }
      case 'passesOn':
        await heard(signal);
        throw signal.reason;
      case 'inOwnWords':
        await heard(signal);
        throw Object.assign(new Error('was aborted', { cause: signal.reason }), { name: 'AbortError' });
      case 'failsAfter':
        await heard(signal);
        throw this.#failed(new Error('while it cleaned up'));
      case 'calmsDown':
        await heard(signal);
        return 'calm';
      default:
        return 'fine';
    }
  }

  #spawnAll(s: Scope, seen: Seen, { children }: ChildPlan): void {
    for (const child of children) this.#spawn(s, seen, child);
  }

  async #inScope(child: ChildPlan, concurrency: number, signal: AbortSignal): Promise<void> {
    const seen = seenOf(concurrency);
    const run = scope(
      async (s) => {
        this.#enter(s, seen);
        for (const each of child.children) this.#spawn(s, seen, { ...each, inner: undefined });
        await microtasks(child.rounds);
      },
      { signal, concurrency },
    );
    await this.#ended(run, seen);
  }

  #failed(error: Error): Error {
    this.thrown.push(error);
    return error;
  }

  #abort(): void {
    this.#wasAborted = true;
    this.controller.abort(this.abortReason);
  }

  async #meddle(): Promise<void> {
    const { limiter } = this;
    const { with: how, rounds } = this.plan.meddling;
    if (limiter === undefined) return;
    await microtasks(rounds);
    if (how === 'clear') limiter.clear();
    if (how === 'close') void limiter.close();
    if (how === 'raise') {
      this.outer.limit++;
      limiter.concurrency = this.outer.limit;
    }
    // What runs beyond a lower limit goes on, so the bound of the starts stays where it was.
    if (how === 'lower') limiter.concurrency = 1;
    if (how === 'pause') {
      limiter.pause();
      await microtasks(rounds);
      limiter.resume();
    }
  }
}

function seenOf(limit: number): Seen {
  return { running: 0, limit, failures: [], children: [], first: undefined };
}

/** What the library says by itself. */
function isVerdict(error: unknown): boolean {
  return (
    error instanceof ClearedError ||
    error instanceof ClosedError ||
    (error as Error | undefined)?.name === 'TimeoutError'
  );
}

/** Everything that an error tells of. */
function toldBy(error: unknown): unknown[] {
  if (error instanceof RetryError) return error.attempts.flatMap((attempt) => toldBy(attempt.error));
  const { errors } = Object(error) as { errors?: readonly unknown[] };
  const others = errors?.flatMap(toldBy) ?? [];
  return error instanceof AggregateError ? [...toldBy(error.cause), ...others] : [error, ...others];
}

function heard(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
