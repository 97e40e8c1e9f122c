// stats(): what is, and what happened so far.
import { createLimiter } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { settle } from '../support/turns.ts';
import { watch } from '../support/watch.ts';

useFakeTime();

const nothing = {
  active: 0,
  queued: 0,
  resting: 0,
  paused: false,
  closed: false,
  started: 0,
  fulfilled: 0,
  failed: 0,
  aborted: 0,
  timedOut: 0,
  dropped: 0,
  cleared: 0,
  peakQueued: 0,
  oldestWait: 0,
  nextStart: undefined,
  waited: undefined,
  ran: undefined,
  tokensLeft: [],
};

describe('stats', () => {
  test('of a new limiter', () => {
    expect(createLimiter({ concurrency: 3, name: 'fresh' }).stats()).toEqual({
      ...nothing,
      name: 'fresh',
      concurrency: 3,
    });
    expect(createLimiter(Number.POSITIVE_INFINITY).stats()).toMatchObject({
      concurrency: Number.POSITIVE_INFINITY,
    });
  });

  test('count every way in which a task can end', async () => {
    const limiter = createLimiter({ concurrency: 1, maxQueue: 4, runTimeout: 100 });
    const gates = new Gates();
    watch(limiter(gates.task('fulfils')));
    await settle();
    gates.open('fulfils');
    watch(limiter(gates.task('fails')));
    await settle();
    gates.fail('fails', new Error('fails'));
    await settle();
    expect(limiter.stats()).toMatchObject({ started: 2, fulfilled: 1, failed: 1 });

    watch(limiter(gates.task('times out')));
    await elapse(100);
    expect(limiter.stats()).toMatchObject({ timedOut: 1, active: 1 });
    const waits = [1, 2, 3, 4].map(() => limiter.submit(gates.task('waits')));
    for (const handle of waits) watch(handle.result);
    watch(limiter(gates.task('dropped')));
    expect(limiter.stats()).toMatchObject({ queued: 4, peakQueued: 4, dropped: 1 });
    waits[0]!.cancel();
    limiter.clear();
    expect(limiter.stats()).toMatchObject({ queued: 0, aborted: 1, cleared: 3, peakQueued: 4 });
    gates.open('times out');
    await settle();
    expect(limiter.stats()).toEqual({
      ...nothing,
      name: 'limiter',
      concurrency: 1,
      started: 3,
      fulfilled: 1,
      failed: 1,
      aborted: 1,
      timedOut: 1,
      dropped: 1,
      cleared: 3,
      peakQueued: 4,
      // Times are kept from the first call on.
      waited: { count: 1, p50: 0, p95: 0, p99: 0 },
      ran: { count: 1, p50: 100, p95: 100, p99: 100 },
    });
  });

  test('follow pause, concurrency and close', async () => {
    const limiter = createLimiter(1);
    limiter.pause();
    limiter.concurrency = 7;
    expect(limiter.stats()).toMatchObject({ paused: true, concurrency: 7, closed: false });
    limiter.resume();
    await limiter.close();
    expect(limiter.stats()).toMatchObject({ paused: false, closed: true });
  });

  test('are right in the very step of a submission', () => {
    const limiter = createLimiter(2);
    const gates = new Gates();
    for (const name of 'abc') void limiter(gates.task(name));
    expect(limiter.stats()).toMatchObject({ active: 2, queued: 1, peakQueued: 1, started: 0 });
    gates.openAll();
    for (const name of 'abc') gates.open(name);
  });

  test('are a copy', () => {
    const limiter = createLimiter(1);
    const before = limiter.stats();
    void limiter(() => 1);
    expect(before.active).toBe(0);
    expect(limiter.stats()).not.toBe(limiter.stats());
  });

  test('a long queue has its peak', async () => {
    const limiter = createLimiter(1);
    const all = Array.from({ length: 10_000 }, () => limiter(() => 1));
    expect(limiter.stats()).toMatchObject({ queued: 9999, peakQueued: 9999 });
    await Promise.all(all);
    expect(limiter.stats()).toMatchObject({
      queued: 0,
      peakQueued: 9999,
      started: 10_000,
      fulfilled: 10_000,
    });
  });
});
