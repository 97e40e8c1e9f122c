// Work over many, whatever the source, the functions, the options and the moment: everything settles, in order and only
// once; no more runs and no more is taken than may; nothing is left behind.
import { ClearedError, ClosedError, RetryError, skip } from 'fanfold';
import fc from 'fast-check';
import { describe, expect, vi } from 'vitest';
import { useFakeTime } from '../support/fake-time.ts';
import { anyMeddling, anyWork, type Expected, ManyWork } from '../support/many.ts';
import { propertyTest } from '../support/seeds.ts';

useFakeTime();

/** How an item ended as a text, whatever it was wrapped in on the way. */
function told(reason: unknown): string {
  const { name, cause, message } = reason as Error;
  return name === 'RetryError' ? told(cause) : name === 'TimeoutError' ? 'timeout' : message;
}

/** The same of the model. A last attempt that hung has timed out. */
function planned(work: ManyWork, index: number): string {
  const end = work.expected(index) as { reason: string };
  const { attempts } = work.plan.items[index]!;
  const last = attempts[Math.min(work.plan.retries ?? 0, attempts.length - 1)]!;
  return end.reason.startsWith('fn') && last.does === 'hangs' ? 'timeout' : end.reason;
}

/** Where these stand among those, each looked for behind the one before if it is there more than once. */
function placesOf(some: readonly string[], all: readonly string[]): number[] {
  let from = 0;
  return some.map((each) => {
    const place = all.indexOf(each, from);
    from = place + 1;
    return place;
  });
}

/** What the work must come to, unless it was ended from outside. */
function checkOutcome(work: ManyWork): void {
  const { plan, result } = work;
  const ends: Expected[] = plan.items.map((_, index) => work.expected(index));
  // Whoever hung was let go in the end, and then was as good as any.
  const isGood = (end: Expected) => end === 'hangs' || 'value' in end;
  const outcomeOf = (end: Expected, index: number) =>
    end === 'hangs' ? index : (end as { value: unknown }).value;
  const good = ends.flatMap((end, index) => (isGood(end) ? [outcomeOf(end, index)] : []));
  const bad = ends.flatMap((end, index) => (isGood(end) ? [] : [planned(work, index)]));
  const kept = good.filter((value) => value !== skip);
  const errors = () => (result.reason as AggregateError).errors.map(told);
  switch (plan.kind) {
    case 'any':
    case 'some': {
      const needed = plan.kind === 'any' ? 1 : 2;
      if (good.length >= needed) {
        const winners = work.ends.filter(({ isGood }) => isGood).slice(0, needed);
        const indexes = winners.map(({ index }) => index).sort((a, b) => a - b);
        expect([result.value].flat(), 'those win that are fulfilled first').toEqual(
          indexes.map((index) => outcomeOf(ends[index]!, index)),
        );
        expect(winners).toHaveLength(needed);
        return;
      }
      expect(result.reason).toBeInstanceOf(AggregateError);
      const told = errors();
      const places = placesOf(told, bad);
      expect(places, 'in the order of the input').toEqual([...places].sort((a, b) => a - b));
      expect(places).not.toContain(-1);
      // As many as were needed to know that it cannot be reached any more.
      expect(told.length).toBeGreaterThanOrEqual(plan.items.length - needed + 1);
      // Of too few items it is known before any of them has ended.
      const waitsForAll = plan.onFailure === 'continue' && plan.items.length >= needed;
      if (plan.kind === 'any' || waitsForAll) expect(told).toEqual(bad);
      return;
    }
    case 'race': {
      if (plan.items.length === 0) {
        expect(result.reason).toBeInstanceOf(RangeError);
        return;
      }
      const [first] = work.ends;
      if (result.state === 'fulfilled') {
        const winner = work.ends.find(({ isGood }) => isGood)!;
        expect(result.value, 'the first wins').toBe(outcomeOf(ends[winner.index]!, winner.index));
        // A failure that is retried is one only when the engine has said that it was the last.
        if (plan.retries === undefined) expect(winner).toBe(first);
      } else if (told(result.reason) === 'timeout') {
        expect(plan.timed).toBe(true);
        expect(bad).toContain('timeout');
      } else {
        const loser = work.ends.find(({ isGood }) => !isGood)!;
        expect(told(result.reason), 'the first wins').toBe(`fn ${loser.index}`);
        // Progress is told before a success counts, and at the same time as a failure does.
        if (!plan.hasProgress) expect(loser).toBe(first);
      }
      return;
    }
    case 'mapSettled':
    case 'allSettled':
    case 'settle': {
      const all = ends.map((end, index) => (isGood(end) ? outcomeOf(end, index) : planned(work, index)));
      const settled = (
        plan.kind === 'settle' ? (result.value as { results: unknown }).results : result.value
      ) as PromiseSettledResult<unknown>[];
      const got = settled.map((end) => (end.status === 'fulfilled' ? end.value : told(end.reason)));
      expect(got).toEqual(plan.kind === 'mapSettled' ? all.filter((value) => value !== skip) : all);
      return;
    }
  }
  if (plan.kind === 'stream') {
    const order = plan.order === 'input' ? kept : [...kept].sort();
    const got = plan.order === 'input' ? work.streamed : [...work.streamed].sort();
    if (plan.breakAfter !== undefined && result.state === 'fulfilled') {
      expect(work.streamed.length).toBeLessThanOrEqual(plan.breakAfter || kept.length);
    } else if (bad.length === 0 || plan.onFailure === 'continue') {
      expect(got).toEqual(order);
    }
    if (plan.order === 'input') expect(order.slice(0, got.length)).toEqual(got);
    if (result.state === 'fulfilled') return;
  }
  if (bad.length === 0) {
    expect(result.state).toBe('fulfilled');
    if (plan.kind === 'map') expect(result.value).toEqual(kept);
    if (plan.kind === 'all') expect(result.value).toEqual(good);
    // The symbol that is skipped is as good as any other value.
    if (plan.kind === 'filter') {
      const truthy = ends.flatMap((end, index) => (outcomeOf(end, index) === 0 ? [] : [index]));
      expect(result.value).toEqual(truthy);
    }
  } else if (plan.onFailure === 'continue') {
    expect(result.reason).toBeInstanceOf(AggregateError);
    expect(errors()).toEqual(bad);
  } else {
    expect(bad).toContain(told(result.reason));
  }
}

/** Everything that it says went wrong, taken out of what it is wrapped in. */
function reasonsOf({ plan, result }: ManyWork): unknown[] {
  const flat = (reason: unknown): unknown[] =>
    reason instanceof AggregateError
      ? reason.errors.flatMap(flat)
      : [reason instanceof RetryError ? reason.cause : reason];
  if (result.state === 'rejected') return flat(result.reason);
  if (!['mapSettled', 'settle', 'allSettled'].includes(plan.kind)) return [];
  const { value } = result as { value: unknown };
  const settled = (
    plan.kind === 'settle' ? (value as { results: unknown }).results : value
  ) as PromiseSettledResult<unknown>[];
  return settled.flatMap((end) => (end.status === 'rejected' ? flat(end.reason) : []));
}

/** What must hold at the end of it, however it ended. */
function checkEnd(work: ManyWork): void {
  work.checkAtRest();
  expect(vi.getTimerCount()).toBe(0);
  const { reason } = work.result;
  if (reason === work.abortReason) {
    expect(work.plan.abortAfter).not.toBe(undefined);
  } else if (reason === work.sourceError) {
    expect(work.sourceFails).toBe(true);
  } else if (work.isRefused) {
    for (const each of reasonsOf(work)) {
      const isVerdict =
        each instanceof ClearedError || each instanceof ClosedError || each === work.limiterReason;
      if (!isVerdict)
        expect(told(each)).toMatch(/^(fn|item) \d+$|^timeout$|^Expected `tasks` to have at least one/);
    }
  } else if (!work.sourceFails) {
    checkOutcome(work);
  }
}

describe('work over many', () => {
  propertyTest(
    'settles as the model says, keeps to its bounds and leaves nothing behind',
    anyWork,
    async (plan) => {
      const work = new ManyWork(plan);
      await work.play();
      checkEnd(work);
    },
    { runs: 300 },
  );

  propertyTest(
    'whatever becomes of its limiter meanwhile, settles, closes the source once, and runs nothing after the end',
    fc.tuple(anyWork, anyMeddling),
    async ([plan, meddling]) => {
      const work = new ManyWork({ ...plan, shared: true }, meddling);
      await work.play();
      checkEnd(work);
    },
    { runs: 300 },
  );

  propertyTest(
    'starts its functions in the order of the items',
    anyWork,
    async (plan) => {
      // A promise among the items, a place that is kept or given up, and a sleeper may all be overtaken.
      const kind = plan.kind === 'stream' ? 'map' : plan.kind;
      const items = plan.items.map((item) => ({ ...item, as: 'itself' as const }));
      const work = new ManyWork({ ...plan, kind, items });
      await work.play();
      expect(work.starts).toEqual([...work.starts].sort((a, b) => a - b));
    },
    { runs: 100 },
  );
});
