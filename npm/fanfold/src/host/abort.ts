/** Everybody here who wants to know when a signal is aborted. */
const watchers = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls this when the signal is aborted, in the order in which it was asked for; what it gives back stops
 * that. However many ask, a signal has one listener of ours, and none when nobody asks any more: Node warns of
 * a leak where a signal has more than ten.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const callbacks = watchers.get(signal) ?? watch(signal);
  callbacks.add(callback);
  return () => {
    callbacks.delete(callback);
    if (callbacks.size === 0 && watchers.get(signal) === callbacks) {
      watchers.delete(signal);
      signal.removeEventListener('abort', aborted);
    }
  };
}

function watch(signal: AbortSignal): Set<() => void> {
  const callbacks = new Set<() => void>();
  signal.addEventListener('abort', aborted, { once: true });
  watchers.set(signal, callbacks);
  return callbacks;
}

/** The one listener of all signals. */
function aborted(this: AbortSignal): void {
  const callbacks = watchers.get(this);
  watchers.delete(this);
  // One of them may stop another: a set that is being walked leaves out what was deleted.
  for (const callback of callbacks ?? []) callback();
}
