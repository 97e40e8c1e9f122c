import { DEFAULT_CAPACITY } from '../buffer/options.js';
import { checkOptions, type Names } from '../check/names.js';
import { checkCount, checkOneOf, checkSignal } from '../check/options.js';
import { asyncDispose } from '../host/dispose.js';
import type { Source } from '../many/types.js';
import { type Branch, Hub } from './hub.js';
import { FlowStream } from './stream.js';
import type { BroadcastOptions, ItemStream } from './types.js';

const BROADCAST_OPTIONS: Names<BroadcastOptions> = { capacity: true, overflow: true, signal: true };

/** One reader of a {@link broadcast}. */
export interface Subscription<T> extends ItemStream<T> {
  /** How many items it lost, with `overflow: 'drop-oldest'`. */
  readonly dropped: number;
}

/** One source for whoever wants to listen, from when they join. Each loop over it is a subscriber of its own. */
export interface Broadcast<T> extends AsyncIterable<T>, AsyncDisposable {
  /** How many subscribers there are. */
  readonly size: number;
  /** Another subscriber, who gets every item that is pulled from now on. It counts from here, and not from its first `next()`. */
  subscribe(): Subscription<T>;
  [Symbol.asyncIterator](): Subscription<T>;
  /** Ends it: subscribers are given what is held for them, and then the end. Resolves when the source is closed. */
  close(): Promise<void>;
}

/**
 * Lets many listen to one source. Items are pulled, each once, when a subscriber asks who has taken all before; each
 * subscriber gets those that are pulled after it joined.
 *
 * A subscriber that is `capacity` items behind stops the others (`overflow: 'suspend'`) or loses its oldest
 * (`'drop-oldest'`). One that leaves its loop no longer counts. The source stays open when nobody is left, for whoever joins
 * next: `close()` closes it. When it ends or fails, all are told after the items before, and so is who joins later.
 *
 * @throws TypeError or RangeError naming the argument or option that is wrong.
 *
 * @example
 * ```ts
 * const prices = broadcast(ticker, { capacity: 16, overflow: 'drop-oldest' });
 * for await (const price of prices) draw(price); // anywhere, any number of times
 * ```
 */
export function broadcast<T>(source: Source<T>, options: BroadcastOptions = {}): Broadcast<T> {
  checkOptions(options, BROADCAST_OPTIONS);
  const { capacity = DEFAULT_CAPACITY } = options;
  return new Broadcasting<T>(
    new Hub<T>(source, {
      capacity: checkCount('capacity', capacity, 1),
      overflow: checkOneOf('overflow', options.overflow, ['suspend', 'drop-oldest']),
      signal: checkSignal('signal', options.signal),
      endsWithLast: false,
    }),
  );
}

class Broadcasting<T> implements Broadcast<T> {
  readonly #hub: Hub<T>;

  constructor(hub: Hub<T>) {
    this.#hub = hub;
  }

  get size(): number {
    return this.#hub.size;
  }

  subscribe(): Subscription<T> {
    return new Subscriber(this.#hub.join());
  }

  [Symbol.asyncIterator](): Subscription<T> {
    return this.subscribe();
  }

  async close(): Promise<void> {
    await this.#hub.close();
  }

  async [asyncDispose](): Promise<void> {
    await this.close();
  }
}

class Subscriber<T> extends FlowStream<T> implements Subscription<T> {
  readonly #branch: Branch<T>;

  constructor(branch: Branch<T>) {
    super(branch);
    this.#branch = branch;
  }

  get dropped(): number {
    return this.#branch.dropped;
  }
}
