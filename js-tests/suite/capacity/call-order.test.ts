// The order of all that is around a call, as README states it.
import { BreakerOpenError, createLimiter, QueueFullError, RetryError, TimeoutError } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { bad, broken, good, ill, lasting } from '../support/broken.ts';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

useFakeTime();

// fallback > retry > breaker > queue > rate and slots > timeout > feedback, isFailure > function
describe('the order of all that is around a call', () => {
  test('fallback around retry: asked once, when there is no further attempt', async () => {
    const asked: unknown[] = [];
    const limiter = createLimiter({
      concurrency: 1,
      retry: { retries: 2, backoff: 10, jitter: 'none' },
      fallback: (error, { calls }) => {
        asked.push([error instanceof RetryError, calls]);
        return 'instead';
      },
    });
    const result = limiter(bad);
    await elapse(100);
    expect([await result, asked]).toEqual(['instead', [[true, 3]]]);
  });

  test('retry around the breaker: each attempt counts, and one that is refused is the last', async () => {
    const { limiter, states } = broken({ retry: { retries: 5, backoff: 10, jitter: 'none' } }, 2);
    let calls = 0;
    const failed = reasonOf(
      limiter(() => {
        calls++;
        return bad();
      }),
    );
    await elapse(100);
    const refused = (await failed) as BreakerOpenError;
    expect(refused).toBeInstanceOf(BreakerOpenError);
    expect([calls, refused.cause, states()]).toEqual([2, ill, ['open']]);
  });

  test('retry around the breaker: a value that feedback wanted again is what it comes to', async () => {
    const { limiter, states } = broken(
      { retry: { retries: 5, backoff: 10, jitter: 'none' }, feedback: () => ({ retry: true }) },
      2,
    );
    let calls = 0;
    const result = limiter(async () => ++calls);
    await elapse(100);
    expect([await result, states()]).toEqual([2, ['open']]);
  });

  test('retry around the breaker: who wants to wait until it is half-open says so', async () => {
    const { limiter, states } = broken(
      {
        retry: {
          retries: 5,
          backoff: 10,
          jitter: 'none',
          shouldRetry: (error) =>
            error instanceof BreakerOpenError ? { after: error.halfOpenAfterMs } : true,
        },
      },
      2,
    );
    let calls = 0;
    const result = limiter(() => (++calls < 3 ? bad() : good()));
    await elapse(1100);
    expect([await result, calls, states()]).toEqual(['good', 3, ['open', 'half-open', 'closed']]);
  });

  test('breaker around the queue: it refuses first, and what the queue refuses is no failure', async () => {
    const gates = new Gates();
    const { limiter, states } = broken({ concurrency: 1, maxQueue: 0, queueTimeout: 50 }, 1);
    const running = reasonOf(limiter(gates.task('runs')));
    await settle();
    expect(await reasonOf(limiter(good))).toBeInstanceOf(QueueFullError);
    expect(states()).toEqual([]);
    gates.fail('runs', ill);
    await running;
    const slow = createLimiter({ concurrency: 1, maxQueue: 0, breaker: { threshold: 1 } });
    const held = slow(lasting(1000));
    const other = createLimiter({ concurrency: 1, parent: slow, breaker: { threshold: 1 } });
    expect(await reasonOf(limiter(good))).toBeInstanceOf(BreakerOpenError);
    const waiting = reasonOf(other.run(good, { queueTimeout: 10 }));
    await elapse(10);
    expect(((await waiting) as TimeoutError).clock).toBe('queue');
    expect(other.stats().breaker?.state).toBe('closed');
    await elapse(1000);
    await held;
  });

  test('breaker around rate and slots: who is refused has taken none of either', async () => {
    const { limiter, open } = broken({ rate: { limit: 5, interval: 60_000 } }, 1);
    await open();
    for (let call = 0; call < 9; call++)
      expect(await reasonOf(limiter(good))).toBeInstanceOf(BreakerOpenError);
    expect(limiter.stats()).toMatchObject({ tokensLeft: [4], active: 0, started: 1 });
  });

  test('queue around rate and slots: who waits for either holds nothing, and the queue has its clock', async () => {
    const limiter = createLimiter({ concurrency: 2, rate: { limit: 1, interval: 1000 }, queueTimeout: 500 });
    await limiter(good);
    const waiting = watch(limiter(good));
    await elapse(499);
    expect([limiter.activeCount, waiting.state]).toEqual([0, 'pending']);
    await elapse(1);
    expect((waiting.reason as TimeoutError).clock).toBe('queue');
  });

  test('slots around the timeout: its clock begins with the slot, which is kept to the end', async () => {
    const limiter = createLimiter({ concurrency: 1, runTimeout: 100 });
    const first = limiter(lasting(90));
    const second = watch(limiter(lasting(300)));
    await elapse(90);
    await first;
    await elapse(99);
    expect(second.state).toBe('pending');
    await elapse(1);
    expect((second.reason as TimeoutError).clock).toBe('run');
    expect(limiter.activeCount).toBe(1);
    await elapse(200);
    expect(limiter.activeCount).toBe(0);
  });

  test('breaker around the timeout: a run that takes too long is a failure, whatever it comes to', async () => {
    const { limiter, states } = broken({ runTimeout: 100, isFailure: () => false }, 1);
    const slow = reasonOf(limiter(lasting(300)));
    await elapse(100);
    expect(await slow).toBeInstanceOf(TimeoutError);
    expect(states()).toEqual(['open']);
    await elapse(200);
    expect(states()).toEqual(['open']);
  });

  test('retry around the timeout: it is for each attempt', async () => {
    const limiter = createLimiter({
      concurrency: 2,
      runTimeout: 100,
      retry: { retries: 1, backoff: 10, jitter: 'none' },
    });
    let calls = 0;
    const slow = () => lasting(1000)().then(good);
    const result = limiter(() => (++calls === 1 ? slow() : good()));
    await elapse(110);
    expect([await result, calls]).toEqual(['good', 2]);
    await elapse(1000);
  });

  test('timeout around feedback and isFailure: they hear what the function came to, each attempt of it', async () => {
    const heard: string[] = [];
    const limiter = createLimiter({
      concurrency: 1,
      runTimeout: 100,
      retry: { retries: 1, backoff: 10, jitter: 'none' },
      isFailure: ({ status, attempt }) => {
        heard.push(`isFailure ${status} ${attempt} ${limiter.activeCount}`);
        return undefined;
      },
      feedback: ({ status, attempt }) => {
        heard.push(`feedback ${status} ${attempt} ${limiter.activeCount}`);
      },
      fallback: () => 'instead',
    });
    const result = limiter(bad);
    await elapse(50);
    expect(await result).toBe('instead');
    expect(heard).toEqual([
      'isFailure rejected 1 1',
      'feedback rejected 1 1',
      'isFailure rejected 2 1',
      'feedback rejected 2 1',
    ]);
  });
});
