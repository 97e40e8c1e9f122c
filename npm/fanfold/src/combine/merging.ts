import { describe } from '../errors/describe.js';
import { NOTHING } from '../iterate/flow.js';
import type { Inlet } from '../iterate/inlet.js';
import { SourcedFlow } from '../iterate/sourced.js';
import type { AnySource } from '../iterate/types.js';
import { lastSettle, pending } from '../task/promise.js';
import type { RaceResult } from './types.js';

/** What is said of a combiner, checked. */
export interface MergePlan {
  readonly onError: 'stop' | 'continue';
  readonly signal: AbortSignal | undefined;
  readonly open: boolean;
}

/** Inlets in a line, which costs nothing to join. An inlet is in one line at most. */
class Line {
  #first: Inlet | undefined;
  #last: Inlet | undefined;

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  push(inlet: Inlet): void {
    if (this.#last === undefined) this.#first = inlet;
    else this.#last.behind = inlet;
    this.#last = inlet;
  }

  shift(): Inlet | undefined {
    const inlet = this.#first;
    if (inlet === undefined) return undefined;
    this.#first = inlet.behind;
    inlet.behind = undefined;
    if (this.#first === undefined) this.#last = undefined;
    return inlet;
  }

  /** Drops them, and what they hold. */
  clear(): void {
    for (let inlet = this.shift(); inlet !== undefined; inlet = this.shift()) inlet.take();
  }
}

/**
 * Values of many sources as they come. A source is being asked, or has a value (`ready`), or has none and is asked as soon
 * as somebody wants one (`idle`): it holds one value at most.
 */
export class Merging<T> extends SourcedFlow<T> {
  readonly #plan: MergePlan;
  readonly #ready = new Line();
  readonly #idle = new Line();
  readonly #errors: unknown[] = [];
  #isOpen: boolean;
  /** Where the value is from that was taken last. */
  #from: AnySource | undefined;

  constructor(sources: Iterable<unknown>, plan: MergePlan) {
    super(plan.signal);
    this.#plan = plan;
    this.#isOpen = plan.open;
    this.openAll(sources);
    for (const inlet of this.inlets) this.#idle.push(inlet);
  }

  get size(): number {
    return this.inlets.size;
  }

  add(source: unknown): boolean {
    if (this.isOver) return false;
    this.#idle.push(this.open(source, 'source'));
    this.answer();
    return true;
  }

  end(): void {
    this.#isOpen = false;
    this.#endIfEmpty();
  }

  race(): Promise<RaceResult<T>> {
    const value = this.ready();
    if (value !== NOTHING) {
      return Promise.resolve({ done: false, value: value as T, source: this.#from as AnySource });
    }
    const promise = pending<RaceResult<T>>();
    const settle = lastSettle();
    this.enqueue((outcome) => settle(this.#raced(outcome as IteratorResult<T> | object)));
    return promise;
  }

  came(inlet: Inlet): void {
    this.#ready.push(inlet);
    this.answer();
  }

  ended(inlet: Inlet): void {
    this.inlets.delete(inlet);
    this.#endIfEmpty();
  }

  override broke(inlet: Inlet, error: unknown): void {
    if (this.#plan.onError === 'stop') {
      super.broke(inlet, error);
    } else {
      this.#errors.push(error);
      this.ended(inlet);
    }
  }

  protected override begin(): void {
    super.begin();
    this.#endIfEmpty();
  }

  protected take(): unknown {
    const inlet = this.#ready.shift();
    if (inlet === undefined) return NOTHING;
    this.#from = inlet.source as AnySource;
    this.#idle.push(inlet);
    return inlet.take();
  }

  protected demand(): boolean {
    const idle = this.#idle;
    if (idle.isEmpty) return false;
    for (let inlet = idle.shift(); inlet !== undefined; inlet = idle.shift()) inlet.ask();
    return true;
  }

  protected drop(): void {
    this.#ready.clear();
    this.#errors.length = 0;
  }

  /** What was taken is told in the same step. */
  #raced(outcome: IteratorResult<T> | object): unknown {
    if (!('done' in outcome)) return outcome;
    return outcome.done === true
      ? { done: true, value: undefined, source: undefined }
      : { done: false, value: outcome.value, source: this.#from };
  }

  #endIfEmpty(): void {
    if (this.inlets.size > 0 || this.#isOpen) return;
    const errors = this.#errors;
    if (errors.length === 0) {
      this.finish();
    } else {
      const { length } = errors;
      const message = `${length} of the sources failed. The first error: ${describe(errors[0])}`;
      this.finish({ error: new AggregateError([...errors], message) });
      errors.length = 0;
    }
  }
}
