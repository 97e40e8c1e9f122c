import { checkSignal } from '../check/options.js';
import { onAbort } from '../host/abort.js';
import { dispose } from '../host/dispose.js';

/** A signal made of others. */
export interface CombinedSignal extends AbortSignal, Disposable {
  /** Stops listening to the others: they do not abort it any more. Again changes nothing. */
  clear(): void;
}

/**
 * A signal that is aborted as soon as one of these is, with the same reason. However many are made of one signal,
 * that has one listener; it is gone when all of them were aborted, cleared or disposed of. Clear one that is made
 * of signals which outlive it: until then they keep it alive.
 *
 * @param signals Signals; `undefined` is left out, so that an optional one can be passed on as it is.
 * @throws TypeError if one of them is no signal.
 *
 * @example
 * ```ts
 * using signal = anySignal(request.signal, shutdown);
 * await fetch(url, { signal });
 * ```
 */
export function anySignal(...signals: readonly (AbortSignal | undefined)[]): CombinedSignal {
  const sources = new Set(signals.map((signal, index) => checkSignal(`signals[${index}]`, signal)));
  sources.delete(undefined);
  const controller = new AbortController();
  const unlisten: (() => void)[] = [];
  const clear = (): void => {
    for (const stop of unlisten.splice(0)) stop();
  };
  const aborted = [...sources].find((source) => source?.aborted);
  if (aborted !== undefined) controller.abort(aborted.reason);
  else {
    for (const source of sources as Set<AbortSignal>) {
      const stop = onAbort(source, () => {
        clear();
        controller.abort(source.reason);
      });
      unlisten.push(stop);
    }
  }
  return Object.defineProperties(controller.signal, {
    clear: { value: clear },
    [dispose]: { value: clear },
  }) as CombinedSignal;
}
