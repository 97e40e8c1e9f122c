import { wrongType } from '../errors/misuse.js';
import { isThenable, refused, silence } from '../task/promise.js';
import type { Attempt } from './attempt.js';
import { suspendPlan } from './options.js';
import { Suspension } from './suspension.js';
import type { PoolItem, PoolTask, ReceiveOptions, SuspendOptions, TaskId } from './types.js';

/** What was taken at once needs no promise of its own. */
const TAKEN: Promise<void> = Promise.resolve();
const nothing = (): void => {};

/** Finds the attempt that a function was told of. */
export const ATTEMPT: unique symbol = Symbol('fanfold.attempt');

/** What a function is told. Its methods are made when they are asked for: most functions use one, if any. */
export class Told implements PoolTask {
  readonly #attempt: Attempt;

  constructor(attempt: Attempt) {
    this.#attempt = attempt;
  }

  get [ATTEMPT](): Attempt {
    return this.#attempt;
  }

  get id(): TaskId {
    return this.#attempt.job.id;
  }

  get index(): number {
    return this.#attempt.job.index;
  }

  get attempt(): number {
    return this.#attempt.nth;
  }

  get name(): string | undefined {
    return this.#attempt.job.plan.name;
  }

  get signal(): AbortSignal {
    return this.#attempt.signal;
  }

  get limiter(): PoolTask['limiter'] {
    return this.#attempt.job.run.limiter;
  }

  get progress(): PoolTask['progress'] {
    return (value) => {
      const taken = this.#attempt.report(value);
      return taken === true ? TAKEN : taken.then(nothing);
    };
  }

  get suspend(): PoolTask['suspend'] {
    return <Value>(promise: PromiseLike<Value>, options?: SuspendOptions): Promise<Value> => {
      const attempt = this.#attempt;
      if (!isThenable(promise)) throw wrongType('promise', 'a promise', promise);
      const plan = suspendPlan(attempt.job.run.plan, options);
      const { past } = attempt;
      if (past !== undefined) {
        silence(promise);
        return refused(past.reason);
      }
      const wait = new Suspension(attempt, plan.priority);
      attempt.suspend(wait);
      wait.follow(promise);
      wait.begin(attempt.job.run.host, plan, attempt.job);
      return wait.promise as Promise<Value>;
    };
  }

  get receive(): PoolTask['receive'] {
    return <Message>(options?: ReceiveOptions): Promise<Message> => {
      const attempt = this.#attempt;
      const plan = suspendPlan(attempt.job.run.plan, options);
      const { past } = attempt;
      if (past !== undefined) return refused(past.reason);
      const { mailbox } = attempt.job;
      if (mailbox.size > 0) return Promise.resolve(mailbox.take() as Message);
      const wait = new Suspension(attempt, plan.priority);
      attempt.suspend(wait);
      mailbox.wait(wait);
      wait.begin(attempt.job.run.host, plan, attempt.job, () => mailbox.leave(wait));
      return wait.promise as Promise<Message>;
    };
  }

  get add(): PoolTask['add'] {
    return (task: PoolItem<unknown, unknown>) => this.#attempt.job.run.add(task);
  }
}
