// Sources combined, read ahead, split and shared: what it infers, what it refuses.
import {
  AsyncIteratorCombiner,
  type Broadcast,
  broadcast,
  concat,
  eager,
  type ItemStream,
  latest,
  merge,
  type RaceResult,
  SourceBuffer,
  type Subscription,
  tee,
  zip,
} from 'fanfold';
import { exactly } from './expect.ts';

declare const numbers: Iterable<number>;
declare const later: AsyncIterable<string>;
declare const promises: Set<Promise<Date>>;
declare const feeds: AsyncGenerator<boolean>[];
declare const signal: AbortSignal;

// Any of them.
exactly<AsyncIteratorCombiner<number | string | Date>>()(merge(numbers, later, promises));
exactly<AsyncIteratorCombiner<boolean>>()(merge(...feeds));
exactly<AsyncIteratorCombiner<boolean>>()(merge(feeds, { onError: 'continue', signal }));
exactly<AsyncIteratorCombiner<boolean>>()(merge(new Set(feeds), undefined));
// A list alone is a source.
exactly<AsyncIteratorCombiner<AsyncGenerator<boolean>>>()(merge(feeds));
exactly<ItemStream<number | string>>()(concat(numbers, later));
exactly<ItemStream<boolean>>()(concat(feeds, { signal }));

// One of each.
exactly<ItemStream<[number, string, Date]>>()(zip(numbers, later, promises));
exactly<ItemStream<[number, string]>>()(zip([numbers, later], {}));
exactly<ItemStream<[number, string]>>()(zip([numbers, later], { mode: 'strict', signal }));
exactly<ItemStream<[number | undefined, string | undefined]>>()(zip([numbers, later], { mode: 'longest' }));
exactly<ItemStream<boolean[]>>()(zip(new Set(feeds), {}));
exactly<ItemStream<(boolean | undefined)[]>>()(zip(new Set(feeds), { mode: 'longest' }));
exactly<ItemStream<[number, string]>>()(latest(numbers, later));
exactly<ItemStream<[string, Date]>>()(latest([later, promises], { signal }));
exactly<ItemStream<boolean[]>>()(latest(new Set(feeds), {}));

// A combiner.
const combiner = new AsyncIteratorCombiner<number>([], { open: true });
exactly<boolean>()(combiner.add([1, Promise.resolve(2)]));
exactly<Promise<RaceResult<number>>>()(combiner.race());
exactly<AsyncIteratorCombiner<string>>()(new AsyncIteratorCombiner([later]));
const first = await combiner.race();
if (!first.done) exactly<number>()(first.value);
// @ts-expect-error: a source of other values
combiner.add(['text']);
// @ts-expect-error
merge(5);
// @ts-expect-error
merge([later], { onError: 'ignore' });
// @ts-expect-error: `open` is for those who add sources
merge([later], { open: true });
// @ts-expect-error
zip([later], { mode: 'short' });

// One source.
exactly<ItemStream<number>>()(eager(numbers, 3, { start: 'now', signal }));
exactly<ItemStream<Date>>()(eager(promises, 3));
exactly<[ItemStream<string>, ItemStream<string>]>()(tee(later, 2, { capacity: 5 }));
exactly<[ItemStream<string>, ItemStream<string>, ItemStream<string>]>()(tee(later, 3));
exactly<ItemStream<string>[]>()(tee(later, Number(4)));
const hub = broadcast(later, { overflow: 'drop-oldest', capacity: Number.POSITIVE_INFINITY });
exactly<Broadcast<string>>()(hub);
exactly<Subscription<string>>()(hub.subscribe());
for await (const item of hub) exactly<string>()(item);
for await (const item of hub.subscribe()) exactly<string>()(item);
for await (const item of combiner) exactly<number>()(item);
// @ts-expect-error: how many is asked for
eager(later);
// @ts-expect-error
tee(later, 2, { overflow: 'suspend' });

const list = new SourceBuffer([1, Promise.resolve(2)], 'lifo');
exactly<SourceBuffer<number>>()(list);
exactly<Promise<number[]>>()(list.pull(3));
for await (const item of list) exactly<number>()(item);
// @ts-expect-error: an async iterable is no list
new SourceBuffer(later);
