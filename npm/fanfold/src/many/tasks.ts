import { isPlain } from '../check/names.js';
import { wrongType } from '../errors/misuse.js';
import { isThenable } from '../task/promise.js';
import type { Need } from './group.js';
import type { ManyPlan } from './options.js';
import type { Finish } from './results.js';
import { type ItemSource, openSource } from './source.js';
import { startWork } from './start.js';
import type { ItemContext } from './types.js';
import type { Sink } from './work.js';

/** Tasks, and how what they come to is given the shape they came in. */
export interface Tasks {
  readonly source: ItemSource;
  readonly finish: Finish;
  /** The name of each, where they are a record. */
  readonly keys: readonly string[] | undefined;
}

/**
 * Reads an array, an iterable, an async iterable or a record of tasks.
 *
 * @throws TypeError if it is none of them, and for a `Map`.
 */
export function openTasks(tasks: unknown): Tasks {
  if (tasks instanceof Map)
    throw wrongType('tasks', 'no Map, whose items are entries: use its `.values()`', tasks);
  const isObject = typeof tasks === 'object' && tasks !== null;
  // A promise of tasks has no items: somebody forgot to wait for it.
  if ((!isObject && typeof tasks !== 'string') || isThenable(tasks)) throw noTasks(tasks);
  if (!isObject || Symbol.iterator in tasks || Symbol.asyncIterator in tasks) {
    return { source: openSource(tasks), finish: (values) => values, keys: undefined };
  }
  const keys = Object.keys(tasks);
  // A date, say: what has nothing in it was not made to be a record.
  if (tasks instanceof Error || (keys.length === 0 && !isPlain(tasks))) throw noTasks(tasks);
  const values = keys.map((key) => (tasks as Record<string, unknown>)[key]);
  return {
    source: openSource(values),
    finish: (outcomes) => Object.fromEntries(outcomes.map((outcome, index) => [keys[index], outcome])),
    keys,
  };
}

/** Runs tasks until the verdict is in. */
export function runTasks<S extends Sink & { readonly promise: Promise<unknown> }>(
  { source }: Tasks,
  need: Need,
  plan: ManyPlan,
  sink: S,
): S['promise'] {
  startWork(source, { fn: call, tasks: true, need, plan }, sink);
  return sink.promise;
}

function call(task: (context: ItemContext) => unknown, _index: number, context: ItemContext): unknown {
  return task(context);
}

function noTasks(got: unknown): TypeError {
  return wrongType('tasks', 'an array, an iterable, an async iterable or an object', got);
}
