import type { Host } from '../host/host.js';
import type { Stage, StageListener, StageRecord } from '../observe/stage.js';
import { note, Observers } from '../observe/watch.js';
import type { Attempt } from './attempt.js';
import type { Job } from './job.js';

/** What is said besides of some stages. */
export type Details = { readonly value: unknown } | { readonly error: unknown };

/** Those who hear of each stage of each task of a pool. */
export class Stages {
  readonly #observers: Observers;
  readonly #inContext: (fn: () => void) => void;

  /** @param inContext Calls what is told in the context of whoever reads the pool. */
  constructor(name: string, host: Host, inContext: (fn: () => void) => void) {
    this.#observers = new Observers(name, host);
    this.#inContext = inContext;
  }

  get isHeard(): boolean {
    return this.#observers.areThere;
  }

  /** Gives back what takes it off again. */
  listen(listener: StageListener): () => void {
    return this.#observers.add(listener);
  }

  /** Notes where a task is, to be told soon; at its start, before its function is called. */
  note(stage: Stage, job: Job, attempt: Attempt | undefined, details?: Details): void {
    note(this, this.record(stage, job, attempt, details));
    if (stage === 'start') this.#observers.flush();
  }

  record(stage: Stage, job: Job, attempt: Attempt | undefined, details?: Details): StageRecord {
    return {
      stage,
      name: this.#observers.name,
      taskId: job.id,
      index: job.index,
      attempt: attempt?.nth ?? 1,
      waitingMs: job.waited,
      runningMs: attempt?.ran ?? 0,
      ...details,
    };
  }

  /** Tells what was noted. */
  tell(record: StageRecord): void {
    this.#inContext(() => this.#observers.tell(record));
  }
}
