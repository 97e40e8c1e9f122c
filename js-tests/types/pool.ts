// Pools: what they infer, what they refuse.
import {
  type createLimiter,
  type Envelope,
  type EnvelopeStream,
  type PoolItem,
  type PoolOptions,
  type PoolProgress,
  type PoolStats,
  type PoolTask,
  type Settlement,
  type TaskId,
  TaskPool,
} from 'fanfold';
import { exactly } from './expect.ts';

declare const limiter: ReturnType<typeof createLimiter>;

// What tasks return, and what generators yield.
const values = new TaskPool('values', [async () => 1 as number], limiter);
exactly<EnvelopeStream<number, unknown>>()(values.runTasks());
exactly<Promise<Settlement<PromiseSettledResult<number>[], number>>>()(values.run());

const streaming = new TaskPool(
  'streaming',
  [
    async function* () {
      yield 'page' as string;
      return new Date();
    },
  ],
  5,
);
exactly<TaskPool<Date, string>>()(streaming);

// A source of any kind, of functions and of objects.
declare const reports: AsyncIterable<PoolItem<Date, { page: number }>>;
const pool = new TaskPool('reports', reports, limiter, { results: { capacity: 5 } });
exactly<TaskPool<Date, { page: number }>>()(pool);
exactly<TaskPool<number, unknown>>()(
  new TaskPool('objects', new Set([{ id: 'a', weight: 2, run: () => 1 as number }]), 1),
);

// Envelopes are told apart by their type.
for await (const envelope of pool.runTasks()) {
  exactly<Envelope<Date, { page: number }>>()(envelope);
  exactly<TaskId>()(envelope.taskId);
  exactly<number>()(envelope.index);
  exactly<number>()(envelope.attempt);
  switch (envelope.type) {
    case 'INTERMEDIATE':
      exactly<{ page: number }>()(envelope.value);
      break;
    case 'FINAL':
      exactly<Date>()(envelope.value);
      break;
    case 'ERROR':
      exactly<unknown>()(envelope.error);
      // So that all can be taken out of any.
      exactly<undefined>()(envelope.value);
      break;
  }
}

// What a task is told.
new TaskPool(
  'told',
  [
    async (task) => {
      exactly<PoolTask>()(task);
      exactly<Promise<void>>()(task.progress({ fraction: 0.5 }));
      exactly<Promise<Date>>()(task.suspend(Promise.resolve(new Date()), { timeout: 5, priority: 1 }));
      exactly<Promise<unknown>>()(task.receive());
      exactly<Promise<boolean>>()(task.receive<boolean>({ signal: task.signal }));
      exactly<TaskId>()(task.add(() => 1));
      exactly<AbortSignal>()(task.signal);
      exactly<string | undefined>()(task.name);
      // @ts-expect-error only promises are waited for
      void task.suspend(5);
      // @ts-expect-error there is no such option
      void task.receive({ timeuot: 5 });
    },
  ],
  5,
);

// What is asked and told from outside.
exactly<TaskId>()(pool.add(() => new Date()));
// @ts-expect-error of another kind
pool.add(() => 'text');
exactly<boolean>()(pool.send('id', { any: 'message' }));
exactly<PoolStats>()(pool.stats());
exactly<PoolProgress>()(pool.progress);
exactly<() => void>()(pool.onProgress(({ fraction, total }) => [fraction, total]));
await using stream = pool.runTasks();
void stream;

declare const task: PoolTask;
const options: PoolOptions = {
  results: { capacity: Number.POSITIVE_INFINITY },
  messages: { capacity: 9 },
  progress: 'latest',
  onFailure: 'stop',
  retry: { retries: 1 },
  timeout: 5,
  suspendTimeout: undefined,
  signal: undefined,
  parent: task,
};
void options;
// @ts-expect-error no such mode
new TaskPool('mode', [], 1, { progress: 'some' });
// @ts-expect-error a limiter or a number
new TaskPool('mode', [], 'five');
// @ts-expect-error a source of tasks
new TaskPool('mode', [1, 2], 5);
