/**
 * What a task comes to, in this order: `'queued'`, `'start'`, any number of `'progress'`, and one of `'success'`,
 * `'error'` and `'aborted'`. After `'retry'` it is queued for another attempt.
 */
export type Stage = 'queued' | 'start' | 'progress' | 'retry' | 'success' | 'error' | 'aborted';

/** What is known of a task at a stage. */
export interface StageRecord {
  readonly stage: Stage;
  /** Of the limiter or pool. */
  readonly name: string;
  /** Tells tasks of the same limiter or pool apart; the same for all attempts. */
  readonly taskId: string | number;
  /** Which of the tasks that came in it is, from 0; in a limiter, since that is observed. */
  readonly index: number;
  /** Counted from 1. */
  readonly attempt: number;
  /** Milliseconds this attempt waited for its start, so far. */
  readonly waitingMs: number;
  /** Milliseconds this attempt has run. */
  readonly runningMs: number;
  /** What was reported, of `'progress'`. */
  readonly value?: unknown;
  /** Of `'retry'`, `'error'` and `'aborted'`. */
  readonly error?: unknown;
}

/** Who hears of stages; `undefined` on the observed thing when nobody does, so that it costs one comparison. */
export type StageListener = (record: StageRecord) => void;

/** Where what can be observed takes a listener. Gives back what takes it off again. */
export const OBSERVE: unique symbol = Symbol('fanfold.observe');

/** What can be observed. */
export interface Observable {
  [OBSERVE](listener: StageListener): () => void;
}
