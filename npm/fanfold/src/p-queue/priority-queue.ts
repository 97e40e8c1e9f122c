import type { QueueAddOptions } from './options.js';

/** What is in a queue: starts a task, and fulfils when it has ended, however it did. */
export type RunFunction = () => Promise<unknown>;

/** What a `queueClass` has to be. */
export type Queue<Element, Options> = {
  /** How many wait. */
  size: number;
  /** Those who wait and have such options, for `sizeBy`. */
  filter: (options: Readonly<Partial<Options>>) => Element[];
  /** Takes the next one out. Only called when there is one. */
  dequeue: () => Element | undefined;
  /** Takes one in, with the options that `add` was given; `id` is always among them. */
  enqueue: (run: Element, options?: Partial<Options>) => void;
  /** For `setPriority`. */
  setPriority: (id: string, priority: number) => void;
  /** Takes one out again whose signal was aborted. Without this it stays, and rejects when its turn comes. */
  remove?: (id: string) => void;
};

export type PriorityQueueOptions = {
  priority?: number;
} & QueueAddOptions;

interface Entry {
  readonly run: RunFunction;
  readonly id: string | undefined;
  readonly priority: number;
}

/** Places at the front that were left and may be kept until they are worth cutting off. */
const KEPT = 64;

/**
 * The queue of p-queue as a class of its own, by priority and then in the order of arrival: to be extended, or used
 * inside a `queueClass`. A queue that has no `queueClass` has no such object: its tasks wait in the engine.
 */
export class PriorityQueue implements Queue<RunFunction, PriorityQueueOptions> {
  /** In their order, behind those who have left. */
  #entries: Entry[] = [];
  #left = 0;

  enqueue(run: RunFunction, options?: Partial<PriorityQueueOptions>): void {
    const { priority = 0, id } = options ?? {};
    this.#entries.splice(this.#placeOf(priority), 0, { run, id, priority });
  }

  /**
   * Gives one another priority. It is the last of that.
   *
   * @throws ReferenceError if there is none with this id.
   */
  setPriority(id: string, priority: number): void {
    const place = this.#find((entry) => entry.id === id);
    if (place === -1) throw unknownId(id);
    const [{ run }] = this.#entries.splice(place, 1) as [Entry];
    this.enqueue(run, { priority, id });
  }

  /** Takes out the first one with this id, or this one. Nothing happens if there is none. */
  remove(id: string): void;
  remove(run: RunFunction): void;
  remove(idOrRun: string | RunFunction): void {
    const isMeant =
      typeof idOrRun === 'string' ? ({ id }: Entry) => id === idOrRun : ({ run }: Entry) => run === idOrRun;
    const place = this.#find(isMeant);
    if (place !== -1) this.#entries.splice(place, 1);
  }

  dequeue(): RunFunction | undefined {
    const entry = this.#entries[this.#left];
    if (entry === undefined) return undefined;
    this.#left++;
    const half = this.#entries.length / 2;
    if (this.#left > half && (this.#left > KEPT || this.size === 0)) {
      this.#entries.splice(0, this.#left);
      this.#left = 0;
    }
    return entry.run;
  }

  /** Those with this priority, in their order. */
  filter(options: Readonly<Partial<PriorityQueueOptions>>): RunFunction[] {
    const waiting = this.#entries.slice(this.#left);
    return waiting.filter(({ priority }) => priority === options.priority).map(({ run }) => run);
  }

  get size(): number {
    return this.#entries.length - this.#left;
  }

  /** Where one comes in that is the last of its priority: in half the number of those left at each step. */
  #placeOf(priority: number): number {
    let from = this.#left;
    let to = this.#entries.length;
    // Mostly it is the end.
    if (to > from && (this.#entries[to - 1] as Entry).priority >= priority) return to;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#entries[middle] as Entry).priority >= priority) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  #find(isMeant: (entry: Entry) => boolean): number {
    return this.#entries.findIndex((entry, place) => place >= this.#left && isMeant(entry));
  }
}

/** What `setPriority` throws. */
export function unknownId(id: string): ReferenceError {
  return new ReferenceError(`No promise function with the id "${id}" exists in the queue.`);
}
