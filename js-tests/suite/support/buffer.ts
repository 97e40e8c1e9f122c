// What a buffer promises, in the simplest words there are: lists that are searched from end to end. And a buffer that is
// played beside that model, step by step.
import { BufferFullError, PushPullBuffer, type PushPullBufferOptions, type WaitOptions } from 'fanfold';
import { expect } from 'vitest';
import { settle } from './turns.ts';
import { type Watched, watch } from './watch.ts';

/** What is pushed in tests: a value that says what it weighs and how it ranks. */
export interface Parcel {
  readonly id: number;
  readonly weight: number;
  readonly rank: number;
}

export type ParcelOptions = Pick<PushPullBufferOptions<Parcel>, 'overflow' | 'order'> & {
  readonly capacity: number;
  readonly weighed: boolean;
};

/** The options of a buffer of parcels. */
export function optionsOf({
  capacity,
  overflow,
  order,
  weighed,
}: ParcelOptions): PushPullBufferOptions<Parcel> {
  return {
    capacity,
    overflow,
    order,
    ...(weighed ? { weigh: (parcel) => parcel.weight } : {}),
    ...(order === 'priority' ? { priority: (parcel) => parcel.rank } : {}),
  };
}

/** What came of a call, as far as is known. */
type Outcome =
  | { readonly state: 'pending' }
  | { readonly state: 'fulfilled'; readonly value: unknown }
  | { readonly state: 'rejected'; readonly reason: unknown };

const PENDING: Outcome = { state: 'pending' };
const TAKEN = { done: false };
const LEFT = { done: true };
const DONE = { done: true, value: undefined };
/** Stands for the error of a buffer that is full. */
const FULL = Symbol('full');

/** Somebody who waits, or has waited. */
interface Call {
  readonly what: 'next' | 'ready' | 'pull' | 'pull many';
  readonly parcel?: Parcel | undefined;
  readonly signal?: AbortSignal | undefined;
  outcome: Outcome;
}

type End = { readonly reason: unknown };

/** A buffer as the documentation has it. Everything happens in the call; promises are what comes of them. */
export class BufferModel {
  readonly #options: ParcelOptions;
  /** In the order in which they came in. */
  stored: Parcel[] = [];
  pushes: Call[] = [];
  pulls: Call[] = [];
  onlookers: Call[] = [];
  dropped = 0;
  isClosed = false;
  #isOver = false;
  #failed: End | undefined;
  #left: End | undefined;

  constructor(options: ParcelOptions) {
    this.#options = options;
  }

  // What users call.

  next(parcel: Parcel, signal?: AbortSignal): Call {
    const call: Call = { what: 'next', parcel, signal, outcome: PENDING };
    if (signal?.aborted) reject(call, signal.reason);
    else if (this.isClosed) this.#tellClosed(call);
    else if (!this.#enter(parcel, call)) this.pushes.push(call);
    this.#watchRoom();
    return call;
  }

  /** Whether it was taken; `FULL` where that is thrown. */
  push(parcel: Parcel): boolean | typeof FULL {
    if (this.isClosed) return false;
    const call: Call = { what: 'next', parcel, outcome: PENDING };
    const isDone = this.#enter(parcel, call);
    this.#watchRoom();
    if (!isDone) return false;
    if (call.outcome.state === 'rejected') return FULL;
    return !this.#wasRefused;
  }

  ready(signal?: AbortSignal): Call {
    const call: Call = { what: 'ready', signal, outcome: PENDING };
    if (signal?.aborted) reject(call, signal.reason);
    else if (this.isClosed) this.#tellClosed(call);
    else this.onlookers.push(call);
    this.#watchRoom();
    return call;
  }

  end(failed?: End): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#failed = failed;
    this.#serve();
  }

  pull(signal?: AbortSignal): Call {
    return this.#pull({ what: 'pull', signal, outcome: PENDING }, 1);
  }

  pullMany(count: number, signal?: AbortSignal): Call {
    return this.#pull({ what: 'pull many', signal, outcome: PENDING }, count);
  }

  leave(left?: End): void {
    if (this.#isOver) return;
    this.isClosed = true;
    this.#isOver = true;
    this.#failed = undefined;
    this.#left = left;
    this.stored = [];
    for (const call of this.pushes.splice(0)) this.#tellClosed(call);
    this.#serve();
  }

  /** Who waits with this signal leaves, one after the other. */
  abort(signal: AbortSignal, inTurn: readonly Call[]): void {
    for (const call of inTurn) {
      if (call.signal !== signal || call.outcome.state !== 'pending') continue;
      for (const line of [this.pushes, this.pulls, this.onlookers]) {
        if (line.includes(call)) line.splice(line.indexOf(call), 1);
      }
      reject(call, signal.reason);
      this.#serve();
    }
  }

  get units(): number {
    return this.stored.reduce((sum, parcel) => sum + this.#weight(parcel), 0);
  }

  // What comes of it.

  #wasRefused = false;

  /** Lets a newcomer in, or not, if that can be said at once. */
  #enter(parcel: Parcel, call: Call): boolean {
    this.#wasRefused = false;
    const { overflow = 'suspend' } = this.#options;
    const isNext = !this.pushes.some((other) => this.#rank(other.parcel!) >= this.#rank(parcel));
    if (isNext && this.pulls.length === 0 && !this.#fits(parcel)) this.#makeRoom(parcel);
    if (isNext && (this.pulls.length > 0 || this.#fits(parcel))) {
      this.stored.push(parcel);
      fulfill(call, TAKEN);
      this.#serve();
      return true;
    }
    if (overflow === 'suspend') return false;
    this.#wasRefused = true;
    if (overflow === 'error') {
      reject(call, FULL);
    } else {
      this.dropped++;
      fulfill(call, TAKEN);
    }
    return true;
  }

  #makeRoom(parcel: Parcel): void {
    const { overflow, capacity } = this.#options;
    if (overflow !== 'drop-oldest' && overflow !== 'conflate') return;
    const byAge = overflow === 'conflate' ? [...this.stored].reverse() : [...this.stored];
    const victims = byAge
      .filter((one) => this.#rank(one) <= this.#rank(parcel))
      .sort((a, b) => this.#rank(a) - this.#rank(b));
    const gone = new Set<Parcel>();
    let units = this.units;
    while (units + this.#weight(parcel) > capacity) {
      const victim = victims.shift();
      if (victim === undefined) return;
      units -= this.#weight(victim);
      gone.add(victim);
    }
    this.stored = this.stored.filter((one) => !gone.has(one));
    this.dropped += gone.size;
  }

  #pull(call: Call, count: number): Call {
    if (call.signal?.aborted) {
      reject(call, call.signal.reason);
      return call;
    }
    const values: Parcel[] = [];
    while (values.length < count) {
      const parcel = this.#takeNext();
      if (parcel === undefined) break;
      values.push(parcel);
    }
    if (values.length > 0) give(call, values);
    else this.pulls.push(call);
    this.#serve();
    return call;
  }

  /** The next one out; its place is taken by who waits for one. */
  #takeNext(): Parcel | undefined {
    if (this.stored.length === 0) this.#admit();
    const { order = 'fifo' } = this.#options;
    const highest = Math.max(...this.stored.map((one) => this.#rank(one)));
    const at =
      order === 'lifo' ? this.stored.length - 1 : this.stored.findIndex((one) => this.#rank(one) === highest);
    const [parcel] = this.stored.splice(Math.max(at, 0), 1);
    this.#admitWhoFit();
    return parcel;
  }

  #firstPush(): Call | undefined {
    const highest = Math.max(...this.pushes.map((one) => this.#rank(one.parcel!)));
    return this.pushes.find((one) => this.#rank(one.parcel!) === highest);
  }

  #admit(): void {
    const first = this.#firstPush();
    if (first === undefined) return;
    this.pushes.splice(this.pushes.indexOf(first), 1);
    this.stored.push(first.parcel!);
    fulfill(first, TAKEN);
  }

  #admitWhoFit(): void {
    for (let first = this.#firstPush(); first && this.#fits(first.parcel!); first = this.#firstPush()) {
      this.#admit();
    }
  }

  /** All that is due. */
  #serve(): void {
    this.#admitWhoFit();
    while (this.pulls.length > 0) {
      const parcel = this.#takeNext();
      if (parcel === undefined) break;
      give(this.pulls.shift()!, [parcel]);
    }
    if (this.isClosed && this.stored.length === 0 && this.pushes.length === 0) {
      for (const call of this.pulls.splice(0)) this.#tellEnd(call);
      if (this.#failed === undefined) this.#isOver = true;
    }
    this.#watchRoom();
  }

  #watchRoom(): void {
    const { overflow = 'suspend', capacity } = this.#options;
    const isRoom = this.pulls.length > 0 || (this.pushes.length === 0 && this.units + 1 <= capacity);
    const givesWay = capacity > 0 && ['drop-oldest', 'conflate'].includes(overflow);
    if (!isRoom && !this.isClosed && !givesWay) return;
    for (const call of this.onlookers.splice(0)) {
      if (this.isClosed) this.#tellClosed(call);
      else fulfill(call, TAKEN);
    }
  }

  #tellClosed(call: Call): void {
    if (this.#left === undefined) fulfill(call, LEFT);
    else reject(call, this.#left.reason);
  }

  #tellEnd(call: Call): void {
    const failed = this.#left ?? this.#failed;
    this.#failed = undefined;
    if (failed !== undefined) reject(call, failed.reason);
    else fulfill(call, call.what === 'pull' ? DONE : []);
  }

  #fits(parcel: Parcel): boolean {
    return this.units + this.#weight(parcel) <= this.#options.capacity;
  }

  #weight(parcel: Parcel): number {
    return this.#options.weighed ? parcel.weight : 1;
  }

  #rank(parcel: Parcel): number {
    return this.#options.order === 'priority' ? parcel.rank : 0;
  }
}

function fulfill(call: Call, value: unknown): void {
  call.outcome = { state: 'fulfilled', value };
}

function reject(call: Call, reason: unknown): void {
  call.outcome = { state: 'rejected', reason };
}

function give(call: Call, values: Parcel[]): void {
  fulfill(call, call.what === 'pull' ? { done: false, value: values[0] } : values);
}

/** A buffer and its model, of which the same is asked at the same moment. Counters are compared after each call. */
export class BufferPair {
  readonly buffer: PushPullBuffer<Parcel>;
  readonly model: BufferModel;
  readonly options: ParcelOptions;
  readonly calls: { readonly name: string; readonly call: Call; readonly got: Watched<unknown> }[] = [];
  #count = 0;

  constructor(options: ParcelOptions, signal?: AbortSignal) {
    this.options = options;
    this.buffer = new PushPullBuffer({ ...optionsOf(options), signal });
    this.model = new BufferModel(options);
  }

  next(parcel: Parcel, wait?: WaitOptions) {
    const promise = this.buffer.sink.next(parcel, wait);
    return this.#follow(`next ${parcel.id}`, promise, this.model.next(parcel, wait?.signal));
  }

  push(parcel: Parcel): boolean {
    let got: boolean | symbol;
    try {
      got = this.buffer.sink.push(parcel);
    } catch (error) {
      expect(error).toBeInstanceOf(BufferFullError);
      got = FULL;
    }
    const expected = this.model.push(parcel);
    expect(got, `push ${parcel.id}`).toBe(expected);
    this.compareCounts(`push ${parcel.id}`);
    return expected === true;
  }

  ready(wait?: WaitOptions) {
    return this.#follow('ready', this.buffer.sink.ready(wait), this.model.ready(wait?.signal));
  }

  pull(wait?: WaitOptions) {
    return this.#follow('pull', this.buffer.source.next(wait), this.model.pull(wait?.signal));
  }

  pullMany(count: number, wait?: WaitOptions) {
    const promise = this.buffer.source.pull(count, wait);
    return this.#follow(`pull ${count}`, promise, this.model.pullMany(count, wait?.signal));
  }

  end(): void {
    this.buffer.sink.return();
    this.model.end();
    this.compareCounts('sink.return');
  }

  fail(reason: unknown): void {
    this.buffer.sink.throw(reason);
    this.model.end({ reason });
    this.compareCounts('sink.throw');
  }

  leave(): void {
    watch(this.buffer.source.return());
    this.model.leave();
    this.compareCounts('source.return');
  }

  leaveWith(reason: unknown): void {
    watch(this.buffer.source.throw(reason));
    this.model.leave({ reason });
    this.compareCounts('source.throw');
  }

  /** Aborts what some wait with. */
  abort(controller: AbortController, reason: unknown): void {
    if (controller.signal.aborted) return;
    controller.abort(reason);
    this.model.abort(
      controller.signal,
      this.calls.map(({ call }) => call),
    );
    this.compareCounts('abort');
  }

  /** Aborts the buffer's own signal. */
  abortAll(controller: AbortController, reason: unknown): void {
    if (controller.signal.aborted) return;
    controller.abort(reason);
    this.model.leave({ reason });
    this.compareCounts('abort of the buffer');
  }

  compareCounts(after: string): void {
    const { buffer, model } = this;
    const { size, dropped, waitingPulls, waitingPushes } = buffer;
    expect({ after, size, dropped, waitingPulls, waitingPushes, isClosed: buffer.sink.isClosed }).toEqual({
      after,
      size: model.stored.length,
      dropped: model.dropped,
      waitingPulls: model.pulls.length,
      waitingPushes: model.pushes.length,
      isClosed: model.isClosed,
    });
    if (model.units > buffer.capacity || size > buffer.capacity)
      throw new Error('more is stored than may be');
  }

  /** When all that is due has happened: what came of every call so far. */
  async compareOutcomes(): Promise<void> {
    await settle();
    for (const { name, call, got } of this.calls) {
      expect({ name, ...told(got) }).toEqual({ name, ...call.outcome });
      if (call.outcome.state === 'fulfilled') expectSameParcels(got.value, call.outcome.value);
    }
  }

  /** Every parcel that somebody was given, by the order of the calls that got them. */
  get given(): Parcel[] {
    return this.calls.flatMap(({ call, got }) => {
      if (got.state !== 'fulfilled' || call.what === 'next' || call.what === 'ready') return [];
      if (call.what === 'pull many') return got.value as Parcel[];
      const { done, value } = got.value as IteratorResult<Parcel, undefined>;
      return done === true ? [] : [value];
    });
  }

  #follow<T>(what: string, promise: Promise<T>, call: Call): Promise<T> {
    const name = `${what}, call ${this.#count++}`;
    this.calls.push({ name, call, got: watch(promise) });
    this.compareCounts(name);
    return promise;
  }
}

function told({ state, value, reason }: Watched<unknown>): Outcome {
  if (state === 'pending') return PENDING;
  if (state === 'fulfilled') return { state, value };
  return { state, reason: reason instanceof BufferFullError ? FULL : reason };
}

/** The very same objects. */
function expectSameParcels(got: unknown, expected: unknown): void {
  const list = (value: unknown): unknown[] =>
    Array.isArray(value) ? value : [(value as { value?: unknown }).value];
  const ours = list(got);
  list(expected).forEach((parcel, at) => {
    if (ours[at] !== parcel) throw new Error('a value is not the one that was pushed');
  });
}
