// Random work over many: sources, functions, options and what happens meanwhile, played with jitter by microtasks alone.
import {
  all,
  allSettled,
  any,
  createLimiter,
  filter,
  forEach,
  type ItemContext,
  type Limiter,
  type ManyOptions,
  map,
  mapSettled,
  type OnFailure,
  type Progress,
  race,
  settle as settleAll,
  skip,
  some,
  stream,
} from 'fanfold';
import fc from 'fast-check';
import { expect } from 'vitest';
import { type Deferred, deferred } from './deferred.ts';
import { elapse } from './fake-time.ts';
import { countListeners, type ListenerCount } from './listeners.ts';
import { counted, countedAsync, type Pulls } from './sources.ts';
import { microtasks, settle } from './turns.ts';
import { watchUnhandled } from './unhandled.ts';
import { type Watched, watch } from './watch.ts';

/** Kinds that nothing which fails ends: they have no `onFailure`. */
const SETTLED: readonly string[] = ['allSettled', 'settle', 'mapSettled'];

const ATTEMPT_TIMEOUT = 50;
/** Longer than all attempts of all items that follow one another without hanging. */
const LONG = 20 * ATTEMPT_TIMEOUT;

const anyAttempt = fc.record({
  /** How it ends; one that hangs is let go at the very end. */
  does: fc.oneof(
    { weight: 6, arbitrary: fc.constant('fulfils' as const) },
    { weight: 2, arbitrary: fc.constant('rejects' as const) },
    { weight: 1, arbitrary: fc.constant('throws' as const) },
    { weight: 1, arbitrary: fc.constant('skips' as const) },
    { weight: 1, arbitrary: fc.constant('hangs' as const) },
  ),
  rounds: fc.nat(6),
});

const anyItem = fc.record({
  /** What the source gives: the item, or a promise of it. */
  as: fc.oneof(
    { weight: 6, arbitrary: fc.constant('itself' as const) },
    { weight: 1, arbitrary: fc.constant('promise' as const) },
    { weight: 1, arbitrary: fc.constant('rejected' as const) },
  ),
  rounds: fc.nat(4),
  attempts: fc.array(anyAttempt, { minLength: 1, maxLength: 3 }),
  touchesLimiter: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.boolean()),
});

export const anyWork = fc.record({
  kind: fc.constantFrom(
    'map',
    'forEach',
    'filter',
    'mapSettled',
    'stream',
    'all',
    'any',
    'race',
    'some',
    'settle',
    'allSettled',
  ),
  items: fc.array(anyItem, { maxLength: 12 }),
  source: fc.constantFrom('array', 'iterable', 'async'),
  delays: fc.array(fc.nat(4), { minLength: 1, maxLength: 4 }),
  sourceFailsAt: fc.oneof(
    { weight: 6, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.nat(12) },
  ),
  concurrency: fc.integer({ min: 1, max: 4 }),
  shared: fc.boolean(),
  onFailure: fc.constantFrom<OnFailure>('abort', 'abort-and-wait', 'continue'),
  retries: fc.oneof(fc.constant(undefined), fc.nat(2)),
  timed: fc.boolean(),
  hasProgress: fc.boolean(),
  order: fc.constantFrom('input', 'completion'),
  prefetch: fc.nat(3),
  /** Rounds of the microtask queue until it is aborted. */
  abortAfter: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, fc.nat(40)),
  /** Results after which a stream is left. */
  breakAfter: fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, fc.nat(5)),
  readerRounds: fc.nat(6),
  /** Rounds between the tasks that others submit to the shared limiter. */
  others: fc.array(fc.nat(10), { maxLength: 5 }),
});

export type WorkPlan = typeof anyWork extends fc.Arbitrary<infer Plan> ? Plan : never;

/** What happens to a shared limiter while it works, and after how many rounds of the microtask queue. */
export const anyMeddling = fc.record({
  how: fc.constantFrom('clear', 'close', 'pause', 'lower', 'raise', 'abort'),
  rounds: fc.nat(30),
});

export type Meddling = typeof anyMeddling extends fc.Arbitrary<infer Plan> ? Plan : never;

const MAPPERS: readonly string[] = ['map', 'forEach', 'filter', 'mapSettled', 'stream'];

/** The final outcome of each item if it is left alone: the model. */
export type Expected = { value: unknown } | { reason: string } | 'hangs';

export class ManyWork {
  readonly plan: WorkPlan;
  readonly isMapper: boolean;
  readonly limiter: Limiter | undefined;
  readonly controller = new AbortController();
  readonly listeners: ListenerCount = countListeners(this.controller.signal);
  readonly pulls: Pulls;
  readonly abortReason = new Error('aborted');
  readonly sourceError = new Error('the source');
  /** Indexes in the order in which functions were called for the first time. */
  readonly starts: number[] = [];
  readonly otherStarts: number[] = [];
  /** Functions that have ended for good, in that order. */
  readonly ends: { readonly index: number; readonly isGood: boolean }[] = [];
  readonly progress: Progress[] = [];
  /** What must not be and was: thrown where it is seen it would be one more failure among those that are planned. */
  readonly broken = new Set<string>();
  readonly meddling: Meddling | undefined;
  readonly limiterReason = new Error('the signal of the limiter');
  readonly streamed: unknown[] = [];
  result!: Watched<unknown>;
  running = 0;
  othersRunning = 0;
  /** The most that might run at any time so far. */
  limit: number;
  readonly #limiterSignal = new AbortController();
  readonly #unhandled: unknown[] = [];
  #slotsLeft = 0;
  #otherResults: PromiseSettledResult<unknown>[] = [];
  /** Called in every function, for what a test wants to see there. */
  onCall: (index: number) => void = () => {};
  readonly #calls: number[] = [];
  readonly #hanging: Deferred<void>[] = [];
  readonly #source: Iterable<unknown> | AsyncIterable<unknown>;
  #ended = 0;

  constructor(plan: WorkPlan, meddling?: Meddling) {
    this.plan = plan;
    this.meddling = meddling;
    this.limit = plan.concurrency;
    this.isMapper = MAPPERS.includes(plan.kind);
    const { signal } = this.#limiterSignal;
    this.limiter = plan.shared ? createLimiter({ concurrency: plan.concurrency, signal }) : undefined;
    const count = plan.items.length;
    const item = (index: number) => this.#item(index);
    const habits = {
      error: this.sourceError,
      delay: (index: number) => plan.delays[index % plan.delays.length]!,
      onPull: () => this.#checkPull(),
      ...(plan.sourceFailsAt === undefined ? {} : { failsAt: plan.sourceFailsAt }),
    };
    if (plan.source === 'array') {
      this.#source = Array.from({ length: count }, (_, index) => item(index));
      this.pulls = { asked: 0, given: 0, closed: 0, ended: true };
    } else {
      const made = (plan.source === 'async' ? countedAsync : counted)(count, item, habits);
      this.#source = made.source;
      this.pulls = made as Pulls;
    }
  }

  /** Whether the source throws before its end. */
  get sourceFails(): boolean {
    const { source, sourceFailsAt, items } = this.plan;
    return source !== 'array' && sourceFailsAt !== undefined && sourceFailsAt <= items.length;
  }

  /** What each item comes to if nobody ends it before. */
  expected(index: number): Expected {
    const { items, retries, timed } = this.plan;
    const { as, attempts } = items[index]!;
    if (as === 'rejected' && this.isMapper) return { reason: `item ${index}` };
    for (let attempt = 0; ; attempt++) {
      const { does } = attempts[Math.min(attempt, attempts.length - 1)]!;
      if (does === 'fulfils') return { value: index };
      if (does === 'skips') return { value: skip };
      if (does === 'hangs' && !(timed && retries !== undefined)) return 'hangs';
      if (attempt >= (retries ?? 0)) return { reason: `fn ${index}` };
    }
  }

  async play(): Promise<void> {
    const unhandled = watchUnhandled();
    try {
      await this.#play();
    } finally {
      this.#unhandled.push(...(await unhandled.stop()));
    }
  }

  async #play(): Promise<void> {
    const others = this.#submitOthers();
    this.result = watch(this.#begin());
    await Promise.all([this.#abort(), this.#meddle()]);
    await settle();
    // Enough for every attempt that runs to be given up on.
    await elapse(LONG);
    await this.release();
    await others;
  }

  async #abort(): Promise<void> {
    const { abortAfter } = this.plan;
    if (abortAfter === undefined) return;
    await microtasks(abortAfter);
    this.controller.abort(this.abortReason);
  }

  async #meddle(): Promise<void> {
    const { limiter, meddling } = this;
    if (limiter === undefined || meddling === undefined) return;
    const { how, rounds } = meddling;
    await microtasks(rounds);
    if (how === 'clear') limiter.clear();
    if (how === 'close') void limiter.close();
    if (how === 'abort') this.#limiterSignal.abort(this.limiterReason);
    if (how === 'lower') {
      limiter.concurrency = 1;
      // Who has a slot by then keeps it, whether or not its function was called.
      this.#slotsLeft = limiter.activeCount;
    }
    if (how === 'raise') {
      limiter.concurrency += 2;
      this.limit = limiter.concurrency;
    }
    if (how === 'pause') {
      limiter.pause();
      await microtasks(rounds);
      limiter.resume();
    }
  }

  /** Whether its limiter refused what it would have run. */
  get isRefused(): boolean {
    return this.limiter !== undefined && ['clear', 'close', 'abort'].includes(this.meddling?.how ?? '');
  }

  #must(holds: boolean, what: string): void {
    if (!holds) this.broken.add(what);
  }

  /** Lets go what hangs. */
  async release(): Promise<void> {
    for (let round = 0; round < 60; round++) {
      for (const gate of this.#hanging.splice(0)) gate.resolve();
      await settle();
      // Those that take the free slots are to be given up on before they are let go.
      await elapse(LONG);
      if (this.#hanging.length === 0 && this.result.state !== 'pending') break;
    }
    await settle();
  }

  /** What must hold when all is done, whatever happened. */
  checkAtRest(): void {
    expect([...this.broken]).toEqual([]);
    expect(this.result.state, 'it settles').not.toBe('pending');
    expect(this.#unhandled, 'no rejection is left unhandled').toEqual([]);
    expect(this.running, 'nothing runs').toBe(0);
    expect(this.listeners.peak, 'one listener at most').toBeLessThanOrEqual(1);
    expect(this.listeners.now, 'no listener is left').toBe(0);
    if (this.pulls.closed !== 0 || !this.pulls.ended) {
      // One that was under way when it was closed may still say that it has ended.
      const opened = this.plan.kind !== 'stream' || this.plan.breakAfter !== 0;
      expect(this.pulls.closed, 'the source is closed exactly once').toBe(opened ? 1 : 0);
    }
    if (this.limiter !== undefined) {
      expect([this.limiter.activeCount, this.limiter.pendingCount], 'no slot is lost').toEqual([0, 0]);
      expect(this.otherStarts, 'nobody overtakes').toEqual([...this.otherStarts].sort((a, b) => a - b));
      const others = this.#otherResults.filter(({ status }) => this.isRefused || status === 'fulfilled');
      expect(others).toHaveLength(this.plan.others.length);
    }
    this.#checkProgress();
  }

  /** Told after each end, with counts of that moment. */
  #checkProgress(): void {
    const { progress, plan, limit } = this;
    expect(progress.map(({ done, failed }) => done + failed)).toEqual(progress.map((_, index) => index + 1));
    for (const { running, total } of progress) {
      expect(running).toBeGreaterThanOrEqual(0);
      expect(running).toBeLessThanOrEqual(limit);
      expect(total).toBe(plan.source === 'array' ? plan.items.length : undefined);
    }
    const ended = plan.hasProgress && this.result.state === 'fulfilled';
    const isOfAll = !['any', 'race', 'some', 'stream'].includes(plan.kind);
    // A source other than a list is closed with its limiter: what it has left is never known.
    const isListed = plan.source === 'array' || !this.isRefused;
    if (ended && isOfAll && isListed) expect(progress, 'of all').toHaveLength(plan.items.length);
  }

  #checkPull(): void {
    const { plan, limit } = this;
    // An async source may have been asked before.
    this.#must(plan.source === 'async' || this.#mayGoOn, 'nothing is taken after the end');
    // What its limiter refused has ended, and that is not seen from here.
    if (this.isRefused) return;
    if (plan.kind === 'stream') {
      const bound = this.streamed.length + this.#leftOut() + limit + plan.prefetch;
      this.#must(this.pulls.asked <= bound + 1, 'no more is taken than there is room for');
    }
    // What failed before it was called, and what was given up on, is not seen from here.
    if (plan.timed || this.plan.items.some(({ as }) => as === 'rejected')) return;
    const under = this.pulls.asked - this.#ended;
    const sleepers = plan.retries === undefined ? 0 : limit;
    this.#must(under <= limit + sleepers, 'no more is taken than may run');
  }

  /** Items that come to no result of a stream. */
  #leftOut(): number {
    return this.plan.items.filter((_, index) => {
      const end = this.expected(index);
      return end !== 'hangs' && (!('value' in end) || end.value === skip);
    }).length;
  }

  #item(index: number): unknown {
    const { as, rounds } = this.plan.items[index]!;
    const item = this.isMapper ? index : (context: ItemContext) => this.#call(index, context);
    if (!this.isMapper || as === 'itself') return item;
    const promise = microtasks(rounds).then(() => {
      if (as === 'rejected') throw new Error(`item ${index}`);
      return item;
    });
    // It is the work's: one that nobody needs any more must not be reported as unhandled. A stream that nobody has read
    // from has not asked for any, and those of a list are there all the same.
    const { kind, breakAfter } = this.plan;
    if (kind === 'stream' && breakAfter === 0) promise.catch(() => {});
    return promise;
  }

  #call(index: number, context: ItemContext): unknown {
    const { items, timed, retries } = this.plan;
    const { attempts, touchesLimiter } = items[index]!;
    const call = this.#calls[index] ?? 0;
    this.#calls[index] = call + 1;
    if (call === 0) this.starts.push(index);
    this.onCall(index);
    const { does, rounds } = attempts[Math.min(call, attempts.length - 1)]!;
    this.running++;
    this.#checkStart();
    if (touchesLimiter) {
      const { limiter } = context;
      this.#must(this.limiter === undefined || limiter === this.limiter, 'it is told its limiter');
      // Where it was lowered, some may still run that were let in before.
      this.#must(limiter.activeCount <= this.limit, 'no more slots than there are');
      this.#must(limiter.activeCount >= this.running, 'whoever runs has a slot');
    }
    const leave = (isFinal: boolean, isGood: boolean) => {
      this.running--;
      this.#must(this.running >= 0, 'nobody ends who does not run');
      if (!isFinal) return;
      this.#ended++;
      // An attempt that was given up on has no outcome.
      if (does !== 'hangs' || !timed || retries === undefined) this.ends.push({ index, isGood });
    };
    const isLast = call >= (retries ?? 0);
    if (does === 'throws') {
      leave(isLast, false);
      throw new Error(`fn ${index}`);
    }
    return (async () => {
      if (does === 'hangs') {
        const gate = deferred();
        this.#hanging.push(gate);
        await gate.promise;
      } else {
        await microtasks(rounds);
      }
      leave(does === 'rejects' ? isLast : true, does !== 'rejects');
      if (does === 'rejects') throw new Error(`fn ${index}`);
      return does === 'skips' ? skip : index;
    })();
  }

  /** What must hold when a function is called. */
  #checkStart(): void {
    this.#checkRunning();
    this.#must(!this.#limiterSignal.signal.aborted, 'nothing runs in a limiter that was aborted');
    this.#must(this.#mayGoOn, 'nothing begins after the end');
  }

  #checkRunning(): void {
    const most = Math.max(this.limiter?.concurrency ?? this.plan.concurrency, this.#slotsLeft);
    this.#must(this.running + this.othersRunning <= most, 'no more run than may');
  }

  /** Whether it has not ended; where there is enough of it, the rest may be run to its end. */
  get #mayGoOn(): boolean {
    const { kind, onFailure } = this.plan;
    const runsRest = onFailure === 'continue' && ['any', 'race', 'some'].includes(kind);
    return runsRest || this.result === undefined || this.result.state === 'pending';
  }

  #begin(): Promise<unknown> {
    const { plan, limiter } = this;
    const { retries, timed, concurrency } = plan;
    const options: ManyOptions = {
      ...(limiter === undefined ? { concurrency } : { limiter }),
      signal: this.controller.signal,
      onFailure: SETTLED.includes(plan.kind) ? undefined : plan.onFailure,
      onProgress: plan.hasProgress ? (progress) => this.progress.push({ ...progress }) : undefined,
      retry:
        retries === undefined
          ? undefined
          : { retries, backoff: 0, attemptTimeout: timed ? ATTEMPT_TIMEOUT : undefined },
    };
    const source = this.#source as Iterable<number>;
    const tasks = this.#source as Iterable<() => unknown>;
    const fn = (_item: number, index: number, context: ItemContext) => this.#call(index, context);
    switch (plan.kind) {
      case 'map':
        return map(source, fn, options);
      case 'forEach':
        return forEach(source, fn, options);
      case 'filter':
        return filter(source, fn, options);
      case 'mapSettled':
        return mapSettled(source, fn, options);
      case 'stream':
        return this.#read(
          stream(source, fn, { ...options, order: plan.order as 'input', prefetch: plan.prefetch }),
        );
      case 'all':
        return all(tasks, options);
      case 'any':
        return any(tasks, options);
      case 'race':
        return race(tasks, options);
      case 'some':
        return some(tasks, 2, options);
      case 'allSettled':
        return allSettled(tasks, options);
      default:
        return settleAll(tasks, options);
    }
  }

  async #read(results: AsyncIterable<unknown> & { return(): Promise<unknown> }): Promise<unknown> {
    const { breakAfter, readerRounds } = this.plan;
    if (breakAfter === 0) return results.return();
    for await (const result of results) {
      this.streamed.push(result);
      if (this.streamed.length === breakAfter) break;
      await microtasks(readerRounds);
    }
    return this.streamed;
  }

  async #submitOthers(): Promise<void> {
    const { limiter } = this;
    if (limiter === undefined) return;
    const done: Promise<unknown>[] = [];
    for (const [index, rounds] of this.plan.others.entries()) {
      const result = limiter(async () => {
        this.otherStarts.push(index);
        this.othersRunning++;
        this.#checkRunning();
        await microtasks(rounds);
        this.othersRunning--;
      });
      result.catch(() => {});
      done.push(result);
      await microtasks(rounds);
    }
    this.#otherResults = await Promise.allSettled(done);
  }
}
