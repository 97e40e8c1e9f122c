import type { Host } from '../host/host.js';
import type { RetryPlan } from '../retry/options.js';
import { type Attempts, RetryRun } from '../retry/run.js';
import type { Lane } from './lane.js';
import type { ItemRun } from './run.js';

/** How an item is retried. Where its lane has to be left behind, the one that goes on with the item takes this over. */
export class ItemRetry implements Attempts {
  readonly #work: ItemRun;
  readonly #run: RetryRun;
  lane: Lane;

  /** Made in the context of the item's function. */
  constructor(work: ItemRun, plan: RetryPlan, host: Host, lane: Lane) {
    this.#work = work;
    this.lane = lane;
    this.#run = new RetryRun(plan, host, this, lane.firstBegan, lane.index);
  }

  failed(reason: unknown): void {
    this.#run.failed(reason);
  }

  stop(): void {
    this.#run.stop();
  }

  again(): void {
    this.#work.awake(this.lane);
  }

  giveUp(reason: unknown): void {
    if (this.#work.gaveUp(this.lane, reason)) this.#work.next(this.lane);
  }
}
