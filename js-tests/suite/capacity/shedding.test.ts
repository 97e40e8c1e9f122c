// Shedding: who is turned away, or gives way, when more want to wait than should.
import { createLimiter, OverloadedError, QueueFullError } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, thrownBy, watch } from '../support/watch.ts';

useFakeTime();

describe("overflow: 'drop-lowest'", () => {
  test('the lowest priority gives way, of equals the one that came last, be it the newcomer', async () => {
    const limiter = createLimiter({
      concurrency: 1,
      order: 'priority',
      maxQueue: 2,
      overflow: 'drop-lowest',
    });
    const gates = new Gates();
    void limiter(gates.task('runs'));
    const low = watch(limiter.run(gates.task('low'), { priority: 1 }));
    const high = watch(limiter.run(gates.task('high'), { priority: 5 }));
    const middle = watch(limiter.run(gates.task('middle'), { priority: 3 }));
    const equal = watch(limiter.run(gates.task('equal'), { priority: 3 }));
    await settle();
    expect([low, high, middle, equal].map(({ state }) => state)).toEqual([
      'rejected',
      'pending',
      'pending',
      'rejected',
    ]);
    expect(low.reason).toBeInstanceOf(QueueFullError);
    gates.openAll();
    await limiter.onIdle();
    expect(gates.started).toEqual(['runs', 'high', 'middle']);
  });

  test('says nothing without priorities', () => {
    const make = () => createLimiter({ concurrency: 1, overflow: 'drop-lowest' });
    expect((thrownBy(make) as Error).message).toContain("order: 'priority'");
  });
});

describe('maxWait', () => {
  test('refuses at once who would wait for longer, with the estimate, and takes whoever would not', async () => {
    const limiter = createLimiter({ concurrency: 1, maxWait: 250, name: 'desk' });
    const work = () => new Promise<void>((resolve) => setTimeout(resolve, 100));
    // Until something is known nobody is refused.
    const first = Promise.all([limiter(work), limiter(work), limiter(work), limiter(work)]);
    await elapse(400);
    await first;
    const taken = [limiter(work), limiter(work), limiter(work)].map((promise) => watch(promise));
    const refused = await reasonOf(limiter(work));
    expect(refused).toBeInstanceOf(OverloadedError);
    const { estimatedMs, limiter: name, code, message } = refused as OverloadedError;
    expect(estimatedMs).toBeGreaterThan(250);
    expect(estimatedMs).toBeLessThan(400);
    expect([name, code]).toEqual(['desk', 'FANFOLD_OVERLOADED']);
    expect(message).toContain('maxWait');
    await elapse(100);
    taken.push(watch(limiter(work)));
    await elapse(1000);
    expect(taken.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'fulfilled']);
    expect(limiter.stats().dropped).toBe(1);
  });

  test('bad input names the option', () => {
    expect(thrownBy(() => createLimiter({ concurrency: 1, maxWait: -1 }))).toBeInstanceOf(RangeError);
    expect(thrownBy(() => createLimiter({ concurrency: 1, maxWait: '1s' as never }))).toBeInstanceOf(
      TypeError,
    );
  });
});
