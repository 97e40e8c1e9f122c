import { PushPullBuffer } from '../buffer/buffer.js';
import { DONE } from '../task/done.js';
import type { Envelope } from './types.js';

/** Where the envelopes of a pool go. Nothing of the user's is called in here. */
export interface Channel {
  /** Whether a task may be started whose envelopes are to go here. */
  readonly hasRoom: boolean;
  /** Takes an envelope, after all that were put before. `true` if it is taken, else a promise that resolves when it is. */
  put(envelope: Envelope): true | Promise<unknown>;
  /** Resolves when there is room, or nobody reads any more. */
  ready(): Promise<unknown>;
  /** There are no more. */
  end(): void;
  /** There are no more, and after those there are it throws this. */
  break(error: unknown): void;
  /** It throws this, and what was not read is dropped. */
  fail(reason: unknown): void;
}

/** To one who reads them one by one, and no more of them ahead than fit. */
export class Stream implements Channel {
  readonly #buffer: PushPullBuffer<Envelope>;
  readonly #controller = new AbortController();
  /** Whether the reason that it failed with is still to be thrown. */
  #hasReason = false;
  #isOver = false;

  constructor(capacity: number) {
    this.#buffer = new PushPullBuffer<Envelope>({
      capacity,
      signal: this.#controller.signal,
      name: 'results',
    });
  }

  /** The next one. */
  next(): Promise<IteratorResult<Envelope, undefined>> {
    if (this.#isOver && !this.#hasReason) return Promise.resolve(DONE);
    this.#hasReason = false;
    return this.#buffer.source.next();
  }

  /** Nobody reads any more. */
  leave(): void {
    void this.#buffer.source.return();
  }

  get hasRoom(): boolean {
    const { size, capacity, waitingPushes, waitingPulls } = this.#buffer;
    return waitingPushes === 0 && (size < capacity || waitingPulls > 0);
  }

  put(envelope: Envelope): true | Promise<unknown> {
    const { sink } = this.#buffer;
    return sink.push(envelope) || sink.next(envelope).catch(ignore);
  }

  ready(): Promise<unknown> {
    return this.#buffer.sink.ready().catch(ignore);
  }

  end(): void {
    this.#buffer.sink.return();
  }

  break(error: unknown): void {
    this.#buffer.sink.throw(error);
  }

  fail(reason: unknown): void {
    this.#isOver = true;
    // Those who wait for an envelope have it thrown to them, and else the next who asks.
    this.#hasReason = this.#buffer.waitingPulls === 0;
    this.#controller.abort(reason);
  }
}

/** What ended the buffer is told to whoever reads it. */
const ignore = (): void => {};
