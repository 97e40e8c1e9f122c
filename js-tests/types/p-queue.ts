// What users of p-queue write, and what TypeScript must say to it. Checked twice: against fanfold/p-queue, and (by
// tsconfig.peers.json) against p-queue itself, so that no statement here is wrong.
import PQueue, {
  type Options,
  PriorityQueue,
  type Queue,
  type QueueAddOptions,
  TimeoutError,
} from 'fanfold/p-queue';
import { exactly } from './expect.ts';

// Ways to make one.
const queue = new PQueue();
exactly<PQueue>()(queue);
new PQueue({});
new PQueue({
  concurrency: 2,
  autoStart: false,
  interval: 1000,
  intervalCap: 5,
  carryoverIntervalCount: true,
  carryoverConcurrencyCount: true,
  strict: true,
  timeout: 500,
  queueClass: PriorityQueue,
});
const options: Options<PriorityQueue, QueueAddOptions> = { concurrency: 2 };
new PQueue(options);
// @ts-expect-error the concurrency is a number
new PQueue({ concurrency: '2' });
// @ts-expect-error there is no such option any more
new PQueue({ throwOnTimeout: true });
// @ts-expect-error options cannot be changed
options.concurrency = 3;
// @ts-expect-error options, not a number
new PQueue(2);

// add.
exactly<Promise<string>>()(queue.add(() => 'text'));
exactly<Promise<string>>()(queue.add(async () => 'text'));
exactly<Promise<void>>()(queue.add(() => {}));
exactly<Promise<number>>()(queue.add(async () => 1, { priority: 1, id: 'name', timeout: 5 }));
exactly<Promise<string | number>>()(queue.add(async (): Promise<string | number> => 1));
const { signal } = new AbortController();
exactly<Promise<AbortSignal | undefined>>()(queue.add((told) => told.signal, { signal }));
queue.add(() => 1, { signal: undefined });
// @ts-expect-error not a function but a promise
queue.add(Promise.resolve(1));
// @ts-expect-error a function is told one thing
queue.add((_told: object, _more: number) => 1);
// @ts-expect-error a priority is a number
queue.add(() => 1, { priority: '1' });
// @ts-expect-error an id is a string
queue.add(() => 1, { id: 1 });
// @ts-expect-error there is no such option
queue.add(() => 1, { weight: 2 });
// @ts-expect-error the function is missing
queue.add();
exactly<Promise<number[]>>()(queue.addAll([() => 1, async () => 2]));
exactly<Promise<string[]>>()(queue.addAll([async () => 'a'], { priority: 1 }));

// The rest.
exactly<PQueue>()(queue.start());
exactly<void>()(queue.pause());
exactly<void>()(queue.clear());
exactly<void>()(queue.setPriority('name', 1));
exactly<Promise<void>>()(queue.onEmpty());
exactly<Promise<void>>()(queue.onSizeLessThan(1));
exactly<Promise<void>>()(queue.onIdle());
exactly<Promise<void>>()(queue.onPendingZero());
exactly<Promise<void>>()(queue.onRateLimit());
exactly<Promise<void>>()(queue.onRateLimitCleared());
exactly<Promise<never>>()(queue.onError());
exactly<number>()(queue.size);
exactly<number>()(queue.sizeBy({ priority: 1 }));
exactly<number>()(queue.pending);
exactly<boolean>()(queue.isPaused);
exactly<boolean>()(queue.isRateLimited);
exactly<boolean>()(queue.isSaturated);
exactly<number>()(queue.concurrency);
queue.concurrency = 5;
queue.timeout = 5;
for (const { id, priority, startTime, timeout, timeoutRemaining } of queue.runningTasks) {
  exactly<string | undefined>()(id);
  exactly<number>()(priority);
  exactly<number>()(startTime);
  exactly<number | undefined>()(timeout);
  exactly<number | undefined>()(timeoutRemaining);
}
// @ts-expect-error a count cannot be set
queue.size = 1;
// @ts-expect-error tasks cannot be taken away
queue.runningTasks.pop();
// @ts-expect-error an id is a string
queue.setPriority(1, 1);
// @ts-expect-error the limit is missing
queue.onSizeLessThan();

// Events.
exactly<PQueue>()(queue.on('active', () => {}));
exactly<PQueue>()(queue.once('completed', (result: string) => result, {}));
exactly<PQueue>()(queue.addListener('error', (error) => void error));
exactly<PQueue>()(queue.off('idle').removeListener('next', () => {}, undefined, true));
exactly<PQueue>()(queue.removeAllListeners('add').removeAllListeners());
exactly<boolean>()(queue.emit('empty', 1, 2));
exactly<number>()(queue.listenerCount('pendingZero'));
exactly<unknown[]>()(queue.listeners('rateLimit') as unknown[]);
queue.on('rateLimitCleared', () => {});
// @ts-expect-error there is no such event
queue.on('finished', () => {});
// @ts-expect-error there is no such event
queue.emit('finished');
// @ts-expect-error a listener is a function
queue.on('active', 'text');

// TimeoutError.
const error = new TimeoutError('text', { cause: 1 });
exactly<'TimeoutError'>()(error.name);
export const errors: Error[] = [error, new TimeoutError()];

// Queues of the user's own.
type Run = () => Promise<unknown>;
interface Colours extends QueueAddOptions {
  readonly colour: string;
}
class Stack implements Queue<Run, Colours> {
  readonly #runs: Run[] = [];
  get size() {
    return this.#runs.length;
  }
  enqueue(run: Run, _options?: Partial<Colours>): void {
    this.#runs.push(run);
  }
  dequeue(): Run | undefined {
    return this.#runs.pop();
  }
  filter(_options: Readonly<Partial<Colours>>): Run[] {
    return this.#runs;
  }
  setPriority(_id: string, _priority: number): void {}
}
const stack = new PQueue<Stack, Colours>({ queueClass: Stack });
exactly<PQueue<Stack, Colours>>()(stack);
stack.add(() => 1, { colour: 'red', priority: 1 });
exactly<number>()(stack.sizeBy({ colour: 'red' }));
// @ts-expect-error there is no such option
stack.add(() => 1, { size: 'red' });
// @ts-expect-error a queue needs a dequeue
new PQueue({ queueClass: class Nothing {} });

// PriorityQueue.
const waiting = new PriorityQueue();
waiting.enqueue(async () => 1);
waiting.enqueue(async () => 1, { priority: 1, id: 'name' });
waiting.setPriority('name', 2);
waiting.remove('name');
waiting.remove(async () => 1);
exactly<Run | undefined>()(waiting.dequeue());
exactly<Run[]>()(waiting.filter({ priority: 1 }));
exactly<number>()(waiting.size);
// @ts-expect-error what runs gives a promise
waiting.enqueue(() => 1);

// What people write around it.
export class Client extends PQueue {
  get(path: string): Promise<Response> {
    return this.add(async ({ signal }) => fetch(path, signal ? { signal } : {}), { timeout: 1_000 });
  }
}
export async function all<T, R>(
  items: readonly T[],
  concurrency: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  return new PQueue({ concurrency }).addAll(items.map((item) => () => work(item)));
}
