// clear(reason): every queued promise rejects.
import { ClearedError, createLimiter } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { Gates } from '../support/gates.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

describe('clear', () => {
  test('rejects those who wait with a ClearedError, spares those who run, returns how many', async () => {
    const limiter = createLimiter({ concurrency: 1, name: 'mail' });
    const gates = new Gates();
    const running = watch(limiter(gates.task('running')));
    await settle();
    const waiting = [limiter(gates.task('a')), limiter(gates.task('b')), limiter.acquire()];
    const reasons = Promise.all(waiting.map(reasonOf));
    expect(limiter.clear()).toBe(3);
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([1, 0]);
    for (const reason of await reasons) {
      expect(reason).toBeInstanceOf(ClearedError);
      expect(reason).toMatchObject({
        name: 'ClearedError',
        code: 'FANFOLD_CLEARED',
        limiter: 'mail',
        ranMs: 0,
      });
    }
    gates.open('running');
    await settle();
    expect(running.state).toBe('fulfilled');
    expect(gates.started).toEqual(['running']);
  });

  test('the reason reaches those who waited', async () => {
    const limiter = createLimiter(1);
    const held = limiter.tryAcquire()!;
    const waiting = limiter(() => 1);
    const reason = new Error('a new version was deployed');
    limiter.clear(reason);
    const error = (await reasonOf(waiting)) as Error;
    expect([error, error.cause]).toContain(reason);
    held.release();
  });

  test('of an empty queue is nothing', async () => {
    const limiter = createLimiter(1);
    expect(limiter.clear()).toBe(0);
    expect(await limiter(() => 1)).toBe(1);
    expect(limiter.clear()).toBe(0);
  });

  test('tasks that have their slot but were not called yet are not waiting', async () => {
    const limiter = createLimiter(2);
    const gates = new Gates();
    const all = [...'abc'].map((name) => watch(limiter(gates.task(name))));
    expect(limiter.clear()).toBe(1);
    gates.open('a');
    gates.open('b');
    await settle();
    expect(all.map((task) => task.state)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  });

  test('new submissions come through afterwards', async () => {
    const limiter = createLimiter({ concurrency: 1, maxQueue: 1 });
    const gates = new Gates();
    void limiter(gates.task('first'));
    watch(limiter(gates.task('cleared')));
    limiter.clear();
    const next = watch(limiter(gates.task('next')));
    gates.open('first');
    gates.open('next');
    await settle();
    expect(next.state).toBe('fulfilled');
  });

  test('from inside a task', async () => {
    const limiter = createLimiter(1);
    let cleared = -1;
    const first = limiter(() => {
      cleared = limiter.clear();
    });
    const others = [watch(limiter(() => 1)), watch(limiter(() => 2))];
    await first;
    await settle();
    expect(cleared).toBe(2);
    expect(others.map((task) => task.state)).toEqual(['rejected', 'rejected']);
  });

  test('rejects in the order of the waiting', async () => {
    const limiter = createLimiter(1);
    const held = limiter.tryAcquire()!;
    const order: string[] = [];
    for (const name of 'abcd') limiter(() => name).catch(() => order.push(name));
    limiter.clear();
    await settle();
    expect(order).toEqual([...'abcd']);
    held.release();
  });
});
