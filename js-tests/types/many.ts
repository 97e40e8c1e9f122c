// Work over many: what it infers, what it refuses.
import {
  all,
  allSettled,
  any,
  chunk,
  createLimiter,
  filter,
  forEach,
  type ItemContext,
  type Limiter,
  type ManyOptions,
  map,
  mapBatches,
  mapSettled,
  measureConcurrency,
  type Progress,
  type ResultStream,
  race,
  type Settlement,
  type SettleOptions,
  type StreamOptions,
  settle,
  skip,
  some,
  stream,
} from 'fanfold';
import { exactly } from './expect.ts';

declare const numbers: Iterable<number>;
declare const later: AsyncIterable<string>;
declare const tasks: (() => Promise<boolean>)[];
declare const promises: Set<Promise<Date>>;

// Tuples, arrays, records and sources.
exactly<Promise<[number, string, boolean]>>()(
  all([() => 1 as number, async () => 'two' as string, Promise.resolve(true as boolean)]),
);
exactly<Promise<[]>>()(all([]));
exactly<Promise<boolean[]>>()(all(tasks));
exactly<Promise<Date[]>>()(all(promises));
exactly<Promise<string[]>>()(all(later));
exactly<Promise<{ a: number; b: string; c: Date }>>()(
  all({ a: () => 1 as number, b: Promise.resolve('b' as string), c: new Date() }),
);
exactly<Promise<[Date, Map<string, number>, number]>>()(
  all([new Date(), new Map<string, number>(), 1 as number]),
);

// Any object type is a record, whatever it was declared as.
interface Jobs {
  user: () => Promise<string>;
  readonly orders: Promise<number[]>;
  cached?: Date;
}
declare const jobs: Jobs;
exactly<Promise<{ user: string; orders: number[]; cached?: Date }>>()(all(jobs));
exactly<
  Promise<{
    user: PromiseSettledResult<string>;
    orders: PromiseSettledResult<number[]>;
    cached?: PromiseSettledResult<Date | undefined>;
  }>
>()(allSettled(jobs));
exactly<'user' | 'orders' | 'cached' | undefined>()((await settle(jobs)).errors[0]?.index);
exactly<Promise<string | number[] | Date | undefined>>()(any(jobs));
exactly<Promise<string | number[] | Date | undefined>>()(race(jobs));
exactly<Promise<(string | number[] | Date | undefined)[]>>()(some(jobs, 1));
declare const byName: Record<string, () => Promise<number>>;
exactly<Promise<Record<string, number>>>()(all(byName));

// Types that are only known to whoever calls.
export function generic<T>(
  functions: (() => Promise<T>)[],
  list: Promise<T>[],
  record: Record<string, () => T>,
) {
  exactly<Promise<Awaited<T>[]>>()(all(functions));
  exactly<Promise<Awaited<T>[]>>()(all(list));
  exactly<Promise<Record<string, Awaited<T>>>>()(all(record));
}

// A function is called with the context, and with nothing else.
const double = (n: number) => n * 2;
// @ts-expect-error the context is no number
all([double]);
// @ts-expect-error the context is no number
all([() => 1, double]);
// @ts-expect-error the context is no number
all({ double });
// @ts-expect-error the context is no number
all(new Set([double]));
// @ts-expect-error the context is no number
allSettled([double]);
// @ts-expect-error the context is no number
allSettled({ double });
// @ts-expect-error the context is no number
any([double]);
// @ts-expect-error the context is no number
race({ double });
// @ts-expect-error the context is no number
some([double], 1);
// @ts-expect-error the context is no number
settle([double]);
// @ts-expect-error the context is no number
settle({ double });
// @ts-expect-error one parameter is all there is
all([(_context: ItemContext, _index: number) => 1]);
// @ts-expect-error a class cannot be called
all([class {}]);
all([() => double(1), (_context: ItemContext) => 1, (_context?: unknown) => 1]);

// @ts-expect-error there are no tasks
all();
// @ts-expect-error nothing is none
all(null);
// @ts-expect-error somebody forgot to wait for them
all(Promise.resolve([() => 1]));
// @ts-expect-error a number is none
all(5);
// @ts-expect-error a function alone is none
all(() => 1);

const settled = await allSettled([() => 1 as number, async () => 'two' as string]);
exactly<[PromiseSettledResult<number>, PromiseSettledResult<string>]>()(settled);
exactly<Promise<{ a: PromiseSettledResult<number> }>>()(allSettled({ a: () => 1 as number }));
// @ts-expect-error nothing fails as a whole
allSettled([], { onFailure: 'continue' });

exactly<Promise<number | string>>()(any([() => 1 as number, async () => 'two' as string]));
exactly<Promise<number | string>>()(race({ a: () => 1 as number, b: Promise.resolve('b' as string) }));
exactly<Promise<(number | string)[]>>()(some([() => 1 as number, () => 'two' as string], 1));
exactly<Promise<boolean[]>>()(some(tasks, 2));
// @ts-expect-error how many has to be said
some(tasks);

const settlement = await settle(tasks);
exactly<Settlement<PromiseSettledResult<boolean>[], boolean>>()(settlement);
exactly<readonly boolean[]>()(settlement.values);
exactly<number | undefined>()(settlement.errors[0]?.index);
exactly<void>()(settlement.throwIfAny());
const named = await settle({ a: () => 1 as number, b: async () => 'b' as string });
exactly<'a' | 'b' | undefined>()(named.errors[0]?.index);
exactly<readonly (number | string)[]>()(named.values);
exactly<PromiseSettledResult<string>>()(named.results.b);
// @ts-expect-error what was settled is read
settlement.ok = true;

// What tasks and mappers are told.
all([(context) => exactly<ItemContext>()(context)]);
all({ one: (context) => exactly<ItemContext>()(context) });
settle({ one: ({ signal }) => exactly<AbortSignal>()(signal) });
map(numbers, (item, index, { signal, limiter }) => {
  exactly<number>()(item);
  exactly<number>()(index);
  exactly<AbortSignal>()(signal);
  exactly<Limiter>()(limiter);
});

// Mappers.
exactly<Promise<string[]>>()(map(numbers, (item) => String(item)));
exactly<Promise<string[]>>()(map(numbers, async (item) => (item > 1 ? String(item) : skip)));
exactly<Promise<number[]>>()(map(later, (item) => item.length));
exactly<Promise<number[]>>()(map([Promise.resolve(1 as number), 2], (item) => item));
exactly<Promise<void>>()(forEach(later, (item) => item));
exactly<Promise<number[]>>()(filter(numbers, async (item) => item > 1));
exactly<Promise<PromiseSettledResult<string>[]>>()(mapSettled(later, async (item) => item));
exactly<Promise<number[]>>()(mapBatches(numbers, 10, (batch) => batch.length));
mapBatches(later, 10, (batch) => exactly<string[]>()(batch));
// @ts-expect-error the item has another type
map(numbers, (item: string) => item);
// @ts-expect-error there is no source
map(5, () => 1);
// @ts-expect-error the size has to be said
mapBatches(numbers, (batch: number[]) => batch);
// @ts-expect-error nothing fails as a whole
mapSettled(numbers, () => 1, { onFailure: 'abort' });

const results = stream(numbers, async (item) => (item > 1 ? String(item) : skip), { order: 'completion' });
exactly<ResultStream<string>>()(results);
for await (const result of results) exactly<string>()(result);
stream(numbers, () => 1, { prefetch: 3, concurrency: 2 });
// @ts-expect-error no such word
stream(numbers, () => 1, { order: 'random' });
// @ts-expect-error only for streams
map(numbers, () => 1, { prefetch: 3 });

exactly<Generator<number[], void, undefined>>()(chunk(numbers, 2));
exactly<AsyncGenerator<string[], void, undefined>>()(chunk(later, 2));

// Options.
map(numbers, () => 1, {
  limiter: createLimiter(2),
  signal: AbortSignal.timeout(5),
  timeout: 100,
  retry: { retries: 2, backoff: 10, attemptTimeout: 5 },
  onFailure: 'abort-and-wait',
  onProgress: (progress) => {
    exactly<Progress>()(progress);
    exactly<number | undefined>()(progress.total);
    // @ts-expect-error progress is read
    progress.done = 0;
  },
});
// @ts-expect-error no such word
map(numbers, () => 1, { onFailure: 'stop' });
// @ts-expect-error milliseconds are a number
map(numbers, () => 1, { timeout: '5s' });
// @ts-expect-error the limiter stands beside it
map(numbers, () => 1, { retry: { limiter: createLimiter(1) } });
// @ts-expect-error no such option
map(numbers, () => 1, { concurency: 5 });

// In slots of its own or in a limiter.
const limiter = createLimiter(2);
const both = { concurrency: 2, limiter };
map(numbers, () => 1, { concurrency: 2, limiter: undefined });
map(numbers, () => 1, { concurrency: undefined, limiter });
// @ts-expect-error two limits
map(numbers, () => 1, both);
// @ts-expect-error two limits
map(numbers, () => 1, { concurrency: 2, limiter });
// @ts-expect-error two limits
forEach(numbers, () => 1, both);
// @ts-expect-error two limits
filter(numbers, () => true, both);
// @ts-expect-error two limits
mapSettled(numbers, () => 1, both);
// @ts-expect-error two limits
mapBatches(numbers, 2, () => 1, both);
// @ts-expect-error two limits
stream(numbers, () => 1, both);
// @ts-expect-error two limits
all(tasks, both);
// @ts-expect-error two limits
allSettled(tasks, both);
// @ts-expect-error two limits
any(tasks, both);
// @ts-expect-error two limits
race(tasks, both);
// @ts-expect-error two limits
some(tasks, 1, both);
// @ts-expect-error two limits
settle(tasks, both);

/** Options are passed on as they are, with what is known of them added. */
export function passedOn(options: ManyOptions, streamed: StreamOptions, settling: SettleOptions) {
  map(numbers, () => 1, options);
  map(numbers, () => 1, { ...options, onFailure: 'continue' });
  stream(numbers, () => 1, { ...options, prefetch: 1 });
  stream(numbers, () => 1, streamed);
  settle(tasks, settling);
  all(tasks, settling);
  // @ts-expect-error it may have a limiter already
  map(numbers, () => 1, { ...options, concurrency: 2 });
  // @ts-expect-error nothing fails as a whole
  settling.onFailure;
  // @ts-expect-error options are read
  options.timeout = 5;
}

const table = await measureConcurrency(numbers, (item) => item, {
  candidates: [1, 2],
  items: 10,
  print: true,
});
exactly<number | undefined>()(table.best);
exactly<number | undefined>()(table.rows[0]?.perSecond);
