import { rank } from '../host/hand-commands.js';
import { ByHand, type HandStarted, type Seat } from '../limiter/by-hand.js';
import type { SemaphoreInterface } from './interfaces.js';

/** What `acquire` gives. */
export type Ticket = [value: number, release: SemaphoreInterface.Releaser];

/** Somebody who waits for a ticket. */
export class Request implements HandStarted {
  seat: Seat | undefined;
  readonly weight: number;
  readonly priority: number;
  readonly grant: (ticket: Ticket) => void;
  readonly reject: (reason: unknown) => void;

  constructor(
    weight: number,
    priority: number,
    grant: (ticket: Ticket) => void,
    reject: (reason: unknown) => void,
  ) {
    this.weight = weight;
    this.priority = priority;
    this.grant = grant;
    this.reject = reject;
  }
}

/** Those who wait for tickets, in the order that the engine keeps: by priority, then as they came. */
export class Line {
  #requests: ByHand<Request> | undefined;
  #first: Request | undefined;

  /** Who is the next. */
  get first(): Request | undefined {
    return this.#first;
  }

  enter(request: Request): void {
    // It gives no slots: what there is to take are not slots, but a value that may be anything.
    this.#requests ??= new ByHand(1, 'async-mutex');
    this.#requests.enter(request, request.priority, undefined);
    if (this.isAhead(request.priority)) this.#first = request;
  }

  /** Whether one with this priority would be the next. */
  isAhead(priority: number): boolean {
    return this.#first === undefined || rank(priority) > rank(this.#first.priority);
  }

  /** The first one leaves. */
  shift(): Request | undefined {
    const first = this.#first;
    if (first !== undefined && this.#requests !== undefined) {
      this.#requests.withdraw(first);
      this.#first = this.#requests.first();
    }
    return first;
  }

  /** All are refused, the first one first. */
  refuse(reason: unknown): void {
    this.#first = undefined;
    this.#requests?.clear(() => reason);
  }
}
