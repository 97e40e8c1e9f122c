// order: 'priority': the highest first, in order of arrival within one, changeable while they wait.
import { createLimiter } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { settle } from '../support/turns.ts';
import { thrownBy } from '../support/watch.ts';

useFakeTime();

describe('priorities', () => {
  test('the highest first, and within one in order of arrival', async () => {
    const limiter = createLimiter({ concurrency: 1, order: 'priority' });
    const gates = new Gates();
    gates.openAll();
    limiter.pause();
    const priorities = { a: 0, b: 5, c: -3, d: 5, e: 2 ** 31 - 1, f: -(2 ** 31), g: 0 };
    for (const [name, priority] of Object.entries(priorities)) {
      void limiter.run(gates.task(name), { priority });
    }
    void limiter(gates.task('plain'));
    limiter.resume();
    await limiter.onIdle();
    expect(gates.started).toEqual(['e', 'b', 'd', 'a', 'g', 'plain', 'c', 'f']);
  });

  test('that of a waiting task can be changed, and counts as if it had come with it', async () => {
    const limiter = createLimiter({ concurrency: 1, order: 'priority' });
    const gates = new Gates();
    gates.openAll();
    limiter.pause();
    const [a, b, c] = [...'abc'].map((name) => limiter.submit(gates.task(name), { priority: 1 }));
    expect(a!.priority).toBe(1);
    c!.priority = 2;
    a!.priority = 0;
    expect([a!.priority, b!.priority, c!.priority]).toEqual([0, 1, 2]);
    limiter.resume();
    await limiter.onIdle();
    expect(gates.started).toEqual(['c', 'b', 'a']);
    // Of one that has ended nothing changes.
    a!.priority = 7;
    expect(a!.state).toBe('done');
  });

  test('ageing: whoever waits gains a step each time, so that nobody waits for ever', async () => {
    const limiter = createLimiter({ concurrency: 1, order: 'priority', ageing: 10 });
    const gates = new Gates();
    void limiter(gates.task('first'));
    await settle();
    void limiter.run(gates.task('old'), { priority: 0 });
    await elapse(35);
    void limiter.run(gates.task('young, 2 higher'), { priority: 2 });
    void limiter.run(gates.task('young, 5 higher'), { priority: 5 });
    gates.openAll();
    await limiter.onIdle();
    expect(gates.started).toEqual(['first', 'young, 5 higher', 'old', 'young, 2 higher']);
  });

  test('a permit waits by its priority too', async () => {
    const limiter = createLimiter({ concurrency: 1, order: 'priority' });
    const first = await limiter.acquire();
    const order: string[] = [];
    void limiter.run(async () => order.push('task'), { priority: 1 });
    const permit = limiter.acquire({ priority: 2 }).then((got) => {
      order.push('permit');
      got.release();
    });
    first.release();
    await permit;
    await limiter.onIdle();
    expect(order).toEqual(['permit', 'task']);
  });

  test('a new priority of a call counts for its later attempts', async () => {
    const limiter = createLimiter({ concurrency: 1, order: 'priority' });
    const order: string[] = [];
    const handle = limiter.submit(
      async ({ attempt }) => {
        order.push(`call ${attempt}`);
        if (attempt === 1) throw new Error('again');
      },
      { priority: 1, retry: { retries: 1, backoff: 0, jitter: 'none' } },
    );
    handle.priority = 9;
    expect(handle.priority).toBe(9);
    await elapse(5);
    await handle.result;
    expect(order).toEqual(['call 1', 'call 2']);
  });

  test('without the order a priority is refused rather than ignored', () => {
    const limiter = createLimiter(1);
    expect((thrownBy(() => limiter.run(async () => {}, { priority: 1 })) as Error).message).toContain(
      "order: 'priority'",
    );
    const handle = limiter.submit(async () => {});
    expect(
      thrownBy(() => {
        handle.priority = 1;
      }),
    ).toBeInstanceOf(TypeError);
    const sorted = createLimiter({ concurrency: 1, order: 'priority' });
    for (const priority of [0.5, 2 ** 31, Number.NaN]) {
      expect(thrownBy(() => sorted.acquire({ priority }))).toBeInstanceOf(RangeError);
    }
    const queued = sorted.submit(async () => {});
    expect(
      thrownBy(() => {
        queued.priority = undefined as never;
      }),
    ).toBeInstanceOf(TypeError);
    expect(thrownBy(() => createLimiter({ concurrency: 1, ageing: 5 }))).toBeInstanceOf(TypeError);
    expect(thrownBy(() => createLimiter({ concurrency: 1, order: 'priority', bypass: 1 }))).toBeInstanceOf(
      TypeError,
    );
  });
});
