// Work over many, whatever the source, the functions, the options and the moment: everything settles, in order and only
// once; no more runs and no more is taken than may; nothing is left behind.
import { skip } from 'fanfold';
import { describe, expect, vi } from 'vitest';
import { useFakeTime } from '../support/fake-time.ts';
import { anyWork, type Expected, ManyWork } from '../support/many.ts';
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
        const values = [result.value].flat();
        expect(values).toHaveLength(needed);
        for (const value of values) expect(good).toContain(value);
        if (!values.includes(skip)) expect(values).toEqual([...values].sort((a, b) => Number(a) - Number(b)));
      } else if (plan.onFailure !== 'abort' || plan.kind === 'any') {
        expect(result.reason).toBeInstanceOf(AggregateError);
        // In the order of the input; of some, as far as was needed to know.
        const told = errors();
        expect(bad.filter((reason) => told.includes(reason)).length).toBeGreaterThanOrEqual(told.length && 1);
        if (plan.kind === 'any') expect(told).toEqual(bad);
      }
      return;
    }
    case 'race':
      if (plan.items.length === 0) expect(result.reason).toBeInstanceOf(RangeError);
      else if (result.state === 'fulfilled') expect(good).toContain(result.value);
      else expect(bad).toContain(told(result.reason));
      return;
    case 'mapSettled':
    case 'settle': {
      const all = ends.map((end, index) => (isGood(end) ? outcomeOf(end, index) : planned(work, index)));
      const settled = (
        plan.kind === 'settle' ? (result.value as { results: unknown }).results : result.value
      ) as PromiseSettledResult<unknown>[];
      const got = settled.map((end) => (end.status === 'fulfilled' ? end.value : told(end.reason)));
      expect(got).toEqual(plan.kind === 'settle' ? all : all.filter((value) => value !== skip));
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

describe('work over many', () => {
  propertyTest(
    'settles as the model says, keeps to its bounds and leaves nothing behind',
    anyWork,
    async (plan) => {
      const work = new ManyWork(plan);
      await work.play();
      work.checkAtRest();
      expect(vi.getTimerCount()).toBe(0);
      const { reason } = work.result;
      if (reason === work.abortReason) {
        expect(plan.abortAfter).not.toBe(undefined);
      } else if (reason === work.sourceError) {
        expect(work.sourceFails).toBe(true);
      } else if (!work.sourceFails) {
        checkOutcome(work);
      }
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
