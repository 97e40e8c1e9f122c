// What users of p-limit write, and what TypeScript must say to it. Checked twice: against fanfold/p-limit, and (by
// tsconfig.peers.json) against p-limit itself, so that no statement here is wrong.
import pLimit, { type LimitFunction, limitFunction, type Options } from 'fanfold/p-limit';
import { exactly } from './expect.ts';

const limit = pLimit(1);
exactly<LimitFunction>()(limit);

// Ways to make one.
pLimit(Number.POSITIVE_INFINITY);
pLimit({ concurrency: 1 });
pLimit({ concurrency: 1, rejectOnClear: true });
const options: Options = { concurrency: 2 };
pLimit(options);
// @ts-expect-error rejectOnClear is a boolean
pLimit({ concurrency: 1, rejectOnClear: 'yes' });
// @ts-expect-error the concurrency is a number
pLimit('1');
// @ts-expect-error the concurrency is a number
pLimit({ concurrency: '1' });
// @ts-expect-error the concurrency is required
pLimit({});
// @ts-expect-error the concurrency is required
pLimit();
// @ts-expect-error there is no such option
pLimit({ concurrency: 1, timeout: 5 });
// @ts-expect-error options cannot be changed
options.concurrency = 3;

// Calls.
exactly<Promise<string>>()(limit(() => 'text'));
exactly<Promise<string>>()(limit(async () => 'text'));
exactly<Promise<string>>()(limit((_a: string) => '', 'a'));
exactly<Promise<boolean>>()(limit(async (_a: string, _b: number) => true, 'a', 1));
exactly<Promise<number[]>>()(limit(async (...all: number[]) => all, 1, 2, 3));
exactly<Promise<undefined>>()(limit(() => undefined));
exactly<Promise<void>>()(limit(async () => {}));
exactly<Promise<string>>()(limit((): PromiseLike<string> => Promise.resolve('thenable')));
exactly<Promise<string | number>>()(limit(async (): Promise<string | number> => 1));
const several = [limit(async () => 'foo'), limit(async () => 'bar'), limit(async () => undefined)];
exactly<Promise<(string | undefined)[]>>()(Promise.all(several));
// @ts-expect-error the argument is missing
limit((_a: string) => '');
// @ts-expect-error the argument has another type
limit((_a: string) => '', 1);
// @ts-expect-error there is one argument too many
limit((_a: string) => '', 'a', 'b');
// @ts-expect-error not a function
limit('text');
// @ts-expect-error not a function but a promise
limit(Promise.resolve(1));

// Properties.
exactly<number>()(limit.activeCount);
exactly<number>()(limit.pendingCount);
exactly<number>()(limit.concurrency);
limit.concurrency = 5;
// @ts-expect-error a count cannot be set
limit.activeCount = 1;
// @ts-expect-error a count cannot be set
limit.pendingCount = 1;
// @ts-expect-error the concurrency is a number
limit.concurrency = '5';
exactly<void>()(limit.clearQueue());
// @ts-expect-error clearQueue takes nothing
limit.clearQueue(true);
// @ts-expect-error there is no such property
limit.pause;

// map.
exactly<Promise<string[]>>()(limit.map(new Set(['a', 'b']), async (x) => x + x));
exactly<Promise<number[]>>()(limit.map([1, 2, 3].values(), async (x) => x * 2));
exactly<Promise<number[]>>()(limit.map([1, 2, 3], (x, index) => x + index));
exactly<Promise<string[]>>()(limit.map('abc', (letter, index) => letter + index));
exactly<Promise<boolean[]>>()(limit.map(new Map([['a', 1]]), ([key, value]) => key === String(value)));
const { map } = limit;
exactly<Promise<number[]>>()(map([1], (x) => x));
// @ts-expect-error not iterable
limit.map(5, (x) => x);
// @ts-expect-error the mapper takes other values
limit.map([1, 2], (x: string) => x);
// @ts-expect-error the mapper is missing
limit.map([1, 2]);
// @ts-expect-error an async iterable is none
limit.map((async function* () {})(), (x) => x);

// limitFunction.
const limited = limitFunction(async (_a: string) => 'ok', { concurrency: 1 });
exactly<Promise<string>>()(limited('input'));
exactly<void>()(limited.clearQueue());
limitFunction(async () => {}, { concurrency: 1, rejectOnClear: true });
// @ts-expect-error the argument has another type
limited(5);
// @ts-expect-error the argument is missing
limited();
// @ts-expect-error the function has to give a promise
limitFunction((_a: string) => 'x', { concurrency: 1 });
// @ts-expect-error options, not a number
limitFunction(async () => {}, 1);
// @ts-expect-error options are required
limitFunction(async () => {});
// @ts-expect-error the limited function shows no map
limited.map;
// @ts-expect-error the limited function shows no counts
limited.activeCount;

// Generic helpers that people write around it.
export async function all<T, R>(items: readonly T[], n: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const limit = pLimit(n);
  return Promise.all(items.map((item) => limit(() => work(item))));
}
export class Client {
  readonly #limit: LimitFunction = pLimit({ concurrency: 4 } satisfies Options);
  get(path: string): Promise<Response> {
    return this.#limit(fetch, path);
  }
}
