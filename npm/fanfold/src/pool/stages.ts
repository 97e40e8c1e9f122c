import type { Stage, StageListener } from '../observe/stage.js';
import type { Attempt } from './attempt.js';
import type { Job } from './job.js';

/** What is said besides of some stages. */
export type Details = { readonly value: unknown } | { readonly error: unknown };

/** Those who hear of each stage of each task of a pool. */
export class Stages {
  readonly #name: string;
  /** `undefined` where nobody does. */
  #listeners: StageListener[] | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  get isHeard(): boolean {
    return this.#listeners !== undefined;
  }

  /** Gives back what takes it off again. */
  listen(listener: StageListener): () => void {
    const own: StageListener = (record) => listener(record);
    this.#listeners = [...(this.#listeners ?? []), own];
    return () => {
      const rest = this.#listeners?.filter((one) => one !== own) ?? [];
      this.#listeners = rest.length === 0 ? undefined : rest;
    };
  }

  /** Says where a task is. User code. */
  tell(stage: Stage, job: Job, attempt: Attempt | undefined, details: Details | undefined): void {
    const record = {
      stage,
      name: this.#name,
      taskId: job.id,
      index: job.index,
      attempt: attempt?.nth ?? 1,
      waitingMs: job.waited,
      runningMs: attempt?.ran ?? 0,
      ...details,
    };
    for (const listener of this.#listeners ?? []) {
      try {
        listener(record);
      } catch (error) {
        // It is theirs to hear of, and no task's to suffer from.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
