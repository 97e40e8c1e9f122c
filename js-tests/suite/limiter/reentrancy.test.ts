// User code that is called back in the middle of something: abort listeners, getters, warning hooks, odd signals.
// It may use any limiter, and whoever was in the middle of something gets the right answer all the same.
import { createLimiter, type Limiter, type TaskOptions } from 'fanfold';
import { describe, expect, test, vi } from 'vitest';
import { block, elapse, useFakeTime } from '../support/fake-time.ts';
import { microtasks, settle } from '../support/turns.ts';
import { watch } from '../support/watch.ts';

useFakeTime();

/** A running task whose deadline has passed unnoticed; what finds out calls the listener. */
async function overdue(listener: () => void): Promise<Limiter> {
  const limiter = createLimiter({ concurrency: 5, runTimeout: 20 });
  const endless = () => new Promise<never>(() => {});
  void watch(
    limiter.run(({ signal }) => {
      signal.addEventListener('abort', listener);
      return endless();
    }),
  );
  await settle();
  block(40);
  return limiter;
}

describe('an abort listener that uses a limiter', () => {
  test('does not change the answer of whoever asked', async () => {
    const other = createLimiter(1);
    const limiter = await overdue(() => void other.activeCount);
    expect(limiter.activeCount).toBe(1);
    expect(limiter.stats()).toMatchObject({ active: 1, started: 1, timedOut: 1 });
  });

  test('does not take the permit of whoever asked', async () => {
    const [free, full] = [createLimiter(1), createLimiter(1)];
    full.tryAcquire();
    await overdue(() => void full.tryAcquire());
    expect(free.tryAcquire()).toBeDefined();
    expect([free.activeCount, full.activeCount]).toEqual([1, 1]);
    await overdue(() => void free.tryAcquire());
    expect(full.tryAcquire()).toBeUndefined();
  });

  test('may submit thousands while the mailbox is full', async () => {
    const slow = createLimiter(1);
    const results: Promise<unknown>[] = [];
    const submit = () => {
      for (let n = 0; n < 5_000; n++) results.push(slow(() => n));
    };
    await overdue(submit);
    for (let n = 0; n < 5_000; n++) results.push(slow.run(() => n));
    expect(new Set(await Promise.all(results)).size).toBe(5_000);
    expect(slow.stats()).toMatchObject({ started: 10_000, active: 0, queued: 0 });
  });

  test('may submit while a permit is released into a full mailbox', async () => {
    const slow = createLimiter(1);
    const held = createLimiter(1);
    const permit = await held.acquire();
    const results: Promise<unknown>[] = [];
    await overdue(() => results.push(slow(() => 'late')));
    for (let n = 0; n < 4_093; n++) results.push(slow(() => n));
    permit.release();
    expect(held.activeCount).toBe(0);
    await microtasks(3);
    expect(await Promise.all(results)).toContain('late');
  });
});

describe('options', () => {
  test('whose getters use the limiter are as good as others', async () => {
    const limiter = createLimiter(1);
    let inner: Promise<unknown> | undefined;
    const options: TaskOptions = {
      get runTimeout() {
        inner = limiter(() => 'inner');
        return 100;
      },
    };
    expect(await limiter.run(() => 'outer', options)).toBe('outer');
    expect(await inner).toBe('inner');
    expect(limiter.activeCount).toBe(0);
  });

  test('are read once: what was checked is what holds', async () => {
    const limiter = createLimiter(1);
    const answers = [1_000, Number.NaN];
    const options = {
      get runTimeout() {
        return answers.shift() as number;
      },
    };
    const task = watch(limiter.run(() => new Promise(() => {}), options));
    await elapse(999);
    expect([task.state, answers]).toEqual(['pending', [Number.NaN]]);
    await elapse(1);
    expect(task.state).toBe('rejected');
  });
});

describe('a signal that is none', () => {
  test.each([
    ['no method to listen', { addEventListener: null, removeEventListener() {} }],
    ['no method to stop listening', { addEventListener() {} }],
  ])('%s: refused', async (_, methods) => {
    const limiter = createLimiter(1);
    const signal = { aborted: false, ...methods } as unknown as AbortSignal;
    expect(() => limiter.run(() => 1, { signal })).toThrow(TypeError);
    expect(await limiter(() => 'fine')).toBe('fine');
  });

  test('that throws when it is listened to harms nobody else', async () => {
    const limiter = createLimiter(1);
    const signal = Object.assign(new EventTarget(), {
      aborted: false,
      addEventListener() {
        throw new Error('not me');
      },
    }) as unknown as AbortSignal;
    expect(() => limiter.run(() => 1, { signal })).toThrow('not me');
    const { signal: real } = new AbortController();
    expect(await limiter.run(() => 'fine', { signal: real })).toBe('fine');
    expect(limiter.activeCount).toBe(0);
  });
});

describe('a warning hook that uses the limiter', () => {
  test('sees it as it is, and nobody is left waiting', async () => {
    const { process } = globalThis as { process?: NodeJS.Process };
    const limiter = createLimiter({ concurrency: 1, maxQueue: 1 });
    const seen: number[] = [];
    const hook = () => void seen.push(limiter.pendingCount);
    const spy =
      typeof process?.emitWarning === 'function'
        ? vi.spyOn(process, 'emitWarning').mockImplementation(hook)
        : vi.spyOn(console, 'warn').mockImplementation(hook);
    const inner: unknown[] = [];
    const outer = limiter(() => {
      inner.push(watch(limiter(() => 'inner')), watch(limiter(() => 'too many')));
    });
    await outer;
    await settle();
    spy.mockRestore();
    expect(seen).toEqual([1]);
    expect(inner).toMatchObject([{ state: 'fulfilled', value: 'inner' }, { state: 'rejected' }]);
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([0, 0]);
  });
});
