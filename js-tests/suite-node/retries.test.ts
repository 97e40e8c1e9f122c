// Context: every attempt of a task runs in the async context of the call that submitted it, whatever woke it up.
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect } from 'vitest';
import { useFakeTime } from '../suite/support/fake-time.ts';
import { anyRetried, RetriedWork } from '../suite/support/retried.ts';
import { propertyTest } from '../suite/support/seeds.ts';
import { unhandledDuring } from './support/unhandled.ts';

useFakeTime();

const store = new AsyncLocalStorage<string>();

describe('a limiter that retries', () => {
  propertyTest('keeps the context of the caller from attempt to attempt', anyRetried, async (plan) => {
    const work = new RetriedWork(plan);
    const seen: [number, string | undefined][] = [];
    work.submitting = (task, submit) => store.run(`caller ${task}`, submit);
    work.onAttempt = (task) => seen.push([task, store.getStore()]);
    const unhandled = await unhandledDuring(() => store.run('who plays', () => work.play()));
    expect(unhandled).toEqual([]);
    for (const [task, context] of seen) expect(context).toBe(`caller ${task}`);
    expect(seen.length).toBeGreaterThanOrEqual(plan.tasks.length);
  });
});
