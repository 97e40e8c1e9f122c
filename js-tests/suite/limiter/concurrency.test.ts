// concurrency, from 1 to Infinity, changed at any time.
import { createLimiter } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { Gates } from '../support/gates.ts';
import { settle } from '../support/turns.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `t${index}`);

describe('concurrency', () => {
  test.each([1, 2, 7, 100, Number.POSITIVE_INFINITY])('%s is kept and reached', async (concurrency) => {
    const limiter = createLimiter(concurrency);
    const gates = new Gates();
    const all = names(30).map((name) => limiter(gates.task(name)));
    const most = Math.min(concurrency, 30);
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([most, 30 - most]);
    for (const name of names(30)) {
      await settle();
      expect(gates.running).toBeLessThanOrEqual(most);
      gates.open(name);
    }
    await Promise.all(all);
    expect(gates.peak).toBe(most);
    expect(gates.started).toEqual(names(30));
  });

  test('can be very large', async () => {
    for (const concurrency of [2 ** 31, 2 ** 32, 2 ** 33 + 1, Number.MAX_SAFE_INTEGER]) {
      const limiter = createLimiter(concurrency);
      expect(limiter.concurrency).toBe(concurrency);
      expect(await Promise.all([limiter(() => 1), limiter(() => 2)])).toEqual([1, 2]);
    }
  });

  test('raised: as many more start as there is room for', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    const all = names(6).map((name) => limiter(gates.task(name)));
    await settle();
    limiter.concurrency = 3;
    expect(limiter.concurrency).toBe(3);
    await settle();
    expect(gates.started).toEqual(['t0', 't1', 't2']);
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([3, 3]);
    limiter.concurrency = Number.POSITIVE_INFINITY;
    await settle();
    expect(gates.started).toEqual(names(6));
    gates.openAll();
    await Promise.all(all);
  });

  test('lowered: the running ones go on, and none starts until there is room', async () => {
    const limiter = createLimiter(4);
    const gates = new Gates();
    const all = names(8).map((name) => limiter(gates.task(name)));
    await settle();
    limiter.concurrency = 1;
    for (const name of ['t0', 't1', 't2']) {
      gates.open(name);
      await settle();
      expect(gates.started).toHaveLength(4);
    }
    expect(limiter.activeCount).toBe(1);
    gates.open('t3');
    await settle();
    expect(gates.started).toEqual(names(5));
    expect(gates.running).toBe(1);
    for (const name of names(8)) {
      gates.open(name);
      await settle();
      expect(gates.running).toBeLessThanOrEqual(1);
    }
    await Promise.all(all);
  });

  test('lowered below the permits that are held', async () => {
    const limiter = createLimiter(3);
    const permits = [limiter.tryAcquire()!, limiter.tryAcquire()!, limiter.tryAcquire()!];
    limiter.concurrency = 1;
    const gates = new Gates();
    const task = limiter(gates.task('task'));
    permits[0]!.release();
    permits[1]!.release();
    await settle();
    expect(gates.started).toEqual([]);
    expect(limiter.tryAcquire()).toBeUndefined();
    permits[2]!.release();
    await settle();
    expect(gates.started).toEqual(['task']);
    gates.open('task');
    await task;
  });

  test('raised and lowered in one step starts nobody too many', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    const all = names(5).map((name) => limiter(gates.task(name)));
    await settle();
    limiter.concurrency = 5;
    limiter.concurrency = 1;
    await settle();
    expect(gates.peak).toBe(1);
    for (const name of names(5)) {
      gates.open(name);
      await settle();
    }
    await Promise.all(all);
    expect(gates.peak).toBe(1);
  });

  test('changed from inside a task', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    const first = limiter(() => {
      limiter.concurrency = 3;
    });
    const rest = names(4).map((name) => limiter(gates.task(name)));
    await first;
    await settle();
    expect(gates.running).toBe(3);
    gates.openAll();
    for (const name of names(4)) gates.open(name);
    await Promise.all(rest);
  });

  test('changed while paused takes effect on resume', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    limiter.pause();
    const all = names(4).map((name) => limiter(gates.task(name)));
    limiter.concurrency = 3;
    await settle();
    expect(gates.started).toEqual([]);
    limiter.resume();
    await settle();
    expect(gates.started).toEqual(names(3));
    for (const name of names(4)) gates.open(name);
    await Promise.all(all);
  });

  test('a late caller never passes one that waits, whatever the changes', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    const all = names(3).map((name) => limiter(gates.task(name)));
    await settle();
    limiter.concurrency = 2;
    all.push(limiter(gates.task('late')));
    await settle();
    expect(gates.started).toEqual(['t0', 't1']);
    for (const name of [...names(3), 'late']) gates.open(name);
    await Promise.all(all);
    expect(gates.started).toEqual(['t0', 't1', 't2', 'late']);
  });
});
