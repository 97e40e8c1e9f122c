import type { Watcher } from '../host/residents.js';
import type { CloseReport } from '../limiter/types.js';
import { lastSettle, pending, Rejection, type Settle } from './promise.js';

/** A promise for something about a limiter: nothing left, room in the queue, closed. */
export class Waiter<T extends CloseReport | undefined = CloseReport | undefined> implements Watcher {
  readonly promise: Promise<T> = pending<T>();
  readonly #settle: Settle = lastSettle();

  wake(): void {
    this.#settle(undefined);
  }

  close(report: CloseReport): void {
    this.#settle(report);
  }

  reject(reason: unknown): void {
    this.#settle(new Rejection(reason));
  }
}
