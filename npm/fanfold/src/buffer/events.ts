import { checkOptions, type Names } from '../check/names.js';
import { checkFunction } from '../check/options.js';
import { wrongType } from '../errors/misuse.js';
import { onAbort } from '../host/abort.js';
import { asyncDispose } from '../host/dispose.js';
import { PushPullBuffer } from './buffer.js';
import { DEFAULT_CAPACITY } from './options.js';
import type {
  BufferOrder,
  BufferOverflow,
  BufferSource,
  PushPullBufferOptions,
  WaitOptions,
} from './types.js';

/** How events become a source. */
export interface FromEventsOptions<Event, T> {
  /** How many events may wait to be pulled: an integer from 0 up, or `Infinity`. Default 1,024. */
  readonly capacity?: number | undefined;
  /** What becomes of an event for which there is no room. Default `'error'`: the source ends with a `BufferFullError`. */
  readonly overflow?: Exclude<BufferOverflow, 'suspend'> | undefined;
  /** Default `'fifo'`. */
  readonly order?: Exclude<BufferOrder, 'priority'> | undefined;
  /** Makes a value of what listeners are given. Default: the first of it. If it throws, the source ends with that. */
  readonly map?: ((...event: Event[]) => T) | undefined;
  /** Events of this name, or of one of these, end the source. */
  readonly end?: string | readonly string[] | undefined;
  /** Events of this name end the source with what they bring: of an `EventTarget` their `error`, if they have one. */
  readonly error?: string | undefined;
  /** Ends the source with its reason, at once. */
  readonly signal?: AbortSignal | undefined;
}

const OPTIONS: Names<FromEventsOptions<unknown, unknown>> = {
  capacity: true,
  overflow: true,
  order: true,
  map: true,
  end: true,
  error: true,
  signal: true,
};

// biome-ignore lint/suspicious/noExplicitAny: as targets of all kinds declare it
type Listener = (...args: any[]) => void;

/** Something that tells of events, as in browsers. */
export interface EventTargetLike {
  addEventListener(name: string, listener: Listener): void;
  removeEventListener(name: string, listener: Listener): void;
}

/** Something that tells of events, as in Node.js. */
export interface EmitterLike {
  on(name: string, listener: Listener): unknown;
  off(name: string, listener: Listener): unknown;
}

/**
 * Events as a source, from this call on. Nobody can make events wait, so what comes while nobody pulls is kept, up to
 * `capacity`, and then it is `overflow` that says what becomes of it. Leaving the loop removes all listeners, and so does
 * every other end.
 *
 * @param target An `EventTarget` or an `EventEmitter`, or whatever has their methods.
 * @throws TypeError or RangeError naming the argument or option that is wrong.
 *
 * @example
 * ```ts
 * for await (const message of fromEvents(socket, 'message', { end: 'close', error: 'error' })) handle(message.data);
 * ```
 */
export function fromEvents<T = unknown>(
  target: EventTargetLike | EmitterLike,
  name: string,
  // biome-ignore lint/suspicious/noExplicitAny: what the listeners of this name are given only the caller knows
  options: FromEventsOptions<any, T> = {},
): BufferSource<T> {
  checkOptions(options, OPTIONS);
  if (typeof name !== 'string') throw wrongType('name', 'a string', name);
  const { capacity = DEFAULT_CAPACITY, overflow = 'error', order, signal, map = first } = options;
  checkFunction('map', map);
  if ((overflow as BufferOverflow) === 'suspend') {
    throw wrongType('overflow', "other than 'suspend', since events do not wait", overflow);
  }
  const ends = options.end === undefined ? [] : [options.end].flat();
  for (const end of ends)
    if (typeof end !== 'string') throw wrongType('end', 'a string or an array of them', end);
  if (options.error !== undefined && typeof options.error !== 'string') {
    throw wrongType('error', 'a string', options.error);
  }
  const buffer = new PushPullBuffer<T>({
    capacity,
    overflow,
    order,
    signal,
    name: `events: ${name}`,
  } satisfies PushPullBufferOptions<T>);
  const wires = new Wires(target, signal);
  const { sink } = buffer;
  const attempt = (fn: () => unknown): void => {
    try {
      fn();
    } catch (error) {
      wires.cut();
      sink.throw(error);
    }
  };
  wires.lay(name, (...event) => attempt(() => sink.push((map as (...event: unknown[]) => T)(...event))));
  for (const end of ends) {
    wires.lay(end, () => {
      wires.cut();
      sink.return();
    });
  }
  if (options.error !== undefined) {
    wires.lay(options.error, (event) => {
      wires.cut();
      sink.throw(reasonOf(event));
    });
  }
  if (signal?.aborted) wires.cut();
  return new Events(buffer.source, wires);
}

function first(...event: unknown[]): never {
  return event[0] as never;
}

/** What an event says went wrong. */
function reasonOf(event: unknown): unknown {
  const isEvent = typeof Event === 'function' && event instanceof Event;
  return isEvent && 'error' in event ? event.error : event;
}

/** All that listens. */
class Wires {
  readonly #add: (name: string, listener: Listener) => unknown;
  readonly #remove: (name: string, listener: Listener) => unknown;
  readonly #laid: (() => void)[] = [];

  constructor(target: EventTargetLike | EmitterLike, signal: AbortSignal | undefined) {
    const { addEventListener, removeEventListener, on, off } = (target ?? {}) as Partial<
      EventTargetLike & EmitterLike
    >;
    const add = addEventListener ?? on;
    const remove = removeEventListener ?? off;
    if (typeof add !== 'function' || typeof remove !== 'function') {
      throw wrongType('target', 'an EventTarget or an EventEmitter', target);
    }
    this.#add = (name, listener) => add.call(target, name, listener);
    this.#remove = (name, listener) => remove.call(target, name, listener);
    if (signal !== undefined && !signal.aborted) {
      this.#laid.push(onAbort(signal, () => this.cut()));
    }
  }

  lay(name: string, listener: (...event: unknown[]) => void): void {
    this.#add(name, listener);
    this.#laid.push(() => this.#remove(name, listener));
  }

  cut(): void {
    for (const cut of this.#laid.splice(0)) cut();
  }
}

/** The source, which stops listening when it is left. */
class Events<T> implements BufferSource<T> {
  readonly #source: BufferSource<T>;
  readonly #wires: Wires;

  constructor(source: BufferSource<T>, wires: Wires) {
    this.#source = source;
    this.#wires = wires;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(options?: WaitOptions): Promise<IteratorResult<T, undefined>> {
    return this.#source.next(options);
  }

  pull(n: number, options?: WaitOptions): Promise<T[]> {
    return this.#source.pull(n, options);
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#wires.cut();
    return this.#source.return();
  }

  throw(error?: unknown): Promise<IteratorResult<T, undefined>> {
    this.#wires.cut();
    return this.#source.throw(error);
  }

  async [asyncDispose](): Promise<void> {
    await this.return();
  }
}
