/** Who waits for a message. */
export interface Receiver {
  receive(message: unknown): void;
}

/** What was sent to a task and not received yet, or who waits for it: never both. */
export class Mailbox {
  readonly #capacity: number;
  #messages: unknown[] = [];
  /** How many of the messages were received. */
  #received = 0;
  /** In the order in which they asked; who does not wait any more is taken out. */
  readonly #receivers = new Set<Receiver>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** How many messages wait. */
  get size(): number {
    return this.#messages.length - this.#received;
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
    const message = this.#messages[this.#received];
    this.#messages[this.#received] = undefined;
    this.#received++;
    if (this.#received * 2 >= this.#messages.length) {
      this.#messages = this.#messages.slice(this.#received);
      this.#received = 0;
    }
    return message;
  }

  wait(receiver: Receiver): void {
    this.#receivers.add(receiver);
  }

  leave(receiver: Receiver): void {
    this.#receivers.delete(receiver);
  }
}
