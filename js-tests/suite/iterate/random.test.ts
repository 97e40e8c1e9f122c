// One source, read ahead, split or shared, in all ways and left at every moment.
import { broadcast, eager, tee } from 'fanfold';
import fc from 'fast-check';
import { expect } from 'vitest';
import { anyProbe, anyReading, Probe, Reading } from '../support/probe.ts';
import { propertyTest } from '../support/seeds.ts';
import { microtasks, settle } from '../support/turns.ts';
import { watchUnhandled } from '../support/unhandled.ts';

const reason = new Error('aborted');
const anyAbort = fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, fc.nat(40));

function abortLater(rounds: number | undefined): AbortSignal {
  const controller = new AbortController();
  if (rounds !== undefined) void microtasks(rounds).then(() => controller.abort(reason));
  return controller.signal;
}

/** What one reader was given: the beginning of all, or all and then the end of the source. */
function checkReading(reading: Reading<string>, probe: Probe, isStuck: boolean): void {
  expect(reading.values).toEqual(probe.values.slice(0, reading.values.length));
  if (reading.hasLeft || isStuck || reading.error === reason) return;
  expect(reading.values).toEqual(probe.values);
  expect(reading.error).toBe(probe.fails ? probe.error : undefined);
}

propertyTest(
  'eager: all in order, and no further ahead than was said',
  fc.record({
    probe: anyProbe,
    reading: anyReading,
    count: fc.integer({ min: 1, max: 4 }),
    start: fc.constantFrom('asked' as const, 'now' as const),
    abortAfter: anyAbort,
  }),
  async (plan) => {
    const unhandled = watchUnhandled();
    const probe = new Probe(plan.probe, 0);
    const items = eager(probe.source, plan.count, { start: plan.start, signal: abortLater(plan.abortAfter) });
    const reading = new Reading<string>(() => {
      // Those that are on their way to who asks are no more held.
      expect(probe.given - reading.values.length).toBeLessThanOrEqual(plan.count + plan.reading.width);
    });
    const read = reading.read(items, plan.reading);
    await settle();
    const isStuck = !reading.isAnswered;
    await items.return();
    await read;
    await settle();
    checkReading(reading, probe, isStuck);
    probe.checkAtEnd();
    expect(await unhandled.stop()).toEqual([]);
  },
  { runs: 150 },
);

propertyTest(
  'tee: all for each, in order, each pulled once, and no more held than was said',
  fc.record({
    probe: anyProbe,
    readings: fc.array(anyReading, { minLength: 1, maxLength: 4 }),
    capacity: fc.integer({ min: 1, max: 4 }),
    abortAfter: anyAbort,
  }),
  async (plan) => {
    const unhandled = watchUnhandled();
    const probe = new Probe(plan.probe, 0);
    const branches = tee(probe.source, plan.readings.length, {
      capacity: plan.capacity,
      signal: abortLater(plan.abortAfter),
    });
    const readings = plan.readings.map(
      ({ width }) =>
        new Reading<string>(() => {
          const staying = readings.filter(({ hasLeft, hasEnded }) => !hasLeft && !hasEnded);
          const slowest = Math.min(...staying.map(({ values }) => values.length));
          if (staying.length === readings.length) {
            expect(probe.given - slowest).toBeLessThanOrEqual(plan.capacity + width + 3);
          }
        }),
    );
    const reads = readings.map((reading, at) => reading.read(branches[at]!, plan.readings[at]!));
    await settle();
    const areStuck = readings.map(({ isAnswered }) => !isAnswered);
    if (!probe.hangs) expect(areStuck).not.toContain(true);
    await Promise.all(branches.map((branch) => branch.return()));
    await Promise.all(reads);
    await settle();
    for (const [at, reading] of readings.entries()) checkReading(reading, probe, areStuck[at]!);
    probe.checkAtEnd();
    expect(await unhandled.stop()).toEqual([]);
  },
  { runs: 150 },
);

propertyTest(
  'broadcast: all from when somebody joined, in order, or told how many were lost',
  fc.record({
    probe: anyProbe,
    readings: fc.array(fc.record({ reading: anyReading, joinAfter: fc.nat(15) }), {
      minLength: 1,
      maxLength: 4,
    }),
    capacity: fc.integer({ min: 1, max: 4 }),
    overflow: fc.constantFrom('suspend' as const, 'drop-oldest' as const),
    abortAfter: anyAbort,
  }),
  async (plan) => {
    const unhandled = watchUnhandled();
    const probe = new Probe(plan.probe, 0);
    const hub = broadcast(probe.source, {
      capacity: plan.capacity,
      overflow: plan.overflow,
      signal: abortLater(plan.abortAfter),
    });
    const all = plan.readings.map(async ({ reading: how, joinAfter }) => {
      await microtasks(joinAfter);
      const subscription = hub.subscribe();
      const reading = new Reading<string>();
      const read = reading.read(subscription, how);
      await settle();
      const isStuck = !reading.isAnswered;
      await subscription.return();
      await read;
      const places = reading.values.map((value) => Number(value.split(':')[1]));
      for (const [nth, place] of places.entries())
        if (nth > 0) expect(place).toBeGreaterThan(places[nth - 1]!);
      const isWhole = !reading.hasLeft && !isStuck && reading.error !== reason;
      const span = places.length === 0 ? 0 : places.at(-1)! - places[0]! + 1;
      if (plan.overflow === 'suspend') expect([subscription.dropped, places.length]).toEqual([0, span]);
      if (isWhole && places.length > 0) {
        expect(places.at(-1)).toBe(probe.values.length - 1);
        expect(places.length + subscription.dropped).toBeGreaterThanOrEqual(span);
      }
      if (isWhole) expect(reading.error).toBe(probe.fails ? probe.error : undefined);
    });
    await Promise.all(all);
    await hub.close();
    await settle();
    expect(hub.size).toBe(0);
    probe.checkAtEnd();
    expect(await unhandled.stop()).toEqual([]);
  },
  { runs: 150 },
);
