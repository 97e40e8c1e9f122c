// retry: only what failed is tried again, every result keeps its place, and who sleeps holds no slot.
import {
  all,
  createLimiter,
  map,
  mapSettled,
  RetryBudget,
  type RetryError,
  settle as settleAll,
  skip,
  stopRetry,
  stream,
} from 'fanfold';
import { describe, expect, test, vi } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { countListeners } from '../support/listeners.ts';
import { counted } from '../support/sources.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

useFakeTime();

const steady = { backoff: 100, jitter: 'none' } as const;

/** Fails so many times for each item. */
function flaky(failures: (item: number) => number) {
  const calls = new Map<number, number>();
  const fn = async (item: number) => {
    const call = (calls.get(item) ?? 0) + 1;
    calls.set(item, call);
    if (call <= failures(item)) throw new Error(`${item}, ${call}`);
    return item * 10;
  };
  return { calls, fn };
}

describe('retry', () => {
  test('tries again only what failed, in its place', async () => {
    const { calls, fn } = flaky((item) => item % 3);
    const result = watch(map([0, 1, 2, 3, 4], fn, { retry: steady }));
    await elapse(99);
    expect(result.state).toBe('pending');
    expect([...calls.values()]).toEqual([1, 1, 1, 1, 1]);
    await elapse(101);
    expect(result.value).toEqual([0, 10, 20, 30, 40]);
    expect([...calls.values()]).toEqual([1, 2, 3, 1, 2]);
  });

  test('rejects with RetryError when all attempts of one have failed', async () => {
    const { fn } = flaky(() => 9);
    const result = watch(map([1], fn, { retry: { ...steady, retries: 2 } }));
    await elapse(200);
    expect(result.reason).toMatchObject({ name: 'RetryError', exhausted: 'retries' });
    const { attempts, elapsedMs } = result.reason as RetryError;
    expect(attempts.map(({ error }) => (error as Error).message)).toEqual(['1, 1', '1, 2', '1, 3']);
    expect(elapsedMs).toBe(200);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('of settle keeps what went well', async () => {
    const { fn } = flaky((item) => (item === 2 ? 9 : item % 2));
    const result = watch(
      settleAll(
        [1, 2, 3].map((item) => () => fn(item)),
        { retry: { ...steady, retries: 1 } },
      ),
    );
    await elapse(100);
    expect(result.value).toMatchObject({
      values: [10, 30],
      errors: [{ index: 1, error: { name: 'RetryError' } }],
      counts: { total: 3, fulfilled: 2, rejected: 1 },
    });
  });

  test('does not end with the first failure of all', async () => {
    const { fn } = flaky((item) => (item === 1 ? 1 : 0));
    const gates = new Gates();
    const result = watch(all([() => fn(1), gates.task('a')], { retry: steady }));
    await elapse(100);
    gates.open('a');
    await settle();
    expect(result.value).toEqual([10, 'a']);
  });

  test('holds no slot while it sleeps: others run in the meantime', async () => {
    for (const limiter of [undefined, createLimiter(1)]) {
      const { fn } = flaky((item) => (item === 1 ? 1 : 0));
      const seen: number[] = [];
      const options = limiter === undefined ? { concurrency: 1 } : { limiter };
      const result = watch(
        map(
          [1, 2, 3],
          (item) => {
            seen.push(item);
            return fn(item);
          },
          { ...options, retry: steady },
        ),
      );
      await settle();
      expect(seen).toEqual([1, 2, 3]);
      expect(limiter?.activeCount ?? 0).toBe(0);
      await elapse(100);
      expect(seen).toEqual([1, 2, 3, 1]);
      expect(result.value).toEqual([10, 20, 30]);
    }
  });

  test('takes its turn in the queue', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    const { fn } = flaky(() => 1);
    const result = watch(map([1], fn, { limiter, retry: steady }));
    await settle();
    void limiter(gates.task('other'));
    void limiter(gates.task('another'));
    await elapse(100);
    expect([limiter.activeCount, limiter.pendingCount, result.state]).toEqual([1, 2, 'pending']);
    gates.open('other');
    gates.open('another');
    await settle();
    expect(result.value).toEqual([10]);
  });

  test('does not empty an endless source into sleepers', async () => {
    const items = counted(Number.POSITIVE_INFINITY);
    const controller = new AbortController();
    const fn = () => Promise.reject(new Error('down'));
    watch(map(items.source, fn, { concurrency: 3, retry: steady, signal: controller.signal }));
    await elapse(0);
    // As many as may run, and as many again in the place of those who sleep.
    expect(items.asked).toBe(6);
    controller.abort();
    await settle();
    expect([items.closed, vi.getTimerCount()]).toEqual([1, 0]);
  });

  test('runs no more than it may when all wake at once', async () => {
    const gates = new Gates();
    const { fn } = flaky(() => 1);
    let running = 0;
    let peak = 0;
    const result = watch(
      map(
        Array.from({ length: 20 }, (_, index) => index),
        async (item) => {
          peak = Math.max(peak, ++running);
          await null;
          running--;
          return fn(item);
        },
        { concurrency: 4, retry: steady },
      ),
    );
    await elapse(1000);
    expect(result.value).toHaveLength(20);
    expect(peak).toBe(4);
    gates.openAll();
  });

  test.each(['abort', 'abort-and-wait', 'continue'] as const)(
    "goes with onFailure: '%s'",
    async (onFailure) => {
      const { fn, calls } = flaky((item) => (item === 1 ? 9 : item === 2 ? 2 : 0));
      const result = watch(map([1, 2, 3], fn, { onFailure, retry: { ...steady, retries: 1 } }));
      await elapse(100);
      const first = { name: 'RetryError', cause: { message: '1, 2' } };
      if (onFailure === 'continue') {
        expect(result.reason).toMatchObject({ errors: [first, { cause: { message: '2, 2' } }] });
      } else {
        expect(result.reason).toMatchObject(first);
      }
      expect(calls.get(3)).toBe(1);
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  test('ends with the signal while it sleeps, and leaves no timer', async () => {
    const controller = new AbortController();
    const count = countListeners(controller.signal);
    const { fn, calls } = flaky(() => 9);
    const result = watch(map([1, 2], fn, { retry: steady, signal: controller.signal }));
    await settle();
    expect(vi.getTimerCount()).toBe(1);
    controller.abort('enough');
    expect([vi.getTimerCount(), count.now]).toEqual([0, 0]);
    await elapse(1000);
    expect([result.reason, ...calls.values()]).toEqual(['enough', 1, 1]);
  });

  test('ends with the failure of another while it sleeps', async () => {
    const error = new Error('for good');
    const { fn } = flaky(() => 9);
    const reason = watch(
      map([1, 2], (item) => (item === 2 ? Promise.reject(error).catch(stopRetry) : fn(item)), {
        retry: steady,
      }),
    );
    await settle();
    expect(reason.reason).toBe(error);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('asks shouldRetry, tells onRetry, and knows stopRetry', async () => {
    const told: unknown[] = [];
    const error = new Error('no use');
    const results = watch(
      mapSettled([1, 2, 3], (item) => (item === 3 ? stopRetry(error) : Promise.reject(item)), {
        retry: {
          ...steady,
          retries: 1,
          shouldRetry: async (reason) => reason !== 2,
          onRetry: (reason, { attempt, delay }) => told.push([reason, attempt, delay]),
        },
      }),
    );
    await elapse(100);
    expect(results.value).toMatchObject([
      { status: 'rejected', reason: { name: 'RetryError' } },
      { status: 'rejected', reason: 2 },
      { status: 'rejected', reason: error },
    ]);
    expect(told).toEqual([[1, 1, 100]]);
  });

  test('closes the waits that it was given, however it ends', async () => {
    let closed = 0;
    const backoff = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false, value: 10 }),
        return: () => {
          closed++;
          return { done: true as const, value: undefined };
        },
      }),
    };
    const once = flaky(() => 1);
    const good = watch(map([1, 2], once.fn, { retry: { backoff, jitter: 'none' } }));
    await elapse(10);
    expect([good.state, closed]).toEqual(['fulfilled', 2]);
    const controller = new AbortController();
    const sleeping = flaky((item) => (item === 1 ? 1 : 9));
    const gates = new Gates();
    const aborted = watch(
      map([1, 2], (item) => sleeping.fn(item).then(gates.task('second try')), {
        retry: { backoff, jitter: 'none', retries: 9 },
        signal: controller.signal,
      }),
    );
    await elapse(10);
    controller.abort('enough');
    await settle();
    // One ran, the other one slept.
    expect([aborted.reason, closed]).toEqual(['enough', 4]);
    gates.openAll();
  });

  test('counts on its budget', async () => {
    const budget = new RetryBudget({ share: 0, minPerSecond: 0.1, window: 10_000 });
    const { fn } = flaky(() => 9);
    const results = watch(mapSettled([1, 2, 3], fn, { retry: { ...steady, budget } }));
    await elapse(1000);
    const exhausted = results.value!.map((result) => (result as { reason: RetryError }).reason.exhausted);
    expect(exhausted).toEqual(['budget', 'budget', 'budget']);
  });

  test('knows maxElapsed, for items that came later too', async () => {
    const { fn, calls } = flaky(() => 9);
    const results = watch(
      mapSettled([1, 2], fn, { concurrency: 1, retry: { ...steady, retries: 9, maxElapsed: 250 } }),
    );
    await elapse(1000);
    expect([...calls.values()]).toEqual([3, 3]);
    expect(results.value).toMatchObject([
      { reason: { exhausted: 'maxElapsed' } },
      { reason: { exhausted: 'maxElapsed' } },
    ]);
  });

  test('of a stream gives the results in order', async () => {
    const { fn } = flaky((item) => item % 2);
    const results: number[] = [];
    const done = watch(
      (async () => {
        for await (const result of stream([1, 2, 3], fn, { retry: steady, concurrency: 2 }))
          results.push(result);
      })(),
    );
    await settle();
    expect(results).toEqual([]);
    await elapse(200);
    expect([results, done.state]).toEqual([[10, 20, 30], 'fulfilled']);
  });

  test('does not retry what is skipped', async () => {
    expect(await map([1, 2], (item) => (item === 1 ? skip : item), { retry: steady })).toEqual([2]);
  });
});

describe('attemptTimeout', () => {
  const timed = { ...steady, attemptTimeout: 50 };

  test('counts as a failed attempt, and another goes on with the item', async () => {
    const signals: AbortSignal[] = [];
    let call = 0;
    const result = watch(
      map(
        [7],
        (item, _index, { signal }) => {
          signals.push(signal);
          return ++call < 3 ? new Promise<number>(() => {}) : item;
        },
        { retry: timed },
      ),
    );
    await elapse(50);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(signals[0]!.reason).toMatchObject({ name: 'TimeoutError' });
    await elapse(250);
    expect(result.value).toEqual([7]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, false]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is what the error speaks of, and a limiter of others has a run timeout of its own', async () => {
    const hang = () => new Promise<never>(() => {});
    const limiter = createLimiter({ concurrency: 4, name: 'api', runTimeout: 20 });
    const own = reasonOf(map([1], hang, { retry: { ...timed, retries: 0 } }));
    const shared = reasonOf(map([1], hang, { limiter, retry: { ...timed, retries: 0 } }));
    const limited = reasonOf(map([1], hang, { limiter }));
    await elapse(50);
    const slot = 'its slot stays taken until its promise settles';
    const cause = (error: unknown) => ((error as Error).cause as Error).message;
    expect(cause(await own)).toBe(
      `An attempt ran in limiter "map" for 50 ms, longer than its attemptTimeout; ${slot}`,
    );
    expect(cause(await shared)).toBe(
      `An attempt ran in limiter "api" for 50 ms, longer than its attemptTimeout; ${slot}`,
    );
    expect(((await limited) as Error).message).toBe(
      `A task ran in limiter "api" for 20 ms, longer than its runTimeout; ${slot}`,
    );
  });

  test('follows failures of another kind, and is followed by them', async () => {
    for (const kinds of ['throws hangs', 'hangs throws', 'throws throws hangs hangs throws']) {
      const plan = kinds.split(' ');
      let call = 0;
      const fn = (item: number) => {
        const kind = plan[call++];
        if (kind === 'throws') throw new Error('for now');
        return kind === 'hangs' ? new Promise<number>(() => {}) : item;
      };
      const result = watch(map([7], fn, { retry: { ...timed, retries: 9 } }));
      await elapse(2000);
      expect([kinds, result.value]).toEqual([kinds, [7]]);
    }
  });

  test('keeps the slot of a function that still runs', async () => {
    for (const limiter of [undefined, createLimiter(2)]) {
      const gates = new Gates();
      let calls = 0;
      const result = watch(
        map([1, 2, 3, 4], (item) => gates.task(`${item} ${calls++}`)(), {
          ...(limiter === undefined ? { concurrency: 2 } : { limiter }),
          retry: { ...timed, retries: 1 },
          onFailure: 'continue',
        }),
      );
      await elapse(1000);
      // Both slots are taken by functions that nobody waits for.
      expect([gates.started, gates.running]).toEqual([['1 0', '2 1'], 2]);
      expect(result.state).toBe('pending');
      gates.openAll();
      await elapse(1000);
      expect(gates.peak).toBe(2);
      expect(result.value).toHaveLength(4);
    }
  });

  test('a late outcome of a function that was given up on changes nothing', async () => {
    const gates = new Gates();
    let call = 0;
    const result = watch(
      map([1, 2], (item) => (item === 1 && ++call === 1 ? gates.task('late')() : `good ${item}`), {
        concurrency: 3,
        retry: timed,
      }),
    );
    await elapse(50);
    gates.open('late', 'too late');
    await elapse(100);
    expect(result.value).toEqual(['good 1', 'good 2']);
  });

  test('leaves nothing when it is aborted in the middle', async () => {
    const controller = new AbortController();
    const result = watch(
      map([1, 2], () => new Promise(() => {}), { retry: timed, signal: controller.signal, concurrency: 2 }),
    );
    await elapse(75);
    controller.abort('enough');
    await settle();
    expect([result.reason, vi.getTimerCount()]).toEqual(['enough', 0]);
  });

  test('rejects with RetryError of timeouts in the end', async () => {
    const reason = watch(
      map([1], () => new Promise(() => {}), { concurrency: 9, retry: { ...timed, retries: 2 } }),
    );
    await elapse(1000);
    expect((reason.reason as RetryError).attempts).toMatchObject([
      { error: { name: 'TimeoutError' }, durationMs: 50 },
      { error: { name: 'TimeoutError' }, durationMs: 50 },
      { error: { name: 'TimeoutError' }, durationMs: 50 },
    ]);
    expect(await reasonOf(Promise.reject(reason.reason))).toMatchObject({ exhausted: 'retries' });
  });

  test('a stream gives the slot of a lane without room to an item that is tried again', async () => {
    const { fn } = flaky((item) => (item === 0 ? 1 : 0));
    const results: number[] = [];
    for await (const result of stream([0, 1, 2], fn, {
      concurrency: 1,
      prefetch: 1,
      retry: { retries: 1, backoff: 0 },
    })) {
      results.push(result);
    }
    expect(results).toEqual([0, 10, 20]);
  });
});
