import * as mailbox from '../engine/mailbox.gen.js';
import type { Heard, Heed } from '../feedback/heed.js';
import { onAbort } from '../host/abort.js';
import type { OpenOptions } from '../host/commands.js';
import { type RunningTask, runningStorage, type Scope } from '../host/context.js';
import { currentHost } from '../host/current.js';
import type { Host } from '../host/host.js';
import type { Slottable } from '../host/residents.js';
import { lastSettle, pending } from '../task/promise.js';
import { keepShapes } from '../task/shapes.js';
import { type AnyFunction, Task } from '../task/task.js';
import { Waiter } from '../task/waiter.js';
import type { LimiterPlan } from './plan.js';
import { type ClearedAs, LimiterRecord, timedAttempts } from './record.js';
import type { CloseReport, Key, Limiter } from './types.js';

/** Frees in the engine what was collected here. */
const collected = new FinalizationRegistry<{ host: Host; limiter: number }>(({ host, limiter }) =>
  host.free(limiter),
);

/**
 * A limiter as commands: what the drop-ins are made of, and {@link CapacityCore} all others. Nothing is checked here, and
 * nothing decided.
 */
export class LimiterCore {
  readonly #host: Host;
  readonly #id: number;
  readonly #record: LimiterRecord;
  protected readonly maxQueue: number;
  readonly #hasRunTimeout: boolean;
  readonly #heed: Heed | undefined;
  #isShared = false;
  /** Whether tasks must be seen from inside after awaits too, whatever it costs. */
  readonly #tracked: boolean;

  /** @param collectable Whether it is freed when nobody can reach it any more; otherwise `free` has to be called. */
  constructor(plan: LimiterPlan, collectable = true) {
    keepShapes();
    const host = currentHost();
    this.#host = host;
    this.maxQueue = plan.maxQueue;
    this.#hasRunTimeout = plan.runTimeout !== Number.POSITIVE_INFINITY;
    this.#tracked = plan.nested !== 'warn';
    this.#record = new LimiterRecord(plan, this.#tracked);
    const { queueTimeout, runTimeout } = plan;
    const id = this.open(plan, {
      flags: flags(plan),
      concurrency: engineCount(plan.concurrency),
      maxQueue: engineCount(plan.maxQueue),
      queueTimeout,
      runTimeout,
    });
    this.#id = id;
    this.#heed = plan.heed;
    if (collectable) this.share();
    if (plan.signal !== undefined) listen(host, id, this.#record, plan.signal);
  }

  /** Opens it in the engine. Gives its number. */
  protected open(_plan: LimiterPlan, options: OpenOptions): number {
    return this.#host.open(this.#record, options);
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

  /** What its tasks that are refused, and its host, look up. */
  get record(): LimiterRecord {
    return this.#record;
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
    return this.#record.concurrency;
  }

  set concurrency(concurrency: number) {
    this.#record.concurrency = concurrency;
    this.#record.least = undefined;
    this.#host.resize(this.#id, engineCount(concurrency));
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
    else this.#host.submitWith(this.#id, task, undefined, parent, undefined, undefined);
    this.admitted();
    return promise;
  }

  /** Holds a call whose attempts are tasks of this limiter, until the host lets it go. Gives its handle. */
  hold(): number {
    return this.#host.hold(this.#id);
  }

  /** Submits what runs in its own way, and tells its handle. `attemptTimeout` in milliseconds, by default the limiter's. */
  enter(task: Slottable & Scope, attemptTimeout: number | undefined): number {
    if (attemptTimeout !== undefined) timedAttempts.add(task);
    const parent = this.#host.parent(this.#id, task, this.#tracked);
    const handle = this.#host.submitWith(this.#id, task, undefined, parent, undefined, attemptTimeout);
    this.admitted();
    return handle;
  }

  /** Whether the outcomes of its functions are heard. */
  get hears(): boolean {
    return this.#heed !== undefined;
  }

  /** A function whose outcome is heard first, where there is somebody to hear it. */
  hear(
    fn: AnyFunction,
    limiter: Limiter,
    attempt: number,
    retried: Heard['retried'],
    key?: Key | undefined,
    seat?: Heard['seat'],
  ): AnyFunction {
    return this.#heed?.(fn, { core: this, limiter, attempt, retried, key, seat }) ?? fn;
  }

  /** A function whose inside is known as the task's, after awaits too, where this limiter has to know it. */
  track(fn: AnyFunction): AnyFunction {
    return this.#tracked ? this.#track(fn) : fn;
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
      engineCount(Math.max(bound ?? (this.maxQueue === POSITIVE_INFINITY ? 1 : this.maxQueue), 1)),
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
  protected admitted(): void {
    if (this.#record.room) this.#host.admit();
    else this.#host.flush();
  }

  /** A function whose inside is known as the task's, after awaits too. */
  #track(fn: AnyFunction): AnyFunction {
    const storage = runningStorage;
    if (storage === undefined) return fn;
    const host = this.#host;
    return (...args) => storage.run(host.running as RunningTask, fn, ...args);
  }
}

/** A limit as the engine counts: all bits set for none. */
export const UNLIMITED = 0xffffffff;

/** A count for the engine. Beyond its numbers there is no difference to no limit. */
export function engineCount(count: number): number {
  return Math.min(count, UNLIMITED);
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
