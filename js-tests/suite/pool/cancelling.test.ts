// Ending one task from outside, and who comes first in slots of the pool's own.
import { createLimiter, type PoolTask, TaskPool } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { useFakeTime } from '../support/fake-time.ts';
import { settle } from '../support/turns.ts';

useFakeTime();

async function linesOf(pool: TaskPool): Promise<string[]> {
  const lines: string[] = [];
  for await (const { type, taskId, value, error } of pool.runTasks()) {
    lines.push(`${taskId} ${type} ${type === 'ERROR' ? (error as Error).message : String(value)}`);
  }
  return lines;
}

describe('pool.cancel', () => {
  test('ends a task that waits, runs, is suspended or sleeps before its next attempt', async () => {
    const limiter = createLimiter(3);
    const running = deferred<string>();
    let signal: AbortSignal | undefined;
    let heard: unknown;
    const hear = (error: unknown): void => {
      heard = error;
    };
    const pool = new TaskPool(
      'work',
      [
        {
          id: 'runs',
          run: (task: PoolTask) => {
            signal = task.signal;
            return running.promise;
          },
        },
        {
          id: 'suspended',
          run: (task: PoolTask) => task.receive().catch(hear),
        },
        {
          id: 'sleeps',
          retry: { retries: 3, backoff: { kind: 'constant', base: 1_000 } },
          run: () => Promise.reject(new Error('ill')),
        },
        { id: 'waits', weight: 3, run: () => 'never' },
      ],
      limiter,
    );
    const lines = linesOf(pool);
    await settle();
    const reason = new Error('enough');
    for (const id of ['runs', 'suspended', 'sleeps', 'waits']) expect(pool.cancel(id, reason), id).toBe(true);
    for (const id of ['runs', 'suspended', 'sleeps', 'waits', 'nobody'])
      expect(pool.cancel(id), id).toBe(false);
    expect([signal?.aborted, signal?.reason]).toEqual([true, reason]);
    expect(await lines).toEqual([
      'runs ERROR enough',
      'suspended ERROR enough',
      'sleeps ERROR enough',
      'waits ERROR enough',
    ]);
    await settle();
    expect(heard).toBe(reason);
    expect(limiter.activeCount, 'the function still runs').toBe(1);
    running.resolve('too late');
    await settle();
    expect(limiter.activeCount).toBe(0);
  });

  test('has an AbortError for a reason, and nobody to end before it is read', async () => {
    const pool = new TaskPool('work', [(task: PoolTask) => task.receive()], 1);
    const added = pool.add((task) => task.receive());
    expect(pool.cancel(added)).toBe(false);
    const lines = linesOf(pool);
    await settle();
    for (const { taskId } of pool.stats().suspended) expect(pool.cancel(taskId)).toBe(true);
    await settle();
    for (const { taskId } of pool.stats().suspended) expect(pool.cancel(taskId)).toBe(true);
    expect((await lines).map((line) => line.slice(2))).toEqual([
      'ERROR The task was cancelled',
      'ERROR The task was cancelled',
    ]);
  });
});

test('in slots of its own the highest resumes first', async () => {
  const gate = deferred<void>();
  const busy = deferred<void>();
  const order: string[] = [];
  const comesBack = (name: string, priority: number) => ({
    id: name,
    run: async (task: PoolTask) => {
      await task.suspend(gate.promise, { priority });
      order.push(name);
    },
  });
  const pool = new TaskPool(
    'approvals',
    [
      comesBack('low', -1),
      comesBack('high', 5),
      comesBack('middle', 1),
      { id: 'busy', run: () => busy.promise },
    ],
    1,
  );
  const ended = pool.run();
  await settle();
  expect(pool.stats()).toMatchObject({
    running: 1,
    suspended: [{ taskId: 'low' }, { taskId: 'high' }, { taskId: 'middle' }],
  });
  gate.resolve();
  await settle();
  busy.resolve();
  await ended;
  expect(order).toEqual(['high', 'middle', 'low']);
});
