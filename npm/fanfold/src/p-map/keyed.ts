import type { AnyFunction } from '../task/task.js';
import { Collection, type CollectionPlan } from './collection.js';
import { checkLimit, checkMapper } from './options.js';
import { pMapSkip, pMapStop } from './symbols.js';

type Entry = readonly [key: unknown, result: unknown];

/**
 * Maps the values of a Map or of an object's own enumerable keys. Each value travels with its key, so that one that is
 * left out does not shift those behind it.
 */
export async function collectKeyed(
  input: object,
  mapper: AnyFunction,
  plan: CollectionPlan,
): Promise<Map<unknown, unknown> | object> {
  const values = entriesOf(input);
  checkMapper(mapper);
  checkLimit('concurrency', plan.concurrency, 1, '1');
  const { isSettled } = plan;
  const map = async ([key, ended]: readonly [unknown, PromiseSettledResult<unknown>]): Promise<unknown> => {
    try {
      if (ended.status === 'rejected') throw ended.reason;
      const value: unknown = await mapper(ended.value, key);
      if (value === pMapSkip || value === pMapStop) return value;
      return [key, isSettled ? { status: 'fulfilled', value } : value];
    } catch (reason) {
      if (!isSettled) throw reason;
      return [key, { status: 'rejected', reason }];
    }
  };
  const entries = (await new Collection(values, map, { ...plan, isSettled: false }).promise) as Entry[];
  if (input instanceof Map) return new Map(entries);
  // Without a prototype, as Promise.allKeyed has it: whatever a key is called, it is a key.
  return Object.setPrototypeOf(Object.fromEntries(entries as [PropertyKey, unknown][]), null) as object;
}

/** Reads all values at once, and looks after each from then on: none that is rejected early is left unhandled. */
function entriesOf(input: object): Promise<[unknown, PromiseSettledResult<unknown>]>[] {
  if ((typeof input !== 'object' && typeof input !== 'function') || input === null) {
    throw new TypeError(
      `Expected \`input\` to be an object, got (${input === null ? 'null' : typeof input})`,
    );
  }
  const entries: Promise<[unknown, PromiseSettledResult<unknown>]>[] = [];
  const add = (key: unknown, value: unknown): void => {
    entries.push(
      Promise.resolve(value).then(
        (fulfilled) => [key, { status: 'fulfilled', value: fulfilled }],
        (reason: unknown) => [key, { status: 'rejected', reason }],
      ),
    );
  };
  if (input instanceof Map) {
    for (const [key, value] of input) add(key, value);
    return entries;
  }
  for (const key of Reflect.ownKeys(input)) {
    // One that is read may take away others.
    if (Object.getOwnPropertyDescriptor(input, key)?.enumerable) {
      add(key, (input as Record<PropertyKey, unknown>)[key]);
    }
  }
  return entries;
}
