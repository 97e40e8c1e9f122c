// The drop-in for p-map 7.1. Mappers run in slots of Fanfold's engine, and items go the way that all of Fanfold's work
// over many goes; when an item is asked for, and what is made of outcomes, are p-map's own rules. It follows p-map also
// where that does less than Fanfold's `map` would: mappers that run when all is over are left to themselves.
import './engine/inline-plain.js';
import { Collection, type CollectionPlan } from './p-map/collection.js';
import { collectKeyed } from './p-map/keyed.js';
import { checkArguments, checkLimit, type Input } from './p-map/options.js';
import { iterate } from './p-map/stream.js';
import { pMapSkip, pMapStop } from './p-map/symbols.js';
import type { AnyFunction } from './task/task.js';

export { pMapSkip, pMapStop };

type BaseOptions = {
  /** How many mappers may run at once: an integer from 1 up, or `Infinity`. Default `Infinity`. */
  readonly concurrency?: number;
};

/** The options of {@link pMap} and {@link pMapKeyed}. */
export type Options = BaseOptions & {
  /**
   * Whether the first failure ends it, which is then what it rejects with. Otherwise all is run to its end, and it
   * rejects with an `AggregateError` of all errors in the order of the input. Mappers that run are never ended. Default
   * `true`.
   */
  readonly stopOnError?: boolean;

  /** Ends it with the signal's reason at once. Mappers that run are left to themselves: give them the signal too. */
  readonly signal?: AbortSignal | undefined;
};

/** The options of {@link pMapSettled} and {@link pMapSettledKeyed}: no failure of an item ends these. */
export type SettledOptions = Omit<Options, 'stopOnError'>;

/** The options of {@link pMapIterable}. */
export type IterableOptions = BaseOptions & {
  /**
   * How many items may be read whose results nobody has taken: an integer from `concurrency` up, or `Infinity`. What is
   * more than `concurrency` lets items be read ahead of their mappers, no more than `concurrency` of them. Default: the
   * concurrency, so that without one nothing bounds how far an endless source is read.
   */
  readonly backpressure?: number;

  /**
   * Whether results come in the order of the input, and an error after the results in front of it. Otherwise each comes
   * when it is there. Default `true`.
   */
  readonly preserveOrder?: boolean;
};

type MaybePromise<T> = T | Promise<T>;

type Control = typeof pMapSkip | typeof pMapStop;

/** Called for every item, with the item and its index. */
// biome-ignore lint/suspicious/noExplicitAny: p-map's own default
export type Mapper<Element = any, NewElement = unknown> = (
  element: Element,
  index: number,
) => MaybePromise<NewElement | Control>;

/** Keys as mappers get them: of an object, numbers are texts. */
type KeyedKey<Input> =
  Input extends ReadonlyMap<infer Key, unknown>
    ? Key
    : Exclude<keyof Input, number> | `${Extract<keyof Input, number>}`;

type KeyedValue<Input> = Awaited<
  Input extends ReadonlyMap<unknown, infer Value> ? Value : Input[keyof Input]
>;

/** Symbols stay in `NewValue`, where {@link KeyedResult} sees whether keys can be left out. */
type KeyedMapperFunction<Input, NewValue> = (
  value: KeyedValue<Input>,
  key: KeyedKey<Input>,
) => MaybePromise<NewValue>;

/** Called for every value, with the value and its key. */
// biome-ignore lint/suspicious/noExplicitAny: p-map's own default
export type KeyedMapper<Input extends object = any, NewValue = unknown> = KeyedMapperFunction<
  Input,
  NewValue | Control
>;

/** Other iterables have no keys that a type could tell. */
type KeyedInput<Input> = Input & (ReadonlyMap<unknown, unknown> | { readonly [Symbol.iterator]?: never });

type KeyedResult<Input, NewValue, Value> =
  Input extends ReadonlyMap<infer Key, unknown>
    ? Map<Key, Value>
    : [NewValue] extends [Exclude<NewValue, Control>]
      ? { -readonly [Key in keyof Input]: Value }
      : { -readonly [Key in keyof Input]?: Value };

/** `unknown` in other words: where a type names the symbols, those that a mapper returns are not widened. */
// biome-ignore lint/complexity/noBannedTypes: see above
type KeyedNewValue = {} | null | undefined | Control;

type Items<Element> = AsyncIterable<Element | Promise<Element>> | Iterable<Element | Promise<Element>>;

/**
 * Calls a function for each item, so many at once, and gives the results in the order of the items. Promises among the
 * items are waited for. The first item is asked for inside the call, the mapper called later.
 *
 * @param mapper What gives {@link pMapSkip} is left out; {@link pMapStop} ends it there.
 * @returns A promise of the results. Rejects with what a mapper, an item or the source fails with, as `stopOnError` says
 * for the first two; with the signal's reason; and with a TypeError for arguments that are wrong.
 *
 * @example
 * ```ts
 * const pages = await pMap(urls, (url) => fetchPage(url), { concurrency: 8 });
 * ```
 */
export default function pMap<Element, NewElement>(
  input: Items<Element>,
  mapper: Mapper<Element, NewElement>,
  options?: Options,
): Promise<Array<Exclude<NewElement, Control>>> {
  return collect(false, input, mapper, options) as Promise<Array<Exclude<NewElement, Control>>>;
}

/**
 * The same with a result for each item that says how it ended, as `Promise.allSettled` has it: `{ status, value }` or
 * `{ status, reason }`. Rejects only with what the source throws, the signal's reason, and for wrong arguments.
 */
export function pMapSettled<Element, NewElement>(
  input: Items<Element>,
  mapper: Mapper<Element, NewElement>,
  options?: SettledOptions,
): Promise<Array<PromiseSettledResult<Exclude<NewElement, Control>>>> {
  return collect(true, input, mapper, options) as Promise<
    Array<PromiseSettledResult<Exclude<NewElement, Control>>>
  >;
}

/**
 * As {@link pMap} for the values of an object or a `Map`, which are all read inside the call.
 *
 * @param input An object, of which the own enumerable keys count, or a `Map`.
 * @param mapper Called with a value and its key. What gives {@link pMapSkip} leaves its key out, {@link pMapStop} those
 * behind it too.
 * @returns A promise of an object without prototype, or of a `Map`, with the same keys in the same order.
 */
export function pMapKeyed<Input extends object, NewValue extends KeyedNewValue>(
  input: KeyedInput<Input>,
  mapper: KeyedMapperFunction<Input, NewValue>,
  options?: Options,
): Promise<KeyedResult<Input, NewValue, Exclude<NewValue, Control>>> {
  return keyed(false, input, mapper, options) as Promise<
    KeyedResult<Input, NewValue, Exclude<NewValue, Control>>
  >;
}

/** As {@link pMapKeyed}, with what {@link pMapSettled} gives for each value. */
export function pMapSettledKeyed<Input extends object, NewValue extends KeyedNewValue>(
  input: KeyedInput<Input>,
  mapper: KeyedMapperFunction<Input, NewValue>,
  options?: SettledOptions,
): Promise<KeyedResult<Input, NewValue, PromiseSettledResult<Exclude<NewValue, Control>>>> {
  return keyed(true, input, mapper, options) as Promise<
    KeyedResult<Input, NewValue, PromiseSettledResult<Exclude<NewValue, Control>>>
  >;
}

/**
 * As {@link pMap}, with results that come one by one: an async iterable, which opens its source anew each time it is
 * iterated. Nothing happens before the first result is asked for. Leaving the loop ends it: nothing more is read or
 * mapped, and the source is closed; mappers that run are left to themselves.
 *
 * @throws TypeError for arguments that are wrong.
 *
 * @example
 * ```ts
 * for await (const page of pMapIterable(urls, fetchPage, { concurrency: 8 })) await save(page);
 * ```
 */
export function pMapIterable<Element, NewElement>(
  input: Items<Element>,
  mapper: Mapper<Element, NewElement>,
  options: IterableOptions = {},
): AsyncIterable<Exclude<NewElement, Control>> {
  const {
    concurrency = Number.POSITIVE_INFINITY,
    backpressure = concurrency,
    preserveOrder = true,
  } = options;
  checkArguments(input, mapper, concurrency);
  checkLimit('backpressure', backpressure, concurrency, `\`concurrency\` (${concurrency})`);
  const plan = { concurrency, backpressure, preserveOrder: Boolean(preserveOrder) };
  return {
    [Symbol.asyncIterator]: () =>
      iterate(input, mapper, plan) as AsyncGenerator<Exclude<NewElement, Control>>,
  };
}

// As p-map's, these reject for whatever is wrong, and read the options each once.

async function collect(
  isSettled: boolean,
  input: Input,
  mapper: AnyFunction,
  options: Options = {},
): Promise<unknown[]> {
  const plan = planOf(options, isSettled);
  checkArguments(input, mapper, plan.concurrency);
  return new Collection(input, mapper, plan).promise;
}

async function keyed(
  isSettled: boolean,
  input: object,
  mapper: AnyFunction,
  options: Options = {},
): Promise<unknown> {
  return collectKeyed(input, mapper, planOf(options, isSettled));
}

function planOf(options: Options, isSettled: boolean): CollectionPlan {
  const { concurrency = Number.POSITIVE_INFINITY, stopOnError = true, signal } = options;
  return { concurrency, stopOnError: Boolean(stopOnError), signal: signal || undefined, isSettled };
}
