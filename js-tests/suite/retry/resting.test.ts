// A call that waits for its next attempt belongs to its limiter: to close, clear, onIdle, stats and its signal.
import {
  ClearedError,
  ClosedError,
  createLimiter,
  type Limiter,
  map,
  mapSettled,
  RetryError,
  retry,
  scope,
} from 'fanfold';
import { describe, expect, test, vi } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

useFakeTime();

const policy = { jitter: 'none', backoff: 100, retries: 2 } as const;
const bad = new Error('bad');
const fails = async (): Promise<never> => {
  throw bad;
};

/** Fails so many times, then tells the number of its call. */
function failing(times: number) {
  let calls = 0;
  return vi.fn(async () => {
    if (++calls <= times) throw bad;
    return calls;
  });
}

/** Every way to have attempts run in a limiter. */
const ways: [name: string, begin: (limiter: Limiter, fn: () => Promise<unknown>) => Promise<unknown>][] = [
  ['run with retry', (limiter, fn) => limiter.run(fn, { retry: policy })],
  ['submit with retry', (limiter, fn) => limiter.submit(fn, { retry: policy }).result],
  ['retry with a limiter', (limiter, fn) => retry(fn, { ...policy, limiter })],
  [
    'map with a limiter',
    (limiter, fn) => map([1], fn, { limiter, retry: policy }).then(([result]) => result),
  ],
];

describe.each(ways)('%s', (_, begin) => {
  test('onIdle waits through all attempts', async () => {
    const limiter = createLimiter(1);
    const call = watch(begin(limiter, failing(2)));
    const idle = watch(limiter.onIdle());
    await elapse(99);
    expect(limiter.stats()).toMatchObject({ active: 0, queued: 0, resting: 1 });
    const late = watch(limiter.onIdle());
    await elapse(100);
    expect([call.state, idle.state, late.state]).toEqual(['pending', 'pending', 'pending']);
    await elapse(1);
    expect([call.value, idle.state, late.state]).toEqual([3, 'fulfilled', 'fulfilled']);
    expect(limiter.stats()).toMatchObject({ started: 3, resting: 0 });
  });

  test('onIdle comes with the first attempt where that succeeds', async () => {
    const limiter = createLimiter(1);
    const call = watch(begin(limiter, failing(0)));
    const idle = watch(limiter.onIdle());
    await settle();
    expect([call.value, idle.state]).toEqual([1, 'fulfilled']);
  });

  test('close rejects who sleeps at once, and reports when that is settled', async () => {
    const limiter = createLimiter({ concurrency: 1, name: 'jobs' });
    const order: string[] = [];
    const call = begin(limiter, fails);
    call.catch(() => order.push('rejected'));
    await elapse(40);
    const closing = limiter.close();
    void closing.then(() => order.push('closed'));
    const error = await reasonOf(call);
    expect(error).toBeInstanceOf(ClosedError);
    expect(error).toMatchObject({ limiter: 'jobs', queuedMs: 40, cause: bad });
    expect(await closing).toMatchObject({
      drained: false,
      cleared: 1,
      fulfilled: 0,
      rejected: 0,
      aborted: 0,
    });
    expect(order).toEqual(['rejected', 'closed']);
    expect(limiter.stats()).toMatchObject({ resting: 0, cleared: 1, failed: 1 });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('an attempt that fails while the limiter closes is the last', async () => {
    const limiter = createLimiter(1);
    const gate = deferred();
    const order: string[] = [];
    const call = begin(limiter, () => gate.promise);
    call.catch(() => order.push('rejected'));
    await settle();
    const closing = limiter.close();
    void closing.then(() => order.push('closed'));
    gate.reject(bad);
    expect(await reasonOf(call)).toMatchObject({ name: 'ClosedError', cause: bad });
    expect(await closing).toMatchObject({ drained: true, rejected: 1, cleared: 0 });
    expect(order).toEqual(['rejected', 'closed']);
  });

  test('clear rejects who sleeps, and counts them', async () => {
    const limiter = createLimiter({ concurrency: 1, name: 'jobs' });
    const call = reasonOf(begin(limiter, fails));
    const other = reasonOf(begin(limiter, fails));
    await elapse(10);
    expect(limiter.clear()).toBe(2);
    expect(await call).toBeInstanceOf(ClearedError);
    expect(await other).toMatchObject({ limiter: 'jobs', queuedMs: 10, cause: bad });
    expect(limiter.stats()).toMatchObject({ resting: 0, cleared: 2 });
    await limiter.onIdle();
    expect(await limiter(() => 'still open')).toBe('still open');
    expect(limiter.clear()).toBe(0);
  });

  test('the reason of a clear is the cause', async () => {
    const limiter = createLimiter(1);
    const call = reasonOf(begin(limiter, fails));
    await elapse(10);
    const why = new Error('enough');
    limiter.clear(why);
    expect(await call).toMatchObject({ name: 'ClearedError', cause: why });
  });

  test('the signal of the limiter ends it at once', async () => {
    const controller = new AbortController();
    const limiter = createLimiter({ concurrency: 1, signal: controller.signal });
    const call = reasonOf(begin(limiter, fails));
    await elapse(10);
    const why = new Error('shutdown');
    controller.abort(why);
    expect(await call).toBe(why);
    expect(why.cause).toBeUndefined();
    expect(limiter.stats()).toMatchObject({ resting: 0, aborted: 1 });
    await limiter.onIdle();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('nothing is left when it is over', async () => {
    const limiter = createLimiter(1);
    const call = reasonOf(begin(limiter, fails));
    await elapse(200);
    expect(await call).toBeInstanceOf(RetryError);
    await limiter.onIdle();
    expect(await limiter.close()).toMatchObject({ drained: true });
  });
});

describe('a limiter with `retry`', () => {
  test('onIdle waits for its plain calls too', async () => {
    const limiter = createLimiter({ concurrency: 1, retry: policy });
    const call = watch(limiter(failing(1)));
    const idle = watch(limiter.onIdle());
    await elapse(99);
    expect(idle.state).toBe('pending');
    await elapse(1);
    expect([call.value, idle.state]).toEqual([2, 'fulfilled']);
  });

  test('a call that sleeps takes no place in the queue', async () => {
    const limiter = createLimiter({ concurrency: 1, maxQueue: 1, retry: policy });
    const gate = deferred<string>();
    const sleeping = watch(limiter(failing(1)));
    await settle();
    const running = watch(limiter(() => gate.promise));
    const queued = watch(limiter(() => 'queued'));
    await limiter.onRoom(2);
    expect(limiter.stats()).toMatchObject({ active: 1, queued: 1, resting: 1 });
    expect(limiter.clear()).toBe(2);
    await settle();
    expect([sleeping.state, running.state, queued.state]).toEqual(['rejected', 'pending', 'rejected']);
    gate.resolve('done');
    await settle();
    expect(running.value).toBe('done');
  });

  test('waits for the answer of a shouldRetry that takes its time', async () => {
    const answer = deferred<boolean>();
    const limiter = createLimiter({
      concurrency: 1,
      retry: { ...policy, shouldRetry: () => answer.promise },
    });
    const call = watch(limiter(fails));
    const idle = watch(limiter.onIdle());
    await settle();
    expect(limiter.stats()).toMatchObject({ active: 0, resting: 0 });
    const closing = watch(limiter.close());
    await settle();
    expect([idle.state, closing.state]).toEqual(['pending', 'pending']);
    answer.resolve(true);
    await settle();
    expect(call.reason).toBeInstanceOf(ClosedError);
    expect([idle.state, closing.value]).toEqual(['fulfilled', expect.objectContaining({ drained: true })]);
  });

  test('onRetry is not told of a retry that its limiter refuses', async () => {
    const onRetry = vi.fn();
    const limiter = createLimiter({ concurrency: 1, retry: { ...policy, onRetry } });
    const call = reasonOf(limiter(fails));
    const closing = limiter.close();
    expect(await call).toBeInstanceOf(ClosedError);
    await closing;
    expect(onRetry).not.toHaveBeenCalled();
  });

  test('a call that is cancelled while it sleeps leaves its limiter idle', async () => {
    const limiter = createLimiter({ concurrency: 1, retry: policy });
    const handle = limiter.submit(fails);
    await settle();
    const idle = watch(limiter.onIdle());
    await settle();
    expect(idle.state).toBe('pending');
    const why = new Error('no longer');
    handle.cancel(why);
    expect(await reasonOf(handle.result)).toBe(why);
    await settle();
    expect([idle.state, limiter.stats().resting]).toEqual(['fulfilled', 0]);
  });

  test('a call that waits out a pause is held when its queueTimeout is over', async () => {
    const limiter = createLimiter({ concurrency: 1, queueTimeout: 50, retry: policy });
    limiter.pause();
    const call = watch(limiter(failing(0)));
    const idle = watch(limiter.onIdle());
    await elapse(50);
    expect([idle.state, limiter.stats().resting]).toEqual(['pending', 1]);
    limiter.resume();
    await elapse(100);
    expect([call.value, idle.state]).toEqual([1, 'fulfilled']);
  });

  test('a clear on the way from a sleep to the next attempt changes nothing', async () => {
    const limiter = createLimiter({ concurrency: 1, retry: policy });
    const call = watch(limiter(failing(1)));
    const idle = watch(limiter.onIdle());
    await elapse(99);
    setTimeout(() => limiter.clear(), 1);
    await elapse(1);
    expect(idle.state).toBe('fulfilled');
    expect(call.state).not.toBe('pending');
  });
});

describe('work over many', () => {
  test.each([
    ['closed', (limiter: Limiter) => void limiter.close()],
    ['cleared', (limiter: Limiter) => void limiter.clear()],
  ])('ends at once when its limiter is %s while items sleep', async (_, end) => {
    const limiter = createLimiter(2);
    const work = watch(map([1, 2, 3], fails, { limiter, retry: { ...policy, backoff: 60_000 } }));
    await elapse(10);
    expect(limiter.stats().resting).toBeGreaterThan(0);
    end(limiter);
    await settle();
    expect(work.reason).toMatchObject({ cause: bad });
    expect(limiter.stats().resting).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('of which every end counts goes on with the others', async () => {
    const limiter = createLimiter(1);
    const work = watch(mapSettled([1, 2], fails, { limiter, retry: policy }));
    await elapse(10);
    limiter.clear();
    await elapse(1000);
    expect(work.value).toHaveLength(2);
    await limiter.onIdle();
  });

  test('that is aborted leaves its limiter idle', async () => {
    const limiter = createLimiter(1);
    const controller = new AbortController();
    const work = watch(map([1, 2], fails, { limiter, retry: policy, signal: controller.signal }));
    await elapse(10);
    const idle = watch(limiter.onIdle());
    await settle();
    expect(idle.state).toBe('pending');
    controller.abort();
    await settle();
    expect([work.state, idle.state, limiter.stats().resting]).toEqual(['rejected', 'fulfilled', 0]);
  });
});

test('a scope that ends leaves no sleeper in its limiter', async () => {
  const limiter = createLimiter(1);
  const ended = reasonOf(
    scope((children) => {
      children.spawn(({ signal }) => limiter.run(fails, { retry: policy, signal }));
      children.spawn(fails);
    }),
  );
  expect(await ended).toBe(bad);
  await limiter.onIdle();
  expect(limiter.stats()).toMatchObject({ active: 0, resting: 0 });
});
