import { PushPullBuffer } from '../buffer/push-pull-buffer.js';
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

  constructor(capacity: number) {
    this.#buffer = new PushPullBuffer<Envelope>({
      capacity,
      signal: this.#controller.signal,
      name: 'results',
    });
  }

  /** Where they are read. */
  get source(): PushPullBuffer<Envelope>['source'] {
    return this.#buffer.source;
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
    this.#controller.abort(reason);
  }
}

/** What ended the buffer is told to whoever reads it. */
const ignore = (): void => {};
