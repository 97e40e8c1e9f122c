// What calls come to that have failed for good, or were refused.
import { createLimiter, QueueFullError } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { bad, good, ill, lasting } from '../support/broken.ts';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, thrownBy, watch } from '../support/watch.ts';

useFakeTime();

describe('fallback', () => {
  test('gives a value to what failed or was refused, and leaves what went well alone', async () => {
    const asked: unknown[] = [];
    const limiter = createLimiter({
      concurrency: 1,
      maxQueue: 0,
      fallback: (error, info) => {
        asked.push([error, info.calls, info.limiter === limiter]);
        return 'instead';
      },
    });
    expect(await limiter(async (value: number) => value, 3)).toBe(3);
    expect(await limiter(bad)).toBe('instead');
    const running = limiter(lasting(10));
    expect(await limiter(good)).toBe('instead');
    await elapse(10);
    expect(await running).toBeUndefined();
    expect(asked).toEqual([
      [ill, 1, true],
      [expect.any(QueueFullError), 0, true],
    ]);
  });

  test("a task's own counts before the limiter's, and false is none", async () => {
    const limiter = createLimiter({ concurrency: 1, fallback: () => 'of the limiter' });
    expect(await limiter.run(bad, { fallback: async () => 'of the task' })).toBe('of the task');
    expect(await limiter.run(bad)).toBe('of the limiter');
    expect(await limiter.submit(bad).result).toBe('of the limiter');
    expect(await reasonOf(limiter.run(bad, { fallback: false }))).toBe(ill);
    const plain = createLimiter(1);
    expect(await plain.submit(bad, { fallback: () => 1 }).result).toBe(1);
    expect(thrownBy(() => plain.run(good, { fallback: 1 as never }))).toBeInstanceOf(TypeError);
    expect(thrownBy(() => createLimiter({ concurrency: 1, fallback: 'x' as never }))).toBeInstanceOf(
      TypeError,
    );
  });

  test('what it throws is what the call rejects with', async () => {
    const mine = new Error('mine');
    const limiter = createLimiter(1);
    const throws = () => {
      throw mine;
    };
    expect(await reasonOf(limiter.run(bad, { fallback: throws }))).toBe(mine);
    expect(await reasonOf(limiter.run(bad, { fallback: () => Promise.reject(mine) }))).toBe(mine);
  });

  test('is not asked about what was cancelled', async () => {
    let asked = 0;
    const fallback = () => ++asked;
    const ends = new AbortController();
    const limiter = createLimiter({ concurrency: 1, signal: ends.signal });
    const aborter = new AbortController();
    const aborted = reasonOf(limiter.run(lasting(100), { fallback, signal: aborter.signal }));
    aborter.abort('enough');
    expect(await aborted).toBe('enough');
    expect(await reasonOf(limiter.run(good, { fallback, signal: aborter.signal }))).toBe('enough');
    const cancelled = limiter.submit(lasting(100), { fallback });
    expect(cancelled.cancel('no')).toBe(true);
    expect(await reasonOf(cancelled.result)).toBe('no');
    const ended = reasonOf(limiter.run(lasting(100), { fallback }));
    ends.abort('the end');
    expect(await ended).toBe('the end');
    expect(asked).toBe(0);
  });

  test('while it is waited for, a cancel or a signal ends it', async () => {
    const limiter = createLimiter(1);
    const fallback = () => lasting(1000)().then(() => 'late');
    const handle = limiter.submit(bad, { fallback });
    await settle();
    expect([handle.state, limiter.activeCount]).toEqual(['running', 0]);
    expect(handle.cancel('no')).toBe(true);
    expect([await reasonOf(handle.result), handle.state, handle.cancel()]).toEqual(['no', 'done', false]);
    const aborter = new AbortController();
    const aborted = watch(limiter.run(bad, { fallback, signal: aborter.signal }));
    await settle();
    aborter.abort('enough');
    await settle();
    expect(aborted.reason).toBe('enough');
    const late = limiter.run(bad, { fallback, signal: new AbortController().signal });
    await elapse(1000);
    expect(await late).toBe('late');
  });

  test('under way, it ends with the signal of its limiter, or of one above', async () => {
    for (const isAbove of [false, true]) {
      const aborter = new AbortController();
      const { signal } = aborter;
      const parent = createLimiter({ concurrency: 1, ...(isAbove && { signal }) });
      const limiter = createLimiter({ concurrency: 1, parent, ...(!isAbove && { signal }) });
      const waiting = watch(limiter.run(bad, { fallback: () => new Promise(() => {}) }));
      await elapse(10);
      expect(waiting.state).toBe('pending');
      aborter.abort('enough');
      await elapse(0);
      expect([waiting.state, waiting.reason]).toEqual(['rejected', 'enough']);
    }
  });

  test('a handle is what it is without one', async () => {
    const gates = new Gates();
    const limiter = createLimiter({ concurrency: 1, order: 'priority' });
    void limiter(gates.task('runs'));
    const handle = limiter.submit(gates.task('waits'), { fallback: () => 0, priority: 3 });
    expect([handle.state, handle.priority]).toEqual(['queued', 3]);
    handle.priority = 5;
    expect(handle.priority).toBe(5);
    expect(limiter.blockedBy(handle)?.reason).toBe('concurrency');
    gates.openAll();
    await handle.started;
    expect(await handle.result).toBe('waits');
    expect(handle.state).toBe('done');
  });
});
