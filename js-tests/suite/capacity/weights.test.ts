// A task may take several slots: all at once or none, and nobody passes it but as `bypass` says.
import { createLimiter, createSemaphore, TimeoutError } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, thrownBy } from '../support/watch.ts';

useFakeTime();

describe('weights', () => {
  test('a task takes its slots all at once, and gives them back together', async () => {
    const limiter = createLimiter(4);
    const gates = new Gates();
    void limiter.run(gates.task('a'), { weight: 3 });
    void limiter.run(gates.task('b'), { weight: 2 });
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([3, 1]);
    await settle();
    expect(gates.started).toEqual(['a']);
    gates.open('a');
    await settle();
    expect(gates.started).toEqual(['a', 'b']);
    expect(limiter.activeCount).toBe(2);
    gates.open('b');
    await limiter.onIdle();
    expect(limiter.activeCount).toBe(0);
  });

  test('a heavy task at the head waits for its slots, and lighter ones behind it too', async () => {
    const limiter = createLimiter(2);
    const gates = new Gates();
    void limiter(gates.task('a'));
    void limiter.run(gates.task('heavy'), { weight: 2 });
    const light = limiter.submit(gates.task('light'));
    await settle();
    expect(gates.started).toEqual(['a']);
    expect(limiter.blockedBy(light)).toEqual({ limiter: 'limiter', reason: 'order' });
    gates.open('a');
    await settle();
    expect(gates.started).toEqual(['a', 'heavy']);
    gates.openAll();
    await limiter.onIdle();
    expect(gates.started).toEqual(['a', 'heavy', 'light']);
  });

  test('bypass lets so many lighter ones pass, and then no more', async () => {
    const limiter = createLimiter({ concurrency: 2, bypass: 2 });
    const gates = new Gates();
    void limiter(gates.task('a'));
    void limiter.run(gates.task('heavy'), { weight: 2 });
    for (const name of ['b', 'c', 'd']) void limiter(gates.task(name));
    await settle();
    expect(gates.started).toEqual(['a', 'b']);
    gates.open('b');
    await settle();
    expect(gates.started).toEqual(['a', 'b', 'c']);
    gates.open('c');
    await settle();
    expect(gates.started).toEqual(['a', 'b', 'c']);
    gates.open('a');
    await settle();
    expect(gates.started).toEqual(['a', 'b', 'c', 'heavy']);
    gates.openAll();
    await limiter.onIdle();
  });

  test('a permit may be of several slots', async () => {
    const semaphore = createSemaphore(3);
    const permit = await semaphore.acquire({ weight: 3 });
    expect(semaphore.limiter.activeCount).toBe(3);
    expect(semaphore.tryAcquire()).toBeUndefined();
    permit.release();
    expect(semaphore.limiter.activeCount).toBe(0);
  });

  test('one that timed out keeps all its slots until it has ended', async () => {
    const limiter = createLimiter(3);
    const gates = new Gates();
    const slow = limiter.run(gates.task('slow'), { weight: 3, runTimeout: 10 });
    void limiter(gates.task('next'));
    const reason = reasonOf(slow);
    await elapse(10);
    expect(await reason).toBeInstanceOf(TimeoutError);
    expect([limiter.activeCount, gates.started]).toEqual([3, ['slow']]);
    gates.openAll();
    await limiter.onIdle();
    expect(gates.started).toEqual(['slow', 'next']);
  });

  test('more than the limiter, or one above it, has slots is a RangeError at once', () => {
    const above = createLimiter({ concurrency: 3, name: 'above' });
    const limiter = createLimiter({ concurrency: 8, parent: above });
    const error = thrownBy(() => limiter.run(async () => {}, { weight: 4 }));
    expect(error).toBeInstanceOf(RangeError);
    expect((error as Error).message).toContain('`weight` to be an integer from 1 to 3');
    for (const weight of [0, -1, 1.5, Number.POSITIVE_INFINITY, Number.NaN]) {
      expect(thrownBy(() => limiter.acquire({ weight }))).toBeInstanceOf(RangeError);
    }
    expect(thrownBy(() => limiter.run(async () => {}, { weight: '2' as never }))).toBeInstanceOf(TypeError);
    expect(limiter.pendingCount + limiter.activeCount).toBe(0);
  });

  test('a limit lowered below the weight of a waiting task makes it wait, and nothing is lost', async () => {
    const limiter = createLimiter(4);
    const gates = new Gates();
    void limiter(gates.task('a'));
    const heavy = limiter.submit(gates.task('heavy'), { weight: 4 });
    limiter.concurrency = 2;
    gates.open('a');
    await settle();
    expect(limiter.blockedBy(heavy)).toEqual({ limiter: 'limiter', reason: 'weight' });
    limiter.concurrency = 4;
    gates.open('heavy');
    expect(await heavy.result).toBe('heavy');
  });

  test('every attempt of a task takes what the first one took', async () => {
    const limiter = createLimiter(3);
    const seen: number[] = [];
    await limiter
      .run(
        async ({ attempt }) => {
          seen.push(limiter.activeCount);
          if (attempt < 3) throw new Error('again');
        },
        { weight: 2, retry: { retries: 2, jitter: 'none', backoff: 0 } },
      )
      .catch(() => {});
    expect(new Set(seen)).toEqual(new Set([2]));
  });
});
