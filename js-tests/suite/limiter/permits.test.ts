// acquire, tryAcquire, Permit.
import { createLimiter, type Permit } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { Gates } from '../support/gates.ts';
import { settle } from '../support/turns.ts';
import { watch } from '../support/watch.ts';

describe('tryAcquire', () => {
  test('gives a permit or nothing, at once', () => {
    const limiter = createLimiter(2);
    const first = limiter.tryAcquire();
    const second = limiter.tryAcquire();
    expect(first).toBeDefined();
    expect(second).toBeDefined();
    expect(limiter.tryAcquire()).toBeUndefined();
    expect(limiter.activeCount).toBe(2);
    first!.release();
    expect(limiter.activeCount).toBe(1);
    expect(limiter.tryAcquire()).toBeDefined();
  });

  test('never passes one that waits', async () => {
    const limiter = createLimiter(1);
    const held = limiter.tryAcquire()!;
    const waiting = limiter.acquire();
    held.release();
    expect(limiter.tryAcquire()).toBeUndefined();
    const permit = await waiting;
    expect(limiter.tryAcquire()).toBeUndefined();
    permit.release();
    expect(limiter.tryAcquire()).toBeDefined();
  });

  test('a newly submitted task has taken its slot before a tryAcquire after it', async () => {
    const limiter = createLimiter(1);
    const task = limiter(() => 1);
    expect(limiter.tryAcquire()).toBeUndefined();
    await task;
    expect(limiter.tryAcquire()).toBeDefined();
  });

  test('does not queue', () => {
    const limiter = createLimiter(1);
    limiter.tryAcquire();
    limiter.tryAcquire();
    expect(limiter.pendingCount).toBe(0);
  });
});

describe('acquire', () => {
  test('gives a permit in the order of the calls', async () => {
    const limiter = createLimiter(1);
    const order: number[] = [];
    const first = await limiter.acquire();
    expect(limiter.activeCount).toBe(1);
    const waiting = [1, 2, 3].map(async (index) => {
      const permit = await limiter.acquire();
      order.push(index);
      await null;
      permit.release();
    });
    expect(limiter.pendingCount).toBe(3);
    first.release();
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3]);
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([0, 0]);
  });

  test('stands in one queue with the functions', async () => {
    const limiter = createLimiter(1);
    const order: string[] = [];
    const held = limiter.tryAcquire()!;
    const all = [
      limiter(() => order.push('function 1')),
      limiter.acquire().then((permit) => {
        order.push('permit');
        permit.release();
      }),
      limiter(() => order.push('function 2')),
    ];
    held.release();
    await Promise.all(all);
    expect(order).toEqual(['function 1', 'permit', 'function 2']);
  });

  test('permits have ids of their own', async () => {
    const limiter = createLimiter(10);
    const permits = await Promise.all(Array.from({ length: 5 }, () => limiter.acquire()));
    permits.push(limiter.tryAcquire()!);
    expect(new Set(permits.map((permit) => permit.id)).size).toBe(6);
    for (const permit of permits) permit.release();
  });
});

describe('release', () => {
  test('hands over in the call: the next one has the slot when it returns, and starts later', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    const permit = limiter.tryAcquire()!;
    void limiter(gates.task('next'));
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([1, 1]);
    permit.release();
    expect(permit.released).toBe(true);
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([1, 0]);
    expect(gates.started).toEqual([]);
    await settle();
    expect(gates.started).toEqual(['next']);
    gates.open('next');
    await limiter.onIdle();
  });

  test('a second release changes nothing and never grows the limit', async () => {
    const limiter = createLimiter(2);
    const permits = [limiter.tryAcquire()!, limiter.tryAcquire()!];
    for (let round = 0; round < 5; round++) permits[0]!.release();
    expect(limiter.activeCount).toBe(1);
    const third = limiter.tryAcquire()!;
    permits[0]!.release();
    expect(limiter.activeCount).toBe(2);
    expect(limiter.tryAcquire()).toBeUndefined();
    expect(third.released).toBe(false);
    const gates = new Gates();
    for (const name of 'abcd') void limiter(gates.task(name));
    permits[1]!.release();
    third.release();
    permits[1]!.release();
    third.release();
    await settle();
    expect(gates.running).toBe(2);
    for (const name of 'abcd') gates.open(name);
    await limiter.onIdle();
    expect(gates.peak).toBe(2);
    expect(limiter.activeCount).toBe(0);
  });

  test('an old permit never releases the slot of a later task, however many came after', async () => {
    const limiter = createLimiter(1);
    const old = limiter.tryAcquire()!;
    old.release();
    for (let round = 0; round < 2000; round++) {
      const permit = limiter.tryAcquire()!;
      old.release();
      expect(limiter.activeCount).toBe(1);
      permit.release();
    }
    expect(limiter.activeCount).toBe(0);
  });
});

describe('Symbol.dispose', () => {
  test('releases', () => {
    const limiter = createLimiter(1);
    const permit = limiter.tryAcquire()!;
    permit[Symbol.dispose]();
    expect(permit.released).toBe(true);
    expect(limiter.activeCount).toBe(0);
    permit[Symbol.dispose]();
    expect(limiter.activeCount).toBe(0);
  });

  test('serves `using`', async () => {
    const limiter = createLimiter(1);
    let inside = -1;
    {
      using permit: Permit = await limiter.acquire();
      inside = limiter.activeCount;
      expect(permit.released).toBe(false);
    }
    expect([inside, limiter.activeCount]).toEqual([1, 0]);
    await expect(
      (async () => {
        using _permit = await limiter.acquire();
        throw new Error('left by a throw');
      })(),
    ).rejects.toThrow('left by a throw');
    expect(limiter.activeCount).toBe(0);
  });
});

describe('a permit that nobody holds any more', () => {
  test('granted to a waiter whose limiter is closed is still the waiter’s', async () => {
    const limiter = createLimiter(1);
    const permit = await limiter.acquire();
    const closing = watch(limiter.close());
    await settle();
    expect(closing.state).toBe('pending');
    permit.release();
    await settle();
    expect(closing.state).toBe('fulfilled');
  });
});
