// createSemaphore and createMutex.
import { createMutex, createSemaphore, TimeoutError } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { microtasks, settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

useFakeTime();

describe('a mutex', () => {
  test('runs one at a time, in order', async () => {
    const mutex = createMutex();
    const log: string[] = [];
    const section = (name: string, rounds: number) =>
      mutex.runExclusive(async () => {
        log.push(`${name} in`);
        await microtasks(rounds);
        log.push(`${name} out`);
        return name;
      });
    expect(await Promise.all([section('a', 9), section('b', 1), section('c', 5)])).toEqual(['a', 'b', 'c']);
    expect(log).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
  });

  test('keeps a read-modify-write whole', async () => {
    const mutex = createMutex();
    let balance = 0;
    await Promise.all(
      Array.from({ length: 100 }, () =>
        mutex.runExclusive(async () => {
          const seen = balance;
          await microtasks(3);
          balance = seen + 1;
        }),
      ),
    );
    expect(balance).toBe(100);
  });

  test('locked says whether somebody has it', async () => {
    const mutex = createMutex();
    expect(mutex.locked).toBe(false);
    const permit = mutex.tryAcquire()!;
    expect(mutex.locked).toBe(true);
    expect(mutex.tryAcquire()).toBeUndefined();
    permit.release();
    expect(mutex.locked).toBe(false);
    const gate = deferred();
    const running = mutex.runExclusive(() => gate.promise);
    expect(mutex.locked).toBe(true);
    gate.resolve();
    await running;
    expect(mutex.locked).toBe(false);
  });

  test('is free again after a throw, before and after an await', async () => {
    const mutex = createMutex();
    const failure = new Error('inside');
    expect(
      await reasonOf(
        mutex.runExclusive(() => {
          throw failure;
        }),
      ),
    ).toBe(failure);
    expect(
      await reasonOf(
        mutex.runExclusive(async () => {
          await null;
          throw failure;
        }),
      ),
    ).toBe(failure);
    expect(mutex.locked).toBe(false);
  });

  test('is a limiter of one', () => {
    const mutex = createMutex({ name: 'file' });
    expect(mutex.limiter.concurrency).toBe(1);
    expect(mutex.limiter.name).toBe('file');
    const permit = mutex.tryAcquire()!;
    expect(mutex.limiter.activeCount).toBe(1);
    permit.release();
  });

  test('takes the options of a limiter and of a task', async () => {
    const mutex = createMutex({ queueTimeout: 100 });
    const held = await mutex.acquire();
    const late = watch(mutex.acquire());
    const own = watch(mutex.runExclusive(() => 1, { queueTimeout: 10 }));
    const aborted = watch(mutex.acquire({ signal: AbortSignal.abort('no') }));
    await elapse(10);
    expect(own.reason).toBeInstanceOf(TimeoutError);
    expect(aborted.reason).toBe('no');
    await elapse(90);
    expect(late.reason).toBeInstanceOf(TimeoutError);
    held.release();
    expect(mutex.locked).toBe(false);
  });
});

describe('a semaphore', () => {
  test.each([1, 2, 5])('lets %i in', async (n) => {
    const semaphore = createSemaphore(n);
    let inside = 0;
    let peak = 0;
    await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        semaphore.runExclusive(async () => {
          peak = Math.max(peak, ++inside);
          await microtasks(index % 5);
          inside--;
        }),
      ),
    );
    expect(peak).toBe(n);
  });

  test('locked means that nobody gets in at once', async () => {
    const semaphore = createSemaphore(2);
    const first = semaphore.tryAcquire()!;
    expect(semaphore.locked).toBe(false);
    const second = await semaphore.acquire();
    expect(semaphore.locked).toBe(true);
    first.release();
    expect(semaphore.locked).toBe(false);
    second.release();
    second.release();
    const again = [semaphore.tryAcquire(), semaphore.tryAcquire(), semaphore.tryAcquire()];
    expect(again.map((permit) => permit !== undefined)).toEqual([true, true, false]);
  });

  test('takes options, also with a live limit', async () => {
    const semaphore = createSemaphore({ concurrency: 1, name: 'gpu' });
    expect(semaphore.limiter.name).toBe('gpu');
    const held = await semaphore.acquire();
    const waiting = watch(semaphore.acquire());
    semaphore.limiter.concurrency = 2;
    await settle();
    expect(waiting.state).toBe('fulfilled');
    held.release();
    waiting.value!.release();
  });
});

describe('names', () => {
  test.each([
    [createMutex().limiter.name, 'mutex'],
    [createMutex({ name: undefined }).limiter.name, 'mutex'],
    [createMutex({ name: 'file' }).limiter.name, 'file'],
    [createSemaphore(2).limiter.name, 'semaphore'],
    [createSemaphore({ concurrency: 2 }).limiter.name, 'semaphore'],
    [createSemaphore({ concurrency: 2, name: undefined }).limiter.name, 'semaphore'],
    [createSemaphore({ concurrency: 2, name: 'disk' }).limiter.name, 'disk'],
  ])('%s', (name, expected) => {
    expect(name).toBe(expected);
  });
});
