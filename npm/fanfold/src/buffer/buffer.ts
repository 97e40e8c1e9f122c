import type { BufferCore } from './core.js';
import { CountedCore } from './counted.js';
import { bufferPlan } from './options.js';
import { keepBufferShapes } from './shapes.js';
import { Sink } from './sink.js';
import { SlottedCore } from './slotted.js';
import { Source } from './source.js';
import type { BufferSink, BufferSource, PushPullBufferOptions } from './types.js';
import { readableOf, writableOf } from './web-streams.js';

/**
 * A channel between those who push values and those who pull them: its {@link sink} takes so many ahead of its
 * {@link source}, and then lets producers wait. Each value is delivered once, to one consumer, in order.
 *
 * @example
 * ```ts
 * const buffer = new PushPullBuffer<Row>({ capacity: 1_024 });
 *
 * async function produce() {
 *   for await (const row of readRows()) {
 *     const { done } = await buffer.sink.next(row); // waits while the buffer is full
 *     if (done) return; // the consumer has left
 *   }
 *   buffer.sink.return();
 * }
 *
 * void produce();
 * for await (const row of buffer.source) await save(row);
 * ```
 */
export class PushPullBuffer<T> {
  /** Where values are pushed. */
  readonly sink: BufferSink<T>;
  /** Where they are pulled. */
  readonly source: BufferSource<T>;
  readonly #core: BufferCore<T>;
  #readable: ReadableStream<T> | undefined;
  #writable: WritableStream<T> | undefined;

  /**
   * @param options `capacity` has to be given.
   * @throws TypeError or RangeError naming the option that is wrong.
   * @throws BackendError if no engine can run here.
   */
  constructor(options: PushPullBufferOptions<T>) {
    const plan = bufferPlan(options);
    const isPlain = plan.weigh === undefined && plan.order !== 'priority';
    keepBufferShapes(isPlain);
    this.#core = isPlain ? new CountedCore(plan) : new SlottedCore(plan);
    this.sink = new Sink(this.#core);
    this.source = new Source(this.#core);
  }

  /** For messages. */
  get name(): string {
    return this.#core.plan.name;
  }

  /** How much it holds, in units. */
  get capacity(): number {
    return this.#core.plan.capacity;
  }

  /** How many values are stored: those that wait for room are not. */
  get size(): number {
    return this.#core.size;
  }

  /** How many values were dropped because of `overflow`. */
  get dropped(): number {
    return this.#core.dropped;
  }

  /** How many wait for a value. */
  get waitingPulls(): number {
    return this.#core.waitingPulls;
  }

  /** How many wait for room with a value. */
  get waitingPushes(): number {
    return this.#core.waitingPushes;
  }

  /** The source as a WHATWG stream, made when first asked for. It reads nothing ahead; to cancel it is to leave. */
  get readable(): ReadableStream<T> {
    this.#readable ??= readableOf(this.source);
    return this.#readable;
  }

  /** The sink as a WHATWG stream, made when first asked for. To close it ends the buffer, to abort it fails it. */
  get writable(): WritableStream<T> {
    this.#writable ??= writableOf(this.sink);
    return this.#writable;
  }
}
