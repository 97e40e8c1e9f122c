// The breaker: when it opens, whom it refuses, how it finds out that the service is well again, and who hears of it.
import {
  type BreakerChange,
  BreakerOpenError,
  createLimiter,
  type LimiterOptions,
  QueueFullError,
  RetryError,
  TimeoutError,
} from 'fanfold';
import { describe, expect, test } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, thrownBy, watch } from '../support/watch.ts';

useFakeTime();

const ill = new Error('ill');
const bad = () => Promise.reject(ill);
const good = async () => 'good';
const lasting = (ms: number) => () => new Promise<void>((resolve) => setTimeout(resolve, ms));

function broken(options: Partial<LimiterOptions> = {}, threshold = 2) {
  const changes: BreakerChange[] = [];
  const limiter = createLimiter({
    concurrency: 9,
    name: 'api',
    breaker: { threshold, halfOpenAfter: 1000, onStateChange: (change) => changes.push(change) },
    ...options,
  });
  const open = async () => {
    for (let call = 0; call < threshold; call++) await reasonOf(limiter(bad));
    expect(limiter.stats().breaker?.state).toBe('open');
  };
  return { limiter, changes, open, states: () => changes.map(({ state }) => state) };
}

describe('breaker', () => {
  test('opens after so many failures in a row, refuses at once, and closes when a trial goes well', async () => {
    const { limiter, changes } = broken();
    await reasonOf(limiter(bad));
    await limiter(good);
    await reasonOf(limiter(bad));
    expect(limiter.stats().breaker).toEqual({ state: 'closed', halfOpenAfter: undefined });
    expect(await reasonOf(limiter(bad))).toBe(ill);
    expect(changes).toEqual([{ state: 'open', limiter: 'api', halfOpenAfter: 1000 }]);
    await elapse(400);
    expect(limiter.stats().breaker).toEqual({ state: 'open', halfOpenAfter: expect.closeTo(600) });
    let calls = 0;
    const refused = (await reasonOf(limiter(async () => calls++))) as BreakerOpenError;
    expect(refused).toBeInstanceOf(BreakerOpenError);
    expect(refused).toMatchObject({
      name: 'BreakerOpenError',
      code: 'FANFOLD_BREAKER_OPEN',
      limiter: 'api',
      queuedMs: 0,
      ranMs: 0,
    });
    expect(refused.halfOpenAfterMs).toBeCloseTo(600, 0);
    expect(refused.message).toContain('"api"');
    expect([calls, limiter.tryAcquire(), limiter.stats().dropped]).toEqual([0, undefined, 1]);
    await elapse(600);
    expect(changes.at(-1)).toEqual({ state: 'half-open', limiter: 'api', halfOpenAfter: undefined });
    expect(await limiter(good)).toBe('good');
    await settle();
    expect(changes.at(-1)).toEqual({ state: 'closed', limiter: 'api', halfOpenAfter: undefined });
    expect(changes).toHaveLength(3);
  });

  test('opens when too large a share in a window fails, and not before there are enough calls', async () => {
    const limiter = createLimiter({
      concurrency: 9,
      breaker: { threshold: { failureRate: 0.5, window: 1000, minimum: 4 } },
    });
    const state = () => limiter.stats().breaker?.state;
    for (const call of [bad, bad, bad]) await reasonOf(limiter(call));
    expect(state()).toBe('closed');
    await elapse(1200);
    for (const call of [good, good, good]) await limiter(call);
    await reasonOf(limiter(bad));
    expect(state()).toBe('closed');
    await reasonOf(limiter(bad));
    await reasonOf(limiter(bad));
    expect(state()).toBe('open');
    await elapse(30_000);
    expect(state()).toBe('half-open');
  });

  test('half-open lets trials through while others wait, and one failure opens it again', async () => {
    const gates = new Gates();
    const { limiter, open, states } = broken({}, 1);
    limiter.breaker = { ...limiter.breaker, threshold: 1, trials: 2 };
    await open();
    await elapse(1000);
    const first = limiter(gates.task('first'));
    void limiter(gates.task('second'));
    const third = limiter.submit(gates.task('third'));
    await settle();
    expect(gates.started).toEqual(['first', 'second']);
    expect(limiter.blockedBy(third)).toEqual({ limiter: 'api', reason: 'breaker' });
    gates.open('second');
    await settle();
    expect(gates.started).toEqual(['first', 'second', 'third']);
    const fourth = watch(limiter(gates.task('fourth')));
    gates.fail('first', ill);
    await reasonOf(first);
    await settle();
    expect(fourth.reason).toBeInstanceOf(BreakerOpenError);
    expect(states()).toEqual(['open', 'half-open', 'open']);
    // What was on its way says nothing any more.
    gates.open('third');
    await third.result;
    expect(limiter.stats().breaker?.state).toBe('open');
  });

  test('a permit taken while it is half-open is a trial until it is released, and says nothing', async () => {
    const { limiter, open, states } = broken({}, 1);
    await open();
    await elapse(1000);
    const permit = limiter.tryAcquire();
    const next = limiter.submit(good);
    await settle();
    expect([permit?.released, limiter.tryAcquire()]).toEqual([false, undefined]);
    expect(limiter.blockedBy(next)).toEqual({ limiter: 'api', reason: 'breaker' });
    permit?.release();
    expect(await next.result).toBe('good');
    await settle();
    expect(states()).toEqual(['open', 'half-open', 'closed']);
  });

  test('those who wait are refused when it would be their turn, and have taken nothing', async () => {
    const gates = new Gates();
    const { limiter } = broken({ concurrency: 1, rate: { limit: 2, interval: 60_000 } }, 1);
    const failing = reasonOf(limiter(gates.task('fails')));
    const waits = watch(limiter(gates.task('waits')));
    await elapse(50);
    gates.fail('fails', ill);
    await failing;
    await settle();
    expect(waits.reason).toBeInstanceOf(BreakerOpenError);
    expect((waits.reason as BreakerOpenError).queuedMs).toBeCloseTo(50);
    expect(limiter.stats()).toMatchObject({ active: 0, queued: 0, tokensLeft: [1], started: 1 });
  });

  test('of a limiter above it goes by all calls below it, and says whose it is', async () => {
    const root = createLimiter({ concurrency: 9, name: 'root', breaker: { threshold: 2 } });
    const [one, other] = [1, 2].map((nth) =>
      createLimiter({ concurrency: 9, name: `leaf ${nth}`, parent: root }),
    );
    await reasonOf(one!(bad));
    await reasonOf(other!(bad));
    const refused = (await reasonOf(one!(good))) as BreakerOpenError;
    expect([refused.limiter, refused.code]).toEqual(['root', 'FANFOLD_BREAKER_OPEN']);
    expect(one!.stats().breaker).toBeUndefined();
    other!.parent = undefined;
    expect(await other!(good)).toBe('good');
  });

  test('what was cancelled, what was refused and permits say nothing', async () => {
    const { limiter, states } = broken({ maxQueue: 0, concurrency: 1 }, 1);
    const handle = limiter.submit(lasting(100));
    await settle();
    expect(await reasonOf(limiter(good))).toBeInstanceOf(QueueFullError);
    handle.cancel();
    await reasonOf(handle.result);
    await elapse(100);
    (await limiter.acquire()).release();
    const aborter = new AbortController();
    const aborted = reasonOf(limiter.run(lasting(100), { signal: aborter.signal }));
    await settle();
    aborter.abort();
    await aborted;
    await elapse(100);
    expect(states()).toEqual([]);
    await reasonOf(limiter(bad));
    await elapse(1000);
    expect(states()).toEqual(['open', 'half-open']);
    (await limiter.acquire()).release();
    expect(states()).toEqual(['open', 'half-open']);
    await limiter(good);
    await settle();
    expect(states()).toEqual(['open', 'half-open', 'closed']);
  });

  test('isFailure says what an outcome means', async () => {
    const heard: unknown[] = [];
    const { limiter, states } = broken(
      {
        isFailure: (outcome) => {
          heard.push([outcome.status, outcome.attempt, outcome.limiter === limiter]);
          if (outcome.status === 'rejected') return outcome.reason === ill;
          return outcome.value === 'nothing' ? undefined : outcome.value === 'bad';
        },
      },
      2,
    );
    const mine = () => Promise.reject(new Error('my own fault'));
    for (const call of [mine, mine, mine]) await reasonOf(limiter(call));
    expect(states()).toEqual([]);
    expect(heard[0]).toEqual(['rejected', 1, true]);
    expect(await limiter(async () => 'bad')).toBe('bad');
    expect(await limiter(async () => 'nothing')).toBe('nothing');
    expect(await limiter.run(async () => 'bad')).toBe('bad');
    await settle();
    expect(states()).toEqual(['open']);
    const wrong = createLimiter({ concurrency: 1, isFailure: () => 'yes' as never });
    expect(await reasonOf(wrong(good))).toBeInstanceOf(TypeError);
    const thrower = createLimiter({
      concurrency: 1,
      breaker: { threshold: 1 },
      isFailure: () => {
        throw ill;
      },
    });
    expect(await reasonOf(thrower(good))).toBe(ill);
    expect(thrower.stats().breaker?.state).toBe('closed');
  });

  test('a health that was said is of one task only', async () => {
    const { limiter, states } = broken(
      { isFailure: ({ status }) => (status === 'rejected' ? undefined : false) },
      1,
    );
    const plain = createLimiter({ concurrency: 1, breaker: { threshold: 1 } });
    for (let call = 0; call < 3; call++) await reasonOf(limiter(bad));
    expect(states()).toEqual([]);
    await reasonOf(plain(bad));
    expect(plain.stats().breaker?.state).toBe('open');
  });

  test('can be set, set anew and taken away at any time', async () => {
    const { limiter, states } = broken({ breaker: undefined }, 1);
    expect([limiter.breaker, limiter.stats().breaker]).toEqual([undefined, undefined]);
    await reasonOf(limiter(bad));
    const seen: string[] = [];
    const onStateChange = ({ state }: BreakerChange) => void seen.push(state);
    limiter.breaker = { threshold: 1, halfOpenAfter: Number.POSITIVE_INFINITY, onStateChange };
    expect(limiter.breaker).toEqual({
      threshold: 1,
      halfOpenAfter: Number.POSITIVE_INFINITY,
      trials: 1,
      onStateChange,
    });
    await reasonOf(limiter(bad));
    await elapse(1e9);
    const refused = (await reasonOf(limiter(good))) as BreakerOpenError;
    expect(refused.halfOpenAfterMs).toBe(Number.POSITIVE_INFINITY);
    expect(refused.message).toContain('set anew');
    expect(limiter.stats().breaker).toEqual({ state: 'open', halfOpenAfter: Number.POSITIVE_INFINITY });
    const { breaker } = limiter;
    limiter.breaker = breaker;
    expect(await limiter(good)).toBe('good');
    await reasonOf(limiter(bad));
    limiter.breaker = undefined;
    expect(await limiter(good)).toBe('good');
    expect([seen, states(), limiter.stats().breaker]).toEqual([['open', 'closed', 'open'], [], undefined]);
  });

  test('whoever hears of a change may do whatever he likes', async () => {
    const limiter = createLimiter({
      concurrency: 2,
      breaker: {
        threshold: 1,
        onStateChange: ({ state }) => {
          if (state !== 'open') return;
          limiter.clear('ill');
          limiter.concurrency = 1;
          limiter.pause(10);
        },
      },
    });
    await reasonOf(limiter(bad));
    expect([limiter.concurrency, limiter.isPaused]).toEqual([1, true]);
  });

  test('bad input names the option', () => {
    const make = (breaker: unknown) => () => createLimiter({ concurrency: 1, breaker: breaker as never });
    const message = (breaker: unknown) => (thrownBy(make(breaker)) as Error).message;
    const cases: [unknown, typeof TypeError | typeof RangeError, string][] = [
      [3, TypeError, '`breaker`'],
      [{}, TypeError, '`breaker.threshold`'],
      [{ threshold: '5' }, TypeError, '`breaker.threshold`'],
      [{ threshold: 0 }, RangeError, '`breaker.threshold`'],
      [{ threshold: 1.5 }, RangeError, '`breaker.threshold`'],
      [{ threshold: { failureRate: 2, window: 1 } }, RangeError, '`breaker.threshold.failureRate`'],
      [{ threshold: { failureRate: 0, window: 1 } }, RangeError, '`breaker.threshold.failureRate`'],
      [{ threshold: { failureRate: 0.5 } }, TypeError, '`breaker.threshold.window`'],
      [{ threshold: { failureRate: 0.5, window: 0 } }, RangeError, '`breaker.threshold.window`'],
      [{ threshold: { failureRate: 0.5, window: 9, minimum: 0 } }, RangeError, '`breaker.threshold.minimum`'],
      [{ threshold: { failureRate: 0.5, windows: 9 } }, TypeError, '`breaker.threshold.window`'],
      [{ threshold: 1, halfOpenAfter: 0 }, RangeError, '`breaker.halfOpenAfter`'],
      [{ threshold: 1, halfOpenAfter: '1s' }, TypeError, '`breaker.halfOpenAfter`'],
      [{ threshold: 1, trials: 0 }, RangeError, '`breaker.trials`'],
      [{ threshold: 1, onStateChange: 1 }, TypeError, '`breaker.onStateChange`'],
      [{ threshold: 1, halfOpenafter: 5 }, TypeError, 'did you mean `breaker.halfOpenAfter`'],
    ];
    for (const [breaker, type, name] of cases) {
      expect(thrownBy(make(breaker)), name).toBeInstanceOf(type);
      expect(message(breaker)).toContain(name);
    }
    const limiter = createLimiter(1);
    expect(thrownBy(() => (limiter.breaker = { threshold: -1 }))).toBeInstanceOf(RangeError);
    expect(limiter.breaker).toBeUndefined();
    expect(thrownBy(() => createLimiter({ concurrency: 1, isFailure: 1 as never }))).toBeInstanceOf(
      TypeError,
    );
  });
});

describe('fallback', () => {
  test('gives a value to what failed or was refused, and leaves what went well alone', async () => {
    const asked: unknown[] = [];
    const limiter = createLimiter({
      concurrency: 1,
      maxQueue: 0,
      fallback: (error, info) => {
        asked.push([error, info.calls, info.limiter === limiter]);
        return 'instead';
      },
    });
    expect(await limiter(async (value: number) => value, 3)).toBe(3);
    expect(await limiter(bad)).toBe('instead');
    const running = limiter(lasting(10));
    expect(await limiter(good)).toBe('instead');
    await elapse(10);
    expect(await running).toBeUndefined();
    expect(asked).toEqual([
      [ill, 1, true],
      [expect.any(QueueFullError), 0, true],
    ]);
  });

  test("a task's own counts before the limiter's, and false is none", async () => {
    const limiter = createLimiter({ concurrency: 1, fallback: () => 'of the limiter' });
    expect(await limiter.run(bad, { fallback: async () => 'of the task' })).toBe('of the task');
    expect(await limiter.run(bad)).toBe('of the limiter');
    expect(await limiter.submit(bad).result).toBe('of the limiter');
    expect(await reasonOf(limiter.run(bad, { fallback: false }))).toBe(ill);
    const plain = createLimiter(1);
    expect(await plain.submit(bad, { fallback: () => 1 }).result).toBe(1);
    expect(thrownBy(() => plain.run(good, { fallback: 1 as never }))).toBeInstanceOf(TypeError);
    expect(thrownBy(() => createLimiter({ concurrency: 1, fallback: 'x' as never }))).toBeInstanceOf(
      TypeError,
    );
  });

  test('what it throws is what the call rejects with', async () => {
    const mine = new Error('mine');
    const limiter = createLimiter(1);
    const throws = () => {
      throw mine;
    };
    expect(await reasonOf(limiter.run(bad, { fallback: throws }))).toBe(mine);
    expect(await reasonOf(limiter.run(bad, { fallback: () => Promise.reject(mine) }))).toBe(mine);
  });

  test('is not asked about what was cancelled', async () => {
    let asked = 0;
    const fallback = () => ++asked;
    const ends = new AbortController();
    const limiter = createLimiter({ concurrency: 1, signal: ends.signal });
    const aborter = new AbortController();
    const aborted = reasonOf(limiter.run(lasting(100), { fallback, signal: aborter.signal }));
    aborter.abort('enough');
    expect(await aborted).toBe('enough');
    expect(await reasonOf(limiter.run(good, { fallback, signal: aborter.signal }))).toBe('enough');
    const cancelled = limiter.submit(lasting(100), { fallback });
    expect(cancelled.cancel('no')).toBe(true);
    expect(await reasonOf(cancelled.result)).toBe('no');
    const ended = reasonOf(limiter.run(lasting(100), { fallback }));
    ends.abort('the end');
    expect(await ended).toBe('the end');
    expect(asked).toBe(0);
  });

  test('while it is waited for, a cancel or a signal ends it', async () => {
    const limiter = createLimiter(1);
    const fallback = () => lasting(1000)().then(() => 'late');
    const handle = limiter.submit(bad, { fallback });
    await settle();
    expect([handle.state, limiter.activeCount]).toEqual(['running', 0]);
    expect(handle.cancel('no')).toBe(true);
    expect([await reasonOf(handle.result), handle.state, handle.cancel()]).toEqual(['no', 'done', false]);
    const aborter = new AbortController();
    const aborted = watch(limiter.run(bad, { fallback, signal: aborter.signal }));
    await settle();
    aborter.abort('enough');
    await settle();
    expect(aborted.reason).toBe('enough');
    const late = limiter.run(bad, { fallback, signal: new AbortController().signal });
    await elapse(1000);
    expect(await late).toBe('late');
  });

  test('under way, it ends with the signal of its limiter, or of one above', async () => {
    for (const isAbove of [false, true]) {
      const aborter = new AbortController();
      const { signal } = aborter;
      const parent = createLimiter({ concurrency: 1, ...(isAbove && { signal }) });
      const limiter = createLimiter({ concurrency: 1, parent, ...(!isAbove && { signal }) });
      const waiting = watch(limiter.run(bad, { fallback: () => new Promise(() => {}) }));
      await elapse(10);
      expect(waiting.state).toBe('pending');
      aborter.abort('enough');
      await elapse(0);
      expect([waiting.state, waiting.reason]).toEqual(['rejected', 'enough']);
    }
  });

  test('a handle is what it is without one', async () => {
    const gates = new Gates();
    const limiter = createLimiter({ concurrency: 1, order: 'priority' });
    void limiter(gates.task('runs'));
    const handle = limiter.submit(gates.task('waits'), { fallback: () => 0, priority: 3 });
    expect([handle.state, handle.priority]).toEqual(['queued', 3]);
    handle.priority = 5;
    expect(handle.priority).toBe(5);
    expect(limiter.blockedBy(handle)?.reason).toBe('concurrency');
    gates.openAll();
    await handle.started;
    expect(await handle.result).toBe('waits');
    expect(handle.state).toBe('done');
  });
});

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
