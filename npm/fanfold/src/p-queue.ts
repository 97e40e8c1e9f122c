// The drop-in for p-queue 9.3. Tasks wait in the engine, by priority, and are given its slots one at a time, when p-queue
// would start one: inside the call where there is room. What p-queue's published tests pin is followed where Fanfold's own
// limiter does otherwise: `clear()` leaves promises pending, and a task that timed out, or was aborted while it runs, has
// left its slot though its function may still run. The windows of `interval` are p-queue's own (p-queue/windows.ts).
import './engine/inline.js';
import { onAbort } from './host/abort.js';
import { follow } from './host/follow.js';
import { Emitter } from './p-queue/emitter.js';
import { CustomLine, EngineLine, type Line } from './p-queue/lines.js';
import {
  checkConcurrency,
  checkPriority,
  checkTimeout,
  type Options,
  type QueueAddOptions,
  queuePlan,
  type TaskOptions,
} from './p-queue/options.js';
import { PriorityQueue, type Queue, type RunFunction } from './p-queue/priority-queue.js';
import { QueueTask } from './p-queue/task.js';
import { inTime, TimeoutError } from './p-queue/time-limit.js';
import { FixedWindows, type Pace, SlidingWindow } from './p-queue/windows.js';
import type { AnyFunction } from './task/task.js';

export type { Options, Queue, QueueAddOptions };
export { PriorityQueue, TimeoutError };

type Task<TaskResultType> =
  | ((options: TaskOptions) => PromiseLike<TaskResultType>)
  | ((options: TaskOptions) => TaskResultType);

type EventName =
  | 'active'
  | 'idle'
  | 'empty'
  | 'add'
  | 'next'
  | 'completed'
  | 'error'
  | 'pendingZero'
  | 'rateLimit'
  | 'rateLimitCleared';

const { then } = Promise.prototype;

/**
 * A queue of functions that runs no more than so many at once, or in an interval.
 *
 * Its events: `add` when a task has come, `active` when one has started, `completed` with a result or `error` with a
 * reason, `next` when one has left its slot or the queue, `empty`, `idle` and `pendingZero` as the promises of these names
 * say, each time, `rateLimit` and `rateLimitCleared`.
 *
 * @example
 * ```ts
 * const queue = new PQueue({ concurrency: 8 });
 * const page = await queue.add(() => load(url), { priority: 1 });
 * ```
 */
export default class PQueue<
  QueueType extends Queue<RunFunction, EnqueueOptionsType> = PriorityQueue,
  EnqueueOptionsType extends QueueAddOptions = QueueAddOptions,
> extends Emitter<EventName> {
  /** How long each task may run that says nothing else, in milliseconds. Holds for those that are added from now on. */
  timeout?: number;

  readonly #line: Line;
  readonly #pace: Pace | undefined;
  #concurrency: number;
  #isPaused = false;
  /** Those that have started, and not left their slots. */
  #pending = 0;
  /** Those of them that have not ended, in the order of their starts. */
  readonly #running = new Set<QueueTask>();
  /** Those who wait and have a signal. */
  readonly #listening = new Set<QueueTask>();
  #tasks = 0;
  #isRateLimited = false;
  /** Whether that will be looked at again when this microtask is over. */
  #isDoubtful = false;

  /**
   * @throws TypeError naming the option that is wrong.
   * @throws BackendError if no engine can run here.
   */
  constructor(options?: Options<QueueType, EnqueueOptionsType>) {
    super();
    const plan = queuePlan(options);
    const { intervalCap: cap, interval, carryover, queueClass } = plan;
    if (cap !== Number.POSITIVE_INFINITY && interval !== 0) {
      const self = this;
      const paced = {
        get pending() {
          return self.#pending;
        },
        wake: () => this.#wake(),
      };
      this.#pace = plan.strict
        ? new SlidingWindow(paced, { cap, interval })
        : new FixedWindows(paced, { cap, interval, carryover });
    }
    checkConcurrency(plan.concurrency);
    this.#concurrency = plan.concurrency;
    this.#line =
      queueClass === PriorityQueue
        ? new EngineLine(plan.concurrency)
        : new CustomLine(queueClass, (task) => this.#begin(task));
    this.#startAll();
    checkTimeout(plan.timeout);
    this.timeout = plan.timeout as number;
    this.#isPaused = !plan.autoStart;
  }

  /** How many may run at once. A higher limit lets those start who wait, before it returns. */
  get concurrency(): number {
    return this.#concurrency;
  }

  /** @throws TypeError if it is not a number from 1 up. */
  set concurrency(newConcurrency: number) {
    checkConcurrency(newConcurrency);
    this.#concurrency = newConcurrency;
    this.#line.concurrency = newConcurrency;
    this.#startAll();
  }

  /**
   * Gives a task that waits another priority. It is the last of that.
   *
   * @throws TypeError if the priority is not a finite number; ReferenceError if nothing with this id waits.
   */
  setPriority(id: string, priority: number): void {
    checkPriority(priority);
    this.#line.setPriority(id, priority);
  }

  /**
   * Adds a function. It starts inside this call if it can, otherwise when its turn comes, in the async context of this
   * call.
   *
   * @returns A promise of its result. Rejects with what the function throws, with a `TimeoutError`, or with the reason of
   * the signal. Stays pending after `clear()`.
   */
  async add<TaskResultType>(
    function_: Task<TaskResultType>,
    options: Partial<EnqueueOptionsType> = {},
  ): Promise<TaskResultType> {
    const hasName = options.id !== undefined && options.id !== null;
    const wishes = { timeout: this.timeout, ...options, number: hasName ? 0 : ++this.#tasks };
    checkTimeout(wishes.timeout);
    return new Promise<unknown>((resolve, reject) => {
      const task = new QueueTask(function_ as AnyFunction, wishes as never, resolve, reject);
      this.#line.enter(task, wishes as never);
      const { signal } = task;
      if (signal) {
        if (signal.aborted) return this.#abort(task);
        this.#listening.add(task);
        task.unlisten = onAbort(signal, () => this.#abort(task));
      }
      if (this.#line.size > 0) this.#doubt();
      this.emit('add');
      if (!this.#startOne()) this.#line.flush();
    }) as Promise<TaskResultType>;
  }

  /** Adds several functions, each with these options. */
  async addAll<TaskResultsType>(
    functions: ReadonlyArray<Task<TaskResultsType>>,
    options?: Partial<EnqueueOptionsType>,
  ): Promise<TaskResultsType[]> {
    return Promise.all(functions.map(async (function_) => this.add(function_, options)));
  }

  /** Starts those who wait, after a pause or with `autoStart: false`, before it returns. */
  start(): this {
    if (!this.#isPaused) return this;
    this.#isPaused = false;
    this.#startAll();
    return this;
  }

  /** Starts nothing until `start()`. What runs goes on. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Empties the queue. What runs goes on. The promises of those who waited stay pending. */
  clear(): void {
    for (const task of this.#listening) this.#ignore(task);
    this.#line.clear();
    this.#pace?.stop();
    this.#judge();
    this.emit('empty');
    if (this.#pending === 0) {
      this.#pace?.rest(Date.now());
      this.emit('idle');
    }
    this.#tellNext();
  }

  /** Fulfils when nothing waits. */
  async onEmpty(): Promise<void> {
    if (this.#line.size > 0) await this.#until(['empty']);
  }

  /** Fulfils when fewer than so many wait. */
  async onSizeLessThan(limit: number): Promise<void> {
    if (this.#line.size < limit) return;
    await this.#until(['next', 'active'], () => this.#line.size < limit);
  }

  /** Fulfils when nothing waits and nothing runs. */
  async onIdle(): Promise<void> {
    if (this.#pending > 0 || this.#line.size > 0) await this.#until(['idle']);
  }

  /** Fulfils when nothing runs, whatever waits. */
  async onPendingZero(): Promise<void> {
    if (this.#pending > 0) await this.#until(['pendingZero']);
  }

  /** Fulfils when the queue holds tasks back because of its `intervalCap`. */
  async onRateLimit(): Promise<void> {
    if (!this.#isRateLimited) await this.#until(['rateLimit']);
  }

  /** Fulfils when it does so no longer. */
  async onRateLimitCleared(): Promise<void> {
    if (this.#isRateLimited) await this.#until(['rateLimitCleared']);
  }

  /** Rejects with the reason of the next task that fails, which its own promise tells too. Never fulfils. */
  onError(): Promise<never> {
    return new Promise((_resolve, reject) => {
      const fail = (reason: unknown): void => {
        this.off('error', fail);
        reject(reason);
      };
      this.on('error', fail);
    });
  }

  /** How many wait. */
  get size(): number {
    return this.#line.size;
  }

  /** How many wait with this priority; with a `queueClass`, whatever its `filter` makes of the options. */
  sizeBy(options: Readonly<Partial<EnqueueOptionsType>>): number {
    return this.#line.sizeBy(options);
  }

  /** How many run. */
  get pending(): number {
    return this.#pending;
  }

  /** Whether nothing starts until `start()`. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Whether tasks wait because as many have started in the interval as may. Known a microtask later. */
  get isRateLimited(): boolean {
    return this.#isRateLimited;
  }

  /** Whether tasks wait because no more may run, or start in the interval. */
  get isSaturated(): boolean {
    const isFull = this.#pending === this.#concurrency || this.#isRateLimited;
    return isFull && this.#line.size > 0;
  }

  /**
   * What runs now, in the order of the starts. Times in milliseconds: `startTime` by `Date`, `timeoutRemaining` from 0 up,
   * `undefined` without a timeout.
   */
  get runningTasks(): ReadonlyArray<{
    readonly id?: string;
    readonly priority: number;
    readonly startTime: number;
    readonly timeout?: number;
    readonly timeoutRemaining?: number;
  }> {
    const remaining = ({ startTime, timeout }: QueueTask): number | undefined =>
      timeout ? Math.max(0, startTime + timeout - Date.now()) : undefined;
    return Array.from(this.#running, (task) => {
      const { id, wished: priority, startTime, timeout } = task;
      return {
        id,
        priority,
        startTime,
        timeout: timeout as number,
        timeoutRemaining: remaining(task) as number,
      };
    });
  }

  // ------------------------------------------------------------------ starts

  /** Lets the next one start if it may, before this returns; whether one did. Says so if there is none. */
  #startOne(): boolean {
    if (this.#line.size === 0) {
      this.#pace?.stop();
      this.emit('empty');
      if (this.#pending === 0) {
        this.#pace?.rest(Date.now());
        this.emit('idle');
      }
      return false;
    }
    if (this.#isPaused) return false;
    const pace = this.#pace;
    const now = pace === undefined ? 0 : Date.now();
    const mayBegin = pace?.look(now) ?? false;
    if (!(pace?.isOpen ?? true) || this.#pending >= this.#concurrency) return false;
    const next = this.#line.next();
    if (next === undefined) return false;
    if (pace !== undefined) {
      pace.take(now);
      this.#doubt();
      if (mayBegin) pace.begin();
    }
    // First the start, so that a listener that adds a task finds the slot taken.
    if (next instanceof QueueTask) this.#begin(next);
    else void next();
    this.emit('active');
    return true;
  }

  #startAll(): void {
    while (this.#startOne());
  }

  readonly #wake = (): void => {
    this.#startAll();
    this.#doubt();
  };

  /** Calls the function of a task that is in no queue any more, and sees to its end. */
  #begin(task: QueueTask): void {
    this.#ignore(task);
    this.#pending++;
    this.#running.add(task);
    task.startTime = Date.now();
    const { signal } = task;
    try {
      signal?.throwIfAborted();
    } catch (error) {
      // Aborted by a listener that was called before ours: it counts in no interval.
      this.#pace?.giveBack();
      this.#doubt();
      this.#running.delete(task);
      this.#fail(task, error);
      return;
    }
    let outcome: Promise<unknown>;
    try {
      outcome = this.#watched(task, this.#line.call(task));
    } catch (error) {
      this.#fail(task, error);
      return;
    }
    void then.call(
      outcome,
      (value) => this.#complete(task, value),
      (error: unknown) => this.#fail(task, error),
    );
  }

  /** What a function comes to, or its timeout or its signal before that. */
  #watched(task: QueueTask, result: unknown): Promise<unknown> {
    const { timeout, signal } = task;
    let outcome = result;
    if (timeout !== undefined) {
      const state = `queue has ${this.#pending} running, ${this.#line.size} waiting`;
      outcome = inTime(Promise.resolve(outcome), timeout, `Task timed out after ${timeout}ms (${state})`);
    }
    if (signal) {
      const aborted = new Promise((_resolve, reject) => {
        const abort = (): void => reject(signal.reason);
        task.unlisten = onAbort(signal, abort);
        // By the function itself: that is not told again.
        if (signal.aborted) abort();
      });
      outcome = Promise.race([outcome, aborted]);
    }
    return follow(outcome);
  }

  // -------------------------------------------------------------------- ends

  #complete(task: QueueTask, value: unknown): void {
    try {
      task.fulfill(value);
      this.emit('completed', value);
    } catch (error) {
      // A listener's.
      this.#fail(task, error);
      return;
    }
    this.#end(task);
  }

  #fail(task: QueueTask, error: unknown): void {
    try {
      task.fail(error);
      this.emit('error', error);
    } catch (thrown) {
      // A listener's too, and nobody's to hear of but the program's.
      this.#end(task, { thrown });
      return;
    }
    this.#end(task);
  }

  #end(task: QueueTask, listener?: { readonly thrown: unknown }): void {
    task.unlisten?.();
    this.#running.delete(task);
    // The caller goes on after the slot is free, and the next one starts on a stack of its own.
    queueMicrotask(() => this.#leave(task));
    if (task.over === undefined) {
      if (listener !== undefined) void Promise.reject(listener.thrown);
    } else if (listener === undefined) {
      task.over.resolve();
    } else {
      task.over.reject(listener.thrown);
    }
  }

  #leave(task: QueueTask): void {
    this.#pending--;
    this.#line.leave(task);
    if (this.#pending === 0) this.emit('pendingZero');
    if (!this.#startOne()) this.#line.flush();
    this.#tellNext();
  }

  /** The signal of a task that waits was aborted. */
  #abort(task: QueueTask): void {
    this.#ignore(task);
    this.#line.withdraw(task);
    task.fail(task.signal?.reason);
    if (!this.#startOne()) this.#line.flush();
    this.#tellNext();
  }

  /** Does not listen to the signal of a task that waits any more. */
  #ignore(task: QueueTask): void {
    if (task.unlisten === undefined) return;
    task.unlisten();
    task.unlisten = undefined;
    this.#listening.delete(task);
  }

  // ------------------------------------------------------------------ events

  #tellNext(): void {
    this.#doubt();
    this.emit('next');
  }

  /** Whether the queue is rate-limited is looked at when this microtask is over, however often it may have changed. */
  #doubt(): void {
    if (this.#pace === undefined || this.#isDoubtful) return;
    this.#isDoubtful = true;
    queueMicrotask(() => {
      this.#isDoubtful = false;
      this.#judge();
    });
  }

  #judge(): void {
    const isLimited = this.#pace !== undefined && this.#line.size > 0 && this.#pace.isFull(Date.now());
    if (isLimited === this.#isRateLimited) return;
    this.#isRateLimited = isLimited;
    this.emit(isLimited ? 'rateLimit' : 'rateLimitCleared');
  }

  /** Fulfils with the first of these events after which something is true. */
  async #until(events: readonly EventName[], isTrue: () => boolean = () => true): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isTrue()) return;
        for (const event of events) this.off(event, look);
        resolve();
      };
      for (const event of events) this.on(event, look);
    });
  }
}
