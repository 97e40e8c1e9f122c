import type { Cost } from '../limiter/types/rates.js';
import type { Key, Limiter, Milliseconds } from '../limiter/types.js';
import type { RetryPolicy } from '../retry/types.js';

/** What names a task of a pool. */
export type TaskId = string | number;

/** What one envelope tells. */
interface EnvelopeHead {
  readonly taskId: TaskId;
  /** Which of the tasks that came into the pool it is, from 0. */
  readonly index: number;
  /** The attempt that it comes from: 1 for the first. */
  readonly attempt: number;
}

/** Something on the way: what a generator yielded, or what `task.progress` was given. */
export interface IntermediateEnvelope<Update> extends EnvelopeHead {
  readonly type: 'INTERMEDIATE';
  readonly value: Update;
  readonly error?: undefined;
}

/** A task has ended well: what it returned. The last of its envelopes. */
export interface FinalEnvelope<Result> extends EnvelopeHead {
  readonly type: 'FINAL';
  readonly value: Result;
  readonly error?: undefined;
}

/** A task has failed for good, or was refused or given up on. The last of its envelopes. */
export interface ErrorEnvelope extends EnvelopeHead {
  readonly type: 'ERROR';
  readonly value?: undefined;
  readonly error: unknown;
}

/** What a pool gives: of each task any number of `'INTERMEDIATE'`, then one `'FINAL'` or `'ERROR'`. */
export type Envelope<Result = unknown, Update = unknown> =
  | IntermediateEnvelope<Update>
  | FinalEnvelope<Result>
  | ErrorEnvelope;

/** The options of `task.suspend`. */
export interface SuspendOptions {
  /**
   * How long it may be waited, in milliseconds above 0; then it rejects with `TimeoutError`. Default: the pool's
   * `suspendTimeout`.
   */
  readonly timeout?: Milliseconds | undefined;
  /** Ends the waiting: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** With which the slot is taken again: an integer of 32 bits. Default: the task's. */
  readonly priority?: number | undefined;
}

/** The options of `task.receive`. */
export type ReceiveOptions = SuspendOptions;

/** What a task's function is told, and what it can do. Its methods need no `this`. */
export interface PoolTask {
  readonly id: TaskId;
  /** Which of the tasks that came into the pool it is, from 0. */
  readonly index: number;
  /** Which attempt this is: 1 for the first, and where nothing is retried. */
  readonly attempt: number;
  /** As the task was given one. */
  readonly name: string | undefined;
  /**
   * Aborted when this attempt is given up on: by a signal, a timeout, the limiter, or since nobody reads the results any
   * more.
   */
  readonly signal: AbortSignal;
  /** The limiter that it runs in. */
  readonly limiter: Limiter;
  /**
   * Sends an `INTERMEDIATE` envelope. A number from 0 to 1, or an object with such a `fraction`, also says how much of the
   * task is done, for the pool's overall fraction. (A generator says that by yielding an object with a `fraction`; a number
   * that is yielded is a number. Where reading `fraction` throws, nothing is said of that.)
   *
   * @returns Resolves when the results took it, with `progress: 'latest'` at once; waiting for that is what keeps a fast
   * task from a slow reader. It need not be waited for, and never rejects. What is said after the attempt has ended is dropped.
   */
  readonly progress: (value: unknown) => Promise<void>;
  /**
   * Gives the slot back and waits for a promise; before this settles, as the promise did, the task has a slot again, in
   * its turn by priority, and pays no `cost` for it. Also after a rejection, a timeout and an abort.
   *
   * The slot is given back with each call. Where there are several at once it is taken again when the first is over, and
   * kept: `suspend(Promise.all(promises))` keeps none until all are there. Code that goes on without waiting for this
   * goes on without a slot.
   *
   * @returns Rejects as the promise does; with `TimeoutError` (code `FANFOLD_RUN_TIMEOUT`), the signal's reason, or that
   * of the task's own `signal`. Where the limiter will give no slot any more, with its verdict, and the task has failed:
   * what it does then, it does without a slot.
   * @throws TypeError or RangeError naming the argument or option that is wrong.
   */
  readonly suspend: <Value>(promise: PromiseLike<Value>, options?: SuspendOptions) => Promise<Value>;
  /**
   * The next message that `pool.send` sends to this task. One that is there is given at once; else this waits as `suspend`
   * does, without a slot. Several get theirs in the order in which they asked.
   *
   * @throws TypeError or RangeError naming the option that is wrong.
   */
  readonly receive: <Message = unknown>(options?: ReceiveOptions) => Promise<Message>;
  /**
   * Adds a task to the pool, as `pool.add` does, in the async context of this call and in a slot of its own. To wait for it
   * would be in vain: the pool gives its outcome to whoever reads the pool.
   */
  readonly add: (task: PoolItem<unknown, unknown>) => TaskId;
}

/**
 * A task as a function: it returns a value, a promise, or a generator, whose yields are `INTERMEDIATE` envelopes and whose
 * return value is the result. A generator is asked on only when the results took what it yielded. Any async iterator that
 * is returned, or that a promise comes to, is read as one, also the source of a buffer, a stream or a queue: to have one for a
 * result, wrap it in an object. Of those that are not async only generators are; a list is a value.
 */
export type PoolFunction<Result, Update> = (
  task: PoolTask,
) =>
  | Result
  | PromiseLike<Result>
  | AsyncGenerator<Update, Result, undefined>
  | Generator<Update, Result, undefined>;

/** A task with wishes of its own. */
export interface PoolTaskOptions<Result, Update> {
  /** Called with the task as its only argument, once for each attempt. */
  readonly run: PoolFunction<Result, Update>;
  /** What it is called in envelopes, `send` and `stats`. Not that of another task that has not ended. Default: its index. */
  readonly id?: TaskId | undefined;
  /** What people call it: `task.name`. */
  readonly name?: string | undefined;
  /** How many slots it takes: an integer from 1 up to all that its limiter has. Default 1. */
  readonly weight?: number | undefined;
  /** How much of the pool's overall fraction it is: a finite number above 0. Default: its `weight`. */
  readonly share?: number | undefined;
  /** The higher the sooner, where the limiter has `order: 'priority'`: also when it goes on after `suspend`. Default 0. */
  readonly priority?: number | undefined;
  /** Whose it is, of those who share the limiter. */
  readonly key?: Key | undefined;
  /** What each attempt costs of the limiter's rates. Default 1 of `'requests'`. */
  readonly cost?: Cost | undefined;
  /** How it is tried again when it fails; `false` for not at all. Default: as the pool says. */
  readonly retry?: RetryPolicy | false | undefined;
  /** How long one attempt may have a slot, in milliseconds above 0. Default: as the pool says. */
  readonly timeout?: Milliseconds | undefined;
  /** Ends this task alone with the signal's reason, wherever it is: that is an `ERROR` envelope. */
  readonly signal?: AbortSignal | undefined;
}

/** A task of a pool. */
export type PoolItem<Result, Update> = PoolFunction<Result, Update> | PoolTaskOptions<Result, Update>;

/** Where a pool has its tasks from: a list, a generator, a buffer's source. */
export type PoolSource<Result, Update> =
  | Iterable<PoolItem<Result, Update>>
  | AsyncIterable<PoolItem<Result, Update>>;

/** The function of a task. */
type FunctionOf<Item> = Item extends { readonly run: infer Run } ? Run : Item;

/** What a function has told in the end: of a generator its return value. */
type Returned<Value> =
  // biome-ignore lint/suspicious/noExplicitAny: it is asked on with nothing
  Value extends AsyncIterator<unknown, infer Result, any>
    ? Result
    : // biome-ignore lint/suspicious/noExplicitAny: it is asked on with nothing
      Value extends Generator<unknown, infer Result, any>
      ? Awaited<Result>
      : Value;

/** What a function tells on the way. */
type Yielded<Value> =
  // biome-ignore lint/suspicious/noExplicitAny: it is asked on with nothing
  Value extends AsyncIterator<infer Update, unknown, any>
    ? Update
    : // biome-ignore lint/suspicious/noExplicitAny: it is asked on with nothing
      Value extends Generator<infer Update, unknown, any>
      ? Awaited<Update>
      : never;

type ValueOf<Run> = Run extends (...args: never[]) => infer Value ? Awaited<Value> : never;

/** What tasks come to. */
export type ResultOf<Item> = Returned<ValueOf<FunctionOf<Item>>>;

/** What tasks yield; `unknown` where none does, since `task.progress` takes anything. */
export type UpdateOf<Item> = [Yielded<ValueOf<FunctionOf<Item>>>] extends [never]
  ? unknown
  : Yielded<ValueOf<FunctionOf<Item>>>;

/** The options of a pool. */
export interface PoolOptions {
  /**
   * How many envelopes wait to be read. When there are so many, no task is taken and started; those that run go on to
   * their next yield, or to their end, and wait there with that, without a slot once their function has ended.
   */
  readonly results?: {
    /** An integer from 0 up, or `Infinity`. Default 1,024. */
    readonly capacity?: number | undefined;
  };
  /** How many messages wait for a task that does not receive them. */
  readonly messages?: {
    /** An integer from 0 up, or `Infinity`. Default 1,024. */
    readonly capacity?: number | undefined;
  };
  /**
   * How many tasks may be without a slot, suspended or waiting for their next attempt, before no other is begun: an integer
   * from 1 up, or `Infinity`. Default 1,024.
   */
  readonly maxSuspended?: number | undefined;
  /**
   * `'all'`: each INTERMEDIATE is given. `'latest'`: of each task at most one waits to be read, and a later one takes its
   * place, so that a slow reader holds up nobody: what is yielded or reported counts as taken at once. Default `'all'`.
   */
  readonly progress?: 'all' | 'latest' | undefined;
  /**
   * `'continue'`: a task that fails is an `ERROR` envelope, and the others go on. `'stop'`: after the envelope of the first
   * that fails the reading throws its error, and all others are aborted. Default `'continue'`.
   */
  readonly onFailure?: 'continue' | 'stop' | undefined;
  /** How a task that fails is tried again; `false` for not at all. Default: as the limiter says. */
  readonly retry?: RetryPolicy | false | undefined;
  /**
   * How long one attempt may have a slot, in milliseconds above 0; what it is suspended does not count. Then it has failed
   * with `TimeoutError`, and its slot stays taken until its function has ended. While a generator, or `await
   * task.progress()`, waits for the reader it has its slot, so the time that a slow reader takes counts too: where that
   * is long, let more `results` wait, or set `progress: 'latest'`. Default: `retry.attemptTimeout`, else none
   * but the limiter's `runTimeout`, which holds for each stretch between two suspensions.
   */
  readonly timeout?: Milliseconds | undefined;
  /** How long a suspension may last, in milliseconds above 0. Default `Infinity`. */
  readonly suspendTimeout?: Milliseconds | undefined;
  /** Ends all with the signal's reason, at once: what was not read is dropped, and the reading throws. */
  readonly signal?: AbortSignal | undefined;
  /** The task of another pool that this pool is the work of: this one's fraction is that task's. */
  readonly parent?: PoolTask | undefined;
}

/** A task that has given its slot back. */
export interface SuspendedTask {
  readonly taskId: TaskId;
  readonly index: number;
  /** When it gave its slot back, in milliseconds of `Date.now()`. */
  readonly since: Milliseconds;
}

/** How a pool stands. A copy: it does not change any more. All but `suspended` are counts. */
export interface PoolStats {
  /** Taken, and without a slot yet: added, in the queue of the limiter, or before their next attempt. */
  readonly waiting: number;
  /** In a slot. */
  readonly running: number;
  /** Without a slot until what they wait for is there, and until they have one again. In the order of their taking. */
  readonly suspended: readonly SuspendedTask[];
  /** Ended well. */
  readonly done: number;
  /** Failed for good. */
  readonly failed: number;
}

/** How far a pool is. */
export interface PoolProgress {
  /** How much of all known work is done, from 0 to 1: by the tasks' shares, and by what they say of themselves. */
  readonly fraction: number;
  readonly done: number;
  readonly failed: number;
  readonly running: number;
  readonly suspended: number;
  readonly waiting: number;
  /** How many tasks there are in all, where that is known: of lists, and when the source has ended. */
  readonly total: number | undefined;
  /** Whether the pool has ended, whatever became of its tasks: nothing will change any more. */
  readonly ended: boolean;
}
