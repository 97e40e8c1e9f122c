import type { Settle } from '../task/promise.js';

/** What somebody waits for. */
export type Want = 'push' | 'pull' | 'values' | 'room';

/** Somebody in a seat. */
export class Waiter<T> {
  readonly want: Want;
  /** Its end of the promise; `undefined` for one that looks at {@link taken} instead. */
  readonly settle: Settle | undefined;
  /** What it brings, where the buffer has no slots. */
  readonly value: T | undefined;
  /** Where the buffer keeps what it brings. */
  slot = 0;
  seat = -1;
  signal: AbortSignal | undefined;
  unlisten: (() => void) | undefined;
  /** Whether what it brought was taken. */
  taken = false;

  constructor(want: Want, settle: Settle | undefined, value?: T) {
    this.want = want;
    this.settle = settle;
    this.value = value;
  }
}
