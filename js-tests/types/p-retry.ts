// What users of p-retry write, and what TypeScript must say to it. Checked twice: against fanfold/p-retry, and (by
// tsconfig.peers.json) against p-retry itself, so that no statement here is wrong.
import pRetry, { AbortError, makeRetriable, type Options, type RetryContext } from 'fanfold/p-retry';
import { exactly } from './expect.ts';

// What is retried.
exactly<Promise<string>>()(pRetry(() => 'text'));
exactly<Promise<string>>()(pRetry(async () => 'text'));
exactly<Promise<string>>()(pRetry((): PromiseLike<string> => Promise.resolve('text')));
exactly<Promise<void>>()(pRetry(() => {}));
exactly<Promise<number>>()(pRetry(async (attempt) => exactly<number>()(attempt) ?? attempt));
exactly<Promise<string | number>>()(pRetry((attempt): string | number => attempt));
// @ts-expect-error there is one argument
pRetry((_attempt: number, _more: string) => 1);
// @ts-expect-error a function, not a promise
pRetry(Promise.resolve(1));
// @ts-expect-error the function is missing
pRetry();

// Options.
const options: Options = {
  retries: 5,
  factor: 2,
  minTimeout: 10,
  maxTimeout: Number.POSITIVE_INFINITY,
  randomize: true,
  maxRetryTime: 60_000,
  unref: true,
  signal: new AbortController().signal,
  onFailedAttempt: async () => {},
  shouldRetry: async () => true,
  shouldConsumeRetry: async () => false,
};
pRetry(() => 1, options);
pRetry(() => 1, {});
pRetry(() => 1, undefined);
pRetry(() => 1, {
  retries: undefined,
  signal: undefined,
  shouldRetry: undefined,
  onFailedAttempt: undefined,
});
// @ts-expect-error a number
pRetry(() => 1, { retries: '5' });
// @ts-expect-error a number
pRetry(() => 1, 5);
// @ts-expect-error there is no such option any more
pRetry(() => 1, { forever: true });
// @ts-expect-error there is no such option
pRetry(() => 1, { backoff: 1 });
// @ts-expect-error null is none
pRetry(() => 1, { retries: null });
// @ts-expect-error a boolean
pRetry(() => 1, { randomize: 1 });
// @ts-expect-error options cannot be changed
options.retries = 3;

// Callbacks.
pRetry(() => 1, {
  onFailedAttempt(context) {
    exactly<RetryContext>()(context);
    exactly<Error>()(context.error);
    exactly<number>()(context.attemptNumber);
    exactly<number>()(context.retriesLeft);
    exactly<number>()(context.retriesConsumed);
    exactly<number>()(context.retryDelay);
    // @ts-expect-error it is read
    context.retriesLeft = 3;
    // @ts-expect-error there is no such field
    context.elapsed;
  },
  shouldRetry: ({ error }) => error instanceof RangeError,
  shouldConsumeRetry: ({ retriesLeft }) => retriesLeft > 1,
});
pRetry(() => 1, { shouldConsumeRetry: () => {} });
pRetry(() => 1, { onFailedAttempt: () => undefined });
// @ts-expect-error whether to retry must be said
pRetry(() => 1, { shouldRetry: () => {} });
// @ts-expect-error a boolean
pRetry(() => 1, { shouldRetry: () => 'yes' });
// @ts-expect-error a boolean or nothing
pRetry(() => 1, { shouldConsumeRetry: () => 1 });
// @ts-expect-error one argument
pRetry(() => 1, { onFailedAttempt: (_context, _more: string) => {} });

// AbortError.
const error = new AbortError('text');
exactly<AbortError>()(error);
exactly<'AbortError'>()(error.name);
exactly<Error>()(error.originalError);
export const errors: Error[] = [error, new AbortError(new RangeError('text')), new AbortError()];
// @ts-expect-error a text or an error
new AbortError(5);
// @ts-expect-error it is read
error.originalError = new Error('another');
export class Final extends AbortError {}

// makeRetriable.
const get = makeRetriable(async (path: string, tries?: number) => path.length + (tries ?? 0), { retries: 2 });
exactly<Promise<number>>()(get('path'));
exactly<Promise<number>>()(get('path', 1));
exactly<Promise<string>>()(makeRetriable(() => 'text')());
exactly<Promise<Response>>()(makeRetriable(fetch)('https://example.com'));
// @ts-expect-error the argument is missing
get();
// @ts-expect-error the argument has another type
get(1);
// @ts-expect-error one argument too many
get('path', 1, 2);
// @ts-expect-error no such option
makeRetriable(() => 1, { tries: 2 });
const counter = {
  count: 1,
  add: makeRetriable(function (this: { count: number }, value: number) {
    return this.count + value;
  }),
};
exactly<Promise<number>>()(counter.add(1));
const { add } = counter;
// @ts-expect-error it needs its this
add(1);
