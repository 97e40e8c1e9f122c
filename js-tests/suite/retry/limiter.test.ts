import {
  all,
  createLimiter,
  type Limiter,
  map,
  retry as plainRetry,
  RetryError,
  scope,
  sleep,
} from 'fanfold';
import { describe, expect, test, vi } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

useFakeTime();

const retry = { jitter: 'none', backoff: 100, retries: 2 } as const;

/** Fails so many times, then tells the number of its call. */
function failing(times: number) {
  let calls = 0;
  return vi.fn(async () => {
    calls++;
    if (calls <= times) throw new Error(`call ${calls}`);
    return calls;
  });
}

describe('a limiter with `retry`', () => {
  test('retries plain calls with their arguments, runs and submissions', async () => {
    const limiter = createLimiter({ concurrency: 2, retry });
    const fn = vi.fn(failing(1));
    const results = Promise.all([
      limiter(fn as (...args: unknown[]) => Promise<number>, 'a', 'b'),
      limiter.run(failing(2)),
      limiter.submit(failing(0)).result,
    ]);
    await elapse(200);
    expect(await results).toEqual([2, 3, 1]);
    expect(fn.mock.calls).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(limiter.stats()).toMatchObject({ started: 6, fulfilled: 3, failed: 3, active: 0 });
  });

  test('gives up with a RetryError, and a task may say otherwise', async () => {
    const limiter = createLimiter({ concurrency: 1, retry });
    const reason = reasonOf(limiter(failing(9)));
    await elapse(200);
    expect(await reason).toBeInstanceOf(RetryError);
    expect(await reasonOf(limiter.run(failing(9), { retry: false }))).toMatchObject({ message: 'call 1' });
    const once = reasonOf(limiter.run(failing(9), { retry: { retries: 1, backoff: 0 } }));
    await elapse(1);
    expect((await once) as RetryError).toMatchObject({ attempts: [{}, {}] });
  });

  test('tells the function which attempt it is', async () => {
    const limiter = createLimiter({ concurrency: 1, retry });
    const attempts: number[] = [];
    const promise = limiter.run(({ attempt }) => {
      attempts.push(attempt);
      if (attempt < 3) throw new Error('again');
    });
    await elapse(200);
    await promise;
    expect(attempts).toEqual([1, 2, 3]);
    expect(await limiter.run(({ attempt }) => attempt, { retry: false })).toBe(1);
  });

  test('lets others in while a task sleeps', async () => {
    const limiter = createLimiter({ concurrency: 1, retry });
    const watched = watch(limiter(failing(1)));
    await settle();
    expect(watched.state).toBe('pending');
    expect(await limiter(() => 'meanwhile')).toBe('meanwhile');
    await elapse(100);
    expect(watched).toMatchObject({ state: 'fulfilled', value: 2 });
  });

  test('a run timeout ends each attempt, which keeps its slot', async () => {
    const limiter = createLimiter({ concurrency: 2, retry, runTimeout: 10 });
    const hung = deferred();
    const watched = watch(limiter.run(async ({ attempt }) => (attempt === 1 ? hung.promise : attempt)));
    await elapse(110);
    expect(watched).toMatchObject({ state: 'fulfilled', value: 2 });
    expect(limiter.activeCount).toBe(1);
    hung.resolve();
    await settle();
    expect(limiter.activeCount).toBe(0);
  });

  test('an attempt timeout takes the place of a run timeout, also in the message', async () => {
    const limiter = createLimiter({ concurrency: 2, runTimeout: 10 });
    const hang = () => new Promise<never>(() => {});
    const messageOf = async (failed: Promise<unknown>) =>
      (((await failed) as RetryError).cause as Error).message;
    const attemptTimeout = 30;
    const task = reasonOf(limiter.run(hang, { retry: { retries: 0, attemptTimeout } }));
    const alone = reasonOf(plainRetry(hang, { limiter, retries: 0, attemptTimeout }));
    await elapse(30);
    for (const failed of [task, alone]) {
      expect(await messageOf(failed)).toContain('for 30 ms, longer than its attemptTimeout');
    }
  });

  test('permits are not retried', async () => {
    const limiter = createLimiter({ concurrency: 1, maxQueue: 0, retry });
    const permit = await limiter.acquire();
    expect(await reasonOf(limiter.acquire())).toMatchObject({ name: 'QueueFullError' });
    permit.release();
  });

  test('each task draws jitter of its own from the one seed', async () => {
    const delays: number[] = [];
    const onRetry = (_: unknown, { delay }: { delay: number }) => delays.push(delay);
    const options = { concurrency: 5, retry: { backoff: 1_000, retries: 1, seed: 3, onRetry } };
    const round = async () => {
      delays.length = 0;
      const limiter = createLimiter(options);
      const all = Promise.all([1, 2, 3, 4, 5].map(() => limiter(failing(1))));
      await elapse(1_000);
      await all;
      return [...delays];
    };
    const first = await round();
    expect(new Set(first).size).toBe(5);
    expect(await round()).toEqual(first);
  });
});

describe('the end of its limiter', () => {
  test('ends a task that sleeps at once, with the reason', async () => {
    const controller = new AbortController();
    const limiter = createLimiter({ concurrency: 1, signal: controller.signal, retry });
    const watched = [limiter(failing(9)), limiter.run(failing(9)), plainRetry(failing(9), { limiter })].map(
      watch,
    );
    await settle();
    controller.abort('shutdown');
    await settle();
    expect(watched.map(({ reason }) => reason)).toEqual(['shutdown', 'shutdown', 'shutdown']);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('what runs in a limiter with `retry`', () => {
  test('is retried as the limiter says, unless it says otherwise', async () => {
    const limiter = createLimiter({ concurrency: 1, retry: { ...retry, backoff: 0 } });
    expect(await map([0], failing(2), { limiter })).toEqual([3]);
    expect(await all([failing(2)], { limiter })).toEqual([3]);
    expect(await scope((s) => s.spawn(failing(2)), { limiter })).toBe(3);
    expect(await reasonOf(map([0], failing(2), { limiter, retry: false }))).toMatchObject({
      message: 'call 1',
    });
  });
});

describe('the handle of a retried task', () => {
  test('is queued while it sleeps, and tells of its first start', async () => {
    const limiter = createLimiter({ concurrency: 1, retry });
    const gate = deferred();
    const handle = limiter.submit(async ({ attempt }) => {
      if (attempt === 1) throw new Error('once');
      await gate.promise;
    });
    expect(handle.state).toBe('queued');
    await handle.started;
    await settle();
    expect(handle.state).toBe('queued');
    await elapse(100);
    expect(handle.state).toBe('running');
    gate.resolve();
    await handle.result;
    expect(handle.state).toBe('done');
    expect(handle.id).toBeGreaterThan(0);
    expect(handle.cancel()).toBe(false);
  });

  test.each([
    ['sleeps', () => Promise.reject(new Error('no'))],
    ['runs', () => new Promise<never>(() => {})],
  ])('cancels while it %s', async (_, fn) => {
    const limiter = createLimiter({ concurrency: 1, retry });
    const handle = limiter.submit(fn);
    const watched = watch(handle.result);
    await settle();
    expect(handle.cancel('enough')).toBe(true);
    await settle();
    expect(watched).toMatchObject({ state: 'rejected', reason: 'enough' });
    expect(handle.state).toBe('done');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('with a signal that is aborted already it never starts', async () => {
    const limiter = createLimiter({ concurrency: 1, retry });
    const fn = failing(0);
    const handle = limiter.submit(fn, { signal: AbortSignal.abort('early') });
    expect(await reasonOf(handle.result)).toBe('early');
    expect(await reasonOf(handle.started)).toBe('early');
    expect([handle.state, fn.mock.calls.length]).toEqual(['done', 0]);
  });
});

test.each([
  ['retry', 5],
  ['retry.retries', { retries: -1 }],
  ['retry.limiter', { limiter: createLimiter(1) }],
  ['retry.signal', { signal: new AbortController().signal }],
])('a wrong `%s` is named', (name, given) => {
  for (const call of [
    () => createLimiter({ concurrency: 1, retry: given as never }),
    () => createLimiter(1).run(() => {}, { retry: given as never }),
  ]) {
    expect(call).toThrow(`\`${name}\``);
  }
});

describe('how long an attempt ran', () => {
  /** Runs for ten milliseconds, and fails. */
  const fails = async () => {
    await sleep(10);
    throw new Error('fails');
  };
  const once = { retries: 0 };

  test.each<[string, (limiter: Limiter) => Promise<unknown>]>([
    ['retry with a limiter', (limiter) => plainRetry(fails, { ...once, limiter })],
    ['a task with `retry`', (limiter) => limiter.run(fails, { retry: once })],
    ['an item', (limiter) => map([1], fails, { limiter, retry: once })],
  ])('is measured from its call on, not from the queue: %s', async (_name, call) => {
    const limiter = createLimiter(1);
    const held = limiter.tryAcquire()!;
    const result = watch(call(limiter));
    await elapse(50);
    held.release();
    await elapse(10);
    const { attempts } = result.reason as RetryError;
    expect(attempts.map(({ durationMs }) => Math.round(durationMs))).toEqual([10]);
  });

  test.each<[string, (limiter: Limiter) => Promise<unknown>]>([
    ['retry with a limiter', (limiter) => plainRetry(fails, { ...once, limiter })],
    ['a task with `retry`', (limiter) => limiter.run(fails, { retry: once })],
    ['an item', (limiter) => map([1], fails, { limiter, retry: once })],
  ])('is nothing where its function was not called: %s', async (_name, call) => {
    const limiter = createLimiter({ concurrency: 1, queueTimeout: 30 });
    const held = limiter.tryAcquire()!;
    const result = watch(call(limiter));
    await elapse(30);
    held.release();
    const { attempts } = result.reason as RetryError;
    expect(attempts.map(({ durationMs }) => durationMs)).toEqual([0]);
  });
});
