// Sources of all kinds, combined, read in all ways and left at every moment: nothing is lost, doubled or out of order.
import { AsyncIteratorCombiner, concat, latest, merge, zip } from 'fanfold';
import fc from 'fast-check';
import { expect } from 'vitest';
import { anyProbe, anyReading, Probe, Reading } from '../support/probe.ts';
import { propertyTest } from '../support/seeds.ts';
import { microtasks, settle } from '../support/turns.ts';
import { watchUnhandled } from '../support/unhandled.ts';

const reason = new Error('aborted');

const anyUse = fc.record({
  probes: fc.array(anyProbe, { maxLength: 5 }),
  reading: anyReading,
  /** Rounds until it is aborted. */
  abortAfter: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, fc.nat(40)),
});

type Use = typeof anyUse extends fc.Arbitrary<infer Plan> ? Plan : never;

/** Plays it to its end, or until nothing moves any more, and then leaves it. */
async function play<T>(
  use: Use,
  items: AsyncIterableIterator<T, undefined>,
  reading: Reading<T>,
  controller: AbortController,
  meanwhile: () => unknown = () => {},
): Promise<void> {
  const unhandled = watchUnhandled();
  const read = reading.read(items, use.reading);
  void meanwhile();
  if (use.abortAfter !== undefined) {
    void microtasks(use.abortAfter).then(() => controller.abort(reason));
  }
  await settle();
  const isStuck = !reading.isAnswered;
  await items.return!();
  await read;
  await settle();
  expect(await items.next()).toEqual({ done: true, value: undefined });
  expect(await unhandled.stop()).toEqual([]);
  expect(reading.isAnswered).toBe(true);
  if (isStuck) reading.hasLeft = true;
}

/** The index of a value in its source, and the place of that. */
const placeOf = (value: string): [number, number] =>
  value.slice(1).split(':').map(Number) as [number, number];

const wasAborted = (reading: { error: unknown }) => reading.error === reason;

propertyTest(
  'merge: every value once, in the order of its source and of its coming',
  fc.record({
    use: anyUse,
    onError: fc.constantFrom('stop' as const, 'continue' as const),
    late: fc.array(fc.record({ probe: anyProbe, rounds: fc.nat(20) }), { maxLength: 3 }),
  }),
  async ({ use, onError, late }) => {
    const come: string[] = [];
    const onGive = (probe: () => Probe) => (value: string) => {
      if (probe().plan.kind === 'async') come.push(value);
    };
    const make = (plan: Use['probes'][number], at: number): Probe => {
      const probe: Probe = new Probe(
        plan,
        at,
        onGive(() => probe),
      );
      return probe;
    };
    const probes = use.probes.map(make);
    const controller = new AbortController();
    const values = new AsyncIteratorCombiner(
      probes.map(({ source }) => source),
      { onError, signal: controller.signal },
    );
    const reading = new Reading<string>((value) => {
      const [at] = placeOf(value);
      const seen = reading.values.filter((one) => placeOf(one)[0] === at).length;
      const { given } = probes[at]!;
      // One is held at most, and those that are on their way to who asks.
      expect(given - seen).toBeLessThanOrEqual(1 + use.reading.width);
    });
    await play(use, values, reading, controller, async () => {
      for (const { probe: plan, rounds } of late) {
        await microtasks(rounds);
        const probe = make(plan, probes.length);
        if (values.add(probe.source)) probes.push(probe);
      }
    });

    const seen = probes.map(({ name }) => reading.values.filter((value) => value.startsWith(`${name}:`)));
    probes.forEach((probe, at) => {
      expect(seen[at]).toEqual(probe.values.slice(0, seen[at]!.length));
      probe.checkAtEnd();
    });
    const async = reading.values.filter((value) => probes[placeOf(value)[0]]!.plan.kind === 'async');
    expect(async).toEqual(come.slice(0, async.length));
    if (reading.hasLeft || wasAborted(reading)) return;
    const failed = probes.filter(({ hasEnded, fails }) => hasEnded && fails);
    if (onError === 'stop' && failed.length > 0) {
      expect(failed.map(({ error }) => error)).toContain(reading.error);
    } else {
      expect(seen).toEqual(probes.map(({ values }) => values));
      const errors = (reading.error as AggregateError | undefined)?.errors ?? [];
      expect(new Set(errors)).toEqual(new Set(failed.map(({ error }) => error)));
    }
  },
  { runs: 150 },
);

propertyTest(
  'merge: who is ready waits for one value of each other at most',
  fc.array(fc.record({ isSync: fc.boolean(), delay: fc.nat(3) }), { minLength: 2, maxLength: 6 }),
  async (plans) => {
    const values = merge(
      ...plans.map(({ isSync, delay }, at) => {
        if (isSync) return endless(at);
        return endlessAsync(at, delay);
      }),
    );
    const seen: number[] = [];
    for (let taken = 0; taken < 200; taken++) seen.push((await values.next()).value!);
    await values.return();
    for (const [at, { delay }] of plans.entries()) {
      // A round for each answer, some for its way, and then its turn comes.
      const longest = (delay + 6) * plans.length;
      const places = seen.flatMap((one, place) => (one === at ? [place] : []));
      const gaps = [...places, seen.length].map((place, nth) => place - (places[nth - 1] ?? 0));
      expect(Math.max(...gaps)).toBeLessThanOrEqual(longest);
    }
  },
);

function* endless(value: number): Generator<number, void, undefined> {
  for (;;) yield value;
}

async function* endlessAsync(value: number, delay: number): AsyncGenerator<number, void, undefined> {
  for (;;) {
    await microtasks(delay);
    yield value;
  }
}

propertyTest(
  'zip: a value of each source, as many tuples as there are',
  fc.record({
    use: anyUse,
    mode: fc.constantFrom('shortest' as const, 'longest' as const, 'strict' as const),
  }),
  async ({ use, mode }) => {
    const probes = use.probes.map((plan, at) => new Probe(plan, at));
    const controller = new AbortController();
    const tuples = zip(
      probes.map(({ source }) => source),
      { mode: mode as 'shortest', signal: controller.signal },
    );
    const reading = new Reading<string[]>();
    await play(use, tuples, reading, controller);

    for (const probe of probes) probe.checkAtEnd();
    reading.values.forEach((tuple, row) => {
      expect(tuple).toEqual(probes.map(({ values }) => values[row]));
    });
    const lengths = probes.map(({ values }) => values.length);
    const bad = probes.filter(({ fails, hangs }) => fails || hangs);
    const most = Math.min(
      ...bad.map(({ values }) => values.length),
      mode === 'longest' ? Math.max(...lengths, 0) : Math.min(...lengths, 99),
    );
    expect(reading.values.length).toBeLessThanOrEqual(most === 99 ? 0 : most);
    if (reading.hasLeft || wasAborted(reading)) return;
    expect(reading.values).toHaveLength(probes.length === 0 ? 0 : most);
    const isEven = new Set(lengths).size <= 1;
    if (reading.error instanceof TypeError) expect(mode === 'strict' && !isEven).toBe(true);
    else if (reading.error !== undefined) expect(probes.map(({ error }) => error)).toContain(reading.error);
    else expect(mode !== 'strict' || isEven).toBe(true);
  },
  { runs: 150 },
);

propertyTest(
  'concat: one source after the other',
  anyUse,
  async (use) => {
    const probes = use.probes.map((plan, at) => new Probe(plan, at));
    const controller = new AbortController();
    const values = concat(
      probes.map(({ source }) => source),
      { signal: controller.signal },
    );
    const reading = new Reading<string>();
    await play(use, values, reading, controller);

    for (const probe of probes) probe.checkAtEnd();
    const stop = probes.findIndex(({ fails, hangs }) => fails || hangs);
    const expected = probes.slice(0, stop === -1 ? undefined : stop + 1).flatMap((probe) => probe.values);
    expect(reading.values).toEqual(expected.slice(0, reading.values.length));
    if (reading.hasLeft || wasAborted(reading)) return;
    expect(reading.values).toEqual(expected);
    expect(reading.error).toBe(probes[stop]?.error);
  },
  { runs: 150 },
);

propertyTest(
  'latest: states that only go on, and the last one at the end',
  anyUse,
  async (use) => {
    const probes = use.probes.map((plan, at) => new Probe(plan, at));
    const controller = new AbortController();
    const states = latest(
      probes.map(({ source }) => source),
      { signal: controller.signal },
    );
    const reading = new Reading<string[]>();
    await play(use, states, reading, controller);

    for (const probe of probes) probe.checkAtEnd();
    const places = reading.values.map((state) => state.map((value) => placeOf(value)[1]));
    places.forEach((state, nth) => {
      const before = places[nth - 1] ?? state.map(() => -1);
      expect(state.every((place, at) => place >= before[at]!)).toBe(true);
      expect(state.some((place, at) => place > before[at]!)).toBe(true);
      // The reader sets the pace of what answers at once.
      if (nth > 0) {
        const steps = state.map((place, at) => (probes[at]!.isSync ? place - before[at]! : 0));
        expect(Math.max(0, ...steps)).toBeLessThanOrEqual(1);
      }
    });
    if (reading.hasLeft || wasAborted(reading)) return;
    if (reading.error !== undefined) {
      expect(probes.filter(({ fails }) => fails).map(({ error }) => error)).toContain(reading.error);
    } else if (probes.every(({ values }) => values.length > 0) && probes.length > 0) {
      expect(reading.values.at(-1)).toEqual(probes.map(({ values }) => values.at(-1)));
    } else {
      expect(reading.values).toEqual([]);
    }
  },
  { runs: 150 },
);
