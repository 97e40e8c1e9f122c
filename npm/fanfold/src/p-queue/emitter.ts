/** What a listener is called with depends on the event, which nobody has written down in types. */
// biome-ignore lint/suspicious/noExplicitAny: eventemitter3's own type, which p-queue shows its users
type ListenerFunction = (...args: any[]) => void;

interface Listener {
  readonly fn: ListenerFunction;
  /** Its `this`. */
  readonly context: unknown;
  readonly once: boolean;
}

/**
 * Events as eventemitter3 has them, which p-queue is made of: in the order of their registration, inside the call, and
 * none of them special. A listener that throws ends the call.
 */
export class Emitter<EventName extends string | symbol> {
  /** For eventemitter3's users: names of events are kept as they are. */
  static prefixed: string | boolean = false;

  /** A list is only ever added to, so that one who walks it sees no change but newcomers behind its end. */
  readonly #listeners = new Map<EventName, Listener[]>();

  /** The events that somebody listens to. */
  eventNames(): EventName[] {
    return [...this.#listeners.keys()];
  }

  /** Those who listen to an event. */
  listeners<T extends EventName>(event: T): ListenerFunction[] {
    return (this.#listeners.get(event) ?? []).map(({ fn }) => fn);
  }

  /** How many listen to an event. */
  listenerCount(event: EventName): number {
    return this.#listeners.get(event)?.length ?? 0;
  }

  /** Calls all who listen to an event now. Tells whether there were any. */
  // biome-ignore lint/suspicious/noExplicitAny: eventemitter3's own type, which p-queue shows its users
  emit<T extends EventName>(event: T, ...args: any[]): boolean {
    const listeners = this.#listeners.get(event);
    if (listeners === undefined) return false;
    for (const { fn, context, once } of listeners.slice()) {
      if (once) this.removeListener(event, fn, undefined, true);
      fn.apply(context, args);
    }
    return true;
  }

  /**
   * Listens to an event.
   *
   * @param context Its `this`. Default: the queue.
   * @throws TypeError if it is not a function.
   */
  // biome-ignore lint/suspicious/noExplicitAny: eventemitter3's own type, which p-queue shows its users
  on<T extends EventName>(event: T, fn: ListenerFunction, context?: any): this {
    return this.#add(event, fn, context, false);
  }

  /** The same as {@link on}. */
  // biome-ignore lint/suspicious/noExplicitAny: eventemitter3's own type, which p-queue shows its users
  addListener<T extends EventName>(event: T, fn: ListenerFunction, context?: any): this {
    return this.#add(event, fn, context, false);
  }

  /** Listens to an event until it happens. */
  // biome-ignore lint/suspicious/noExplicitAny: eventemitter3's own type, which p-queue shows its users
  once<T extends EventName>(event: T, fn: ListenerFunction, context?: any): this {
    return this.#add(event, fn, context, true);
  }

  /** Listens no longer: everybody, or this function, or only with this context, or only if it listens once. */
  removeListener<T extends EventName>(
    event: T,
    fn?: ListenerFunction,
    // biome-ignore lint/suspicious/noExplicitAny: eventemitter3's own type, which p-queue shows its users
    context?: any,
    once?: boolean,
  ): this {
    const isMeant = (each: Listener): boolean =>
      (!fn || each.fn === fn) && (!fn || !once || each.once) && (!fn || !context || each.context === context);
    const left = this.#listeners.get(event)?.filter((each) => !isMeant(each)) ?? [];
    if (left.length > 0) this.#listeners.set(event, left);
    else this.#listeners.delete(event);
    return this;
  }

  /** The same as {@link removeListener}. */
  // biome-ignore lint/suspicious/noExplicitAny: eventemitter3's own type, which p-queue shows its users
  off<T extends EventName>(event: T, fn?: ListenerFunction, context?: any, once?: boolean): this {
    return this.removeListener(event, fn, context, once);
  }

  /** Nobody listens any more, to this event or to any. */
  removeAllListeners(event?: EventName): this {
    if (event === undefined) this.#listeners.clear();
    else this.#listeners.delete(event);
    return this;
  }

  #add(event: EventName, fn: ListenerFunction, context: unknown, once: boolean): this {
    if (typeof fn !== 'function') throw new TypeError('The listener must be a function');
    const listener: Listener = { fn, context: context || this, once };
    const listeners = this.#listeners.get(event);
    if (listeners === undefined) this.#listeners.set(event, [listener]);
    else listeners.push(listener);
    return this;
  }
}
