import { coreOf } from '../check/limiter.js';
import { ClosedError, type VerdictDetails } from '../errors/verdicts.js';
import { onAbort } from '../host/abort.js';
import { type Scope, ScopeBase } from '../host/context.js';
import type { Host } from '../host/host.js';
import { inMicrotask } from '../host/microtask.js';
import type { CapacityCore } from '../limiter/capacity-core.js';
import type { Limiter } from '../limiter/types.js';
import { type ItemSource, openSource } from '../many/source.js';
import type { Stage } from '../observe/stage.js';
import type { Attempt } from './attempt.js';
import { Feed } from './feed.js';
import { Job } from './job.js';
import { type JobPlan, noWishes, type PoolPlan, type Wished, wished } from './options.js';
import { Tally } from './progress.js';
import type { Channel } from './results.js';
import { type Details, Stages } from './stages.js';
import type { Envelope, PoolStats, TaskId } from './types.js';

const nothing = (): void => {};

const detailsOf = (limiter: string): VerdictDetails => ({ limiter, queuedMs: 0, ranMs: 0 });

function aboveOf({ parent }: CapacityCore): CapacityCore | undefined {
  return parent && coreOf(parent);
}

/** What a pool does: takes tasks, runs them, puts what they say into a channel, until all have ended or it is ended. */
export class PoolRun {
  readonly plan: PoolPlan;
  readonly core: CapacityCore;
  readonly host: Host;
  readonly limiter: Limiter;
  readonly feed: Feed = new Feed(this);
  readonly progress = new Tally();
  readonly stages: Stages;
  readonly #source: unknown;
  readonly #plain: JobPlan;
  /** Tasks that have not ended, by what they are called. */
  readonly #jobs = new Map<TaskId, Job>();
  /** Tasks taken so far: the index of the next. */
  #taken = 0;
  #channel: Channel | undefined;
  #scope: Scope | undefined;
  #hasBegun = false;
  #isOver = false;
  /** The source has failed: that is told when all others have ended. */
  #failure: { readonly error: unknown } | undefined;
  #unlisten: (() => void)[] = [];

  constructor(plan: PoolPlan, source: unknown) {
    this.plan = plan;
    this.core = plan.core;
    this.host = plan.core.host;
    this.limiter = plan.limiter;
    this.stages = new Stages(plan.name, this.host, (fn) => this.inContext(fn));
    this.#source = source;
    this.#plain = noWishes(plan);
  }

  /** Whether no task is to be begun any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get hasRoom(): boolean {
    return (this.#channel as Channel).hasRoom;
  }

  get hasIdle(): boolean {
    return this.feed.sleeping + this.progress.count('suspended') >= this.plan.maxSuspended;
  }

  get isObserved(): boolean {
    return this.stages.isHeard;
  }

  // ---------------------------------------------------------------- from outside

  /** Whatever it calls from now on is called in the context of now. */
  enter(channel: Channel): void {
    this.#channel = channel;
    this.#scope = new ScopeBase('fanfold.pool');
  }

  /** Begins. */
  begin(): void {
    if (this.#hasBegun || this.#isOver) return;
    this.#hasBegun = true;
    const { signal } = this.plan;
    if (signal?.aborted) {
      this.abort(signal.reason);
      return;
    }
    if (signal !== undefined) this.#unlisten.push(onAbort(signal, () => this.abort(signal.reason)));
    for (const job of [...this.#jobs.values()]) job.listen();
    const { total } = this.#open();
    if (total !== undefined && !this.feed.isExhausted) this.progress.expect(total + this.#taken);
    this.#heedLimiters();
    this.feed.step();
  }

  /** Adds a task, whose function is to run in the context of now. Gives what it is called. */
  add(item: unknown): TaskId {
    if (this.#isOver) {
      const { name } = this.plan;
      throw new ClosedError(`Pool ${JSON.stringify(name)} has ended and takes no tasks`, detailsOf(name));
    }
    const { fn, plan } = this.#wished(item, 'task');
    if (plan.id !== undefined && this.#jobs.has(plan.id)) throw this.#idTaken('task.id', plan.id);
    const job = this.#enroll(fn, plan, new ScopeBase('fanfold.pool.added'));
    const { total } = this.progress;
    if (total !== undefined) this.progress.expect(total + 1);
    // Its signal may have been aborted before.
    if (!job.isOver) this.feed.add(job);
    return job.id;
  }

  /** Ends one task; whether there was one. */
  cancel(id: TaskId, reason: unknown): boolean {
    // Before there is a reader nobody could be told.
    const job = this.#hasBegun ? this.#jobs.get(id) : undefined;
    job?.abort(reason);
    return job !== undefined;
  }

  /** Sends a task a message; whether it was taken. */
  send(id: TaskId, message: unknown): boolean {
    return this.#jobs.get(id)?.mailbox.send(message) ?? false;
  }

  /** The envelope was read. */
  read(envelope: Envelope): void {
    this.#jobs.get(envelope.taskId)?.read(envelope);
  }

  stats(): PoolStats {
    const { progress } = this;
    const suspended = [...this.#jobs.values()]
      .filter(({ state }) => state === 'suspended')
      .map(({ id, index, since }) => ({ taskId: id, index, since }));
    const { done, failed } = progress;
    return {
      waiting: progress.count('waiting'),
      running: progress.count('running'),
      suspended,
      done,
      failed,
    };
  }

  /** Ends all, and what was not read is nobody's. */
  abort(reason: unknown): void {
    if (this.#isOver) return;
    this.#close();
    (this.#channel as Channel).fail(reason);
    this.#giveUp(reason);
  }

  /** Nobody reads any more. Resolves when the source, and the generators that can be, are closed. */
  async leave(): Promise<void> {
    if (this.#isOver) return;
    this.#close();
    const closings = this.#giveUp(new DOMException('The pool was left before its end', 'AbortError'));
    const settled = await Promise.allSettled(closings);
    const failed = settled.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  // ---------------------------------------------------------------- from the feed

  ready(): Promise<unknown> {
    return (this.#channel as Channel).ready();
  }

  take(item: unknown): Job {
    const where = `tasks[${this.#taken}]`;
    let plain: Wished;
    try {
      plain = this.#wished(item, where);
      const { id } = plain.plan;
      if (id !== undefined && this.#jobs.has(id)) throw this.#idTaken(`${where}.id`, id);
    } catch (error) {
      const job = this.#enroll(nothing, this.#plain);
      job.refuse(error);
      return job;
    }
    return this.#enroll(plain.fn, plain.plan);
  }

  exhausted(failure?: { readonly error: unknown }): void {
    this.#failure ??= failure;
    this.feed.isExhausted = true;
    this.progress.expect(this.#taken);
    this.#endIfAllEnded();
  }

  /** Calls this in the context of whoever reads the pool. */
  inContext<Result>(fn: () => Result): Result {
    // Tasks may be added, and told of, before anybody reads.
    return this.#scope === undefined ? fn() : this.#scope.runInAsyncScope(fn);
  }

  // ---------------------------------------------------------------- from tasks

  put(envelope: Envelope): true | Promise<unknown> {
    return this.#isOver ? true : (this.#channel as Channel).put(envelope);
  }

  /** A task has ended, and this is its last envelope. */
  ended(job: Job, envelope: Envelope): void {
    const hasFailed = envelope.type === 'ERROR';
    if (hasFailed) this.progress.failed++;
    else this.progress.done++;
    this.progress.fraction.complete(job.member);
    void this.put(envelope);
    if (hasFailed && this.plan.stops) this.#stop(envelope.error);
    else this.#endIfAllEnded();
  }

  /** A task is not among those that have not ended any more. */
  left(job: Job): void {
    if (this.#jobs.get(job.id) === job) this.#jobs.delete(job.id);
    this.progress.left(job.state);
    if (job.state === 'suspended') this.feed.wake();
  }

  /** Says where a task is, to those who listen. */
  tell(stage: Stage, job: Job, attempt: Attempt | undefined, details?: Details): void {
    if (this.stages.isHeard) this.stages.note(stage, job, attempt, details);
  }

  // ---------------------------------------------------------------- inside

  /** Opens the source. One that cannot be opened has failed, and those that were added are there all the same. */
  #open(): ItemSource {
    let source: ItemSource;
    try {
      source = this.inContext(() => openSource(this.#source));
      this.feed.open(source);
    } catch (error) {
      source = openSource([]);
      this.feed.open(source);
      this.exhausted({ error });
    }
    return source;
  }

  #wished(item: unknown, where: string): Wished {
    return typeof item === 'function'
      ? { fn: item as Wished['fn'], plan: this.#plain }
      : wished(this.plan, item, where);
  }

  #enroll(fn: Wished['fn'], plan: JobPlan, scope?: Scope): Job {
    const index = this.#taken++;
    const id = plan.id ?? this.#freeId(index);
    const job = new Job(this, fn, id === index ? plan : { ...plan, id }, index, scope);
    this.#jobs.set(job.id, job);
    if (this.#hasBegun) job.listen();
    return job;
  }

  /** What a task is called that does not say so: by its number, which may be what another one is called. */
  #freeId(index: number): TaskId {
    let id: TaskId = index;
    while (this.#jobs.has(id)) id = `#${id}`;
    return id;
  }

  #idTaken(option: string, id: TaskId): RangeError {
    return new RangeError(
      `Expected \`${option}\` to be of no task that has not ended, got ${JSON.stringify(id)}`,
    );
  }

  /** Tasks without a slot hear of no verdict, nor does a source that is asked for the next one. */
  #heedLimiters(): void {
    for (let core: CapacityCore | undefined = this.core; core !== undefined; core = aboveOf(core)) {
      const { name, signal, aborted } = core;
      const isClosed = (): void =>
        this.#shut(new ClosedError(`Limiter "${name}" is closed and takes no tasks`, detailsOf(name)));
      if (aborted !== undefined) this.#shut(aborted.reason);
      else if (core.isClosed) isClosed();
      // That may have been all there was to do.
      if (this.#isOver) return;
      this.#unlisten.push(core.onClose(isClosed));
      if (signal !== undefined && !signal.aborted) {
        this.#unlisten.push(onAbort(signal, () => this.#shut(signal.reason)));
      }
    }
  }

  /** The limiter takes nothing any more: those without a slot will never have one again, and nothing is begun. */
  #shut(reason: unknown): void {
    for (const job of [...this.#jobs.values()]) if (job.state === 'suspended') job.abort(reason);
    this.feed.shut(reason);
  }

  #endIfAllEnded(): void {
    if (this.#isOver || !this.feed.isExhausted || this.#jobs.size > 0) return;
    this.#close();
    const channel = this.#channel as Channel;
    if (this.#failure === undefined) channel.end();
    else channel.break(this.#failure.error);
    this.progress.fraction.end();
  }

  /** One has failed, and the others are not wanted. */
  #stop(error: unknown): void {
    if (this.#isOver) return;
    this.#close();
    (this.#channel as Channel).break(error);
    // The slot of the one that failed is another's before anybody hears of it.
    inMicrotask(() => this.#giveUp(error));
  }

  #close(): void {
    this.#isOver = true;
    this.progress.end();
    for (const unlisten of this.#unlisten.splice(0)) unlisten();
  }

  /** Gives up on all that have not ended. Gives what is to be waited for. */
  #giveUp(reason: unknown): unknown[] {
    const jobs = [...this.#jobs.values()];
    const queued: number[] = [];
    for (const job of jobs) {
      const handle = job.drop(reason);
      if (handle !== undefined) queued.push(handle);
    }
    if (queued.length > 0) this.host.cancelAll(queued);
    // A source that was never asked is to hear too that nobody wants its tasks: somebody may push them.
    if (!this.feed.isOpen) this.#open();
    const closings: unknown[] = [this.feed.close()];
    for (const job of jobs) closings.push(job.tell());
    return closings;
  }
}
