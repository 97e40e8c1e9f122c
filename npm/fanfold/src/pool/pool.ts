import { checkFunction } from '../check/options.js';
import { wrongType } from '../errors/misuse.js';
import { asyncDispose } from '../host/dispose.js';
import type { Limiter } from '../limiter/types.js';
import type { Settlement } from '../many/settle.js';
import { OBSERVE, type Observable, type StageListener } from '../observe/stage.js';
import { Collected } from './collected.js';
import { type PoolPlan, poolPlan } from './options.js';
import { Stream } from './results.js';
import { PoolRun } from './run.js';
import { ATTEMPT, type Told } from './task.js';
import type {
  Envelope,
  PoolItem,
  PoolOptions,
  PoolProgress,
  PoolSource,
  PoolStats,
  PoolTask,
  ResultOf,
  TaskId,
  UpdateOf,
} from './types.js';

/** Envelopes as they come. For one loop: they are read once. */
export interface EnvelopeStream<Result, Update>
  extends AsyncIterableIterator<Envelope<Result, Update>, undefined, undefined>,
    AsyncDisposable {
  /**
   * Ends the pool: aborts what runs, drops what waits, closes the source and the generators that wait to be asked on.
   * Resolves when those are closed; rejects with the first error of that.
   */
  return(): Promise<IteratorResult<Envelope<Result, Update>, undefined>>;
}

/** A pool of tasks. */
export interface TaskPool<Result = unknown, Update = unknown> extends Observable {
  /** For messages and logs. */
  readonly name: string;

  /** The one that its tasks run in. */
  readonly limiter: Limiter;

  /**
   * Runs the tasks and gives what they say, one envelope at a time: of each task any number of `'INTERMEDIATE'`, then one
   * `'FINAL'` or `'ERROR'`; of different tasks as they come.
   *
   * @returns Read once, by one loop or many. Leaving the loop early ends the pool. It throws the error of the source and,
   * with `onFailure: 'stop'`, that of the first task that fails, after the envelopes that were there; the reason of
   * `signal` at once.
   * @throws Error if the pool was run before.
   */
  runTasks(): EnvelopeStream<Result, Update>;

  /**
   * Runs the tasks and tells how each of them ended, by its index. What they say on the way is heard by `onProgress` alone.
   *
   * @returns Rejects with the error of the source, with that of the first task that fails where `onFailure` is `'stop'`,
   * and with the reason of `signal`.
   * @throws Error if the pool was run before.
   */
  run(): Promise<Settlement<PromiseSettledResult<Result>[], Result>>;

  /**
   * Adds a task, which is begun before those of the source. As many as are added are kept: the pool does not end before
   * they have. Tasks may add tasks. What is added runs in the async context of the call of `add`.
   *
   * @returns What the task is called.
   * @throws TypeError or RangeError if it is no task, or has the id of one that has not ended; ClosedError if the pool has
   * ended.
   */
  add(task: PoolItem<Result, Update>): TaskId;

  /**
   * Sends a task a message, for its `receive`. It may be waiting for its start; a task that was not taken from the source
   * yet is not known.
   *
   * @returns `false`, and the message is nobody's, where there is no such task, it has ended, or `messages.capacity` of them
   * wait for it already.
   */
  send(taskId: TaskId, message: unknown): boolean;

  /**
   * Ends one task, wherever it is: waiting, running, suspended, or between two attempts. Its signal is aborted, and it has an
   * `ERROR` envelope with the reason at once; if its function runs, the slot stays taken until that has ended.
   *
   * @param reason Default: a `DOMException` named `AbortError`.
   * @returns `false` where there is no such task, it has ended, or the pool has not begun.
   */
  cancel(taskId: TaskId, reason?: unknown): boolean;

  /** How it stands now. */
  stats(): PoolStats;

  /** How far it is now. */
  readonly progress: PoolProgress;

  /**
   * Calls this after each change of {@link progress}, once for all that changes in one go, in a microtask of its own. Gives
   * back what ends that. It is called in the async context of now. What it throws is reported as uncaught.
   *
   * @throws TypeError if it is no function.
   */
  onProgress(listener: (progress: PoolProgress) => void): () => void;
}

/** Makes pools. */
export interface TaskPoolConstructor {
  /**
   * @param name For messages and logs.
   * @param source Tasks: a list, a generator, an async generator, the source of a buffer. It is asked for one at a time.
   * @param limiter Any node of a tree, which others may use too; or a number, for slots of its own, given by priority.
   * @param options By default 1,024 `results` may wait to be read, and a task that fails stops no other.
   * @throws TypeError or RangeError naming the argument or option that is wrong.
   */
  new <Item extends PoolItem<unknown, unknown>>(
    name: string,
    source: Iterable<Item> | AsyncIterable<Item>,
    limiter: Limiter | number,
    options?: PoolOptions,
  ): TaskPool<ResultOf<Item>, UpdateOf<Item>>;
  /** The same where it is said what tasks come to, and what they tell on the way. */
  new <Result, Update = unknown>(
    name: string,
    source: PoolSource<Result, Update>,
    limiter: Limiter | number,
    options?: PoolOptions,
  ): TaskPool<Result, Update>;
}

/**
 * Runs tasks from a source in a limiter, and streams what they say on the way and what they come to.
 *
 * A task is a function: of a value, a promise, or a generator that yields what is to be told on the way. The pool takes
 * one task, and the next when that one has started: so it works with trees, priorities and shared limiters, and holds no
 * slot that it does not use. As soon as a slot is free the next task has it, whatever the reader does; only when so many
 * envelopes wait to be read as the `results` may hold is nothing taken from the source any more. The one task that waits
 * for its slot then may still start.
 *
 * Nothing happens before the first envelope is asked for, or `run` is called. From then on the source, and its tasks, run in
 * the async context of the call of `runTasks` or `run`; tasks that are added, in that of the call of `add`.
 *
 * A source that fails ends the taking: what was taken is run to its end, and then the reading throws the error. Once the
 * limiter is closed, or aborted by its signal, tasks that are suspended and all that is left of a list fail with its
 * verdict, any other source is closed, and the pool ends with what still runs or waits in the limiter.
 *
 * @example
 * ```ts
 * const pool = new TaskPool('reports', reports.map((report) => async function* (task) {
 *   for (const page of report.pages) {
 *     await render(page, task.signal);
 *     yield { report: report.name, page: page.number };
 *   }
 *   return report.file;
 * }), 5);
 * for await (const envelope of pool.runTasks()) show(envelope);
 * ```
 */
// What a class cannot say by itself: its types are those of its tasks.
export const TaskPool = class TaskPool implements Observable {
  readonly #run: PoolRun;
  readonly #plan: PoolPlan;
  #isRead = false;

  constructor(
    name: string,
    source: PoolSource<unknown, unknown>,
    limiter: Limiter | number,
    options: PoolOptions = {},
  ) {
    const plan = poolPlan(name, source, limiter, options);
    this.#plan = plan;
    this.#run = new PoolRun(plan, source);
    this.#nest(plan.parent);
  }

  get name(): string {
    return this.#plan.name;
  }

  get limiter(): Limiter {
    return this.#plan.limiter;
  }

  get progress(): PoolProgress {
    return this.#run.progress.now;
  }

  runTasks(): EnvelopeStream<unknown, unknown> {
    this.#readOnce();
    const stream = new Stream(this.#plan.capacity);
    this.#run.enter(stream);
    return new Envelopes(this.#run, stream, this.#plan.isLatest);
  }

  run(): Promise<Settlement<PromiseSettledResult<unknown>[], unknown>> {
    this.#readOnce();
    const collected = new Collected();
    this.#run.enter(collected);
    this.#run.begin();
    return collected.promise;
  }

  add(task: PoolItem<unknown, unknown>): TaskId {
    return this.#run.add(task);
  }

  send(taskId: TaskId, message: unknown): boolean {
    return this.#run.send(taskId, message);
  }

  cancel(
    taskId: TaskId,
    reason: unknown = new DOMException('The task was cancelled', 'AbortError'),
  ): boolean {
    return this.#run.cancel(taskId, reason);
  }

  stats(): PoolStats {
    return this.#run.stats();
  }

  onProgress(listener: (progress: PoolProgress) => void): () => void {
    checkFunction('listener', listener);
    return this.#run.progress.listen(listener);
  }

  [OBSERVE](listener: StageListener): () => void {
    return this.#run.stages.listen(listener);
  }

  #readOnce(): void {
    if (this.#isRead) {
      throw new Error(
        `Pool ${JSON.stringify(this.name)} was run before: make another one to run tasks again`,
      );
    }
    this.#isRead = true;
  }

  #nest(parent: PoolTask | undefined): void {
    if (parent === undefined) return;
    const attempt = (parent as Partial<Told> | null)?.[ATTEMPT];
    if (attempt === undefined) throw wrongType('parent', 'the task of a pool', parent);
    attempt.job.nest(attempt).add(1, this.#run.progress.fraction);
  }
} as unknown as TaskPoolConstructor;

/** Ends what nobody can read any more. */
const dropped = new FinalizationRegistry<PoolRun>((run) => {
  run.leave().catch(() => {});
});

/** What a reader holds. The pool's work does not hold it, so that one that is dropped half-read is found out. */
class Envelopes implements EnvelopeStream<unknown, unknown> {
  readonly #run: PoolRun;
  readonly #stream: Stream;
  /** Notes that an envelope was read, where a later one would take its place else. */
  readonly #read: ((result: IteratorResult<Envelope, undefined>) => typeof result) | undefined;

  constructor(run: PoolRun, stream: Stream, isLatest: boolean) {
    this.#run = run;
    this.#stream = stream;
    dropped.register(this, run);
    if (!isLatest) return;
    this.#read = (result) => {
      if (result.done !== true) run.read(result.value);
      return result;
    };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Envelope, undefined>> {
    const next = this.#stream.next();
    this.#run.begin();
    return this.#read === undefined ? next : next.then(this.#read);
  }

  async return(): Promise<IteratorResult<Envelope, undefined>> {
    const left = this.#run.leave();
    this.#stream.leave();
    await left;
    return { value: undefined, done: true };
  }

  async [asyncDispose](): Promise<void> {
    await this.return();
  }
}
