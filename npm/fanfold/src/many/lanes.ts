import { NOBODY } from '../host/context.js';
import type { Reason } from './context.js';
import type { Lane } from './lane.js';

/** What was given up on. */
export interface GivenUp {
  /** The handles of those that waited for their slots. */
  readonly queued: readonly number[];
  /** How many functions run on. */
  readonly running: number;
}

/** The lanes of one work: with an item, or waiting for one. */
export class Lanes {
  readonly #all = new Set<Lane>();
  /** Those that keep their slots until there is room for another result. */
  readonly #parked: Lane[] = [];

  get size(): number {
    return this.#all.size;
  }

  get hasParked(): boolean {
    return this.#parked.length > 0;
  }

  add(lane: Lane): void {
    this.#all.add(lane);
  }

  remove(lane: Lane): void {
    this.#all.delete(lane);
  }

  park(lane: Lane): void {
    this.#parked.push(lane);
  }

  /** One that is parked, and is not any more. */
  takeParked(): Lane | undefined {
    return this.#parked.pop();
  }

  /** Lets those go that are parked: they leave their slots. */
  dismissParked(): void {
    for (const lane of this.#parked.splice(0)) {
      this.#all.delete(lane);
      lane.unpark();
    }
  }

  /** Abandons all. Those that run are kept until they end, and have their signals aborted. */
  giveUp(reason: Reason): GivenUp {
    this.dismissParked();
    const queued: number[] = [];
    let running = 0;
    for (const lane of this.#all) {
      if (lane.running) {
        running++;
        lane.waitedFor = true;
      }
      // Its item is somebody else's already.
      if (lane.abandoned) continue;
      lane.abandoned = true;
      lane.watch?.aborts(reason.reason);
      lane.retry?.stop();
      if (lane.running) {
        lane.context?.giveUp(reason);
        continue;
      }
      this.#all.delete(lane);
      if (lane.handle !== NOBODY) queued.push(lane.handle);
    }
    return { queued, running };
  }
}
