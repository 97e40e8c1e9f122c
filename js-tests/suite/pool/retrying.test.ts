import { createLimiter, type PoolTask, sleep } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { linesOf, poolOf, reading } from '../support/envelopes.ts';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { counted } from '../support/sources.ts';
import { settle } from '../support/turns.ts';
import { watch } from '../support/watch.ts';

useFakeTime();

/** Fails in its first attempts. */
const flaky = (failures: number) =>
  async function* (task: PoolTask) {
    yield `page of ${task.attempt}`;
    if (task.attempt <= failures) throw new Error(`failure ${task.attempt}`);
    return 'report';
  };

describe('a task that fails is tried again', () => {
  test('and its envelopes tell of which attempt they are', async () => {
    const lines = linesOf(poolOf([flaky(2)], 1, { retry: { retries: 2, backoff: 10, jitter: 'none' } }));
    await elapse(20);
    expect(await lines).toEqual([
      '0 INTERMEDIATE page of 1',
      '0 INTERMEDIATE page of 2 of attempt 2',
      '0 INTERMEDIATE page of 3 of attempt 3',
      '0 FINAL report of attempt 3',
    ]);
  });

  test('and has failed with all that went wrong when there are no more retries', async () => {
    const pool = poolOf([flaky(9)], 1, { retry: { retries: 1, backoff: 0 } });
    const running = pool.run();
    await elapse(1);
    const { errors } = await running;
    expect(errors[0]?.error).toMatchObject({ name: 'RetryError', attemptCount: 2, exhausted: 'retries' });
  });

  test('holds no slot meanwhile, and keeps its limiter from being idle', async () => {
    const limiter = createLimiter(1);
    const { lines } = reading(
      poolOf([flaky(1), () => 'other'], limiter, { retry: { retries: 1, backoff: 100, jitter: 'none' } }),
    );
    await settle();
    expect(lines).toEqual(['0 INTERMEDIATE page of 1', '1 FINAL other']);
    const idle = watch(limiter.onIdle());
    await elapse(50);
    expect([idle.state, limiter.activeCount, limiter.stats().resting]).toEqual(['pending', 0, 1]);
    await elapse(60);
    expect([idle.state, lines.at(-1)]).toEqual(['fulfilled', 'end']);
  });

  test('as the limiter, the pool or the task says', async () => {
    const limiter = createLimiter({ concurrency: 3, retry: { retries: 1, backoff: 0 } });
    const attempts: number[] = [0, 0, 0, 0, 0];
    const task = (nth: number) => () => {
      attempts[nth]!++;
      throw new Error('bad');
    };
    const pools = [
      poolOf(
        [task(0), { retry: false, run: task(1) }, { retry: { retries: 2, backoff: 0 }, run: task(2) }],
        limiter,
      ).run(),
      poolOf([task(3)], limiter, { retry: false }).run(),
      poolOf([task(4)], limiter, { retry: { retries: 3, backoff: 0 } }).run(),
    ];
    await elapse(10);
    await Promise.all(pools);
    expect(attempts).toEqual([2, 1, 3, 1, 4]);
  });

  test('after a timeout, while the attempt that was given up on keeps its slot', async () => {
    const limiter = createLimiter(2);
    let running = 0;
    let peak = 0;
    const { lines } = reading(
      poolOf(
        [
          async (task) => {
            peak = Math.max(peak, ++running);
            await sleep(task.attempt === 1 ? 500 : 5);
            running--;
            return 'done';
          },
        ],
        limiter,
        { timeout: 50, retry: { retries: 1, backoff: 10, jitter: 'none' } },
      ),
    );
    await elapse(55);
    expect(limiter.activeCount).toBe(1);
    await elapse(7);
    expect([limiter.activeCount, peak]).toEqual([2, 2]);
    await elapse(10);
    expect(lines).toEqual(['0 FINAL done of attempt 2', 'end']);
    await elapse(500);
    expect(limiter.activeCount).toBe(0);
  });

  test('after suspending, with its slot or without', async () => {
    const { lines } = reading(
      poolOf(
        [
          async (task) => {
            await task.suspend(sleep(10));
            if (task.attempt < 3) await task.suspend(sleep(10).then(() => Promise.reject(new Error('bad'))));
            return 'done';
          },
        ],
        1,
        { retry: { retries: 5, backoff: 10, jitter: 'none' } },
      ),
    );
    await elapse(200);
    expect(lines).toEqual(['0 FINAL done of attempt 3', 'end']);
  });

  test('not where the pool is left while it sleeps', async () => {
    const limiter = createLimiter(1);
    let attempts = 0;
    const pool = poolOf(
      [
        (task) => {
          attempts++;
          void task.progress(1);
          throw new Error('bad');
        },
      ],
      limiter,
      { retry: { retries: 9, backoff: 100, jitter: 'none' } },
    );
    for await (const _ of pool.runTasks()) {
      await settle();
      break;
    }
    await elapse(1000);
    expect([attempts, limiter.stats().resting]).toEqual([1, 0]);
    await limiter.onIdle();
  });

  test('not where its signal is aborted while it sleeps', async () => {
    const controller = new AbortController();
    const limiter = createLimiter(1);
    const { lines } = reading(
      poolOf([{ signal: controller.signal, run: flaky(9) }], limiter, { retry: { backoff: 100 } }),
    );
    await settle();
    controller.abort(new Error('enough'));
    await settle();
    expect(lines).toEqual(['0 INTERMEDIATE page of 1', '0 ERROR enough', 'end']);
    expect(limiter.stats().resting).toBe(0);
  });
});

test('a source is not emptied into tasks that sleep', async () => {
  const pulls = counted(1000, () => () => Promise.reject(new Error('down')));
  const { lines } = reading(
    poolOf(pulls.source, 3, { maxSuspended: 4, retry: { retries: 1, backoff: 100, jitter: 'none' } }),
  );
  await elapse(50);
  expect(pulls.given).toBeLessThanOrEqual(4 + 3 + 1);
  for (let turn = 0; turn < 1000 && lines.at(-1) !== 'end'; turn++) await elapse(100);
  expect(lines.length).toBe(1001);
});

test('a breaker hears of whole tasks, suspended or not, and of generators by their last word', async () => {
  const outcomes: unknown[] = [];
  const limiter = createLimiter({
    concurrency: 1,
    feedback: (outcome) => void outcomes.push(outcome.status === 'fulfilled' ? outcome.value : 'failed'),
    isFailure: ({ status }) => status === 'rejected',
    breaker: { threshold: 2 },
  });
  const { lines } = reading(
    poolOf(
      [
        async (task) => {
          await task.suspend(Promise.resolve());
          return 'whole';
        },
        flaky(0),
        flaky(1),
        async (task) => {
          await task.suspend(sleep(5));
          throw new Error('bad');
        },
      ],
      limiter,
      { retry: false },
    ),
  );
  await elapse(100);
  expect(outcomes.map(String).sort()).toEqual(['failed', 'failed', 'report', 'whole'].sort());
  expect(lines.at(-1)).toBe('end');
  expect(limiter.stats().breaker?.state).toBe('open');
});
