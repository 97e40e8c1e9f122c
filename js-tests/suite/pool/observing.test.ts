// What a logger hears of the tasks of a pool, by the symbol that `observe` finds it with.
import { type PoolTask, sleep, type TaskPool } from 'fanfold';
import { expect, test } from 'vitest';
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

test('nothing after it was stopped, and nobody suffers from what a listener throws', async () => {
  const pool = poolOf([() => 1, () => 2]);
  const { records, stop } = observed(pool);
  stop();
  stop();
  expect(await linesOf(pool)).toEqual(['0 FINAL 1', '1 FINAL 2']);
  expect(records).toEqual([]);
});
