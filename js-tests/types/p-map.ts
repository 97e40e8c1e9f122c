// What users of p-map write, and what TypeScript must say to it. Checked twice: against fanfold/p-map, and (by
// tsconfig.peers.json) against p-map itself, so that no statement here is wrong.
import pMap, {
  type IterableOptions,
  type KeyedMapper,
  type Mapper,
  type Options,
  pMapIterable,
  pMapKeyed,
  pMapSettled,
  pMapSettledKeyed,
  pMapSkip,
  pMapStop,
  type SettledOptions,
} from 'fanfold/p-map';
import { exactly, type Holds, type Same } from './expect.ts';

const names = ['a', 'b'];
const promised = ['a', Promise.resolve('b')];
declare const stream: AsyncIterable<string>;
declare const streamOfPromises: AsyncIterable<Promise<string>>;
const measure = async (name: string) => name.length;

// What is mapped.
exactly<Promise<number[]>>()(pMap(names, measure));
exactly<Promise<number[]>>()(pMap(new Set(names), measure));
exactly<Promise<number[]>>()(pMap(promised, measure));
exactly<Promise<number[]>>()(pMap(stream, measure));
exactly<Promise<number[]>>()(pMap(streamOfPromises, measure));
exactly<Promise<string[]>>()(pMap('text', (letter) => letter));
exactly<Promise<boolean[]>>()(pMap(new Map([['a', 1]]), ([key, value]) => key === String(value)));
exactly<Promise<number[]>>()(pMap([1, 2] as const, (value) => value * 2));
// @ts-expect-error not iterable
pMap(5, measure);
// @ts-expect-error not iterable
pMap({ a: 1 }, measure);
// @ts-expect-error not iterable
pMap(Promise.resolve(names), measure);

// The mapper.
exactly<Promise<string[]>>()(pMap(names, (name, index) => name + index.toFixed()));
exactly<Promise<(string | number)[]>>()(
  pMap(names, (name, index): string | number => (index ? name : index)),
);
exactly<Promise<undefined[]>>()(pMap(names, async () => undefined));
exactly<Promise<number[][]>>()(pMap(names, async (name) => [name.length]));
pMap(promised, (name) => exactly<string>()(name));
// @ts-expect-error the mapper takes other items
pMap(names, (value: number) => value);
// @ts-expect-error the mapper is missing
pMap(names);
// @ts-expect-error not a function
pMap(names, 'text');
// @ts-expect-error there is no third argument
pMap(names, (_name, _index, _rest: unknown) => 1);

// Skipping and stopping leave the result as it would be without.
exactly<Promise<number[]>>()(pMap([1, 2], (value) => (value > 1 ? pMapSkip : value)));
exactly<Promise<number[]>>()(pMap([1, 2], (value) => (value > 1 ? pMapStop : value)));
exactly<Promise<number[]>>()(pMap([1, 2], async (value) => (value > 1 ? pMapSkip : value)));
exactly<Promise<string[]>>()(
  pMap(names, (name, index) => (index === 0 ? pMapSkip : index === 9 ? pMapStop : name)),
);
export type Symbols = [
  Holds<typeof pMapSkip extends symbol ? true : false>,
  Holds<Same<typeof pMapSkip, typeof pMapStop> extends false ? true : false>,
  Holds<Same<typeof pMapSkip, symbol> extends false ? true : false>,
];

// Options.
pMap(names, measure, {});
pMap(names, measure, undefined);
pMap(names, measure, { concurrency: 2 });
pMap(names, measure, { concurrency: Number.POSITIVE_INFINITY, stopOnError: false });
pMap(names, measure, { signal: new AbortController().signal });
pMap(names, measure, { signal: undefined });
const options: Options = { concurrency: 2, stopOnError: true };
pMap(names, measure, options);
// @ts-expect-error a number
pMap(names, measure, { concurrency: '2' });
// @ts-expect-error with exactOptionalPropertyTypes, undefined is no number
pMap(names, measure, { concurrency: undefined });
// @ts-expect-error with exactOptionalPropertyTypes, undefined is no boolean
pMap(names, measure, { stopOnError: undefined });
// @ts-expect-error a boolean
pMap(names, measure, { stopOnError: 1 });
// @ts-expect-error a signal, not its controller
pMap(names, measure, { signal: new AbortController() });
// @ts-expect-error there is no such option
pMap(names, measure, { limit: 2 });
// @ts-expect-error it is pMapIterable's
pMap(names, measure, { backpressure: 2 });
// @ts-expect-error an object
pMap(names, measure, 2);
// @ts-expect-error options cannot be changed
options.concurrency = 3;

// pMapSettled.
exactly<Promise<PromiseSettledResult<number>[]>>()(pMapSettled(names, measure));
exactly<Promise<PromiseSettledResult<number>[]>>()(pMapSettled(stream, measure, { concurrency: 2 }));
exactly<Promise<PromiseSettledResult<number>[]>>()(
  pMapSettled([1], (value) => (value ? pMapSkip : value ? pMapStop : value)),
);
const settledOptions: SettledOptions = { concurrency: 2, signal: undefined };
pMapSettled(names, measure, settledOptions);
// @ts-expect-error it never stops
pMapSettled(names, measure, { stopOnError: false });

// pMapIterable.
exactly<AsyncIterable<number>>()(pMapIterable(names, measure));
exactly<AsyncIterable<number>>()(pMapIterable(promised, measure));
exactly<AsyncIterable<number>>()(pMapIterable(stream, measure));
exactly<AsyncIterable<number>>()(pMapIterable(streamOfPromises, measure));
exactly<AsyncIterable<number>>()(pMapIterable([1], (value) => (value > 1 ? pMapSkip : value)));
exactly<AsyncIterable<number>>()(pMapIterable(pMapIterable(names, measure), (value) => value * 2));
const iterableOptions: IterableOptions = { concurrency: 1, backpressure: 5, preserveOrder: false };
pMapIterable(names, measure, iterableOptions);
// @ts-expect-error a number
pMapIterable(names, measure, { backpressure: '5' });
// @ts-expect-error a boolean
pMapIterable(names, measure, { preserveOrder: 'no' });
// @ts-expect-error there is no such option
pMapIterable(names, measure, { signal: undefined });
// @ts-expect-error there is no such option
pMapIterable(names, measure, { stopOnError: false });
// @ts-expect-error an iterable, which has no next
pMapIterable(names, measure).next();

// pMapKeyed.
const record = { a: 1, b: Promise.resolve('text') };
exactly<Promise<{ a: boolean; b: boolean }>>()(pMapKeyed(record, (value) => value === 1));
pMapKeyed(record, (value, key) => {
  exactly<string | number>()(value);
  exactly<'a' | 'b'>()(key);
});
exactly<Promise<{ a?: number; b?: number }>>()(
  pMapKeyed({ a: 1, b: 2 }, (value) => (value > 1 ? pMapSkip : value)),
);
exactly<Promise<{ a?: number; b?: number }>>()(
  pMapKeyed({ a: 1, b: 2 }, (value) => (value > 1 ? pMapStop : value)),
);
exactly<Promise<{ a: number }>>()(pMapKeyed({ a: 1 } as { readonly a: 1 }, (): number => 5));
exactly<Promise<Map<string, number>>>()(pMapKeyed(new Map([['a', 1]]), (value) => value));
exactly<Promise<Map<string, number>>>()(
  pMapKeyed(new Map([['a', 1]]), (value) => (value ? pMapSkip : value)),
);
declare const readonlyMap: ReadonlyMap<Date, Promise<string>>;
exactly<Promise<Map<Date, number>>>()(pMapKeyed(readonlyMap, (value) => value.length));
pMapKeyed({ 1: 'a' }, (_value, key) => exactly<'1'>()(key));
declare const dictionary: Record<string, number>;
exactly<Promise<{ [x: string]: number }>>()(pMapKeyed(dictionary, (value) => value * 2, { concurrency: 2 }));
const key = Symbol('key');
pMapKeyed({ [key]: 1 }, (_value, each) => exactly<typeof key>()(each));
// @ts-expect-error an array has no keys that the types would describe
pMapKeyed(names, (name) => name);
// @ts-expect-error a Set has none
pMapKeyed(new Set(names), (name) => name);
// @ts-expect-error not an object
pMapKeyed('text', (name) => name);
// @ts-expect-error the mapper takes other values
pMapKeyed({ a: 1 }, (value: string) => value);
// @ts-expect-error the mapper is missing
pMapKeyed({ a: 1 });
pMapKeyed({ a: 1 }, (value) => value, { concurrency: 1, stopOnError: false });
export async function generic<T extends Record<string, number>>(input: T): Promise<string[]> {
  return Object.keys(await pMapKeyed(input, (value) => value));
}

// pMapSettledKeyed.
exactly<Promise<{ a: PromiseSettledResult<string> }>>()(
  pMapSettledKeyed({ a: 1 }, (value) => value.toFixed()),
);
exactly<Promise<{ a?: PromiseSettledResult<number> }>>()(
  pMapSettledKeyed({ a: 1 }, (value) => (value ? pMapSkip : value)),
);
exactly<Promise<Map<string, PromiseSettledResult<number>>>>()(
  pMapSettledKeyed(new Map([['a', 1]]), (value) => value, { concurrency: 1 }),
);
// @ts-expect-error it never stops
pMapSettledKeyed({ a: 1 }, (value) => value, { stopOnError: false });

// The types of mappers.
const mapper: Mapper<string, number> = measure;
pMap(names, mapper);
exactly<Promise<number[]>>()(pMap(names, mapper));
export const plain: Mapper = measure;
export const skipping: Mapper<number, number> = (value) => (value ? pMapSkip : value ? pMapStop : value);
// @ts-expect-error gives something else
export const wrong: Mapper<string, number> = (name) => name;
const keyedMapper: KeyedMapper<{ a: number }, string> = (value, each) => each + value.toFixed();
export const plainKeyed: KeyedMapper = (value) => value;
// @ts-expect-error takes another key
export const wrongKeyed: KeyedMapper<{ a: number }, string> = (_value, each: 'b') => each;
keyedMapper(1, 'a');
