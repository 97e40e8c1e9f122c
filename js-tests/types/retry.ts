// Retries: what they infer, what they refuse.
import {
  type Backoff,
  createLimiter,
  type Exhausted,
  type HttpRetry,
  httpRetry,
  map,
  type RetryAttempt,
  RetryBudget,
  type RetryContext,
  RetryError,
  type RetryNotice,
  type RetryOptions,
  type RetryPolicy,
  type RetryState,
  retry,
  stopRetry,
} from 'fanfold';
import { exactly } from './expect.ts';

// Results, and what the function is told.
exactly<Promise<number>>()(retry(() => 1 as number));
exactly<Promise<string>>()(retry(async () => 'text' as string));
exactly<Promise<boolean>>()(retry(async ({ signal }) => signal.aborted));
retry((context) => exactly<RetryContext>()(context));
retry(({ attempt, elapsed, signal }) => {
  exactly<number>()(attempt);
  exactly<number>()(elapsed);
  exactly<AbortSignal>()(signal);
});
retry((context) => {
  // @ts-expect-error the number of the attempt is read
  context.attempt = 1;
});
// @ts-expect-error the context is no number
retry((_n: number) => 1);
// @ts-expect-error a promise cannot be tried again
retry(Promise.resolve(1));
// @ts-expect-error there is nothing to try
retry();

// Options.
const limiter = createLimiter(2);
const budget = new RetryBudget({ share: 0.1, minPerSecond: 5, window: 1_000 });
const everything: RetryOptions = {
  retries: 5,
  backoff: { kind: 'exponential', base: 100, factor: 2, max: 1_000 },
  jitter: 'decorrelated',
  seed: 7,
  maxElapsed: 10_000,
  attemptTimeout: 1_000,
  signal: AbortSignal.timeout(5),
  limiter,
  shouldRetry: (error, state) => {
    exactly<unknown>()(error);
    exactly<RetryState>()(state);
    return state.attempt < 3;
  },
  onRetry: (error, notice) => {
    exactly<unknown>()(error);
    exactly<RetryNotice>()(notice);
    exactly<number>()(notice.delay);
  },
  budget,
  unref: true,
};
retry(() => 1, everything);
// @ts-expect-error no such option
retry(() => 1, { retry: 5 });
// @ts-expect-error how many is a number
retry(() => 1, { retries: '5' });
// @ts-expect-error no such word
retry(() => 1, { jitter: 'some' });
// @ts-expect-error a number is no limiter
retry(() => 1, { limiter: 5 });
// @ts-expect-error a plain object is no budget
retry(() => 1, { budget: { share: 0.1 } });
// @ts-expect-error options are read
everything.retries = 5;

// Backoffs.
const backoffs: Backoff[] = [
  100,
  [100, 200],
  new Set([100]),
  (attempt, error) => (error instanceof Error ? attempt * 100 : 0),
  { kind: 'fibonacci' },
  {},
];
for (const backoff of backoffs) retry(() => 1, { backoff });
// @ts-expect-error no such kind
retry(() => 1, { backoff: { kind: 'quadratic' } });
// @ts-expect-error waits are numbers
retry(() => 1, { backoff: ['1s'] });
// @ts-expect-error a wait is known when it begins
retry(() => 1, { backoff: async () => 100 });
// @ts-expect-error an async iterable is none
retry(() => 1, { backoff: (async function* () {})() });

// Answers.
retry(() => 1, { shouldRetry: () => true });
retry(() => 1, { shouldRetry: () => ({ after: 100 }) });
retry(() => 1, { shouldRetry: async (_error, { elapsed }) => elapsed < 100 });
// @ts-expect-error a forgotten `return`
retry(() => 1, { shouldRetry: () => {} });
// @ts-expect-error neither true nor false
retry(() => 1, { shouldRetry: () => 1 });
// @ts-expect-error when is a number
retry(() => 1, { shouldRetry: () => ({ after: '1s' }) });

// As an option of what has its own limiter and signal.
const policy: RetryPolicy = { retries: 2, budget, ...httpRetry() };
createLimiter({ concurrency: 1, retry: policy });
limiter.run(({ attempt }) => exactly<number>()(attempt), { retry: policy });
limiter.submit(() => 1, { retry: false });
map([1], (item) => item, { retry: policy });
// @ts-expect-error it is retried where it runs
createLimiter({ concurrency: 1, retry: { limiter } });
// @ts-expect-error the signal stands beside it
map([1], (item) => item, { retry: { signal: AbortSignal.timeout(5) } });
// @ts-expect-error nothing is inherited that could be switched off
createLimiter({ concurrency: 1, retry: false });
// @ts-expect-error a policy has no limiter
policy.limiter;

// HTTP.
exactly<HttpRetry>()(httpRetry());
httpRetry({ statuses: [429, 503], maxAfter: 10_000 });
httpRetry({ statuses: new Set([429]) });
retry(() => fetch('https://example.com'), { ...httpRetry(), retries: 5 });
// @ts-expect-error one status is no list
httpRetry({ statuses: 429 });
// @ts-expect-error statuses are numbers
httpRetry({ statuses: ['429'] });
// @ts-expect-error an option of retry
httpRetry({ retries: 5 });

// Budgets.
new RetryBudget();
exactly<number>()(budget.share);
exactly<number>()(budget.minPerSecond);
exactly<number>()(budget.window);
// @ts-expect-error what others share is not changed
budget.share = 1;
// @ts-expect-error no such option
new RetryBudget({ ratio: 0.1 });
// @ts-expect-error a class is made with new
RetryBudget();

// The end of it.
exactly<Promise<string>>()(
  retry(async () => {
    const found = Math.random() > 0.5 ? 'text' : undefined;
    if (found === undefined) throw stopRetry(new Error('there is none'));
    return found;
  }),
);
export function afterStop(value: string | undefined): string {
  if (value === undefined) stopRetry('none');
  return value;
}
exactly<Promise<string>>()(Promise.resolve('text' as string).catch(stopRetry));
// @ts-expect-error the error has to be said
export const stopsWithout = () => stopRetry();

export function describe(error: unknown): string {
  if (!(error instanceof RetryError)) return '';
  exactly<Exhausted>()(error.exhausted);
  error.code satisfies 'FANFOLD_RETRY';
  exactly<readonly RetryAttempt[]>()(error.attempts);
  exactly<unknown>()(error.cause);
  // @ts-expect-error attempts are read
  error.attempts.pop();
  const [first] = error.attempts;
  exactly<unknown>()(first?.error);
  exactly<number | undefined>()(first?.delayMs);
  exactly<number | undefined>()(first?.durationMs);
  return error.exhausted satisfies 'retries' | 'maxElapsed' | 'budget';
}
