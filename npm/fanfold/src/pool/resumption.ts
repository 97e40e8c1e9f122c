import { NOBODY, ScopeBase } from '../host/context.js';
import type { Host } from '../host/host.js';
import type { Runnable, Runner, Slottable } from '../host/residents.js';
import type { Slot } from '../host/slot.js';

/** Whose function it is. */
interface Resumed {
  resumed(slot: Slot): void;
  shut(reason: unknown): void;
  expired(reason: unknown): void;
}

/** A function that is under way waits for a slot to go on in. */
export class Resumption extends ScopeBase implements Slottable, Runnable {
  handle = NOBODY;
  readonly #owner: Resumed;
  readonly #host: Host;
  #priority: number;
  #state: 'queued' | 'started' | 'gone' = 'queued';

  constructor(owner: Resumed, host: Host, priority: number) {
    super('fanfold.pool.resumption');
    this.#owner = owner;
    this.#host = host;
    this.#priority = priority;
  }

  /** Another wait is over, with another priority: the higher counts. */
  raise(priority: number, set: (handle: number) => void): void {
    if (priority <= this.#priority) return;
    this.#priority = priority;
    if (this.handle !== NOBODY) set(this.handle);
  }

  /** It is not needed any more. Gives its place in the queue. */
  cancel(): number | undefined {
    this.#state = 'gone';
    return this.handle === NOBODY ? undefined : this.handle;
  }

  start(_runner: Runner, handle: number, limiter: number): void {
    const slot = this.#host.occupy(this, handle, limiter);
    this.#state = 'started';
    this.#owner.resumed(slot);
  }

  reject(reason: unknown): void {
    if (this.#state === 'gone') return;
    const isStarted = this.#state === 'started';
    this.#host.defer(() => {
      if (isStarted) this.#owner.expired(reason);
      else if (this.#state !== 'gone') this.#owner.shut(reason);
    });
  }

  /** It calls nothing: the function goes on by itself. */
  call(): void {}
  fulfill(): void {}
  fail(): void {}

  cancelReason(): unknown {
    return undefined;
  }
}
