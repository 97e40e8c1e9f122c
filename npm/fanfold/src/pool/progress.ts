import { type Scope, ScopeBase, scopesLast } from '../host/context.js';
import { inMicrotask } from '../host/microtask.js';
import { Fraction, type Member } from '../progress/fraction.js';
import type { JobState } from './job.js';
import type { PoolProgress } from './types.js';

const newScope = (): Scope => new ScopeBase('fanfold.pool.progress');

/** How far a pool is, in numbers, and who wants to hear of each change. */
export class Tally {
  readonly fraction: Fraction;
  done = 0;
  failed = 0;
  /** How many tasks there are in all, where that is known. */
  total: number | undefined;
  #ended = false;
  readonly #counts: Record<JobState, number> = { waiting: 0, running: 0, suspended: 0 };
  readonly #listeners = new Set<(progress: PoolProgress) => void>();
  #isTelling = false;
  /** Shares beyond one for each task. */
  #surplus = 0;

  constructor() {
    this.fraction = new Fraction(() => this.changed());
  }

  /** How it stands. A copy. */
  get now(): PoolProgress {
    const { done, failed, total } = this;
    const { waiting, running, suspended } = this.#counts;
    return {
      fraction: this.fraction.value,
      done,
      failed,
      running,
      suspended,
      waiting,
      total,
      ended: this.#ended,
    };
  }

  count(state: JobState): number {
    return this.#counts[state];
  }

  /** So many tasks there are in all. */
  expect(total: number | undefined): void {
    if (this.total === total) return;
    this.total = total;
    if (total !== undefined) this.fraction.expect(total + this.#surplus);
    this.changed();
  }

  /** A task has come in, with its share. */
  enter(share: number): Member {
    this.#counts.waiting++;
    if (share !== 1 && this.total !== undefined) {
      this.#surplus += share - 1;
      this.fraction.expect(this.total + this.#surplus);
    }
    const member = this.fraction.add(share);
    this.changed();
    return member;
  }

  /** A task says how far it is. */
  set(member: Member, fraction: number): void {
    this.fraction.set(member, fraction);
  }

  moved(from: JobState, to: JobState): void {
    this.#counts[from]--;
    this.#counts[to]++;
    this.changed();
  }

  /** A task is none of those any more. */
  left(state: JobState): void {
    this.#counts[state]--;
    this.changed();
  }

  /** The pool has ended. */
  end(): void {
    this.#ended = true;
    this.changed();
  }

  listen(listener: (progress: PoolProgress) => void): () => void {
    const scope = newScope();
    const own = (progress: PoolProgress): void => {
      // What it sets by `enterWith` is not to last.
      const last = scopesLast ? scope : scope.runInAsyncScope(newScope);
      last.runInAsyncScope(listener, undefined, progress);
    };
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** Tells those who listen, once for all that changes in one go. */
  changed(): void {
    if (this.#isTelling || this.#listeners.size === 0) return;
    this.#isTelling = true;
    inMicrotask(this.#tell);
  }

  readonly #tell = (): void => {
    this.#isTelling = false;
    const progress = this.now;
    for (const listener of this.#listeners) {
      try {
        listener(progress);
      } catch (error) {
        // It is theirs to hear of, and no task's to suffer from.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  };
}
