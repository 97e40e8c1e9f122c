import type { RetryPolicy } from '../../retry/types.js';
import type { Fallback } from './fallback.js';
import type { Limiter } from './limiter.js';
import type { Key, Milliseconds } from './options.js';
import type { Cost } from './rates.js';

/** The options of one task. */
export interface TaskOptions<Substitute = never> {
  /** Rejects the task with the signal's reason at once, waiting or running. */
  readonly signal?: AbortSignal | undefined;
  /** How long it may wait, in milliseconds above 0. Default: the limiter's. */
  readonly queueTimeout?: Milliseconds | undefined;
  /** How long it may run, in milliseconds above 0. Default: the limiter's. Where it is retried: each attempt. */
  readonly runTimeout?: Milliseconds | undefined;
  /** How it is tried again when it fails; `false` for not at all. Default: as the limiter says. */
  readonly retry?: RetryPolicy | false | undefined;
  /**
   * Gives it a value if it would fail, after its last attempt, or where it is refused; not where it is cancelled. `false`
   * for none. Default: as the limiter says.
   */
  readonly fallback?: Fallback<Substitute> | false | undefined;
  /**
   * How many slots it takes: an integer from 1 up to the lowest limit of its limiter and those above, of adaptive ones
   * their `min`. All at once, when
   * they are free; who is behind it waits too, but for `bypass`. If a limit is lowered below it meanwhile it waits on until
   * that is raised, or it is given up; but where a limit becomes adaptive, here or above, or the limiter is moved below such
   * a one, a waiting task that weighs more than its `min` is rejected with a `RangeError`. Default 1.
   */
  readonly weight?: number | undefined;
  /**
   * The higher the sooner: an integer of 32 bits. Only where the limiter has `order: 'priority'`. A waiting task's can be
   * changed by its handle. Default 0.
   */
  readonly priority?: number | undefined;
  /**
   * Whose it is, of those who share the limiter: a tenant, a user, a host. Anything that can be the key of a `Map`, and is
   * compared like one; `undefined` for none. One task with a key is enough, and free slots go to the keys in turn, by what
   * their tasks weigh (deficit round robin), so that one with a thousand tasks waiting keeps no other from its share.
   * Within a key the limiter's order holds, and tasks without one share one. Later attempts are of the same key. Shares
   * are each key's: a tenant that splits itself into many has as many. A key that has nothing to do is forgotten.
   */
  readonly key?: Key | undefined;
  /**
   * What it costs of the rates of its limiter and those above: integers from 0 up to the limit of the rate. Taken when it
   * starts, with its slots, and given back if it does not start after all. Default 1 of `'requests'`.
   */
  readonly cost?: Cost | undefined;
}

/** The options of `acquire`. A permit has no run timeout, and no fallback: it runs until it is released. */
export type AcquireOptions = Pick<
  TaskOptions,
  'signal' | 'queueTimeout' | 'weight' | 'priority' | 'key' | 'cost'
>;

/** Slots of one's own. */
interface OwnSlots {
  /**
   * How many functions may run at once: an integer from 1 up, or `Infinity`. The default stands with each function.
   * Not beside `limiter`.
   */
  readonly concurrency?: number | undefined;
  readonly limiter?: undefined;
}

/** The slots of a limiter. */
interface SharedSlots {
  readonly concurrency?: undefined;
  /** Runs the functions, among its other tasks and in its order: each takes a slot. Not beside `concurrency`. */
  readonly limiter?: Limiter | undefined;
}

/** Where the functions of something that has many run. Both at once would be two limits. */
export type Capacity = OwnSlots | SharedSlots;

/** What a task's function is told. */
export interface TaskContext {
  /** Aborted when the task is given up on: by its signal, its handle, a timeout, or the limiter. */
  readonly signal: AbortSignal;
  /** Unique among the tasks of this thread. */
  readonly id: number;
  /** The limiter it runs in. */
  readonly limiter: Limiter;
  /** Which attempt this is: 1 for the first, and where nothing is retried. */
  readonly attempt: number;
  /**
   * What it costs in truth, once that is known: integers from 0 up. What it took too much is given back as if it had
   * never been taken; what it took too little is owed, and taken before anybody else's. Again, it takes the place of
   * what was said before, but what was owed meanwhile is not given back: say it once, or never too high. A number is of
   * `'requests'`; of what no rate counts it says nothing.
   *
   * @throws TypeError or RangeError naming what is wrong; Error if the task has ended.
   */
  settleCost(actual: Cost): void;
}

/** A submitted task. */
export interface TaskHandle<T> {
  /** Unique among the tasks of this thread. */
  readonly id: number;
  /** `'running'` from the call of its function on, `'done'` when its promise is settled. */
  readonly state: 'queued' | 'running' | 'done';
  /** The outcome. A failure that nobody looks at is an unhandled rejection, unless it came by `cancel`. */
  readonly result: Promise<T>;
  /** Resolves when the function is called, rejects if it never is. Never an unhandled rejection. */
  readonly started: Promise<void>;
  /**
   * Its priority: the higher the sooner. A new one counts at once while it waits, as if it had been submitted with it,
   * and for later attempts.
   *
   * @throws TypeError or RangeError when set to anything but an integer of 32 bits, or where the limiter does not have
   * `order: 'priority'`.
   */
  priority: number;
  /**
   * Rejects the task with this reason, by default a `DOMException` named `AbortError`. If it runs, its signal
   * is aborted, and its slot stays taken until its function has ended. `false` if it was done already.
   */
  cancel(reason?: unknown): boolean;
}
