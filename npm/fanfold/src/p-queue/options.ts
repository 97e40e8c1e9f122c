import { PriorityQueue, type Queue, type RunFunction } from './priority-queue.js';

type TimeoutOptions = {
  /**
   * How long a task may run, in milliseconds: a finite number above 0. Default: as long as it takes. After that its
   * promise rejects with a `TimeoutError`, and its place is free though its function may still run.
   */
  timeout?: number;
};

/** The options of a queue. */
export type Options<
  QueueType extends Queue<RunFunction, QueueOptions>,
  QueueOptions extends QueueAddOptions,
> = {
  /** How many may run at once: a number from 1 up. Default `Infinity`. */
  readonly concurrency?: number;

  /** Whether tasks start without `start()`. Default `true`. */
  readonly autoStart?: boolean;

  /** Where tasks wait, instead of in the engine. */
  readonly queueClass?: new () => QueueType;

  /** How many may start in an `interval`: a number from 1 up. Default `Infinity`. */
  readonly intervalCap?: number;

  /** How long that is, in milliseconds: a finite number from 0 up. Default 0, which is none. */
  readonly interval?: number;

  /** Whether those who still run when an interval begins count as started in it. Default `false`. */
  readonly carryoverIntervalCount?: boolean;

  /**
   * @deprecated The name that `carryoverIntervalCount` had. As with p-queue 9 it says nothing, unless that is given as
   * `undefined`.
   */
  readonly carryoverConcurrencyCount?: boolean;

  /**
   * Whether any span of the length of `interval` sees no more than `intervalCap` starts. Default `false`: intervals
   * follow each other, and the end of one and the beginning of the next may see as many each.
   */
  readonly strict?: boolean;
} & TimeoutOptions;

/** The options of `add`. */
export type QueueAddOptions = {
  /** The higher the sooner, any number. Default 0. */
  readonly priority?: number;

  /** A name for `setPriority` and `runningTasks`. Default: a number of its own, as a string. */
  id?: string;
} & TaskOptions &
  TimeoutOptions;

/** What a task is told. */
export type TaskOptions = {
  /**
   * Rejects the task's promise with its reason, at once. One that waits leaves the queue. One that runs has been given
   * the signal, and its place is free though its function may still run.
   */
  readonly signal?: AbortSignal | undefined;
};

/** The options of a queue, checked and complete. */
export interface Plan {
  readonly concurrency: number;
  readonly autoStart: boolean;
  readonly queueClass: new () => Queue<RunFunction, QueueAddOptions>;
  readonly intervalCap: number;
  readonly interval: number;
  readonly carryover: boolean;
  readonly strict: boolean;
  readonly timeout: number | undefined;
}

/** Looks at the options in p-queue's order, and not at the concurrency, which can be changed later. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the options of its queue are
export function queuePlan(options: Options<any, any> | undefined): Plan {
  // What is given as undefined is given, as far as p-queue is concerned.
  const plan: Options<Queue<RunFunction, QueueAddOptions>, QueueAddOptions> = {
    carryoverIntervalCount: false,
    intervalCap: Number.POSITIVE_INFINITY,
    interval: 0,
    concurrency: Number.POSITIVE_INFINITY,
    autoStart: true,
    queueClass: PriorityQueue,
    strict: false,
    ...options,
  };
  const { intervalCap, interval, strict, timeout } = plan;
  if (!(typeof intervalCap === 'number' && intervalCap >= 1)) {
    throw unexpected('intervalCap', 'a number from 1 and up', intervalCap, text(intervalCap));
  }
  if (!(Number.isFinite(interval) && (interval as number) >= 0)) {
    throw unexpected('interval', 'a finite number >= 0', interval, text(interval));
  }
  if (strict && interval === 0) throw new TypeError('The `strict` option requires a non-zero `interval`');
  if (strict && intervalCap === Number.POSITIVE_INFINITY) {
    throw new TypeError('The `strict` option requires a finite `intervalCap`');
  }
  return {
    concurrency: plan.concurrency as number,
    autoStart: plan.autoStart !== false,
    queueClass: plan.queueClass as Plan['queueClass'],
    intervalCap,
    interval: interval as number,
    carryover: plan.carryoverIntervalCount ?? plan.carryoverConcurrencyCount ?? false,
    strict: strict ?? false,
    timeout,
  };
}

export function checkConcurrency(concurrency: number): void {
  if (!(typeof concurrency === 'number' && concurrency >= 1)) {
    throw unexpected('concurrency', 'a number from 1 and up', concurrency);
  }
}

export function checkTimeout(timeout: number | undefined): void {
  if (timeout !== undefined && !(Number.isFinite(timeout) && timeout > 0)) {
    throw unexpected('timeout', 'a positive finite number', timeout);
  }
}

export function checkPriority(priority: number): void {
  if (!Number.isFinite(priority)) throw unexpected('priority', 'a finite number', priority);
}

function unexpected(option: string, expected: string, got: unknown, shown = `${got}`): TypeError {
  return new TypeError(`Expected \`${option}\` to be ${expected}, got \`${shown}\` (${typeof got})`);
}

/** As p-queue shows what is wrong about intervals: nothing for what is nothing. */
function text(got: unknown): string {
  return (got as object | undefined)?.toString() ?? '';
}
