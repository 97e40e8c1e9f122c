// The timer of the host is looked up when it is needed, so fake timers of any kind and at any time work.
import { createLimiter, sleep, TimeoutError } from 'fanfold';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { elapse } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { withReplacedTimers } from '../support/replaced-timers.ts';
import { microtasks, settle } from '../support/turns.ts';
import { watch } from '../support/watch.ts';

afterEach(() => {
  vi.useRealTimers();
});

async function timesOutAfter(milliseconds: number): Promise<void> {
  const limiter = createLimiter({ concurrency: 1, queueTimeout: milliseconds });
  const gates = new Gates();
  void limiter(gates.task('first'));
  const waiting = watch(limiter(gates.task('waiting')));
  await elapse(milliseconds - 1);
  expect(waiting.state).toBe('pending');
  await elapse(1);
  expect(waiting.reason).toBeInstanceOf(TimeoutError);
  gates.open('first');
  await settle();
}

describe('fake timers', () => {
  test('with performance.now faked along', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
    await timesOutAfter(60_000);
  });

  test('with only setTimeout and clearTimeout faked', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await timesOutAfter(60_000);
  });

  test('with Date faked but not performance', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    await timesOutAfter(60_000);
  });

  test('several deadlines, one after the other, with only the timers faked', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const limiter = createLimiter(1);
    const gates = new Gates();
    void limiter(gates.task('first'));
    const waiting = [1000, 2000, 3000].map((queueTimeout) =>
      watch(limiter.run(gates.task(`t${queueTimeout}`), { queueTimeout })),
    );
    for (const [index, each] of waiting.entries()) {
      await elapse(999);
      expect(each.state).toBe('pending');
      await elapse(1);
      expect(each.state).toBe('rejected');
      expect(waiting.filter((other) => other.state === 'rejected')).toHaveLength(index + 1);
    }
    gates.open('first');
    await settle();
  });

  test('installed after the limiter was made and used', async () => {
    const limiter = createLimiter(1);
    expect(await limiter(() => 'on real timers')).toBe('on real timers');
    vi.useFakeTimers();
    const gates = new Gates();
    void limiter(gates.task('first'));
    const waiting = watch(limiter.run(gates.task('waiting'), { queueTimeout: 500 }));
    await elapse(500);
    expect(waiting.reason).toBeInstanceOf(TimeoutError);
    gates.open('first');
    await settle();
  });

  test('installed, taken away, installed again', async () => {
    for (let round = 0; round < 3; round++) {
      vi.useFakeTimers();
      await timesOutAfter(1000);
      vi.useRealTimers();
      expect(await createLimiter(1)(() => round)).toBe(round);
    }
  });

  test('at any fraction of a millisecond, go off at the very millisecond', async () => {
    // Sums of fractions come out a little too small now and then, most often where they outgrow a power of two.
    for (let round = 0, ms = 100; round < 50; round++, ms = Math.ceil(ms * 1.3)) {
      vi.useFakeTimers();
      const limiter = createLimiter(1);
      limiter.pause(ms);
      const task = watch(limiter(() => 'ran'));
      await vi.advanceTimersByTimeAsync(ms - 1);
      expect(task.state).toBe('pending');
      await vi.advanceTimersByTimeAsync(1);
      await settle();
      expect(task.value).toBe('ran');
      vi.useRealTimers();
      // Real time goes on by some fraction meanwhile, and is looked at.
      for (let look = 0; look < 3; look++) {
        await createLimiter({ concurrency: 1, runTimeout: 60_000 })(() => settle());
      }
    }
  });

  test('taken away with something still due, do not stop the clocks of later tests', async () => {
    vi.useFakeTimers();
    const abandoned = createLimiter({ concurrency: 1, queueTimeout: 300 });
    const gates = new Gates();
    void abandoned(gates.task('never ends'));
    watch(abandoned(() => 1));
    await settle();
    vi.useRealTimers();
    for (let round = 0; round < 3; round++) {
      vi.useFakeTimers();
      await timesOutAfter(1000);
      vi.useRealTimers();
    }
    gates.openAll();
  });

  test('that cannot be called off do not stop the clocks of what comes later', async () => {
    await withReplacedTimers(async () => {
      const limiter = createLimiter(1);
      const gates = new Gates();
      void limiter(gates.task('first'));
      const called = new AbortController();
      const off = watch(limiter.run(gates.task('called off'), { queueTimeout: 500, signal: called.signal }));
      await microtasks(5);
      called.abort();
      await settle();
      await settle();
      expect(off.state).toBe('rejected');
      const waiting = watch(limiter.run(gates.task('waiting'), { queueTimeout: 500 }));
      await settle();
      await settle();
      expect(waiting.reason).toBeInstanceOf(TimeoutError);
      gates.open('first');
      await settle();
    });
  });

  test('with a clock set to another day', async () => {
    vi.useFakeTimers();
    vi.setSystemTime(new Date('1999-12-31T23:59:59Z'));
    await timesOutAfter(5000);
    vi.setSystemTime(new Date('2038-01-19T03:14:08Z'));
    await timesOutAfter(5000);
  });

  test('a pause of some milliseconds', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const limiter = createLimiter(1);
    limiter.pause(250);
    const task = watch(limiter(() => 'ran'));
    await elapse(249);
    expect(task.state).toBe('pending');
    await elapse(1);
    expect(task.value).toBe('ran');
  });

  test('what a timer was set for is reached when it goes off, however far that is', async () => {
    const { delays } = await withReplacedTimers(async () => {
      for (let nth = 0; nth < 300; nth++) await sleep(2 ** 31 - 1 - nth);
    });
    expect(delays.filter((delay) => delay === 0)).toEqual([]);
  });
});

describe('no timers', () => {
  test('a limiter without clocks never arms one', async () => {
    vi.useFakeTimers();
    const before = vi.getTimerCount();
    const limiter = createLimiter({
      concurrency: 2,
      queueTimeout: Number.POSITIVE_INFINITY,
      runTimeout: Number.POSITIVE_INFINITY,
    });
    const gates = new Gates();
    const all = [...'abcdef'].map((name) => limiter(gates.task(name)));
    await settle();
    limiter.pause();
    limiter.resume();
    expect(vi.getTimerCount() - before).toBe(0);
    for (const name of 'abcdef') gates.open(name);
    await Promise.all(all);
    expect(vi.getTimerCount() - before).toBe(0);
  });
});
