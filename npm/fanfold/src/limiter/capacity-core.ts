import { coreOf } from '../check/limiter.js';
import * as mailbox from '../engine/mailbox.gen.js';
import type { Heard } from '../feedback/heed.js';
import {
  askStats,
  blockedBy,
  floatAt,
  move,
  openWhole,
  type Place,
  setRate,
  submitLoad,
} from '../host/capacity-commands.js';
import type { OpenOptions } from '../host/commands.js';
import { type Keyed, setPerKey, setPerKeyRate } from '../host/key-commands.js';
import type { Slottable } from '../host/residents.js';
import type { TaskWatch } from '../observe/watch.js';
import type { RetryPolicy } from '../retry/types.js';
import { lastSettle, pending } from '../task/promise.js';
import type { AnyFunction } from '../task/task.js';
import { type BreakerPlan, stateOf } from './breaker.js';
import { ContextTask } from './context-task.js';
import { engineCount, LimiterCore, UNLIMITED } from './core.js';
import { KeyTable, type PerKeyPlan } from './keys.js';
import type { TaskPlan } from './options.js';
import { type Permit, PermitRequest, SlotPermit } from './permit.js';
import type { LimiterPlan } from './plan.js';
import type { RatePlan } from './rates.js';
import { type LimiterRecord, timedAttempts } from './record.js';
import { SignalListener } from './signals.js';
import type { BlockedBy, CloseReport, Key, Limiter, LimiterStats, Quantiles } from './types.js';
import type { WatchedContextTask } from './watched-task.js';
import type { Watching } from './watching.js';

/**
 * All that the limiters of `createLimiter` say to the engine: a place in a tree, weights, priorities, rates, tasks that
 * are told about themselves, permits, statistics.
 */
export class CapacityCore extends LimiterCore {
  #parent: Limiter | undefined;
  #rates: readonly RatePlan[];
  /** What each key may have, if anything was said of it. */
  readonly perKey: PerKeyPlan | undefined;
  #keys: KeyTable | undefined;
  readonly #byPriority: boolean;
  /** Who has work in it that it does not know of. */
  #closers: Set<() => void> | undefined;
  /** Kept here for its guard, which keeps nothing of the user's alive. */
  breaker: BreakerPlan | undefined = undefined;
  /** How its tasks are shown to those who observe it, where anybody can. */
  watching: Watching | undefined = undefined;

  /** @param collectable As in {@link LimiterCore}. */
  constructor(plan: LimiterPlan, collectable = true) {
    super(plan, collectable);
    const { host, id } = this;
    this.#parent = plan.parent;
    this.record.above = plan.parent && coreOf(plan.parent).record;
    this.#byPriority = plan.order === 'priority';
    this.#rates = plan.rates;
    plan.guard?.install(this);
    plan.rates.forEach((rate, nth) => {
      setRate(host, id, nth, rate);
    });
    this.perKey = plan.perKey;
    if (plan.perKey !== undefined) this.#limitKeys(plan.perKey);
  }

  protected override open(plan: LimiterPlan, options: OpenOptions): number {
    const place = placeOf(plan);
    return place === undefined
      ? super.open(plan, options)
      : openWhole(this.host, this.record, options, place);
  }

  /** The one above it, which it keeps from being collected. */
  get parent(): Limiter | undefined {
    return this.#parent;
  }

  set parent(parent: Limiter | undefined) {
    this.#parent = parent;
    this.record.above = parent && coreOf(parent).record;
    move(this.host, this.id, parent && coreOf(parent).id);
  }

  get rates(): readonly RatePlan[] {
    return this.#rates;
  }

  set rates(rates: readonly RatePlan[]) {
    const before = this.#rates.length;
    this.#rates = rates;
    for (let nth = 0; nth < Math.max(rates.length, before); nth++) {
      setRate(this.host, this.id, nth, rates[nth]);
    }
    this.host.flush();
  }

  #limitKeys({ concurrency, maxQueue, rates }: PerKeyPlan): void {
    const { host, id, record } = this;
    setPerKey(host, id, engineCount(concurrency), engineCount(maxQueue));
    rates.forEach((rate, nth) => {
      setPerKeyRate(host, id, nth, rate);
    });
    if (maxQueue === Number.POSITIVE_INFINITY) return;
    const ofKey = `perKey.maxQueue: ${maxQueue}`;
    record.bounds =
      this.maxQueue === Number.POSITIVE_INFINITY ? `of a key, ${ofKey}` : `${record.bounds}, or ${ofKey}`;
  }

  /** One of its keys, with its weight. May call what the user gave for that. */
  keyed(key: Key): Keyed {
    if (this.#keys === undefined) {
      this.#keys = new KeyTable();
      this.record.keys = this.#keys;
    }
    return this.#keys.keyed(key, this.perKey?.weight);
  }

  /** Whether one of its keys has something to do. */
  hasKey(key: Key): boolean {
    return this.#keys?.find(key) !== undefined;
  }

  /** Calls this when it is closed, after that. Gives what ends it. */
  onClose(listener: () => void): () => void {
    this.#closers ??= new Set();
    this.#closers.add(listener);
    return () => void this.#closers?.delete(listener);
  }

  override close(grace: number): Promise<CloseReport> {
    for (const closed of this.#closers ?? []) this.host.defer(closed);
    return super.close(grace);
  }

  /** Whether it goes by priorities. */
  get byPriority(): boolean {
    return this.#byPriority;
  }

  /** The most slots that a task can have at once, here and above. */
  get heaviest(): number {
    const { least = this.concurrency } = this.record;
    return Math.min(least, this.#parent ? coreOf(this.#parent).heaviest : UNLIMITED);
  }

  /** What is seen of a task that comes in now, where anybody looks. */
  watch(isRetried: boolean): TaskWatch | undefined {
    return this.watching?.watch(isRetried);
  }

  /** Submits a function that is told about its task. With an `attemptTimeout` that takes the place of `runTimeout`. */
  submit(
    fn: AnyFunction,
    options: TaskPlan & Pick<RetryPolicy, 'attemptTimeout'>,
    limiter: Limiter,
    attempt = 1,
    retried: Heard['retried'] = 'nothing',
    watch = retried === 'nothing' ? this.watch(false) : undefined,
  ): { task: ContextTask; result: Promise<unknown> } {
    const result = pending<unknown>();
    const { signal } = options;
    const called = watch?.wrap(fn) ?? fn;
    const kind = watch === undefined ? ContextTask : (this.watching as Watching).kind;
    const task = new kind(
      this.host,
      this.track(this.hear(called, limiter, attempt, retried, options.keyed?.key as Key | undefined)),
      lastSettle(),
      limiter,
      signal,
      attempt,
      options.priority,
    );
    if (watch !== undefined) {
      watch.taskId = task.id;
      (task as WatchedContextTask).watch = watch;
    }
    if (signal?.aborted) {
      task.reject(signal.reason);
    } else {
      const { attemptTimeout } = options;
      const runTimeout = attemptTimeout ?? options.runTimeout;
      if (attemptTimeout !== undefined) timedAttempts.add(task);
      const parent = this.host.parent(this.id, task, this.tracked);
      const listener = this.#listener(signal);
      watch?.queued(attempt);
      task.handle = this.#enter(task, listener, parent, runTimeout, options);
    }
    return { task, result };
  }

  /**
   * Submits what runs in its own way, and tells its handle; it looks after its signal itself. `runTimeout` in milliseconds,
   * by default the limiter's.
   */
  admit(task: Slottable, plan: TaskPlan, parent: number | undefined, runTimeout: number | undefined): number {
    return this.#enter(task, undefined, parent, runTimeout, plan);
  }

  acquire(options: TaskPlan): Promise<Permit> {
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    const promise = pending<Permit>();
    const request = new PermitRequest(lastSettle(), signal);
    const parent = this.host.parent(this.id, undefined, this.tracked);
    // No run timeout: a permit is held as long as its holder wants.
    this.#enter(request, this.#listener(signal), parent, Number.POSITIVE_INFINITY, options);
    return promise;
  }

  tryAcquire(): Permit | undefined {
    const handle = this.host.tryAcquire(this.id, new PermitRequest(nobody, undefined));
    return handle === undefined ? undefined : new SlotPermit(this.host, handle);
  }

  blockedBy(task: Pick<ContextTask, 'state' | 'handle'>): BlockedBy | null {
    if (task.state !== 'queued') return null;
    const blocked = blockedBy(this.host, task.handle);
    if (blocked === undefined) return null;
    const { name } = this.host.limiters.get(blocked.limiter) as LimiterRecord;
    return { limiter: name, reason: REASONS[blocked.block] as BlockedBy['reason'] };
  }

  stats(): LimiterStats {
    const host = this.host;
    host.ask(this.id);
    const counters = Object.fromEntries(mailbox.COUNTERS.map((name, place) => [name, host.counter(place)]));
    return {
      name: this.name,
      concurrency: this.concurrency,
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
    const host = this.host;
    askStats(host, this.id);
    const quantiles = (at: number): Quantiles | undefined => {
      const [count, p50, p95, p99] = [0, 2, 4, 6].map((word) => floatAt(host, at + word)) as FourNumbers;
      return count === 0 ? undefined : { count, p50, p95, p99 };
    };
    const until = (at: number): number => Math.max(floatAt(host, at) - host.now(), 0);
    const starts = until(mailbox.HEADER_NEXT_START);
    const state = stateOf(host.answer(mailbox.HEADER_CIRCUIT));
    return {
      oldestWait: floatAt(host, mailbox.HEADER_OLDEST_WAIT) || 0,
      nextStart: starts === Number.POSITIVE_INFINITY ? undefined : starts,
      waited: quantiles(mailbox.HEADER_WAITED),
      ran: quantiles(mailbox.HEADER_RAN),
      tokensLeft: this.#rates.map((_, nth) => floatAt(host, mailbox.HEADER_LEFT + 2 * nth)),
      breaker: state && {
        state,
        halfOpenAfter: state === 'open' ? until(mailbox.HEADER_HALF_OPEN) : undefined,
      },
    };
  }

  #enter(
    task: Slottable,
    signal: number | undefined,
    parent: number | undefined,
    runTimeout: number | undefined,
    plan: TaskPlan,
  ): number {
    const { host, id } = this;
    const { queueTimeout } = plan;
    const handle = isLight(plan)
      ? host.submitWith(id, task, signal, parent, queueTimeout, runTimeout)
      : submitLoad(host, id, task, signal, parent, queueTimeout, runTimeout, plan);
    this.admitted();
    return handle;
  }

  #listener(signal: AbortSignal | undefined): number | undefined {
    return signal && SignalListener.of(this.host, signal, this.record.signals).id;
  }
}

type Times = Pick<LimiterStats, 'oldestWait' | 'nextStart' | 'waited' | 'ran' | 'tokensLeft' | 'breaker'>;
type FourNumbers = [number, number, number, number];

const nobody = (): void => {};

/** The reasons of the BLOCK numbers. */
const REASONS: Readonly<Record<number, BlockedBy['reason']>> = {
  [mailbox.BLOCK_CONCURRENCY]: 'concurrency',
  [mailbox.BLOCK_WEIGHT]: 'weight',
  [mailbox.BLOCK_RATE]: 'rate',
  [mailbox.BLOCK_PAUSED]: 'paused',
  [mailbox.BLOCK_KEY]: 'key',
  [mailbox.BLOCK_ORDER]: 'order',
  [mailbox.BLOCK_BREAKER]: 'breaker',
};

/** Whether a task takes one slot in its turn. */
function isLight({ weight, priority, costs, keyed }: TaskPlan): boolean {
  return (weight ?? 1) === 1 && (priority ?? 0) === 0 && costs === undefined && keyed === undefined;
}

/** What makes a limiter more than a row of slots. */
function placeOf({ parent, bypass, ageing, order }: LimiterPlan): Place | undefined {
  if (parent === undefined && bypass === 0 && order !== 'priority') return undefined;
  return { parent: parent && coreOf(parent).id, bypass, ageing };
}
