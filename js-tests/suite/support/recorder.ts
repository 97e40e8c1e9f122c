import { type Deferred, deferred } from './deferred.ts';
import { show } from './show.ts';
import { settle } from './turns.ts';

/** Something that was seen: by whom (the script of the test itself, a source, a mapper, a caller …), and what. */
export interface Seen {
  readonly channel: string;
  readonly event: string;
}

/** Writes down what a user of a drop-in could see, in order, and holds the gates that a script opens one by one. */
export class Recorder {
  readonly seen: Seen[] = [];
  readonly #gates = new Map<string, Deferred<unknown>>();

  note(event: string, channel = 'script'): void {
    this.seen.push({ channel, event });
  }

  /** Writes down how a promise ends, at the moment when the one who waits for it goes on. */
  follow(name: string, promise: PromiseLike<unknown>): void {
    promise.then(
      (value) => this.note(`${name} gives ${show(value)}`, 'caller'),
      (reason: unknown) => this.note(`${name} fails with ${show(reason)}`, 'caller'),
    );
  }

  /** Writes down what a call does before it returns: a value, or what it throws. */
  attempt(name: string, action: () => unknown): void {
    try {
      this.note(`${name} returns ${show(action())}`);
    } catch (thrown) {
      this.note(`${name} throws ${show(thrown)}`);
    }
  }

  gate(name: string): Deferred<unknown> {
    let gate = this.#gates.get(name);
    if (gate === undefined) {
      gate = deferred<unknown>();
      // What waits behind it may have been given up.
      gate.promise.catch(() => {});
      this.#gates.set(name, gate);
    }
    return gate;
  }

  /** Lets what waits at this gate go on, with its name unless another value is given. */
  open(name: string, value: unknown = name): void {
    this.note(`open ${name}`);
    this.gate(name).resolve(value);
  }

  /** Lets what waits at this gate fail. */
  fail(name: string, reason: unknown = new RangeError(`${name} failed`)): void {
    this.note(`fail ${name}`);
    this.gate(name).reject(reason);
  }

  /** Lets everything happen that is due. */
  async flush(mark = 'settled'): Promise<void> {
    await settle();
    this.note(mark);
  }

  /** Opens several gates, each after everything that the one before led to. */
  async openEach(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      this.open(name);
      await this.flush();
    }
  }
}

/** One sequence of everything. */
export function inOrder(seen: readonly Seen[]): string[] {
  return seen.map(({ channel, event }) => `${channel}: ${event}`);
}

/**
 * What does not depend on how many rounds of the microtask queue a step takes: what the script did and saw, and between
 * two lines of it what each channel saw, in its order.
 */
export function byChannel(seen: readonly Seen[]): string[] {
  const lines: string[] = [];
  let block: Seen[] = [];
  const close = () => {
    const channels = [...new Set(block.map(({ channel }) => channel))].sort();
    for (const name of channels) {
      for (const { channel, event } of block) if (channel === name) lines.push(`${channel}: ${event}`);
    }
    block = [];
  };
  for (const entry of seen) {
    if (entry.channel === 'script') {
      close();
      lines.push(`script: ${entry.event}`);
    } else {
      block.push(entry);
    }
  }
  close();
  return lines;
}
