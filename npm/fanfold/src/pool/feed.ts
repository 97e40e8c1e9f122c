import { Deque } from '../buffer/deque.js';
import { inMicrotask } from '../host/microtask.js';
import type { ItemSource } from '../many/source.js';
import { refused, silence } from '../task/promise.js';
import type { Job } from './job.js';

/** Whose tasks they are. */
interface Fed {
  /** Whether no task is to be begun any more. */
  readonly isOver: boolean;
  /** Whether another may be begun, for there is room for what it has to say. */
  readonly hasRoom: boolean;
  /** Whether as many tasks have no slot, and are not to have one yet, as may be. */
  readonly hasIdle: boolean;
  /** Resolves when there is room. */
  ready(): Promise<unknown>;
  /** Makes a task of what the source gave. One that is none is over already. */
  take(item: unknown): Job;
  /** The source has no more, since it has ended or failed, or was closed. */
  exhausted(failure?: { readonly error: unknown }): void;
  /** Calls this in the context that the pool was begun in. */
  inContext<Result>(fn: () => Result): Result;
}

/**
 * Begins tasks one by one: the next is taken when the one before has started, so that no more than one waits in the queue
 * of the limiter for its first slot. First those that were added, in their order, then those of the source.
 */
export class Feed {
  readonly #pool: Fed;
  #source: ItemSource | undefined;
  /** Those that were added, among them some that have been aborted since. */
  readonly #added = new Deque<Job>();
  /** Taken from the source while another one was begun. */
  #ahead: Job | undefined;
  /** Begun, and not started yet. */
  #gate: Job | undefined;
  #isPulling = false;
  #isStepping = false;
  #isAwake = false;
  #awaitsRoom = false;
  /** Tasks that wait for their next attempt. */
  sleeping = 0;
  isExhausted = false;
  /** Why nothing can run any more. */
  #shut: { readonly reason: unknown } | undefined;

  constructor(pool: Fed) {
    this.#pool = pool;
  }

  /** Where tasks are to come from. */
  open(source: ItemSource): void {
    this.#source = source;
  }

  get isOpen(): boolean {
    return this.#source !== undefined;
  }

  /** Begins this one before those of the source. */
  add(job: Job): void {
    this.#added.push(job);
    this.wake();
  }

  /** A task has started, or will not start any more. */
  left(job: Job): void {
    if (this.#ahead === job) this.#ahead = undefined;
    if (this.#gate === job) {
      this.#gate = undefined;
      this.step();
    }
  }

  /** So many more tasks sleep. */
  slept(change: 1 | -1): void {
    this.sleeping += change;
    if (change < 0) this.wake();
  }

  /** The limiter takes nothing any more: what was taken fails with that, and so does the rest of a list. */
  shut(reason: unknown): void {
    if (this.#shut !== undefined) return;
    this.#shut = { reason };
    // A list is told of to its end: each of its tasks has an envelope. Any other source may never end.
    if (this.#source !== undefined && this.#source.total === undefined && !this.isExhausted) {
      this.isExhausted = true;
      silence(this.close());
      this.#pool.exhausted();
    }
    this.wake();
  }

  /** Begins as many as may be begun. */
  readonly step = (): void => {
    if (this.#isStepping || this.#source === undefined) return;
    this.#isStepping = true;
    while (this.#gate === undefined && !this.#pool.isOver && this.#mayBegin()) {
      const job = this.#next();
      if (job === undefined) break;
      this.#begin(job);
    }
    this.#isStepping = false;
  };

  /**
   * Closes the source. Tells what it made of that. One that is still asked for a task is not waited for: a generator closes
   * only when it has answered, and that may never be.
   */
  close(): unknown {
    const source = this.#source;
    if (source === undefined) return undefined;
    const isAsking = this.#isPulling || source.isBusy;
    this.isExhausted = true;
    try {
      const closed = this.#pool.inContext(() => source.close());
      silence(closed);
      return isAsking ? undefined : closed;
    } catch (error) {
      return refused(error);
    }
  }

  #begin(job: Job): void {
    if (this.#shut !== undefined) {
      job.refuse(this.#shut.reason);
      return;
    }
    this.#gate = job;
    job.begin();
    if (job.isOver && this.#gate === job) this.#gate = undefined;
  }

  #mayBegin(): boolean {
    // A source is not emptied into tasks that sleep, or wait for somebody.
    if (this.#pool.hasIdle && this.#shut === undefined) return false;
    if (this.#pool.hasRoom) return true;
    if (!this.#awaitsRoom && (!this.isExhausted || this.#added.length > 0 || this.#ahead !== undefined)) {
      this.#awaitsRoom = true;
      void this.#pool.ready().then(() => {
        this.#awaitsRoom = false;
        this.step();
      });
    }
    return false;
  }

  /** The next that is there. */
  #next(): Job | undefined {
    while (this.#added.length > 0) {
      const job = this.#added.shift();
      if (!job.isOver) return job;
    }
    const ahead = this.#ahead;
    this.#ahead = undefined;
    return ahead ?? this.#pull();
  }

  /** Asks the source. What is no task has ended with that, and the next one is asked for. */
  #pull(): Job | undefined {
    const source = this.#source;
    while (source !== undefined && !this.isExhausted && !this.#isPulling && !source.isBusy) {
      let answer: boolean | Promise<boolean>;
      try {
        answer = this.#pool.inContext(() => source.pull());
      } catch (error) {
        this.#broke(error);
        return undefined;
      }
      if (typeof answer !== 'boolean') {
        this.#isPulling = true;
        answer.then(this.#came, this.#broke);
        return undefined;
      }
      const job = this.#answered(answer);
      if (job === undefined || !job.isOver) return job;
      if (!this.#mayBegin()) return undefined;
    }
    return undefined;
  }

  /** The source has answered. */
  #answered(hasItem: boolean): Job | undefined {
    const { item } = this.#source as ItemSource;
    if (this.isExhausted || this.#pool.isOver) {
      if (hasItem) silence(item);
      return undefined;
    }
    if (hasItem) return this.#pool.take(item);
    this.isExhausted = true;
    this.#pool.exhausted();
    return undefined;
  }

  readonly #came = (hasItem: boolean): void => {
    this.#isPulling = false;
    const job = this.#answered(hasItem);
    if (job !== undefined && !job.isOver) this.#ahead = job;
    this.step();
  };

  readonly #broke = (error: unknown): void => {
    this.#isPulling = false;
    if (this.isExhausted) return;
    this.isExhausted = true;
    this.#pool.exhausted({ error });
    this.step();
  };

  /** There may be room for another one. */
  wake(): void {
    if (this.#isAwake) return;
    this.#isAwake = true;
    inMicrotask(() => {
      this.#isAwake = false;
      this.step();
    });
  }
}
