// Random scripts of producers, consumers and ends, played on buffers and on a model of them. What each call comes to, the
// counters after each step, and what is left at the end must be the same.
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { BufferPair, type Parcel, type ParcelOptions } from '../support/buffer.ts';
import { propertyTest } from '../support/seeds.ts';
import { microtasks } from '../support/turns.ts';

const ENDS = ['sink.return', 'sink.throw', 'source.return', 'source.throw', 'abort the buffer'] as const;
type End = (typeof ENDS)[number];

type Step =
  | { readonly do: 'next' | 'push'; readonly weight: number; readonly rank: number; readonly signal: number }
  | { readonly do: 'pull' | 'ready'; readonly signal: number }
  | { readonly do: 'pull many'; readonly count: number; readonly signal: number }
  | { readonly do: 'abort'; readonly signal: number }
  | { readonly do: 'end'; readonly how: End }
  | { readonly do: 'microtasks'; readonly count: number }
  | { readonly do: 'settle' };

/** Those above the last signal wait without one. */
const SIGNALS = 2;
const signal = fc.nat(5);
const weight = fc.constantFrom(1, 1, 2, 3);
const rank = fc.constantFrom(0, 0, 1, 2, -1, 2 ** 31 - 1, -(2 ** 31));
const parcel = { weight, rank, signal };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('next' as const), ...parcel }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('push' as const), ...parcel }) },
  { weight: 10, arbitrary: fc.record({ do: fc.constant('pull' as const), signal }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('ready' as const), signal }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('pull many' as const),
      count: fc.constantFrom(1, 2, 3, 7, Number.POSITIVE_INFINITY),
      signal,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('abort' as const), signal: fc.nat(SIGNALS - 1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const), how: fc.constantFrom(...ENDS) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('microtasks' as const), count: fc.nat(4) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('settle' as const) }) },
);

const OVERFLOWS = ['suspend', 'drop-oldest', 'drop-newest', 'conflate', 'error'] as const;
const ORDERS = ['fifo', 'lifo', 'priority'] as const;
const capacity = fc.constantFrom(0, 1, 1, 2, 3, 5, Number.POSITIVE_INFINITY);
const settings = (fixed: Pick<ParcelOptions, 'overflow' | 'order'>): fc.Arbitrary<ParcelOptions> =>
  fc.record({ ...constants(fixed), capacity, weighed: fc.boolean() });

function constants(fixed: Pick<ParcelOptions, 'overflow' | 'order'>) {
  return { overflow: fc.constant(fixed.overflow), order: fc.constant(fixed.order) };
}

/** A stage for one buffer: its signals, and the parcels that were made for it. */
class Stage {
  readonly all = new AbortController();
  readonly pair: BufferPair;
  readonly parcels: Parcel[] = [];
  readonly controllers = Array.from({ length: SIGNALS }, () => new AbortController());

  constructor(options: ParcelOptions) {
    this.pair = new BufferPair(options, this.all.signal);
  }

  parcel(weight: number, rank: number): Parcel {
    const made = { id: this.parcels.length, weight: Math.min(weight, this.pair.options.capacity || 1), rank };
    this.parcels.push(made);
    return made;
  }

  end(how: End): void {
    const { pair } = this;
    if (how === 'sink.return') pair.end();
    else if (how === 'sink.throw') pair.fail(how);
    else if (how === 'source.return') pair.leave();
    else if (how === 'source.throw') pair.leaveWith(how);
    else pair.abortAll(this.all, how);
  }

  /** Those that are done with are replaced, so that there is always one to wait with. */
  abort(which: number): void {
    this.pair.abort(this.controllers[which]!, `aborted ${this.pair.calls.length}`);
    this.controllers[which] = new AbortController();
  }

  /** After the end nobody waits, and nothing is stored. */
  async close(): Promise<void> {
    const { pair } = this;
    pair.end();
    for (let pulls = 0; pulls < 3; pulls++) pair.pullMany(Number.POSITIVE_INFINITY);
    await pair.compareOutcomes();
    const { size, waitingPulls, waitingPushes } = pair.buffer;
    expect({ size, waitingPulls, waitingPushes }).toEqual({ size: 0, waitingPulls: 0, waitingPushes: 0 });
    expect(pair.calls.filter(({ got }) => got.state === 'pending')).toEqual([]);
    expect(new Set(pair.given).size).toBe(pair.given.length);
  }
}

async function play(options: ParcelOptions, steps: readonly Step[]): Promise<void> {
  const stage = new Stage(options);
  const { pair } = stage;
  for (const each of steps) {
    const wait = 'signal' in each ? { signal: stage.controllers[each.signal]?.signal } : undefined;
    if (each.do === 'next') pair.next(stage.parcel(each.weight, each.rank), wait);
    else if (each.do === 'push') pair.push(stage.parcel(each.weight, each.rank));
    else if (each.do === 'ready') pair.ready(wait);
    else if (each.do === 'pull') pair.pull(wait);
    else if (each.do === 'pull many') pair.pullMany(each.count, wait);
    else if (each.do === 'abort') stage.abort(each.signal);
    else if (each.do === 'end') stage.end(each.how);
    else if (each.do === 'microtasks') await microtasks(each.count);
    else await pair.compareOutcomes();
  }
  await pair.compareOutcomes();
  await stage.close();
}

describe.each(ORDERS)('%s', (order) => {
  for (const overflow of OVERFLOWS) {
    propertyTest(
      `${overflow}: every call comes to what the model says`,
      fc.record({
        options: settings({ order, overflow }),
        steps: fc.array(step, { minLength: 1, maxLength: 60 }),
      }),
      ({ options, steps }) => play(options, steps),
      { runs: 60 },
    );
  }
});

/** Somebody at work: how long it rests between two calls, in microtasks, and what it does. */
interface Worker {
  readonly rests: readonly number[];
  readonly way: number;
}

interface Traffic {
  readonly options: ParcelOptions;
  readonly producers: readonly (Worker & { readonly parcels: readonly { weight: number; rank: number }[] })[];
  readonly consumers: readonly Worker[];
  readonly end: { readonly how: End; readonly after: number } | undefined;
  readonly aborts: readonly { readonly which: number; readonly after: number }[];
}

const rests = fc.array(fc.nat(5), { minLength: 1, maxLength: 6 });
const traffic = (fixed: Pick<ParcelOptions, 'overflow' | 'order'>): fc.Arbitrary<Traffic> =>
  fc.record({
    options: settings(fixed),
    producers: fc.array(
      fc.record({ rests, way: fc.nat(2), parcels: fc.array(fc.record({ weight, rank }), { maxLength: 15 }) }),
      { minLength: 1, maxLength: 4 },
    ),
    consumers: fc.array(fc.record({ rests, way: fc.nat(2) }), { minLength: 1, maxLength: 4 }),
    end: fc.option(fc.record({ how: fc.constantFrom(...ENDS), after: fc.nat(40) }), { nil: undefined }),
    aborts: fc.array(fc.record({ which: fc.nat(SIGNALS - 1), after: fc.nat(40) }), { maxLength: 3 }),
  });

/** Rests as the list says, again and again. */
function resting(rests: readonly number[]): () => Promise<void> {
  let nth = 0;
  return () => microtasks(rests[nth++ % rests.length]!);
}

/** What became of each parcel, for its producer; `undefined` where it was told nothing, as it left or was let go. */
interface Sent {
  readonly parcel: Parcel;
  readonly fate: 'taken' | 'not taken';
}

async function produce(
  stage: Stage,
  { rests, way, parcels }: Traffic['producers'][number],
  sent: Sent[],
): Promise<void> {
  const { pair } = stage;
  const rest = resting(rests);
  for (const { weight, rank } of parcels) {
    await rest();
    const parcel = stage.parcel(weight, rank);
    const note = (isTaken: boolean) => sent.push({ parcel, fate: isTaken ? 'taken' : 'not taken' });
    if (way === 0) {
      note(
        await pair.next(parcel).then(
          ({ done }) => !done,
          () => false,
        ),
      );
    } else if (way === 1) {
      const signal = stage.controllers[parcel.id % SIGNALS]!.signal;
      note(
        await pair.next(parcel, { signal }).then(
          ({ done }) => !done,
          () => false,
        ),
      );
    } else {
      await pair.ready().catch(() => {});
      note(pair.push(parcel));
    }
  }
}

async function consume(stage: Stage, { rests, way }: Worker): Promise<void> {
  const { pair } = stage;
  const rest = resting(rests);
  for (;;) {
    await rest();
    const signal = stage.controllers[way]?.signal;
    try {
      if (way === 0) {
        if ((await pair.pull()).done) return;
      } else if (way === 1) {
        const wait = signal === undefined || signal.aborted ? {} : { signal };
        if ((await pair.pull(wait)).done) return;
      } else if ((await pair.pullMany(3)).length === 0) {
        return;
      }
    } catch {
      if (pair.model.isClosed && pair.model.stored.length === 0 && pair.model.pushes.length === 0) return;
    }
  }
}

async function run({ options, producers, consumers, end, aborts }: Traffic): Promise<void> {
  const stage = new Stage(options);
  const { pair } = stage;
  const sent: Sent[][] = producers.map(() => []);
  const later = async (after: number, act: () => void): Promise<void> => {
    await microtasks(after);
    act();
  };
  const consuming = consumers.map((consumer) => consume(stage, consumer));
  await Promise.all([
    ...producers.map((producer, nth) => produce(stage, producer, sent[nth]!)),
    ...aborts.map(({ which, after }) => later(after, () => stage.abort(which))),
    ...(end ? [later(end.after, () => stage.end(end.how))] : []),
  ]);
  const { dropped } = pair.buffer;
  await stage.close();
  await Promise.all(consuming);
  expectNothingLost(stage, sent, dropped, end !== undefined);
}

/** Counted on what producers and consumers were told, and on nothing else. */
function expectNothingLost({ pair }: Stage, sent: Sent[][], dropped: number, wasEnded: boolean): void {
  const { order, overflow, capacity } = pair.options;
  const given = new Set(pair.given);
  const all = sent.flat();
  const lost = all.filter(({ parcel, fate }) => fate === 'taken' && !given.has(parcel)).length;
  // What was pushed and dropped at once is counted, too, and its producer told that it was not taken.
  if (overflow === 'suspend' || overflow === 'error') expect(dropped).toBe(0);
  if (!wasEnded && (overflow === 'suspend' || overflow === 'error')) expect(lost).toBe(0);
  if (!wasEnded) expect(dropped).toBeGreaterThanOrEqual(lost);
  if (!wasEnded) expect(all.length - given.size).toBeGreaterThanOrEqual(dropped);
  for (const { parcel, fate } of all) {
    if (fate === 'not taken') expect(given.has(parcel)).toBe(false);
  }
  if (order === 'priority' || (order === 'lifo' && capacity > 0)) return;
  for (const own of sent) {
    const ids = pair.given.filter((parcel) => own.some((one) => one.parcel === parcel)).map(({ id }) => id);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
  }
}

describe.each(ORDERS)('%s, with producers and consumers at work', (order) => {
  for (const overflow of OVERFLOWS) {
    propertyTest(
      `${overflow}: nothing is lost or doubled, and everything settles`,
      traffic({ order, overflow }),
      run,
      { runs: 40 },
    );
  }
});
