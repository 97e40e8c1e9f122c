import { TimeoutError } from '../errors/verdicts.js';
import { onAbort } from '../host/abort.js';
import type { Host } from '../host/host.js';
import { lastSettle, pending, Rejection, type Settle, silence } from '../task/promise.js';
import { Sleeper } from '../time/sleeper.js';
import type { Receiver } from './messages.js';
import type { SuspendPlan } from './options.js';

/** Whose waits they are. */
interface Suspended {
  /** What the wait was for is there: it is to be {@link Suspension.tell told} when there is a slot. */
  due(wait: Suspension): void;
}

/** One wait of a task without its slot: for a promise, or for a message. */
export class Suspension implements Receiver {
  /** What the task waits for. Settles when it has a slot again. */
  readonly promise: Promise<unknown> = pending();
  readonly priority: number | undefined;
  readonly #settle: Settle = lastSettle();
  readonly #owner: Suspended;
  #outcome: unknown;
  #isOver = false;
  #sleeper: Sleeper | undefined;
  #unlisten: (() => void) | undefined;
  /** What is to be done when it is over. */
  #ended: (() => void) | undefined;

  constructor(owner: Suspended, priority: number | undefined) {
    this.#owner = owner;
    this.priority = priority;
  }

  /** Begins, with limits. A signal that is aborted ends it at once. */
  begin(
    host: Host,
    { timeout, signal }: SuspendPlan,
    task: { readonly label: string },
    ended?: () => void,
  ): void {
    this.#ended = ended;
    if (signal?.aborted) {
      this.fail(signal.reason);
      return;
    }
    if (signal !== undefined) this.#unlisten = onAbort(signal, () => this.fail(signal.reason));
    if (timeout === Number.POSITIVE_INFINITY) return;
    const fail = (reason: unknown): void => this.fail(reason);
    this.#sleeper = new Sleeper(host, () => fail(tooLong(task.label, timeout)), fail);
    this.#sleeper.begin(timeout, true);
  }

  /** Ends when a promise does. */
  follow(promise: PromiseLike<unknown>): void {
    Promise.resolve(promise).then(this.receive, this.fail);
  }

  readonly receive = (value: unknown): void => this.#over(value);

  readonly fail = (reason: unknown): void => this.#over(new Rejection(reason));

  /** It is over, but there is no slot to go on in. */
  refuse(reason: unknown): void {
    this.#outcome = new Rejection(reason);
  }

  /** Lets the task go on. */
  tell(): void {
    this.#settle(this.#outcome);
  }

  /** The task has ended and did not wait for it: nobody is to be told of it. */
  drop(reason: unknown): void {
    silence(this.promise);
    if (this.#isOver) {
      this.tell();
      return;
    }
    this.#isOver = true;
    this.#leave();
    this.#settle(new Rejection(reason));
  }

  #over(outcome: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#outcome = outcome;
    this.#leave();
    this.#owner.due(this);
  }

  #leave(): void {
    this.#unlisten?.();
    this.#sleeper?.stop();
    this.#ended?.();
  }
}

function tooLong(task: string, ms: number): TimeoutError {
  return new TimeoutError(
    `Task ${task} was suspended for longer than ${ms} ms`,
    { limiter: task, queuedMs: 0, ranMs: ms },
    'run',
  );
}
