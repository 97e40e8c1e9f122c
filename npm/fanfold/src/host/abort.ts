/** Everybody here who wants to know when a signal is aborted, and how they are called. */
interface Watch {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

const watches = new WeakMap<AbortSignal, Watch>();

/**
 * Calls this when the signal is aborted, in the order in which it was asked for; what it gives back stops
 * that. However many ask, a signal has one listener of ours, and none when nobody asks any more: Node warns of
 * a leak where a signal has more than ten.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const watch = watches.get(signal) ?? begin(signal);
  const { callbacks, listener } = watch;
  callbacks.add(callback);
  return () => {
    callbacks.delete(callback);
    if (callbacks.size === 0 && watches.get(signal) === watch) {
      watches.delete(signal);
      signal.removeEventListener('abort', listener);
    }
  };
}

function begin(signal: AbortSignal): Watch {
  const callbacks = new Set<() => void>();
  // Not by its `this`: what stands in for a signal may have its events from somebody else.
  const listener = (): void => {
    watches.delete(signal);
    // One of them may stop another: a set that is being walked leaves out what was deleted.
    for (const callback of callbacks) callback();
  };
  const watch = { callbacks, listener };
  signal.addEventListener('abort', listener, { once: true });
  watches.set(signal, watch);
  return watch;
}
