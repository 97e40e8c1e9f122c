import { coreOf } from '../check/limiter.js';
import * as mailbox from '../engine/mailbox.gen.js';
import type { Heard, Heed } from '../feedback/heed.js';
import { onAbort } from '../host/abort.js';
import type { Load, OpenOptions } from '../host/commands.js';
import { type RunningTask, runningStorage, type Scope } from '../host/context.js';
import { currentHost } from '../host/current.js';
import type { Host } from '../host/host.js';
import type { Slottable } from '../host/residents.js';
import type { RetryPolicy } from '../retry/types.js';
import { lastSettle, pending } from '../task/promise.js';
import { keepShapes } from '../task/shapes.js';
import { type AnyFunction, Task } from '../task/task.js';
import { Waiter } from '../task/waiter.js';
import { ContextTask } from './context-task.js';
import type { TaskPlan } from './options.js';
import { type Permit, PermitRequest, SlotPermit } from './permit.js';
import type { LimiterPlan } from './plan.js';
import type { RatePlan } from './rates.js';
import { type ClearedAs, LimiterRecord, timedAttempts } from './record.js';
import { SignalListener } from './signals.js';
import type { BlockedBy, CloseReport, Limiter, LimiterStats, Quantiles } from './types.js';

/** Frees in the engine what was collected here. */
const collected = new FinalizationRegistry<{ host: Host; limiter: number }>(({ host, limiter }) =>
  host.free(limiter),
);

/**
 * A limiter as commands: what `createLimiter` and the drop-ins are made of. Nothing is checked here, and
 * nothing decided.
 */
export class LimiterCore {
  readonly #host: Host;
  readonly #id: number;
  readonly #record: LimiterRecord;
  readonly #maxQueue: number;
  readonly #hasRunTimeout: boolean;
  readonly #byPriority: boolean;
  #parent: Limiter | undefined;
  #rates: readonly RatePlan[];
  readonly #heed: Heed | undefined;
  #isShared = false;
  /** Whether tasks must be seen from inside after awaits too, whatever it costs. */
  readonly #tracked: boolean;
  #concurrency: number;

  /** @param collectable Whether it is freed when nobody can reach it any more; otherwise `free` has to be called. */
  constructor(plan: LimiterPlan, collectable = true) {
    keepShapes();
    const host = currentHost();
    this.#host = host;
    this.#concurrency = plan.concurrency;
    this.#maxQueue = plan.maxQueue;
    this.#hasRunTimeout = plan.runTimeout !== Number.POSITIVE_INFINITY;
    this.#tracked = plan.nested !== 'warn';
    this.#record = new LimiterRecord(plan.name, plan.signal, this.#tracked, plan.maxQueue);
    this.#parent = plan.parent;
    this.#record.above = plan.parent && coreOf(plan.parent).#record;
    this.#byPriority = plan.order === 'priority';
    const { queueTimeout, runTimeout } = plan;
    const id = host.open(this.#record, {
      flags: flags(plan),
      concurrency: engineCount(plan.concurrency),
      maxQueue: engineCount(plan.maxQueue),
      queueTimeout,
      runTimeout,
      place: placeOf(plan),
    });
    this.#id = id;
    this.#rates = plan.rates;
    this.#heed = plan.heed;
    if (plan.maxWait !== Number.POSITIVE_INFINITY) host.setMaxWait(id, plan.maxWait);
    plan.rates.forEach((rate, nth) => {
      host.setRate(id, nth, rate);
    });
    if (collectable) this.share();
    if (plan.signal !== undefined) listen(host, id, this.#record, plan.signal);
  }

  /** From now on it is freed when nobody can reach it any more. */
  share(): void {
    if (this.#isShared) return;
    this.#isShared = true;
    collected.register(this, { host: this.#host, limiter: this.#id }, this);
  }

  /** Nobody but the tasks that are in it needs it any more. */
  free(): void {
    collected.unregister(this);
    this.#host.free(this.#id);
  }

  /** The host that it belongs to. */
  get host(): Host {
    return this.#host;
  }

  /** Its number in the engine. */
  get id(): number {
    return this.#id;
  }

  get name(): string {
    return this.#record.name;
  }

  /** Whether it has a limit of how long its tasks may run. */
  get hasRunTimeout(): boolean {
    return this.#hasRunTimeout;
  }

  /** Whether its tasks must be seen from inside after awaits too. */
  get tracked(): boolean {
    return this.#tracked;
  }

  /** The signal that ends it. */
  get signal(): AbortSignal | undefined {
    return this.#record.signal;
  }

  /** Why it was aborted, if it was: nothing will ever run in it. */
  get aborted(): { readonly reason: unknown } | undefined {
    return this.#record.aborted;
  }

  get concurrency(): number {
    return this.#concurrency;
  }

  set concurrency(concurrency: number) {
    this.#concurrency = concurrency;
    this.#host.resize(this.#id, engineCount(concurrency));
  }

  /** The one above it, which it keeps from being collected. */
  get parent(): Limiter | undefined {
    return this.#parent;
  }

  set parent(parent: Limiter | undefined) {
    this.#parent = parent;
    this.#record.above = parent && coreOf(parent).#record;
    this.#host.move(this.#id, parent && coreOf(parent).id);
  }

  get rates(): readonly RatePlan[] {
    return this.#rates;
  }

  set rates(rates: readonly RatePlan[]) {
    const before = this.#rates.length;
    this.#rates = rates;
    for (let nth = 0; nth < Math.max(rates.length, before); nth++) {
      this.#host.setRate(this.#id, nth, rates[nth]);
    }
    this.#host.flush();
  }

  /** Whether it goes by priorities. */
  get byPriority(): boolean {
    return this.#byPriority;
  }

  /** The most slots that a task can have at once, here and above. */
  get heaviest(): number {
    return Math.min(this.#concurrency, this.#parent ? coreOf(this.#parent).heaviest : UNLIMITED);
  }

  get activeCount(): number {
    return this.#ask(mailbox.HEADER_ACTIVE);
  }

  get pendingCount(): number {
    return this.#ask(mailbox.HEADER_QUEUED);
  }

  get isPaused(): boolean {
    return this.#ask(mailbox.HEADER_PAUSED) === 1;
  }

  get isClosed(): boolean {
    return this.#ask(mailbox.HEADER_CLOSED) === 1;
  }

  /** Submits a plain call. */
  call(fn: AnyFunction, args: unknown[] | undefined): Promise<unknown> {
    const promise = pending<unknown>();
    const task = new Task(this.track(fn), args, lastSettle());
    const parent = this.#host.parent(this.#id, task, this.#tracked);
    if (parent === undefined) this.#host.submit(this.#id, task);
    else this.#host.submitWith(this.#id, task, undefined, parent, undefined, undefined, undefined);
    this.#admitted();
    return promise;
  }

  /** Submits a function that is told about its task. With an `attemptTimeout` that takes the place of `runTimeout`. */
  submit(
    fn: AnyFunction,
    options: TaskPlan & Pick<RetryPolicy, 'attemptTimeout'>,
    limiter: Limiter,
    attempt = 1,
    retried: Heard['retried'] = 'nothing',
  ): { task: ContextTask; result: Promise<unknown> } {
    const result = pending<unknown>();
    const { signal } = options;
    const task = new ContextTask(
      this.#host,
      this.track(this.hear(fn, limiter, attempt, retried)),
      lastSettle(),
      limiter,
      signal,
      attempt,
      options.priority,
    );
    if (signal?.aborted) {
      task.reject(signal.reason);
    } else {
      const { queueTimeout, attemptTimeout } = options;
      const runTimeout = attemptTimeout ?? options.runTimeout;
      if (attemptTimeout !== undefined) timedAttempts.add(task);
      const parent = this.#host.parent(this.#id, task, this.#tracked);
      const listener = this.#listener(signal);
      const load = loadOf(options);
      task.handle = this.#host.submitWith(this.#id, task, listener, parent, queueTimeout, runTimeout, load);
      this.#admitted();
    }
    return { task, result };
  }

  /** Holds a call whose attempts are tasks of this limiter, until the host lets it go. Gives its handle. */
  hold(): number {
    return this.#host.hold(this.#id);
  }

  /** Submits what runs in its own way, and tells its handle. `attemptTimeout` in milliseconds, by default the limiter's. */
  enter(task: Slottable & Scope, attemptTimeout: number | undefined): number {
    if (attemptTimeout !== undefined) timedAttempts.add(task);
    const parent = this.#host.parent(this.#id, task, this.#tracked);
    const host = this.#host;
    const handle = host.submitWith(this.#id, task, undefined, parent, undefined, attemptTimeout, undefined);
    this.#admitted();
    return handle;
  }

  /** Whether the outcomes of its functions are heard. */
  get hears(): boolean {
    return this.#heed !== undefined;
  }

  /** A function whose outcome is heard first, where there is somebody to hear it. */
  hear(fn: AnyFunction, limiter: Limiter, attempt: number, retried: Heard['retried']): AnyFunction {
    return this.#heed?.(fn, { core: this, limiter, attempt, retried }) ?? fn;
  }

  /** A function whose inside is known as the task's, after awaits too, where this limiter has to know it. */
  track(fn: AnyFunction): AnyFunction {
    return this.#tracked ? this.#track(fn) : fn;
  }

  acquire(options: TaskPlan): Promise<Permit> {
    const { signal, queueTimeout } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    const promise = pending<Permit>();
    const request = new PermitRequest(lastSettle(), signal);
    const parent = this.#host.parent(this.#id, undefined, this.#tracked);
    // No run timeout: a permit is held as long as its holder wants.
    this.#host.submitWith(
      this.#id,
      request,
      this.#listener(signal),
      parent,
      queueTimeout,
      Number.POSITIVE_INFINITY,
      loadOf(options),
    );
    this.#admitted();
    return promise;
  }

  tryAcquire(): Permit | undefined {
    const handle = this.#host.tryAcquire(this.#id, new PermitRequest(nobody, undefined));
    return handle === undefined ? undefined : new SlotPermit(this.#host, handle);
  }

  /** Starts nothing for a span, then spreads those who wait. */
  holdBack(scope: 'self' | 'parent' | 'root', ms: number, spread: number): void {
    this.#host.holdBack(this.#id, SCOPES[scope], ms, spread);
  }

  pause(ms: number): void {
    this.#host.pause(this.#id, ms);
  }

  resume(): void {
    this.#host.resume(this.#id);
  }

  /** Rejects everybody who waits, for a slot or for a next attempt: with what `as` makes, or not. Tells how many. */
  clear(as: ClearedAs): number {
    const waiting = this.pendingCount + this.#host.answer(mailbox.HEADER_RESTING);
    this.#record.clearedAs = as;
    this.#host.clear(this.#id);
    this.#record.clearedAs = undefined;
    return waiting;
  }

  onIdle(): Promise<void> {
    return this.#wait(0);
  }

  onEmpty(): Promise<void> {
    return this.#wait(1);
  }

  onRoom(bound: number | undefined): Promise<void> {
    const { POSITIVE_INFINITY } = Number;
    return this.#wait(
      engineCount(Math.max(bound ?? (this.#maxQueue === POSITIVE_INFINITY ? 1 : this.#maxQueue), 1)),
    );
  }

  close(grace: number): Promise<CloseReport> {
    const waiter = new Waiter<CloseReport>();
    this.#host.close(this.#id, waiter, grace);
    // A closed limiter has nothing left that its signal could abort.
    const unlisten = (): void => this.#record.unlisten?.();
    waiter.promise.then(unlisten, unlisten);
    return waiter.promise;
  }

  blockedBy(task: Pick<ContextTask, 'state' | 'handle'>): BlockedBy | null {
    if (task.state !== 'queued') return null;
    const blocked = this.#host.blockedBy(task.handle);
    if (blocked === undefined) return null;
    const { name } = this.#host.limiters.get(blocked.limiter) as LimiterRecord;
    return { limiter: name, reason: REASONS[blocked.block] as BlockedBy['reason'] };
  }

  stats(): LimiterStats {
    const host = this.#host;
    host.ask(this.#id);
    const counters = Object.fromEntries(mailbox.COUNTERS.map((name, place) => [name, host.counter(place)]));
    return {
      name: this.name,
      concurrency: this.#concurrency,
      active: host.answer(mailbox.HEADER_ACTIVE),
      queued: host.answer(mailbox.HEADER_QUEUED),
      resting: host.answer(mailbox.HEADER_RESTING),
      paused: host.answer(mailbox.HEADER_PAUSED) === 1,
      closed: host.answer(mailbox.HEADER_CLOSED) === 1,
      ...(counters as Record<(typeof mailbox.COUNTERS)[number], number>),
      ...this.#times(),
    };
  }

  /** What it knows of times, from the first time on that it is asked. */
  #times(): Times {
    const host = this.#host;
    host.askStats(this.#id);
    const quantiles = (at: number): Quantiles | undefined => {
      const [count, p50, p95, p99] = [0, 2, 4, 6].map((word) => host.float(at + word)) as FourNumbers;
      return count === 0 ? undefined : { count, p50, p95, p99 };
    };
    const starts = host.float(mailbox.HEADER_NEXT_START);
    return {
      oldestWait: host.float(mailbox.HEADER_OLDEST_WAIT) || 0,
      nextStart: starts === Number.POSITIVE_INFINITY ? undefined : Math.max(starts - host.now(), 0),
      waited: quantiles(mailbox.HEADER_WAITED),
      ran: quantiles(mailbox.HEADER_RAN),
      tokensLeft: this.#rates.map((_, nth) => host.float(mailbox.HEADER_LEFT + 2 * nth)),
    };
  }

  #ask(header: number): number {
    this.#host.ask(this.#id);
    return this.#host.answer(header);
  }

  #wait(bound: number): Promise<void> {
    const waiter = new Waiter<undefined>();
    this.#host.wait(this.#id, waiter, bound);
    return waiter.promise;
  }

  /** A task was submitted: if it may have its slot now, that is found out now. */
  #admitted(): void {
    if (this.#record.room) this.#host.admit();
    else this.#host.flush();
  }

  #listener(signal: AbortSignal | undefined): number | undefined {
    return signal && SignalListener.of(this.#host, signal, this.#record.signals).id;
  }

  /** A function whose inside is known as the task's, after awaits too. */
  #track(fn: AnyFunction): AnyFunction {
    const storage = runningStorage;
    if (storage === undefined) return fn;
    const host = this.#host;
    return (...args) => storage.run(host.running as RunningTask, fn, ...args);
  }
}

type Times = Pick<LimiterStats, 'oldestWait' | 'nextStart' | 'waited' | 'ran' | 'tokensLeft'>;
type FourNumbers = [number, number, number, number];

const nobody = (): void => {};

const SCOPES = {
  self: mailbox.SCOPE_OWN,
  parent: mailbox.SCOPE_PARENT,
  root: mailbox.SCOPE_ROOT,
} as const;

/** The reasons of the BLOCK numbers. */
const REASONS: Readonly<Record<number, BlockedBy['reason']>> = {
  [mailbox.BLOCK_CONCURRENCY]: 'concurrency',
  [mailbox.BLOCK_WEIGHT]: 'weight',
  [mailbox.BLOCK_RATE]: 'rate',
  [mailbox.BLOCK_PAUSED]: 'paused',
  [mailbox.BLOCK_KEY]: 'key',
  [mailbox.BLOCK_ORDER]: 'order',
};

/** What a task takes, where that is not one slot in its turn. */
function loadOf({ weight = 1, priority = 0, costs }: TaskPlan): Load | undefined {
  return weight === 1 && priority === 0 && costs === undefined ? undefined : { weight, priority, costs };
}

/** A limit as the engine counts: all bits set for none. */
const UNLIMITED = 0xffffffff;

/** A count for the engine. Beyond its numbers there is no difference to no limit. */
function engineCount(count: number): number {
  return Math.min(count, UNLIMITED);
}

/** What makes a limiter more than a row of slots. */
function placeOf({ parent, bypass, ageing, order }: LimiterPlan): OpenOptions['place'] {
  if (parent === undefined && bypass === 0 && order !== 'priority') return undefined;
  return { parent: parent && coreOf(parent).id, bypass, ageing };
}

function flags(plan: LimiterPlan): number {
  let bits = 0;
  if (plan.order === 'priority') bits |= mailbox.FLAG_PRIORITY;
  if (plan.order === 'lifo') bits |= mailbox.FLAG_LIFO;
  if (plan.overflow === 'drop-oldest') bits |= mailbox.FLAG_DROP_OLDEST;
  if (plan.overflow === 'drop-newest') bits |= mailbox.FLAG_DROP_NEWEST;
  if (plan.overflow === 'drop-lowest') bits |= mailbox.FLAG_DROP_LOWEST;
  if (plan.nested === 'error') bits |= mailbox.FLAG_NESTED_ERROR;
  if (plan.nested === 'inherit') bits |= mailbox.FLAG_NESTED_INHERIT;
  return bits;
}

/** Listens to the limiter's own signal, without holding the limiter. */
function listen(host: Host, id: number, record: LimiterRecord, signal: AbortSignal): void {
  if (signal.aborted) {
    host.abortLimiter(id);
    return;
  }
  record.unlisten = onAbort(signal, () => host.abortLimiter(id));
}
