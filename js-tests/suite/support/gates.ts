import { type Deferred, deferred } from './deferred.ts';

/** Named tasks that run until the test opens their gate, with a record of who started and who ended, in order. */
export class Gates {
  readonly started: string[] = [];
  readonly ended: string[] = [];
  #running = 0;
  #peak = 0;
  #open = false;
  readonly #gates = new Map<string, Deferred<unknown>>();

  /** Functions that were called and have not settled yet. */
  get running(): number {
    return this.#running;
  }

  /** The largest number that ever ran at once. */
  get peak(): number {
    return this.#peak;
  }

  /** A function for the limiter. It fulfils with its name, or with what the gate was opened with. */
  task(name: string): () => Promise<unknown> {
    return async () => {
      this.started.push(name);
      this.#running += 1;
      this.#peak = Math.max(this.#peak, this.#running);
      try {
        const value = await this.#gate(name).promise;
        return value === undefined ? name : value;
      } finally {
        this.#running -= 1;
        this.ended.push(name);
      }
    };
  }

  open(name: string, value?: unknown): void {
    this.#gate(name).resolve(value);
  }

  fail(name: string, reason: unknown): void {
    this.#gate(name).reject(reason);
  }

  /** Opens every gate, also those of tasks that start later. */
  openAll(): void {
    this.#open = true;
    for (const gate of this.#gates.values()) gate.resolve(undefined);
  }

  #gate(name: string): Deferred<unknown> {
    let gate = this.#gates.get(name);
    if (gate === undefined) {
      gate = deferred<unknown>();
      // A gate may fail before its task begins to wait for it.
      gate.promise.catch(() => {});
      if (this.#open) gate.resolve(undefined);
      this.#gates.set(name, gate);
    }
    return gate;
  }
}
