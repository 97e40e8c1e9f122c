// adaptive(): a limit that finds the best by itself, and says what it is.
import { adaptive, createLimiter } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { Service } from '../support/service.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, thrownBy } from '../support/watch.ts';

useFakeTime();

describe('adaptive', () => {
  test('the gauge is the limit that holds, in stats() too, and never leaves its bounds', async () => {
    const limiter = createLimiter({
      concurrency: adaptive({ min: 2, max: 5, initial: 3, algorithm: 'aimd' }),
    });
    const gauge = new Set<number>();
    let most = 0;
    const callers = Array.from({ length: 20 }, async () => {
      for (let call = 0; call < 60; call++) {
        await limiter(async () => {
          most = Math.max(most, limiter.activeCount);
          gauge.add(limiter.concurrency);
          await new Promise((resolve) => setTimeout(resolve, 10));
        });
      }
    });
    await elapse(10_000);
    await Promise.all(callers);
    expect([Math.min(...gauge), Math.max(...gauge), most]).toEqual([3, 5, 5]);
    expect([limiter.concurrency, limiter.stats().concurrency]).toEqual([5, 5]);
  });

  test('failures lower it, as isFailure says', async () => {
    const make = (isFailure?: () => boolean | undefined) =>
      createLimiter({ concurrency: adaptive({ initial: 40, max: 40, algorithm: 'aimd' }), isFailure });
    const fail = () => new Promise((_, reject) => setTimeout(reject, 10, new Error('x')));
    for (const [limiter, isLower] of [
      [make(), true],
      [make(() => false), false],
      [make(() => undefined), false],
    ] as const) {
      const calls = Array.from({ length: 400 }, () => reasonOf(limiter(fail)));
      await elapse(5000);
      await Promise.all(calls);
      expect(limiter.concurrency < 40).toBe(isLower);
    }
  });

  test('where the caller is the bottleneck nothing changes', async () => {
    const limiter = createLimiter({ concurrency: adaptive({ initial: 40 }) });
    const service = new Service(4, false);
    for (let call = 0; call < 100; call++) {
      const calls = Array.from({ length: 8 }, () => limiter(service.call));
      await elapse(50);
      await Promise.all(calls);
    }
    expect(limiter.concurrency).toBe(40);
  });

  test('who waits when it begins and weighs more than `min` is rejected, and nobody waits for that one', async () => {
    const gates = new Gates();
    const limiter = createLimiter({ concurrency: 3, name: 'api' });
    const busy = limiter.run(gates.task('busy'), { weight: 3 });
    const heavy = reasonOf(limiter.run(gates.task('heavy'), { weight: 3 }));
    const permit = reasonOf(limiter.acquire({ weight: 2 }));
    const light = limiter(gates.task('light'));
    await settle();
    limiter.concurrency = adaptive({ initial: 2 });
    for (const reason of [await heavy, await permit]) {
      expect(reason).toBeInstanceOf(RangeError);
      expect((reason as Error).message).toContain('adaptive');
    }
    expect(limiter.stats()).toMatchObject({ active: 3, queued: 1, dropped: 2 });
    gates.openAll();
    expect([await busy, await light]).toEqual(['busy', 'light']);
  });

  test('it is the same where it begins above, or a limiter is moved below such a one', async () => {
    const gates = new Gates();
    const above = createLimiter({ concurrency: 3 });
    const limiter = createLimiter({ concurrency: 3, parent: above });
    const moved = createLimiter({ concurrency: 3 });
    const waiting = [limiter, moved].map((each) => {
      void each.run(gates.task('busy'), { weight: 3 });
      const heavy = reasonOf(each.run(gates.task('heavy'), { weight: 3 }));
      return { heavy, light: each.run(gates.task('light'), { weight: 2 }) };
    });
    await settle();
    above.concurrency = adaptive({ min: 2, initial: 2 });
    expect(limiter.pendingCount).toBe(1);
    moved.parent = above;
    for (const { heavy } of waiting) expect(await heavy).toBeInstanceOf(RangeError);
    gates.openAll();
    expect(await Promise.all(waiting.map(({ light }) => light))).toEqual(['light', 'light']);
  });

  test('a number ends it, and adaptive() begins it anew', async () => {
    const limiter = createLimiter({ concurrency: adaptive({ min: 2, initial: 30 }) });
    expect((thrownBy(() => limiter.run(() => 1, { weight: 3 })) as Error).message).toContain('`weight`');
    limiter.concurrency = 7;
    expect([limiter.concurrency, limiter.stats().concurrency]).toEqual([7, 7]);
    await limiter.run(() => 1, { weight: 3 });
    const many = Array.from({ length: 500 }, () => limiter(() => new Promise((r) => setTimeout(r, 1))));
    await elapse(2000);
    await Promise.all(many);
    expect(limiter.concurrency).toBe(7);
    limiter.concurrency = adaptive({ initial: 3, max: 3 });
    limiter.concurrency = 9;
    expect([limiter.concurrency, limiter.stats().concurrency]).toEqual([9, 9]);
    limiter.concurrency = adaptive({ initial: 3, max: 3 });
    const calls = [1, 2, 3, 4].map(() => limiter(() => new Promise((r) => setTimeout(r, 10))));
    await settle();
    expect([limiter.concurrency, limiter.activeCount, limiter.pendingCount]).toEqual([3, 3, 1]);
    await elapse(100);
    await Promise.all(calls);
    limiter.concurrency = Number.POSITIVE_INFINITY;
    expect(limiter.concurrency).toBe(Number.POSITIVE_INFINITY);
  });

  test('is complete, cannot be changed, and serves many limiters', () => {
    expect({ ...adaptive() }).toEqual({ min: 1, max: 1000, initial: 20, algorithm: 'gradient' });
    expect({ ...adaptive({ min: 50 }) }).toMatchObject({ min: 50, max: 1000, initial: 50 });
    expect({ ...adaptive({ max: 5 }) }).toMatchObject({ min: 1, max: 5, initial: 5 });
    const limit = adaptive({ max: 8 });
    expect(thrownBy(() => ((limit as { max: number }).max = 9))).toBeInstanceOf(TypeError);
    const [one, other] = [createLimiter({ concurrency: limit }), createLimiter({ concurrency: limit })];
    one.concurrency = 3;
    expect(other.concurrency).toBe(8);
  });

  test('bad input names the option', () => {
    const cases: [unknown, typeof TypeError | typeof RangeError, string][] = [
      [3, TypeError, '`options`'],
      [{ min: 0 }, RangeError, '`min`'],
      [{ min: '1' }, TypeError, '`min`'],
      [{ min: 5, max: 4 }, RangeError, '`max`'],
      [{ max: Number.POSITIVE_INFINITY }, RangeError, '`max`'],
      [{ min: 5, initial: 4 }, RangeError, '`initial`'],
      [{ algorithm: 'newton' }, RangeError, '`algorithm`'],
      [{ minimum: 3 }, TypeError, '`minimum`'],
    ];
    for (const [options, type, name] of cases) {
      const thrown = thrownBy(() => adaptive(options as never)) as Error;
      expect(thrown, name).toBeInstanceOf(type);
      expect(thrown.message).toContain(name);
    }
    const alike = { min: 1, max: 2, initial: 1, algorithm: 'aimd' as const };
    expect((thrownBy(() => createLimiter({ concurrency: alike })) as Error).message).toContain('adaptive()');
  });
});
