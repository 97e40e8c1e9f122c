import { onAbort } from '../host/abort.js';
import { type Ending, Flow, NOTHING } from './flow.js';
import { Inlet, type Reader } from './inlet.js';

/** A place for an item in the line that all branches walk along: empty as long as nothing is behind it. */
interface Place {
  value: unknown;
  behind: Place | undefined;
}

const emptyPlace = (): Place => ({ value: undefined, behind: undefined });

/** What is said of a hub, checked. */
export interface HubPlan {
  readonly capacity: number;
  readonly overflow: 'suspend' | 'drop-oldest';
  readonly signal: AbortSignal | undefined;
  /** Whether the source is closed when the last branch has left. */
  readonly endsWithLast: boolean;
}

/**
 * One source for many readers. Each item is pulled once, when a reader asks for it that has taken all before, and stands in
 * a line until the slowest has taken it; nothing else holds it.
 */
export class Hub<T> implements Reader {
  readonly #plan: HubPlan;
  readonly #inlet: Inlet;
  readonly #branches = new Set<Branch<T>>();
  /** Where the next item goes. */
  #last = emptyPlace();
  /** How many items came. */
  #come = 0;
  /** No branch has taken less than this. */
  #slowest = 0;
  #isBegun = false;
  #isAsking = false;
  /** Whether somebody who asks waits for the slowest. */
  #isBlocked = false;
  #isTelling = false;
  #hasNews = false;
  #ending: Ending | undefined;
  #unlisten: (() => void) | undefined;

  /** @throws TypeError if it is no source. */
  constructor(source: unknown, plan: HubPlan) {
    this.#plan = plan;
    this.#inlet = new Inlet(source, 0, this, 'source');
  }

  /** How many branches there are. */
  get size(): number {
    return this.#branches.size;
  }

  /** Another branch, which has everything that comes from now on. */
  join(): Branch<T> {
    const branch = new Branch<T>(this, this.#last, this.#come);
    if (this.#ending === undefined) this.#branches.add(branch);
    else branch.end(this.#ending);
    return branch;
  }

  /** Nobody wants any more of the source. Tells what it made of that. Who has items left is given them. */
  close(): unknown {
    this.#end({});
    return this.#inlet.close();
  }

  came(inlet: Inlet): void {
    this.#isAsking = false;
    const place = this.#last;
    this.#last = emptyPlace();
    place.value = inlet.take();
    place.behind = this.#last;
    this.#come++;
    if (this.#plan.overflow === 'drop-oldest') {
      for (const branch of this.#branches)
        if (this.#come - branch.taken > this.#plan.capacity) branch.dropOldest();
    }
    this.#tell();
  }

  ended(): void {
    this.#end({});
  }

  broke(_inlet: Inlet, error: unknown): void {
    this.#end({ error });
  }

  // ---------------------------------------------------------------- what branches tell

  /** A branch that has taken all there is wants more. Whether the source was asked. */
  demand(): boolean {
    if (this.#isAsking || this.#ending !== undefined) return false;
    if (!this.#isBegun) this.#begin();
    // Its signal may have been aborted before.
    if (this.#ending !== undefined) return true;
    if (!this.#hasRoom()) return false;
    this.#isAsking = true;
    this.#inlet.ask();
    return true;
  }

  /** A branch has taken an item. */
  moved(): void {
    if (this.#isBlocked) this.#goOn();
  }

  /** A branch has gone. Tells what the source made of that, if it was the last one. */
  left(branch: Branch<T>): unknown {
    if (!this.#branches.delete(branch)) return undefined;
    if (this.#branches.size === 0 && this.#plan.endsWithLast) return this.close();
    if (this.#isBlocked) this.#goOn();
    return undefined;
  }

  // ---------------------------------------------------------------- inside

  #begin(): void {
    this.#isBegun = true;
    const { signal } = this.#plan;
    if (signal === undefined) return;
    if (signal.aborted) this.#abort(signal.reason);
    else this.#unlisten = onAbort(signal, () => this.#abort(signal.reason));
  }

  #abort(reason: unknown): void {
    for (const branch of this.#branches) branch.forget();
    this.#end({ error: reason });
    this.#inlet.close();
  }

  #end(ending: Ending): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.#isAsking = false;
    this.#unlisten?.();
    this.#unlisten = undefined;
    const branches = [...this.#branches];
    this.#branches.clear();
    for (const branch of branches) branch.end(ending);
  }

  /** Whether the slowest is near enough for another item. It is looked for only where it may be too far. */
  #hasRoom(): boolean {
    const { capacity, overflow } = this.#plan;
    if (overflow === 'drop-oldest' || this.#come - this.#slowest < capacity) return true;
    this.#slowest = this.#come;
    for (const { taken } of this.#branches) if (taken < this.#slowest) this.#slowest = taken;
    this.#isBlocked = this.#come - this.#slowest >= capacity;
    return !this.#isBlocked;
  }

  /** There may be room now for those who wait. */
  #goOn(): void {
    this.#isBlocked = false;
    for (const branch of this.#branches) {
      if (!branch.isAsked) continue;
      this.demand();
      return;
    }
  }

  /** Lets all have what there is who wait for it. What comes meanwhile is told in another round, not from inside. */
  #tell(): void {
    this.#hasNews = true;
    if (this.#isTelling) return;
    this.#isTelling = true;
    while (this.#hasNews) {
      this.#hasNews = false;
      for (const branch of this.#branches) branch.answer();
    }
    this.#isTelling = false;
  }
}

/** One reader of a hub. */
export class Branch<T> extends Flow<T> {
  readonly #hub: Hub<T>;
  #place: Place;
  /** How many items it has had, or lost, or were there before it came. */
  taken: number;
  /** How many it lost. */
  dropped = 0;

  constructor(hub: Hub<T>, place: Place, taken: number) {
    super();
    this.#hub = hub;
    this.#place = place;
    this.taken = taken;
  }

  dropOldest(): void {
    this.#move();
    this.dropped++;
  }

  end(ending: Ending): void {
    this.finish(ending);
  }

  /** What it has not taken is wanted no more. */
  forget(): void {
    this.#place = emptyPlace();
  }

  protected begin(): void {}

  protected take(): unknown {
    const { value, behind } = this.#place;
    if (behind === undefined) return NOTHING;
    this.#move();
    this.#hub.moved();
    return value;
  }

  protected demand(): boolean {
    return this.#place.behind === undefined && this.#hub.demand();
  }

  protected drop(): void {
    this.forget();
  }

  protected close(): unknown {
    return this.#hub.left(this);
  }

  #move(): void {
    this.#place = this.#place.behind as Place;
    this.taken++;
  }
}
