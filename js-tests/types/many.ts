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
  map,
  mapBatches,
  mapSettled,
  measureConcurrency,
  type Progress,
  type ResultStream,
  race,
  type Settlement,
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
// @ts-expect-error there are no tasks
all();
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

const table = await measureConcurrency(numbers, (item) => item, {
  candidates: [1, 2],
  items: 10,
  print: true,
});
exactly<number | undefined>()(table.best);
exactly<number | undefined>()(table.rows[0]?.perSecond);
