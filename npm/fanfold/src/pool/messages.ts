import { Deque } from '../buffer/deque.js';

/** Who waits for a message. */
export interface Receiver {
  receive(message: unknown): void;
}

/** What was sent to a task and not received yet, or who waits for it: never both. */
export class Mailbox {
  readonly #capacity: number;
  readonly #messages = new Deque<unknown>();
  /** In the order in which they asked; who does not wait any more is taken out. */
  readonly #receivers = new Set<Receiver>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** How many messages wait. */
  get size(): number {
    return this.#messages.length;
  }

  /** Gives a message to whoever has waited longest, or keeps it. Whether it was either. */
  send(message: unknown): boolean {
    for (const receiver of this.#receivers) {
      this.#receivers.delete(receiver);
      receiver.receive(message);
      return true;
    }
    if (this.size >= this.#capacity) return false;
    this.#messages.push(message);
    return true;
  }

  /** The message that has waited longest, of those there are. */
  take(): unknown {
    return this.#messages.shift();
  }

  wait(receiver: Receiver): void {
    this.#receivers.add(receiver);
  }

  leave(receiver: Receiver): void {
    this.#receivers.delete(receiver);
  }
}
