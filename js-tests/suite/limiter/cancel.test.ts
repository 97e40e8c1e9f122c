// handle.cancel(reason).
import { createLimiter, type TaskContext } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { Gates } from '../support/gates.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

describe('cancel of a queued task', () => {
  test('takes it out at once: the counts change in the call, the function never runs', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    const first = limiter(gates.task('first'));
    const handle = limiter.submit(gates.task('cancelled'));
    const last = limiter(gates.task('last'));
    expect(limiter.pendingCount).toBe(2);
    expect(handle.cancel()).toBe(true);
    expect(limiter.pendingCount).toBe(1);
    expect(handle.state).toBe('done');
    const reason = await reasonOf(handle.result);
    expect(reason).toBeInstanceOf(DOMException);
    expect((reason as DOMException).name).toBe('AbortError');
    gates.openAll();
    gates.open('last');
    await Promise.all([first, last]);
    expect(gates.started).toEqual(['first', 'last']);
  });

  test('rejects with the very reason that was given', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    void limiter(gates.task('first'));
    for (const reason of [new Error('why'), 'text', 0, null, { any: 'object' }]) {
      const handle = limiter.submit(() => 1);
      expect(handle.cancel(reason)).toBe(true);
      expect(await reasonOf(handle.result)).toBe(reason);
    }
    gates.open('first');
  });

  test('with a slot, but before its function was called, gives the slot to the next', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    const handle = limiter.submit(gates.task('admitted'));
    const next = watch(limiter(gates.task('next')));
    expect(handle.state).toBe('queued');
    expect(handle.cancel()).toBe(true);
    watch(handle.result);
    await settle();
    expect(gates.started).toEqual(['next']);
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([1, 0]);
    gates.open('next');
    await settle();
    expect(next.state).toBe('fulfilled');
    expect(limiter.activeCount).toBe(0);
  });

  test('a second cancel changes nothing', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    void limiter(gates.task('first'));
    const handle = limiter.submit(() => 1);
    const reason = new Error('first word');
    expect(handle.cancel(reason)).toBe(true);
    expect(handle.cancel(new Error('second word'))).toBe(false);
    expect(await reasonOf(handle.result)).toBe(reason);
    gates.open('first');
  });

  test('of many, in any order, leaves the others in their order', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    void limiter(gates.task('first'));
    const handles = Array.from({ length: 1000 }, (_, index) => limiter.submit(gates.task(`t${index}`)));
    for (const handle of handles) watch(handle.result);
    for (let index = 999; index >= 0; index--) if (index % 3 !== 0) handles[index]!.cancel();
    expect(limiter.pendingCount).toBe(334);
    gates.openAll();
    for (let index = 0; index < 1000; index++) gates.open(`t${index}`);
    await limiter.onIdle();
    expect(gates.started.slice(1)).toEqual(Array.from({ length: 334 }, (_, index) => `t${index * 3}`));
  });
});

describe('cancel of a running task', () => {
  test('rejects at once, aborts its signal with the same reason, keeps the slot until the function settles', async () => {
    const limiter = createLimiter(1);
    const gate = deferred();
    const heard: unknown[] = [];
    const handle = limiter.submit(async ({ signal }: TaskContext) => {
      signal.addEventListener('abort', () => heard.push(signal.reason));
      await gate.promise;
    });
    const gates = new Gates();
    const next = watch(limiter(gates.task('next')));
    await handle.started;
    const reason = new Error('stop');
    expect(handle.cancel(reason)).toBe(true);
    expect(heard).toEqual([reason]);
    expect(await reasonOf(handle.result)).toBe(reason);
    await settle();
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([1, 1]);
    expect(gates.started).toEqual([]);
    gate.resolve();
    await settle();
    expect(gates.started).toEqual(['next']);
    expect(handle.state).toBe('done');
    gates.open('next');
    await settle();
    expect(next.state).toBe('fulfilled');
  });

  test('the reason is an AbortError when none is given', async () => {
    const limiter = createLimiter(1);
    const seen = deferred<unknown>();
    const handle = limiter.submit(({ signal }: TaskContext) => {
      signal.addEventListener('abort', () => seen.resolve(signal.reason));
      return seen.promise;
    });
    await handle.started;
    handle.cancel();
    const reason = await reasonOf(handle.result);
    expect(reason).toBeInstanceOf(DOMException);
    expect((reason as DOMException).name).toBe('AbortError');
    expect(await seen.promise).toBe(reason);
  });

  test('what the function gives or throws afterwards is dropped', async () => {
    const limiter = createLimiter(2);
    const gates = new Gates();
    const handles = ['fulfils', 'rejects'].map((name) => limiter.submit(gates.task(name)));
    await settle();
    for (const handle of handles) handle.cancel('cancelled');
    gates.open('fulfils');
    gates.fail('rejects', new Error('late'));
    expect(await Promise.all(handles.map((handle) => reasonOf(handle.result)))).toEqual([
      'cancelled',
      'cancelled',
    ]);
    await settle();
    expect(limiter.activeCount).toBe(0);
  });

  test('from inside the function itself', async () => {
    const limiter = createLimiter(1);
    const handle: ReturnType<typeof limiter.submit<string>> = limiter.submit(({ signal }: TaskContext) => {
      handle.cancel('by itself');
      return signal.aborted ? 'knows' : 'does not know';
    });
    expect(await reasonOf(handle.result)).toBe('by itself');
    await settle();
    expect(limiter.activeCount).toBe(0);
  });
});

describe('cancel of a task that is done', () => {
  test('returns false and changes nothing', async () => {
    const limiter = createLimiter(1);
    const good = limiter.submit(() => 1);
    const bad = limiter.submit(() => Promise.reject(new Error('bad')));
    expect(await good.result).toBe(1);
    await reasonOf(bad.result);
    expect(good.cancel()).toBe(false);
    expect(bad.cancel()).toBe(false);
    expect(await good.result).toBe(1);
  });

  test('never reaches a later task, also when thousands came after it', async () => {
    const limiter = createLimiter(4);
    const old = limiter.submit(() => 'old');
    await old.result;
    const gates = new Gates();
    const later = Array.from({ length: 3000 }, (_, index) => limiter.submit(gates.task(`t${index}`)));
    expect(old.cancel()).toBe(false);
    for (let index = 0; index < 3000; index++) gates.open(`t${index}`);
    const results = await Promise.all(later.map((handle) => handle.result));
    expect(results).toHaveLength(3000);
    expect(new Set(later.map((handle) => handle.id)).size).toBe(3000);
  });
});
