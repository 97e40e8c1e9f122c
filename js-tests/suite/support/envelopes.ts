import { type Envelope, type PoolItem, type PoolOptions, type PoolTask, TaskPool } from 'fanfold';
import { deferred } from './deferred.ts';

/** An envelope in a line: its task, its value or error, and the attempt where that is not the first. */
export function line(envelope: Envelope): string {
  const { type, taskId, attempt } = envelope;
  const what = envelope.type === 'ERROR' ? messageOf(envelope.error) : envelope.value;
  return `${taskId} ${type} ${String(what)}${attempt === 1 ? '' : ` of attempt ${attempt}`}`;
}

function messageOf(error: unknown): unknown {
  return error instanceof Error || error instanceof DOMException ? error.message : error;
}

/** All that a pool says, to its end. What ends it otherwise is the last line. */
export async function linesOf(pool: TaskPool): Promise<string[]> {
  const lines: string[] = [];
  try {
    for await (const envelope of pool.runTasks()) lines.push(line(envelope));
  } catch (error) {
    lines.push(`throws ${String(messageOf(error))}`);
  }
  return lines;
}

/** Reads a pool in the background. */
export function reading(pool: TaskPool): { readonly lines: string[]; readonly end: Promise<void> } {
  const lines: string[] = [];
  const end = (async () => {
    try {
      for await (const envelope of pool.runTasks()) lines.push(line(envelope));
      lines.push('end');
    } catch (error) {
      lines.push(`throws ${String(messageOf(error))}`);
    }
  })();
  return { lines, end };
}

export type Item = PoolItem<unknown, unknown>;

export function poolOf(
  tasks: Iterable<Item> | AsyncIterable<Item>,
  limiter: ConstructorParameters<typeof TaskPool>[2] = 1,
  options?: PoolOptions,
): TaskPool {
  return new TaskPool('pool', tasks, limiter, options);
}

/** Something that a task waits for, and whether it has come by. */
export function stop() {
  const { promise, resolve, reject } = deferred<unknown>();
  promise.catch(() => {});
  return { promise, open: resolve, fail: reject };
}

/** A task that suspends once, with a record of where it is. */
export function suspending(promise: PromiseLike<unknown>, seen: string[], name = 'task') {
  return async (task: PoolTask): Promise<string> => {
    seen.push(`${name} begins`);
    try {
      seen.push(`${name} has ${String(await task.suspend(promise))}`);
    } catch (error) {
      seen.push(`${name} fails with ${(error as Error).message}`);
      throw error;
    }
    return name;
  };
}
