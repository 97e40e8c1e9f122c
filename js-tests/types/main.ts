// The main API: what it infers, what it refuses.
import {
  BackendError,
  backend,
  backendInfo,
  ClearedError,
  ClosedError,
  type CloseReport,
  createLimiter,
  createMutex,
  createSemaphore,
  InternalError,
  type Limiter,
  type LimiterOptions,
  type LimiterStats,
  limitFunction,
  type Mutex,
  NestedLimitError,
  type Permit,
  QueueFullError,
  type Semaphore,
  type TaskContext,
  type TaskHandle,
  type TaskOptions,
  TimeoutError,
} from 'fanfold';
import { exactly } from './expect.ts';

const limiter = createLimiter(4);
exactly<Limiter>()(limiter);

// Options.
createLimiter(Number.POSITIVE_INFINITY);
const everything: LimiterOptions = {
  concurrency: 2,
  name: 'api',
  signal: new AbortController().signal,
  maxQueue: 100,
  overflow: 'drop-oldest',
  order: 'lifo',
  queueTimeout: 5_000,
  runTimeout: 30_000,
  nested: 'inherit',
};
createLimiter(everything);
// @ts-expect-error the concurrency is required
createLimiter({});
// @ts-expect-error the concurrency is required
createLimiter();
// @ts-expect-error no such word
createLimiter({ concurrency: 1, overflow: 'drop' });
// @ts-expect-error no such word
createLimiter({ concurrency: 1, order: 'random' });
// @ts-expect-error no such word
createLimiter({ concurrency: 1, nested: 'ignore' });
// @ts-expect-error no such option
createLimiter({ concurrency: 1, timeout: 5 });
// @ts-expect-error milliseconds are a number
createLimiter({ concurrency: 1, queueTimeout: '5s' });

// Calls.
exactly<Promise<string>>()(limiter(() => 'text'));
exactly<Promise<string>>()(limiter(async (_a: number, _b: string) => 'text', 1, 'b'));
exactly<Promise<number>>()(limiter(Math.max, 1, 2, 3));
// @ts-expect-error the argument is missing
limiter((_a: number) => 1);
// @ts-expect-error the argument has another type
limiter((_a: number) => 1, 'a');
// @ts-expect-error one argument too many
limiter(() => 1, 2);

// run and submit.
exactly<Promise<string>>()(limiter.run(() => 'text'));
exactly<Promise<boolean>>()(limiter.run(async ({ signal }) => signal.aborted));
limiter.run((context) => exactly<TaskContext>()(context));
limiter.run(({ id }) => exactly<number>()(id));
limiter.run(({ limiter: own }) => exactly<Limiter>()(own));
const task: TaskOptions = { signal: AbortSignal.timeout(5), queueTimeout: 1, runTimeout: 2 };
limiter.run(() => 1, task);
// @ts-expect-error no such option of a task
limiter.run(() => 1, { maxQueue: 1 });
// @ts-expect-error run gives the context, not arguments
limiter.run((_a: number) => 1);
limiter.run(({ signal }) => {
  // @ts-expect-error the signal of a task is not set by the task
  signal.aborted = true;
});

const handle = limiter.submit(async () => 5);
exactly<TaskHandle<number>>()(handle);
exactly<'queued' | 'running' | 'done'>()(handle.state);
exactly<Promise<number>>()(handle.result);
exactly<Promise<void>>()(handle.started);
exactly<boolean>()(handle.cancel());
handle.cancel(new Error('any reason'));
// @ts-expect-error the state is read
handle.state = 'done';

// The limiter itself.
limiter.concurrency = 5;
exactly<number>()(limiter.activeCount);
exactly<number>()(limiter.pendingCount);
exactly<string>()(limiter.name);
exactly<boolean>()(limiter.isPaused);
exactly<boolean>()(limiter.isClosed);
// @ts-expect-error counts are read
limiter.activeCount = 1;
// @ts-expect-error the name is read
limiter.name = 'other';
limiter.pause();
limiter.pause(100);
limiter.resume();
exactly<number>()(limiter.clear());
limiter.clear('reason');
exactly<Promise<void>>()(limiter.onIdle());
exactly<Promise<void>>()(limiter.onEmpty());
exactly<Promise<void>>()(limiter.onRoom());
exactly<Promise<void>>()(limiter.onRoom(3));
exactly<Promise<Permit>>()(limiter.acquire());
limiter.acquire({ signal: AbortSignal.timeout(5), queueTimeout: 10 });
// @ts-expect-error a permit has no run clock
limiter.acquire({ runTimeout: 10 });
exactly<Permit | undefined>()(limiter.tryAcquire());
exactly<Promise<CloseReport>>()(limiter.close());
exactly<Promise<CloseReport>>()(limiter.close({ grace: 1000 }));
exactly<LimiterStats>()(limiter.stats());

export async function disposing(): Promise<number> {
  await using own = createLimiter(1);
  using permit = await own.acquire();
  return permit.id;
}

// Mutex and semaphore.
const mutex: Mutex = createMutex();
createMutex({ name: 'file', queueTimeout: 50 });
// @ts-expect-error a mutex lets in one
createMutex({ concurrency: 2 });
exactly<Promise<string>>()(mutex.runExclusive(async () => 'text'));
exactly<Promise<Permit>>()(mutex.acquire());
exactly<boolean>()(mutex.locked);
const semaphore: Semaphore = createSemaphore(3);
createSemaphore({ concurrency: 3, maxQueue: 5 });
exactly<Limiter>()(semaphore.limiter);
exactly<Permit | undefined>()(semaphore.tryAcquire());

// limitFunction.
const limited = limitFunction(async (a: number, b?: string) => `${a}${b}`, 2);
exactly<Promise<string>>()(limited(1));
exactly<Promise<string>>()(limited(1, 'b'));
exactly<Limiter>()(limited.limiter);
limitFunction((a: number) => a, { concurrency: 1, runTimeout: 5 });
// @ts-expect-error the argument has another type
limited('1');

// The backend.
exactly<'native' | 'wasm' | 'none'>()(backend);
exactly<'native' | 'wasm' | 'none'>()(backendInfo.backend);
for (const candidate of backendInfo.candidates) exactly<'native' | 'wasm'>()(candidate.backend);

// Errors can be told apart.
export function describe(error: unknown): string {
  if (error instanceof TimeoutError) {
    exactly<'queue' | 'run'>()(error.clock);
    return `${error.limiter} ${error.code} ${error.queuedMs + error.ranMs}`;
  }
  if (error instanceof QueueFullError) return exactlyCode<'FANFOLD_QUEUE_FULL'>(error);
  if (error instanceof ClosedError) return exactlyCode<'FANFOLD_CLOSED'>(error);
  if (error instanceof ClearedError) return exactlyCode<'FANFOLD_CLEARED'>(error);
  if (error instanceof NestedLimitError) return exactlyCode<'FANFOLD_NESTED'>(error);
  if (error instanceof InternalError) return exactlyCode<'FANFOLD_INTERNAL'>(error);
  if (error instanceof BackendError) return exactlyCode<'FANFOLD_NO_BACKEND'>(error);
  return String(error);
}
function exactlyCode<Code extends string>(error: Error & { readonly code: Code }): string {
  return error.code;
}
