import type { Host } from '../host/host.js';
import type { LimiterCore } from '../limiter/core.js';
import type { RetryPlan } from '../retry/options.js';
import { type Attempts, RetryRun } from '../retry/run.js';
import type { Lane } from './lane.js';
import type { ItemRun } from './run.js';

/** How an item is retried. Where its lane has to be left behind, the one that goes on with the item takes this over. */
export class ItemRetry implements Attempts {
  readonly #work: ItemRun;
  readonly #host: Host;
  readonly #run: RetryRun;
  #isHeld = true;
  lane: Lane;

  /** Made in the context of the item's function, and before it leaves its slot: from then on its limiter holds it. */
  constructor(work: ItemRun, plan: RetryPlan, host: Host, lane: Lane, core: LimiterCore) {
    this.#work = work;
    this.#host = host;
    this.lane = lane;
    this.#run = new RetryRun(plan, host, this, lane.firstBegan, lane.index, core.hold());
  }

  failed(reason: unknown, calledAt: number | undefined): void {
    this.#run.failed(reason, calledAt);
  }

  stop(): void {
    this.#run.stop();
    this.#letGo();
  }

  /** Which attempt it is: 1 for the first. */
  get attempt(): number {
    return this.#run.attempt;
  }

  rests(error: unknown): void {
    this.lane.watch?.retries(error);
  }

  again(): void {
    this.#work.awake(this.lane);
  }

  giveUp(reason: unknown): void {
    const isFree = this.#work.gaveUp(this.lane, reason);
    this.#letGo();
    if (isFree) this.#work.next(this.lane);
  }

  /** Its item has ended. */
  #letGo(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#host.letGo(this.#run.held as number);
  }
}
