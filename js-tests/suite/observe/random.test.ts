import { createLimiter, mapSettled, type StageRecord, type TaskHandle } from 'fanfold';
import fc from 'fast-check';
import { expect } from 'vitest';
import { propertyTest } from '../support/seeds.ts';
import { Stages } from '../support/stages.ts';
import { microtasks, settle } from '../support/turns.ts';

/** What a task may come to: an attempt is a start, and ends well, badly or by no doing of its own. */
const LIFE = /^(queued (start )?retry )*(queued )?(start )?(success|error|aborted)$/;

const jitter = fc.nat(12);
const plan = fc.record({
  concurrency: fc.integer({ min: 1, max: 4 }),
  maxQueue: fc.constantFrom(2, 1000),
  retries: fc.nat(2),
  tasks: fc.array(
    fc.record({
      kind: fc.constantFrom('call', 'run', 'submit', 'items'),
      before: jitter,
      within: jitter,
      failures: fc.nat(3),
      fate: fc.constantFrom('nothing', 'nothing', 'nothing', 'cancel', 'abort', 'clear', 'concurrency'),
      after: jitter,
    }),
    { maxLength: 25 },
  ),
});

propertyTest(
  'each task that came in is queued, started and ended as it really was',
  plan,
  async ({ concurrency, maxQueue, retries, tasks }) => {
    const retry = { retries, backoff: 0, jitter: 'none' as const };
    const limit = createLimiter({ concurrency, maxQueue, retry });
    const stages = new Stages(limit);
    const outcomes: Promise<unknown>[] = [];
    const handles: TaskHandle<unknown>[] = [];
    let calls = 0;
    for (const { kind, before, within, failures, fate, after } of tasks) {
      await microtasks(before);
      let failed = 0;
      const fn = async () => {
        calls++;
        await microtasks(within);
        if (failed++ < failures) throw new Error('failed');
      };
      const controller = new AbortController();
      const { signal } = controller;
      if (kind === 'items') {
        outcomes.push(mapSettled([1, 2], fn, { limiter: limit, signal }));
      } else {
        const handle = limit.submit(fn, { signal });
        if (kind === 'call') outcomes.push(limit(fn));
        if (kind === 'run') outcomes.push(limit.run(fn, { signal, retry: false }));
        outcomes.push(handle.result);
        handles.push(handle);
        if (fate === 'cancel') void microtasks(after).then(() => handle.cancel());
      }
      for (const outcome of outcomes.slice(-2)) outcome.catch(() => {});
      void microtasks(after).then(() => {
        if (fate === 'abort') controller.abort();
        if (fate === 'clear') limit.clear();
        if (fate === 'concurrency') limit.concurrency = 1 + after;
      });
    }
    await Promise.allSettled(outcomes);
    await limit.onIdle();
    await settle();

    const lives = new Map<unknown, StageRecord[]>();
    for (const record of stages.records) {
      const life = lives.get(record.taskId) ?? [];
      lives.set(record.taskId, life);
      life.push(record);
    }
    let starts = 0;
    for (const life of lives.values()) {
      expect(life.map(({ stage }) => stage).join(' ')).toMatch(LIFE);
      expect(new Set(life.map(({ index }) => index)).size).toBe(1);
      let attempt = 1;
      for (const [at, record] of life.entries()) {
        if (life[at - 1]?.stage === 'retry' && record.stage === 'queued') attempt++;
        expect(record.attempt).toBe(attempt);
        expect(record.waitingMs).toBeGreaterThanOrEqual(0);
        expect(record.runningMs).toBeGreaterThanOrEqual(0);
        if (record.stage === 'start') starts++;
      }
    }
    expect(starts).toBe(calls);
    const indexes = [...lives.values()].map(([first]) => first?.index).sort((a = 0, b = 0) => a - b);
    expect(indexes).toEqual(indexes.map((_, index) => index));
    for (const { id, result } of handles) {
      const [settled] = await Promise.allSettled([result]);
      const last = lives.get(id)?.at(-1);
      expect(last?.stage === 'success').toBe(settled?.status === 'fulfilled');
      if (settled?.status === 'rejected') expect(last?.error).toBe(settled.reason);
    }
  },
);
