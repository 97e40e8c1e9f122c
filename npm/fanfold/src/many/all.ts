import { checkCount } from '../check/options.js';
import type { Message } from './failures.js';
import { isPatient, manyPlan, settlePlan } from './options.js';
import { AllValues, FirstEnd, SettledValues, SomeValues } from './results.js';
import { openTasks, runTasks } from './tasks.js';
import type {
  ManyOptions,
  Outcome,
  Outcomes,
  SettledOutcomes,
  SettleOptions,
  Task,
  TaskRecord,
} from './types.js';

type TaskList = readonly Task[] | [];
type TaskSource<T> = Iterable<T> | AsyncIterable<T>;

/** What any one of them comes to. */
type AnyOutcome<T> = Outcome<T[keyof T & (T extends readonly unknown[] ? number : string)]>;

/**
 * What all tasks come to, in the shape they came in: an array or tuple, an iterable, an async iterable, or a record.
 *
 * As `Promise.all`, but functions are started only when there is a slot, in their order, and a failure is the end of
 * all others (`onFailure`): what waits is dropped and what runs has its signal aborted. Promises and values among them
 * are their own outcome and take no slot.
 *
 * @param tasks Functions, called with `{ signal, limiter }`, or promises, or values.
 * @param options By default all at once (`concurrency`).
 * @returns Rejects with the first error, or as the options say (`signal`, `timeout`, `onFailure: 'continue'`).
 * @throws TypeError or RangeError naming the argument or option that is wrong.
 *
 * @example
 * ```ts
 * const { user, orders } = await all(
 *   { user: ({ signal }) => getUser(id, signal), orders: ({ signal }) => getOrders(id, signal) },
 *   { timeout: 2_000 },
 * );
 * ```
 */
export function all<T extends TaskList>(tasks: T, options?: ManyOptions): Promise<Outcomes<T>>;
export function all<T extends Task>(tasks: TaskSource<T>, options?: ManyOptions): Promise<Outcome<T>[]>;
export function all<T extends TaskRecord<T>>(tasks: T, options?: ManyOptions): Promise<Outcomes<T>>;
export function all(tasks: unknown, options: ManyOptions = {}): Promise<unknown> {
  const plan = manyPlan('all', options, Number.POSITIVE_INFINITY);
  const opened = openTasks(tasks);
  return runTasks(opened, 'all', plan, new AllValues(isPatient(plan), opened.finish, opened.keys));
}

/**
 * How all tasks ended, as `Promise.allSettled` tells it, in the shape they came in. No failure ends anything; rejects
 * with the error of a source, and as `signal` and `timeout` say.
 *
 * @throws TypeError or RangeError naming the argument or option that is wrong.
 */
export function allSettled<T extends TaskList>(
  tasks: T,
  options?: SettleOptions,
): Promise<SettledOutcomes<T>>;
export function allSettled<T extends Task>(
  tasks: TaskSource<T>,
  options?: SettleOptions,
): Promise<PromiseSettledResult<Outcome<T>>[]>;
export function allSettled<T extends TaskRecord<T>>(
  tasks: T,
  options?: SettleOptions,
): Promise<SettledOutcomes<T>>;
export function allSettled(tasks: unknown, options: SettleOptions = {}): Promise<unknown> {
  const plan = settlePlan('allSettled', options, Number.POSITIVE_INFINITY);
  const opened = openTasks(tasks);
  return runTasks(opened, 'every', plan, new SettledValues(opened.finish));
}

/**
 * What the task comes to that is fulfilled first. The others are given up on then, as `onFailure` says. Rejects with an
 * `AggregateError` of all errors, in the order of the input, if none is.
 *
 * @throws TypeError or RangeError naming the argument or option that is wrong.
 */
export function any<T extends TaskList>(tasks: T, options?: ManyOptions): Promise<AnyOutcome<T>>;
export function any<T extends Task>(tasks: TaskSource<T>, options?: ManyOptions): Promise<Outcome<T>>;
export function any<T extends TaskRecord<T>>(tasks: T, options?: ManyOptions): Promise<AnyOutcome<T>>;
export function any(tasks: unknown, options: ManyOptions = {}): Promise<unknown> {
  const plan = manyPlan('any', options, Number.POSITIVE_INFINITY);
  const sink = new SomeValues(noneOf, ([value]) => value);
  return runTasks(openTasks(tasks), { some: 1 }, plan, sink);
}

/**
 * How the task ends that ends first, well or not. The others are given up on then, as `onFailure` says. Rejects with a
 * RangeError if there is no task: unlike that of `Promise.race`, its promise always settles.
 *
 * @throws TypeError or RangeError naming the argument or option that is wrong.
 */
export function race<T extends TaskList>(tasks: T, options?: ManyOptions): Promise<AnyOutcome<T>>;
export function race<T extends Task>(tasks: TaskSource<T>, options?: ManyOptions): Promise<Outcome<T>>;
export function race<T extends TaskRecord<T>>(tasks: T, options?: ManyOptions): Promise<AnyOutcome<T>>;
export function race(tasks: unknown, options: ManyOptions = {}): Promise<unknown> {
  const plan = manyPlan('race', options, Number.POSITIVE_INFINITY);
  return runTasks(openTasks(tasks), 'first', plan, new FirstEnd());
}

/**
 * What the first `count` tasks come to that are fulfilled, in the order of the input. The others are given up on then,
 * as `onFailure` says. Rejects with an `AggregateError` of all errors as soon as so many cannot be reached any more.
 *
 * @param count How many are enough: an integer from 0 up.
 * @throws TypeError or RangeError naming the argument or option that is wrong.
 */
export function some<T extends TaskList>(
  tasks: T,
  count: number,
  options?: ManyOptions,
): Promise<AnyOutcome<T>[]>;
export function some<T extends Task>(
  tasks: TaskSource<T>,
  count: number,
  options?: ManyOptions,
): Promise<Outcome<T>[]>;
export function some<T extends TaskRecord<T>>(
  tasks: T,
  count: number,
  options?: ManyOptions,
): Promise<AnyOutcome<T>[]>;
export function some(tasks: unknown, count: number, options: ManyOptions = {}): Promise<unknown> {
  checkCount('count', count, 0);
  const plan = manyPlan('some', options, Number.POSITIVE_INFINITY);
  const opened = openTasks(tasks);
  if (count === 0) {
    opened.source.close();
    return Promise.resolve([]);
  }
  const sink = new SomeValues(tooFewFor(count), (values) => values);
  return runTasks(opened, { some: count }, plan, sink);
}

const noneOf: Message = (tasks) => `None of the ${tasks} tasks was fulfilled`;

function tooFewFor(count: number): Message {
  return (failed, where) =>
    failed === 0
      ? `There are fewer than ${count} tasks`
      : `Too few tasks are left to make ${count}: ${failed} failed (${where})`;
}
