// What a logger hears of the tasks of a pool, by the symbol that `observe` finds it with.
import { createLimiter, type PoolTask, sleep, type TaskPool } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { linesOf, poolOf, reading } from '../support/envelopes.ts';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { settle } from '../support/turns.ts';

useFakeTime();

interface Record {
  readonly stage: string;
  readonly taskId: unknown;
  readonly attempt: number;
  readonly waitingMs: number;
  readonly runningMs: number;
  readonly value?: unknown;
  readonly error?: unknown;
}

function observed(pool: TaskPool): { records: Record[]; stop: () => void } {
  const records: Record[] = [];
  const symbol = Object.getOwnPropertySymbols(Object.getPrototypeOf(pool)).find(
    ({ description }) => description === 'fanfold.observe',
  ) as symbol;
  type Observe = (listener: (record: Record) => void) => () => void;
  const stop = (pool as unknown as globalThis.Record<symbol, Observe>)[symbol]!.call(pool, (record) => {
    records.push(record);
  });
  return { records, stop };
}

const short = ({ stage, taskId, attempt }: Record) => `${taskId} ${stage} ${attempt}`;

test('each stage of each task, with times', async () => {
  const bad = new Error('bad');
  const pool = poolOf(
    [
      async (task) => {
        await sleep(10);
        await task.progress('half');
        await task.suspend(sleep(100));
        await sleep(5);
        return 'done';
      },
      {
        retry: { retries: 1, backoff: 20, jitter: 'none' },
        run: async (task: PoolTask) => {
          if (task.attempt === 1) throw bad;
          return 'again';
        },
      },
      () => Promise.reject(bad),
    ],
    1,
  );
  const { records } = observed(pool);
  const { end } = reading(pool);
  for (let turn = 0; turn < 40; turn++) await elapse(5);
  await end;
  const of = (id: number) => records.filter(({ taskId }) => taskId === id);
  expect(of(0).map(short)).toEqual(['0 queued 1', '0 start 1', '0 progress 1', '0 success 1']);
  expect(of(1).map(short)).toEqual([
    '1 queued 1',
    '1 start 1',
    '1 retry 1',
    '1 queued 2',
    '1 start 2',
    '1 success 2',
  ]);
  expect(of(2).map(short)).toEqual(['2 queued 1', '2 start 1', '2 error 1']);
  expect(of(0)[2]).toMatchObject({ name: 'pool', index: 0, value: 'half', runningMs: 10, waitingMs: 0 });
  expect(of(0)[3]?.runningMs).toBe(15);
  expect(of(1)[2]).toMatchObject({ error: bad });
  expect(of(1)[1]?.waitingMs).toBe(10);
  expect(of(2)[2]).toMatchObject({ error: bad });
});

test('that tasks are aborted', async () => {
  const gates = new Gates();
  const pool = poolOf([gates.task('a'), gates.task('b'), gates.task('c')], 2);
  const { records } = observed(pool);
  const stream = pool.runTasks();
  gates.open('a');
  await stream.next();
  await settle();
  await stream.return();
  expect(records.map(short)).toEqual([
    '0 queued 1',
    '0 start 1',
    '1 queued 1',
    '1 start 1',
    '2 queued 1',
    '0 success 1',
    '2 start 1',
    '1 aborted 1',
    '2 aborted 1',
  ]);
  gates.openAll();
});

describe('a task is aborted, and has not failed, where it is ended by', () => {
  const never = () => new Promise(() => {});
  const endOf = async (pool: TaskPool, meanwhile: () => void = () => {}): Promise<string[]> => {
    const { records } = observed(pool);
    const { end } = reading(pool);
    await elapse(5);
    meanwhile();
    for (let turn = 0; turn < 10; turn++) await elapse(5);
    await end;
    return records.filter(({ stage }) => /error|aborted/.test(stage)).map(short);
  };

  test('its timeout', async () => {
    expect(await endOf(poolOf([{ timeout: 20, run: never }]))).toEqual(['0 aborted 1']);
  });

  test('the timeout of its last attempt, and its signal between two', async () => {
    const controller = new AbortController();
    const fails = () => Promise.reject(new Error('bad'));
    const pool = poolOf(
      [
        { timeout: 5, retry: { retries: 1, backoff: 5, jitter: 'none' }, run: never },
        { signal: controller.signal, retry: { retries: 1, backoff: 1000, jitter: 'none' }, run: fails },
        { retry: { retries: 1, backoff: 5, jitter: 'none' }, run: fails },
      ],
      3,
    );
    const ends = await endOf(pool, () => controller.abort());
    expect(ends.sort()).toEqual(['0 aborted 2', '1 aborted 1', '2 error 2']);
  });

  test('the run timeout, the queue timeout, and a full queue of its limiter', async () => {
    const running = createLimiter({ concurrency: 1, runTimeout: 20 });
    expect(await endOf(poolOf([never], running))).toEqual(['0 aborted 1']);
    const queueing = createLimiter({ concurrency: 1, queueTimeout: 20 });
    void queueing(never);
    expect(await endOf(poolOf([never], queueing))).toEqual(['0 aborted 1']);
    const full = createLimiter({ concurrency: 1, maxQueue: 0 });
    void full(never);
    expect(await endOf(poolOf([never], full))).toEqual(['0 aborted 1']);
  });

  test('clear, and close', async () => {
    const cleared = createLimiter({ concurrency: 1 });
    void cleared(never);
    expect(await endOf(poolOf([never], cleared), () => cleared.clear())).toEqual(['0 aborted 1']);
    const closed = createLimiter({ concurrency: 1 });
    const ends = await endOf(poolOf([never, never], closed), () => void closed.close({ grace: 10 }));
    expect(ends.sort()).toEqual(['0 aborted 1', '1 aborted 1']);
  });

  test('what is no task', async () => {
    expect(await endOf(poolOf([5 as never, () => 1]))).toEqual(['0 aborted 1']);
  });
});

test('nothing after it was stopped, and nobody suffers from what a listener throws', async () => {
  const pool = poolOf([() => 1, () => 2]);
  const { records, stop } = observed(pool);
  stop();
  stop();
  expect(await linesOf(pool)).toEqual(['0 FINAL 1', '1 FINAL 2']);
  expect(records).toEqual([]);
});
