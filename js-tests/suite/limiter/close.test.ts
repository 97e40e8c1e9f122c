// close({ grace }): takes nothing new, drains, gives up on the rest at the end of the grace, always reports.
import { ClosedError, createLimiter, type TaskContext } from 'fanfold';
import { describe, expect, test, vi } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

useFakeTime();

describe('close', () => {
  test('of a limiter at rest reports at once', async () => {
    const limiter = createLimiter(1);
    const report = await limiter.close();
    expect(report).toEqual({
      drained: true,
      fulfilled: 0,
      rejected: 0,
      cleared: 0,
      aborted: 0,
      elapsed: expect.any(Number),
    });
    expect(limiter.isClosed).toBe(true);
  });

  test('is seen at once, and new submissions reject with a ClosedError', async () => {
    const limiter = createLimiter({ concurrency: 1, name: 'jobs' });
    const gates = new Gates();
    void limiter(gates.task('first'));
    const closing = limiter.close();
    expect(limiter.isClosed).toBe(true);
    const handle = limiter.submit(() => 1);
    for (const promise of [
      limiter(() => 1),
      limiter.run(() => 1),
      handle.result,
      handle.started,
      limiter.acquire(),
    ]) {
      const error = await reasonOf(promise as Promise<unknown>);
      expect(error).toBeInstanceOf(ClosedError);
      expect(error).toMatchObject({ name: 'ClosedError', code: 'FANFOLD_CLOSED', limiter: 'jobs' });
    }
    expect(limiter.tryAcquire()).toBeUndefined();
    gates.open('first');
    await closing;
    expect(await reasonOf(limiter(() => 1))).toBeInstanceOf(ClosedError);
  });

  test('lets what runs and what waits come to its end, and counts it', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    const tasks = [...'abc'].map((name) => watch(limiter(gates.task(name))));
    const closing = watch(limiter.close({ grace: 1000 }));
    await elapse(100);
    gates.open('a');
    await settle();
    gates.fail('b', new Error('b fails'));
    await settle();
    expect(closing.state).toBe('pending');
    gates.open('c');
    await settle();
    expect(tasks.map((task) => task.state)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(closing.value).toMatchObject({ drained: true, fulfilled: 2, rejected: 1, cleared: 0, aborted: 0 });
    expect(closing.value!.elapsed).toBeGreaterThanOrEqual(100);
    expect(closing.value!.elapsed).toBeLessThan(1000);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('at the end of the grace, rejects the queued, aborts the running, then reports', async () => {
    const limiter = createLimiter({ concurrency: 1, name: 'jobs' });
    const gate = deferred();
    let heard: unknown;
    const running = watch(
      limiter.run(async ({ signal }: TaskContext) => {
        signal.addEventListener('abort', () => {
          heard = signal.reason;
        });
        await gate.promise;
      }),
    );
    const queued = watch(limiter(() => 'queued'));
    const closing = watch(limiter.close({ grace: 500 }));
    await elapse(499);
    expect([running.state, queued.state, closing.state]).toEqual(['pending', 'pending', 'pending']);
    await elapse(1);
    expect(running.reason).toBeInstanceOf(ClosedError);
    expect(queued.reason).toBeInstanceOf(ClosedError);
    expect(heard).toBe(running.reason);
    expect(closing.value).toMatchObject({
      drained: false,
      fulfilled: 0,
      rejected: 0,
      cleared: 1,
      aborted: 1,
    });
    expect(closing.value!.elapsed).toBeGreaterThanOrEqual(500);
    // The function still runs, and so its slot is taken.
    expect(limiter.activeCount).toBe(1);
    gate.resolve();
    await settle();
    expect(limiter.activeCount).toBe(0);
  });

  test('a grace of zero gives up at once', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    const running = watch(limiter(gates.task('running')));
    const queued = watch(limiter(gates.task('queued')));
    await settle();
    const report = await limiter.close({ grace: 0 });
    expect(report).toMatchObject({ drained: false, cleared: 1, aborted: 1 });
    await settle();
    expect([running.state, queued.state]).toEqual(['rejected', 'rejected']);
    gates.open('running');
    await settle();
    expect(gates.started).toEqual(['running']);
  });

  test('a grace of Infinity waits for as long as it takes', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    void limiter(gates.task('slow'));
    const closing = watch(limiter.close({ grace: Number.POSITIVE_INFINITY }));
    await elapse(100_000_000);
    expect(closing.state).toBe('pending');
    gates.open('slow');
    await settle();
    expect(closing.value).toMatchObject({ drained: true, fulfilled: 1 });
  });

  test('the grace is 30 seconds where none is given', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    watch(limiter(gates.task('slow')));
    const closing = watch(limiter.close());
    await elapse(29_999);
    expect(closing.state).toBe('pending');
    await elapse(1);
    expect(closing.value).toMatchObject({ drained: false, aborted: 1 });
    gates.open('slow');
    await settle();
  });

  test('lifts a pause, so that what waits can come to its end', async () => {
    const limiter = createLimiter(1);
    limiter.pause();
    const task = watch(limiter(() => 'ran'));
    const report = await limiter.close();
    await settle();
    expect(task.value).toBe('ran');
    expect(report).toMatchObject({ drained: true, fulfilled: 1 });
    expect(limiter.isPaused).toBe(false);
  });

  test('again joins the first one, and may shorten its grace', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    watch(limiter(gates.task('slow')));
    const first = watch(limiter.close({ grace: 10_000 }));
    const second = watch(limiter.close({ grace: 100_000 }));
    await elapse(100);
    const third = watch(limiter.close({ grace: 50 }));
    await elapse(49);
    expect([first.state, second.state, third.state]).toEqual(['pending', 'pending', 'pending']);
    await elapse(1);
    expect([first.state, second.state, third.state]).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect((await limiter.close()).drained).toBe(false);
    gates.open('slow');
    await settle();
    await limiter.close();
  });

  test('always resolves, also when a function never settles', async () => {
    const limiter = createLimiter(2);
    for (let index = 0; index < 5; index++) watch(limiter(() => new Promise(() => {})));
    const closing = watch(limiter.close({ grace: 10 }));
    await elapse(10);
    expect(closing.value).toMatchObject({ drained: false, cleared: 3, aborted: 2 });
  });

  test('does not start anything at the end of the grace', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    for (const name of 'abc') watch(limiter(gates.task(name)));
    await settle();
    watch(limiter.close({ grace: 10 }));
    await elapse(10);
    gates.openAll();
    await settle();
    expect(gates.started).toEqual(['a']);
  });

  test('tasks that were cancelled while it drained count as rejected', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    watch(limiter(gates.task('a')));
    const handle = limiter.submit(gates.task('b'));
    watch(handle.result);
    const closing = watch(limiter.close());
    handle.cancel();
    gates.open('a');
    await settle();
    expect(closing.value).toMatchObject({ drained: true, fulfilled: 1, rejected: 1 });
  });

  test('the limiter’s signal, aborted while it drains, ends it', async () => {
    const controller = new AbortController();
    const limiter = createLimiter({ concurrency: 1, signal: controller.signal });
    const gates = new Gates();
    const running = watch(limiter(gates.task('a')));
    const queued = watch(limiter(gates.task('b')));
    const closing = watch(limiter.close());
    await settle();
    controller.abort('now');
    await settle();
    expect([running.reason, queued.reason]).toEqual(['now', 'now']);
    expect(closing.value).toMatchObject({ drained: false });
    gates.open('a');
    await settle();
  });

  test('a clear while it drains', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    watch(limiter(gates.task('a')));
    watch(limiter(gates.task('b')));
    const closing = watch(limiter.close());
    expect(limiter.clear()).toBe(1);
    gates.open('a');
    await settle();
    expect(closing.value).toMatchObject({ drained: true, fulfilled: 1, rejected: 1, cleared: 0 });
  });
});

describe('Symbol.asyncDispose', () => {
  test('closes', async () => {
    const limiter = createLimiter(1);
    const task = watch(limiter(() => 'ran'));
    expect(await limiter[Symbol.asyncDispose]()).toBeUndefined();
    expect(task.value).toBe('ran');
    expect(limiter.isClosed).toBe(true);
  });

  test('serves `await using`', async () => {
    let kept: ReturnType<typeof createLimiter> | undefined;
    const results: number[] = [];
    {
      await using limiter = createLimiter(2);
      kept = limiter;
      for (const value of [1, 2, 3]) void limiter(async () => results.push(value));
    }
    expect(results).toEqual([1, 2, 3]);
    expect(kept.isClosed).toBe(true);
  });
});
