// The breaker: when it opens, whom it refuses, how it finds out that the service is well again, and who hears of it.
import { type BreakerChange, BreakerOpenError, createLimiter, QueueFullError } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { bad, broken, good, ill, lasting } from '../support/broken.ts';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, thrownBy, watch } from '../support/watch.ts';

useFakeTime();

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
