import { onAbort } from '../host/abort.js';
import { type Ending, Flow } from './flow.js';
import { closeAll, Inlet, type Reader } from './inlet.js';

/** A flow that reads sources. They are opened when it is made, asked when it is, and closed when it is left. */
export abstract class SourcedFlow<T> extends Flow<T> implements Reader {
  /** Those that have not ended, in their order. */
  protected readonly inlets = new Set<Inlet>();
  readonly #signal: AbortSignal | undefined;
  #unlisten: (() => void) | undefined;
  #opened = 0;

  constructor(signal: AbortSignal | undefined) {
    super();
    this.#signal = signal;
  }

  /**
   * Opens a source.
   *
   * @throws TypeError if it is none, or whatever its opening throws.
   */
  protected open(source: unknown, name: string): Inlet {
    const inlet = new Inlet(source, this.#opened, this, name);
    this.#opened++;
    this.inlets.add(inlet);
    return inlet;
  }

  /** The same with many: if one cannot be opened, those that were are closed. */
  protected openAll(sources: Iterable<unknown>): void {
    try {
      for (const source of sources) this.open(source, `sources[${this.#opened}]`);
    } catch (error) {
      closeAll(this.inlets);
      throw error;
    }
  }

  protected begin(): void {
    const signal = this.#signal;
    if (signal === undefined || this.isOver) return;
    if (signal.aborted) this.#abort(signal.reason);
    else this.#unlisten = onAbort(signal, () => this.#abort(signal.reason));
  }

  /** It ends with this error when what is held has been given. */
  protected fail(error: unknown): void {
    this.finish({ error });
    this.close();
  }

  protected override finish(ending?: Ending): void {
    this.#unlisten?.();
    this.#unlisten = undefined;
    super.finish(ending);
  }

  protected close(): unknown {
    this.#unlisten?.();
    this.#unlisten = undefined;
    const closed = closeAll(this.inlets);
    this.inlets.clear();
    return closed;
  }

  #abort(reason: unknown): void {
    this.drop();
    this.fail(reason);
  }

  abstract came(inlet: Inlet): void;
  abstract ended(inlet: Inlet): void;

  broke(inlet: Inlet, error: unknown): void {
    this.inlets.delete(inlet);
    this.fail(error);
  }
}
