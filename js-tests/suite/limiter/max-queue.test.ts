// maxQueue and what happens to whom when the queue is full.
import { createLimiter, QueueFullError } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { Gates } from '../support/gates.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

function fill(limiter: ReturnType<typeof createLimiter>, gates: Gates, names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [name, watch(limiter(gates.task(name)))]));
}

describe("overflow: 'reject', the default", () => {
  test('rejects the new one with a QueueFullError, synchronously decided', async () => {
    const limiter = createLimiter({ concurrency: 1, maxQueue: 2, name: 'uploads' });
    const gates = new Gates();
    const tasks = fill(limiter, gates, ['a', 'b', 'c']);
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([1, 2]);
    const error = await reasonOf(limiter(gates.task('d')));
    expect(error).toBeInstanceOf(QueueFullError);
    expect(error).toMatchObject({ name: 'QueueFullError', code: 'FANFOLD_QUEUE_FULL', limiter: 'uploads' });
    expect((error as Error).message).toContain('uploads');
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([1, 2]);
    for (const name of ['a', 'b', 'c']) gates.open(name);
    await settle();
    expect(gates.started).toEqual(['a', 'b', 'c']);
    expect(tasks.c!.state).toBe('fulfilled');
  });

  test('takes new ones again when somebody left', async () => {
    const limiter = createLimiter({ concurrency: 1, maxQueue: 1 });
    const gates = new Gates();
    fill(limiter, gates, ['a', 'b']);
    expect(watch(limiter(gates.task('refused')))).toBeDefined();
    await settle();
    gates.open('a');
    await settle();
    const c = watch(limiter(gates.task('c')));
    gates.open('b');
    gates.open('c');
    await settle();
    expect(c.state).toBe('fulfilled');
    expect(gates.started).toEqual(['a', 'b', 'c']);
  });

  test('a cancelled task makes room at once', async () => {
    const limiter = createLimiter({ concurrency: 1, maxQueue: 1 });
    const gates = new Gates();
    fill(limiter, gates, ['a']);
    const b = limiter.submit(gates.task('b'));
    watch(b.result);
    b.cancel();
    const c = watch(limiter(gates.task('c')));
    gates.open('a');
    gates.open('c');
    await settle();
    expect(c.state).toBe('fulfilled');
    expect(gates.started).toEqual(['a', 'c']);
  });

  test('the handle of a refused task is done, and its started rejects the same way', async () => {
    const limiter = createLimiter({ concurrency: 1, maxQueue: 0 });
    const gates = new Gates();
    fill(limiter, gates, ['a']);
    const handle = limiter.submit(gates.task('b'));
    const error = await reasonOf(handle.result);
    expect(error).toBeInstanceOf(QueueFullError);
    expect(await reasonOf(handle.started)).toBe(error);
    expect(handle.state).toBe('done');
    expect(handle.cancel()).toBe(false);
    gates.open('a');
  });
});

describe('maxQueue: 0', () => {
  test('means that nobody waits', async () => {
    const limiter = createLimiter({ concurrency: 2, maxQueue: 0 });
    const gates = new Gates();
    const tasks = fill(limiter, gates, ['a', 'b', 'c']);
    await settle();
    expect(gates.started).toEqual(['a', 'b']);
    expect(tasks.c!.reason).toBeInstanceOf(QueueFullError);
    gates.open('a');
    await settle();
    const d = watch(limiter(gates.task('d')));
    gates.open('b');
    gates.open('d');
    await settle();
    expect(d.state).toBe('fulfilled');
  });

  test.each(['drop-oldest', 'drop-newest'] as const)('with %s, nobody waits either', async (overflow) => {
    const limiter = createLimiter({ concurrency: 1, maxQueue: 0, overflow });
    const gates = new Gates();
    const tasks = fill(limiter, gates, ['a', 'b']);
    await settle();
    expect(gates.started).toEqual(['a']);
    expect(tasks.b!.reason).toBeInstanceOf(QueueFullError);
    expect(limiter.pendingCount).toBe(0);
    gates.open('a');
    await settle();
    expect(tasks.a!.state).toBe('fulfilled');
  });
});

describe("overflow: 'drop-oldest'", () => {
  test('drops the one that waits longest in favour of the new one', async () => {
    const limiter = createLimiter({ concurrency: 1, maxQueue: 2, overflow: 'drop-oldest' });
    const gates = new Gates();
    const tasks = fill(limiter, gates, ['a', 'b', 'c', 'd', 'e']);
    await settle();
    expect(tasks.b!.reason).toBeInstanceOf(QueueFullError);
    expect(tasks.c!.reason).toBeInstanceOf(QueueFullError);
    expect([tasks.a!.state, tasks.d!.state, tasks.e!.state]).toEqual(['pending', 'pending', 'pending']);
    expect(limiter.pendingCount).toBe(2);
    for (const name of ['a', 'd', 'e']) gates.open(name);
    await settle();
    expect(gates.started).toEqual(['a', 'd', 'e']);
  });

  test('never drops one that has its slot', async () => {
    const limiter = createLimiter({ concurrency: 2, maxQueue: 1, overflow: 'drop-oldest' });
    const gates = new Gates();
    // All in one step: the first two have slots, but their functions were not called yet.
    const tasks = fill(limiter, gates, ['a', 'b', 'c', 'd']);
    await settle();
    expect(gates.started).toEqual(['a', 'b']);
    expect(tasks.c!.state).toBe('rejected');
    for (const name of ['a', 'b', 'd']) gates.open(name);
    await settle();
    expect([tasks.a!.state, tasks.b!.state, tasks.d!.state]).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
  });
});

describe("overflow: 'drop-newest'", () => {
  test('drops the one that began to wait last in favour of the new one', async () => {
    const limiter = createLimiter({ concurrency: 1, maxQueue: 2, overflow: 'drop-newest' });
    const gates = new Gates();
    const tasks = fill(limiter, gates, ['a', 'b', 'c', 'd', 'e']);
    await settle();
    expect(tasks.c!.reason).toBeInstanceOf(QueueFullError);
    expect(tasks.d!.reason).toBeInstanceOf(QueueFullError);
    expect([tasks.b!.state, tasks.e!.state]).toEqual(['pending', 'pending']);
    for (const name of ['a', 'b', 'e']) gates.open(name);
    await settle();
    expect(gates.started).toEqual(['a', 'b', 'e']);
  });
});

describe('with other orders and waiters', () => {
  test("'drop-oldest' under lifo still drops the one that waits longest", async () => {
    const limiter = createLimiter({ concurrency: 1, maxQueue: 2, overflow: 'drop-oldest', order: 'lifo' });
    const gates = new Gates();
    const tasks = fill(limiter, gates, ['a', 'b', 'c', 'd']);
    await settle();
    expect(tasks.b!.reason).toBeInstanceOf(QueueFullError);
    for (const name of ['a', 'c', 'd']) gates.open(name);
    await settle();
    expect(gates.started).toEqual(['a', 'd', 'c']);
  });

  test("'drop-newest' under lifo drops the one that began to wait last", async () => {
    const limiter = createLimiter({ concurrency: 1, maxQueue: 2, overflow: 'drop-newest', order: 'lifo' });
    const gates = new Gates();
    const tasks = fill(limiter, gates, ['a', 'b', 'c', 'd']);
    await settle();
    expect(tasks.c!.reason).toBeInstanceOf(QueueFullError);
    for (const name of ['a', 'b', 'd']) gates.open(name);
    await settle();
    expect(gates.started).toEqual(['a', 'd', 'b']);
  });

  test('an acquire that waits fills the queue like a task', async () => {
    const limiter = createLimiter({ concurrency: 1, maxQueue: 1 });
    const held = limiter.tryAcquire()!;
    const waiting = limiter.acquire();
    expect(limiter.pendingCount).toBe(1);
    expect(await reasonOf(limiter.acquire())).toBeInstanceOf(QueueFullError);
    expect(await reasonOf(limiter(() => 1))).toBeInstanceOf(QueueFullError);
    held.release();
    (await waiting).release();
  });

  test('tasks that wait because of a pause fill the queue too', async () => {
    const limiter = createLimiter({ concurrency: 2, maxQueue: 1 });
    limiter.pause();
    const gates = new Gates();
    const tasks = fill(limiter, gates, ['a', 'b', 'c', 'd', 'e']);
    await settle();
    expect(gates.started).toEqual([]);
    expect(
      Object.values(tasks).filter((task) => task.reason instanceof QueueFullError).length,
    ).toBeGreaterThan(0);
    limiter.resume();
    for (const name of 'abcde') gates.open(name);
    await settle();
    expect(Object.values(tasks).every((task) => task.state !== 'pending')).toBe(true);
  });
});
