import { named } from './failures.js';
import { settlePlan } from './options.js';
import { SettledValues } from './results.js';
import { openTasks, runTasks, type Tasks } from './tasks.js';
import type { Outcome, SettledOutcomes, SettleOptions, Task, TaskRecord } from './types.js';

/** A task that failed, and which one it was. */
export interface SettlementError<Index extends number | string = number> {
  /** Its index, or its key where the tasks are a record. */
  readonly index: Index;
  readonly error: unknown;
}

/** How many tasks there were, and how they ended. */
export interface SettlementCounts {
  readonly total: number;
  readonly fulfilled: number;
  readonly rejected: number;
}

/** How tasks ended, all of them. */
export interface Settlement<Results, Value, Index extends number | string = number> {
  /** As `Promise.allSettled` tells it, in the shape the tasks came in. */
  readonly results: Results;
  /** What was fulfilled, in the order of the input. */
  readonly values: readonly Value[];
  /** What failed, in the order of the input. */
  readonly errors: readonly SettlementError<Index>[];
  /** Whether nothing failed. */
  readonly ok: boolean;
  readonly counts: SettlementCounts;
  /**
   * Throws if anything failed.
   *
   * @throws AggregateError of all errors, whose message names their indexes.
   */
  throwIfAny(): void;
}

type ValueOf<T> = Outcome<T[keyof T & (T extends readonly unknown[] ? number : string)]>;

/**
 * Runs all tasks to their end and tells how each one ended: what can be used, what failed and where. With `retry`, only
 * what failed is tried again, and every result keeps its index.
 *
 * @param tasks Functions, called with `{ signal, limiter }` when there is a slot, or promises, or values.
 * @param options By default all at once (`concurrency`).
 * @returns Rejects with the error of a source, and as `signal` and `timeout` say; never for a failure.
 * @throws TypeError or RangeError naming the argument or option that is wrong.
 *
 * @example
 * ```ts
 * const { values, errors } = await settle(services.map((service) => () => ping(service)), { retry: { retries: 2 } });
 * ```
 */
export function settle<T extends readonly Task[] | []>(
  tasks: T,
  options?: SettleOptions,
): Promise<Settlement<SettledOutcomes<T>, ValueOf<T>>>;
export function settle<T extends Task>(
  tasks: Iterable<T> | AsyncIterable<T>,
  options?: SettleOptions,
): Promise<Settlement<PromiseSettledResult<Outcome<T>>[], Outcome<T>>>;
export function settle<T extends TaskRecord<T>>(
  tasks: T,
  options?: SettleOptions,
): Promise<Settlement<SettledOutcomes<T>, ValueOf<T>, keyof T & string>>;
export function settle(tasks: unknown, options: SettleOptions = {}): Promise<unknown> {
  const plan = settlePlan('settle', options, Number.POSITIVE_INFINITY);
  const opened = openTasks(tasks);
  const finish = (results: unknown[]): unknown =>
    settlementOf(results as PromiseSettledResult<unknown>[], opened);
  return runTasks(opened, 'every', plan, new SettledValues(finish));
}

/** What became of tasks, by how each of them ended. */
export function settlementOf(
  list: readonly PromiseSettledResult<unknown>[],
  { keys, finish }: Pick<Tasks, 'keys' | 'finish'>,
): Settlement<unknown, unknown, number | string> {
  const values: unknown[] = [];
  const errors: SettlementError<number | string>[] = [];
  list.forEach((result, index) => {
    if (result.status === 'fulfilled') values.push(result.value);
    else errors.push({ index: keys?.[index] ?? index, error: result.reason });
  });
  return {
    results: finish([...list]),
    values,
    errors,
    ok: errors.length === 0,
    counts: { total: list.length, fulfilled: values.length, rejected: errors.length },
    throwIfAny(): void {
      if (errors.length === 0) return;
      const indexes = named(errors.map(({ index }) => index));
      throw new AggregateError(
        errors.map(({ error }) => error),
        `${errors.length} of ${list.length} tasks failed: ${indexes}`,
      );
    },
  };
}
