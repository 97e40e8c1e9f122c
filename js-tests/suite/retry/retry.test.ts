import {
  ClearedError,
  ClosedError,
  createLimiter,
  type RetryContext,
  RetryError,
  retry,
  stopRetry,
} from 'fanfold';
import { describe, expect, test, vi } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { countListeners } from '../support/listeners.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

useFakeTime();

/** Fails so many times, then gives the number of the attempt. */
function failing(times: number) {
  return vi.fn(async ({ attempt }: { readonly attempt: number }) => {
    if (attempt <= times) throw new Error(`attempt ${attempt}`);
    return attempt;
  });
}

const plain = { jitter: 'none', backoff: 100 } as const;

describe('retry', () => {
  test('a success at once is called inside the call and sets no timer', async () => {
    const fn = failing(0);
    const promise = retry(fn);
    expect(fn).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
    expect(await promise).toBe(1);
  });

  test('arguments of an attempt: its number, the time since the call, a signal that is not aborted', async () => {
    const contexts: RetryContext[] = [];
    const fn = failing(2);
    const promise = retry((context) => {
      contexts.push(context);
      return fn(context);
    }, plain);
    await elapse(200);
    expect(await promise).toBe(3);
    expect(contexts.map(({ attempt, elapsed }) => [attempt, Math.round(elapsed)])).toEqual([
      [1, 0],
      [2, 100],
      [3, 200],
    ]);
    for (const { signal } of contexts) expect(signal.aborted).toBe(false);
  });

  test('what a function throws at once is a failed attempt, as is a rejection', async () => {
    let calls = 0;
    const promise = retry(() => {
      calls++;
      if (calls === 1) throw new Error('thrown');
      if (calls === 2) return Promise.reject(new Error('rejected'));
      return 'fine';
    }, plain);
    await elapse(200);
    expect(await promise).toBe('fine');
  });

  test('sleeps as the rule says, until the next attempt and no longer', async () => {
    const fn = failing(3);
    const watched = watch(retry(fn, { jitter: 'none', backoff: { kind: 'fibonacci', base: 10 } }));
    for (const [ms, calls] of [
      [9, 1],
      [1, 2],
      [10, 3],
      [19, 3],
      [1, 4],
    ] as const) {
      await elapse(ms);
      expect(fn).toHaveBeenCalledTimes(calls);
    }
    expect(watched).toMatchObject({ state: 'fulfilled', value: 4 });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a failed run tells every attempt, its wait and how long it ran', async () => {
    const run = async ({ attempt }: { attempt: number }) => {
      await new Promise((resolve) => setTimeout(resolve, attempt * 10));
      throw new Error(`attempt ${attempt}`);
    };
    const reason = reasonOf(retry(run, { ...plain, retries: 2 }));
    await elapse(1_000);
    const error = (await reason) as RetryError;
    expect(error).toBeInstanceOf(RetryError);
    expect(error.attempts.map(({ delayMs, durationMs }) => [delayMs, Math.round(durationMs)])).toEqual([
      [0, 10],
      [100, 20],
      [100, 30],
    ]);
    expect(error.attempts.map(({ error }) => (error as Error).message)).toEqual([
      'attempt 1',
      'attempt 2',
      'attempt 3',
    ]);
    expect(error).toMatchObject({ exhausted: 'retries', cause: error.attempts[2]?.error });
    expect(Math.round(error.elapsedMs)).toBe(260);
  });

  test('without retries one failure is a RetryError of one attempt', async () => {
    const error = await reasonOf(retry(failing(1), { retries: 0 }));
    expect(error).toMatchObject({ name: 'RetryError', exhausted: 'retries', attempts: [{ delayMs: 0 }] });
  });

  test('no retry begins after maxElapsed, and no wait that would end after it', async () => {
    const fn = failing(9);
    const watched = watch(retry(fn, { ...plain, retries: 9, maxElapsed: 250 }));
    await elapse(200);
    expect(fn).toHaveBeenCalledTimes(3);
    expect(watched).toMatchObject({ state: 'rejected', reason: { exhausted: 'maxElapsed' } });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('an attempt that runs is left to its end, however late', async () => {
    const slow = deferred<string>();
    const watched = watch(retry(() => slow.promise, { maxElapsed: 10 }));
    await elapse(1_000);
    expect(watched.state).toBe('pending');
    slow.resolve('late');
    await settle();
    expect(watched).toMatchObject({ state: 'fulfilled', value: 'late' });
  });

  test('attemptTimeout ends an attempt, whose signal is aborted, and the next one is made', async () => {
    const signals: AbortSignal[] = [];
    const promise = retry(
      ({ attempt, signal }) => {
        signals.push(signal);
        return attempt === 1 ? new Promise(() => {}) : attempt;
      },
      { ...plain, attemptTimeout: 50 },
    );
    await elapse(50);
    expect(signals[0]?.reason).toMatchObject({ name: 'TimeoutError', code: 'FANFOLD_RUN_TIMEOUT' });
    await elapse(100);
    expect(await promise).toBe(2);
    expect(signals[1]?.aborted).toBe(false);
  });

  test('one seed gives the same waits, another one others, and jitter stays in its bounds', async () => {
    const waits = async (seed: number) => {
      const delays: number[] = [];
      const options = {
        seed,
        retries: 5,
        backoff: 1_000,
        onRetry: (_: unknown, { delay }: { delay: number }) => delays.push(delay),
      };
      const reason = reasonOf(retry(failing(9), options));
      await elapse(10_000);
      await reason;
      return delays;
    };
    const first = await waits(7);
    expect(await waits(7)).toEqual(first);
    expect(await waits(8)).not.toEqual(first);
    expect(new Set(first).size).toBe(5);
    for (const delay of first) expect(delay).toBeGreaterThanOrEqual(0);
    for (const delay of first) expect(delay).toBeLessThanOrEqual(1_000);
  });

  test('a list gives the waits, the last one again and again, and an iterator is closed when the run is over', async () => {
    const closed = vi.fn();
    function* waits() {
      try {
        yield 10;
        yield 20;
        yield 40;
      } finally {
        closed();
      }
    }
    const delays: number[] = [];
    const onRetry = (_: unknown, { delay }: { delay: number }) => delays.push(delay);
    const promise = retry(failing(2), { jitter: 'none', backoff: waits(), onRetry });
    await elapse(100);
    expect(await promise).toBe(3);
    expect(delays).toEqual([10, 20]);
    expect(closed).toHaveBeenCalledTimes(1);
    delays.length = 0;
    const again = retry(failing(4), { jitter: 'none', backoff: [1, 2], retries: 4, onRetry });
    await elapse(100);
    await again;
    expect(delays).toEqual([1, 2, 2, 2]);
  });

  test('a function gives the waits from the attempt and its error', async () => {
    const backoff = vi.fn((attempt: number, _error: unknown) => attempt * 10);
    const promise = retry(failing(2), { jitter: 'none', backoff });
    await elapse(30);
    expect(await promise).toBe(3);
    expect(backoff.mock.calls.map(([attempt, error]) => [attempt, (error as Error).message])).toEqual([
      [1, 'attempt 1'],
      [2, 'attempt 2'],
    ]);
  });

  test.each([
    ['backoff', { backoff: () => -1 }, RangeError],
    ['shouldRetry', { shouldRetry: () => 'yes' as unknown as boolean }, TypeError],
    ['shouldRetry().after', { shouldRetry: () => ({ after: Number.NaN }) }, RangeError],
  ])('what %s gives out of range rejects the run and names it', async (name, options, type) => {
    const reason = await reasonOf(retry(failing(1), options));
    expect(reason).toBeInstanceOf(type);
    expect((reason as Error).message).toContain(name);
  });

  test('what shouldRetry, onRetry or backoff throw is what the run rejects with', async () => {
    const boom = new Error('boom');
    const options = ['shouldRetry', 'onRetry', 'backoff'] as const;
    for (const option of options) {
      const throwing = () => {
        throw boom;
      };
      expect(await reasonOf(retry(failing(1), { ...plain, [option]: throwing }))).toBe(boom);
      expect(vi.getTimerCount()).toBe(0);
    }
  });

  test('shouldRetry is asked only where another attempt may follow, and its no gives the error as it is', async () => {
    const shouldRetry = vi.fn((_error: unknown, { attempt }: { attempt: number }) => attempt < 2);
    const reason = reasonOf(retry(failing(9), { ...plain, shouldRetry, retries: 5 }));
    await elapse(100);
    expect(await reason).toMatchObject({ message: 'attempt 2' });
    expect(shouldRetry).toHaveBeenCalledTimes(2);
    shouldRetry.mockClear();
    expect(await reasonOf(retry(failing(9), { retries: 0, shouldRetry }))).toBeInstanceOf(RetryError);
    expect(shouldRetry).not.toHaveBeenCalled();
  });

  test('shouldRetry may answer later, and may say when', async () => {
    const answer = deferred<{ after: number }>();
    const fn = failing(1);
    const watched = watch(retry(fn, { backoff: { base: 5, max: 10 }, shouldRetry: () => answer.promise }));
    await elapse(1_000);
    answer.resolve({ after: 700 });
    await elapse(699);
    expect(fn).toHaveBeenCalledTimes(1);
    await elapse(1);
    expect(watched).toMatchObject({ state: 'fulfilled', value: 2 });
  });

  test('stopRetry ends it with its error, and nobody is asked', async () => {
    const [error, shouldRetry, onRetry] = [new Error('enough'), vi.fn(() => true), vi.fn()];
    const reason = await reasonOf(retry(() => stopRetry(error), { shouldRetry, onRetry }));
    expect(reason).toBe(error);
    expect(shouldRetry).not.toHaveBeenCalled();
    expect(onRetry).not.toHaveBeenCalled();
    expect(await reasonOf(retry(failing(1), { shouldRetry: () => stopRetry(error) }))).toBe(error);
  });

  test('onRetry is told of each retry before its wait', async () => {
    const notices: unknown[] = [];
    const onRetry = (
      error: unknown,
      { attempt, elapsed, delay }: { attempt: number; elapsed: number; delay: number },
    ) => notices.push([(error as Error).message, attempt, Math.round(elapsed), delay]);
    const promise = retry(failing(2), { ...plain, onRetry });
    await settle();
    expect(notices).toEqual([['attempt 1', 1, 0, 100]]);
    await elapse(200);
    await promise;
    expect(notices).toEqual([
      ['attempt 1', 1, 0, 100],
      ['attempt 2', 2, 100, 100],
    ]);
  });
});

describe('an abort', () => {
  test('while it sleeps ends it at once and leaves nothing behind', async () => {
    const controller = new AbortController();
    const listeners = countListeners(controller.signal);
    const fn = failing(9);
    const watched = watch(retry(fn, { ...plain, signal: controller.signal }));
    await elapse(50);
    expect([vi.getTimerCount(), listeners.now]).toEqual([1, 1]);
    controller.abort('enough');
    await settle();
    expect(watched).toMatchObject({ state: 'rejected', reason: 'enough' });
    expect([vi.getTimerCount(), listeners.now]).toEqual([0, 0]);
    await elapse(1_000);
    expect(fn).toHaveBeenCalledTimes(1);
  });

  test('while an attempt runs is seen by it and ends the waiting at once', async () => {
    const controller = new AbortController();
    let seen: AbortSignal | undefined;
    const watched = watch(
      retry(
        ({ signal }) => {
          seen = signal;
          return new Promise(() => {});
        },
        { signal: controller.signal },
      ),
    );
    controller.abort('enough');
    await settle();
    expect(watched).toMatchObject({ state: 'rejected', reason: 'enough' });
    expect(seen?.reason).toBe('enough');
  });

  test('before the call calls nothing', async () => {
    const fn = failing(0);
    expect(await reasonOf(retry(fn, { signal: AbortSignal.abort('early') }))).toBe('early');
    expect(fn).not.toHaveBeenCalled();
  });

  test('while shouldRetry thinks is the end too', async () => {
    const controller = new AbortController();
    const answer = deferred<boolean>();
    const fn = failing(9);
    const watched = watch(
      retry(fn, { ...plain, signal: controller.signal, shouldRetry: () => answer.promise }),
    );
    await settle();
    controller.abort('enough');
    answer.resolve(true);
    await elapse(1_000);
    expect(watched).toMatchObject({ state: 'rejected', reason: 'enough' });
    expect(fn).toHaveBeenCalledTimes(1);
  });
});

describe('with a limiter', () => {
  test('every attempt takes a slot in its turn, and a sleeping retry holds none', async () => {
    const limiter = createLimiter(1);
    const order: string[] = [];
    const promise = retry(
      async ({ attempt }) => {
        order.push(`attempt ${attempt}`);
        if (attempt === 1) throw new Error('once');
      },
      { ...plain, limiter },
    );
    await settle();
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([0, 0]);
    const gate = deferred();
    const other = limiter(() => {
      order.push('other');
      return gate.promise;
    });
    await elapse(100);
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([1, 1]);
    gate.resolve();
    await Promise.all([other, promise]);
    expect(order).toEqual(['attempt 1', 'other', 'attempt 2']);
    expect(limiter.stats()).toMatchObject({ started: 3, fulfilled: 2, failed: 1 });
  });

  test('an attempt that timed out keeps its slot until it has ended', async () => {
    const limiter = createLimiter(1);
    const hung = deferred();
    const fn = vi.fn(async ({ attempt }: { attempt: number }) => (attempt === 1 ? hung.promise : attempt));
    const watched = watch(retry(fn, { ...plain, limiter, attemptTimeout: 10 }));
    await elapse(500);
    expect(fn).toHaveBeenCalledTimes(1);
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([1, 1]);
    hung.resolve();
    await settle();
    expect(watched).toMatchObject({ state: 'fulfilled', value: 2 });
  });

  test.each([
    ['is closed', ClosedError, (limiter: ReturnType<typeof createLimiter>) => limiter.close({ grace: 0 })],
    ['is cleared', ClearedError, (limiter: ReturnType<typeof createLimiter>) => limiter.clear()],
  ])('a limiter that %s is not asked again', async (_, type, end) => {
    const limiter = createLimiter(1);
    const gate = deferred();
    void limiter(() => gate.promise).catch(() => {});
    const fn = failing(0);
    const watched = watch(retry(fn, { ...plain, limiter }));
    void end(limiter);
    await settle();
    expect(watched.state).toBe('rejected');
    expect(watched.reason).toBeInstanceOf(type);
    expect(fn).not.toHaveBeenCalled();
    gate.resolve();
  });

  test('a full queue is a failure like any other', async () => {
    const limiter = createLimiter({ concurrency: 1, maxQueue: 0 });
    const gate = deferred();
    const first = limiter(() => gate.promise);
    const watched = watch(retry(() => 'in', { ...plain, limiter }));
    await settle();
    gate.resolve();
    await first;
    await elapse(100);
    expect(watched).toMatchObject({ state: 'fulfilled', value: 'in' });
  });

  test('an abort takes a waiting attempt out of the queue', async () => {
    const controller = new AbortController();
    const limiter = createLimiter(1);
    const gate = deferred();
    const first = limiter(() => gate.promise);
    const watched = watch(retry(() => 'in', { limiter, signal: controller.signal }));
    await settle();
    expect(limiter.pendingCount).toBe(1);
    controller.abort('enough');
    await settle();
    expect([watched.reason, limiter.pendingCount]).toEqual(['enough', 0]);
    gate.resolve();
    await first;
  });
});
