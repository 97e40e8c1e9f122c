/** Counts the abort listeners of one signal from now on. */
export interface ListenerCount {
  /** Listeners there are now. */
  readonly now: number;
  /** The most there ever were at once. */
  readonly peak: number;
  /** How often one was added. */
  readonly added: number;
}

/** Wraps addEventListener and removeEventListener of this signal alone. */
export function countListeners(signal: AbortSignal): ListenerCount {
  const present = new Map<unknown, { once: boolean }>();
  const count = { now: 0, peak: 0, added: 0 };
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  const refresh = () => {
    count.now = present.size;
    count.peak = Math.max(count.peak, count.now);
  };
  // Registered before any other, so that it sees which listeners the dispatch is about to use up.
  add('abort', () => {
    for (const [listener, { once }] of present) if (once) present.delete(listener);
    refresh();
  });
  signal.addEventListener = ((
    type: string,
    listener: EventListener,
    options?: AddEventListenerOptions | boolean,
  ) => {
    if (type === 'abort') {
      const settings = typeof options === 'object' ? options : {};
      present.set(listener, { once: settings.once === true });
      settings.signal?.addEventListener('abort', () => {
        present.delete(listener);
        refresh();
      });
      count.added += 1;
      refresh();
    }
    add(type as 'abort', listener, options);
  }) as AbortSignal['addEventListener'];
  signal.removeEventListener = ((type: string, listener: EventListener, options?: boolean) => {
    if (type === 'abort') {
      present.delete(listener);
      refresh();
    }
    remove(type as 'abort', listener, options);
  }) as AbortSignal['removeEventListener'];
  return count;
}
