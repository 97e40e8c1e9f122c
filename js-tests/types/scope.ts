// Scopes: what they infer, what they refuse.
import { createLimiter, type Limiter, type Scope, type ScopeOptions, scope, type TaskContext } from 'fanfold';
import { exactly } from './expect.ts';

// With a body.
exactly<Promise<number>>()(scope(() => 1 as number));
exactly<Promise<string>>()(scope(async () => 'text' as string));
exactly<Promise<void>>()(
  scope((s) => {
    s.spawn(() => 1);
  }),
);
exactly<Promise<readonly [number, string]>>()(
  scope(async (s) => {
    exactly<Scope>()(s);
    const one = s.spawn(() => 1 as number);
    const two = s.spawn(async ({ signal }) => String(signal.aborted));
    exactly<Promise<number>>()(one);
    return [await one, await two] as const;
  }),
);

// What bodies and children are told.
scope((s) => {
  exactly<AbortSignal>()(s.signal);
  exactly<Limiter>()(s.limiter);
  exactly<number>()(s.size);
  exactly<void>()(s.abort());
  s.abort('any reason');
  s.spawn((context) => exactly<TaskContext>()(context));
  s.spawn(({ attempt }) => exactly<number>()(attempt));
  // @ts-expect-error a child is told its context, and nothing else
  s.spawn((_n: number) => 1);
  // @ts-expect-error a promise is under way already
  s.spawn(Promise.resolve(1));
  // @ts-expect-error a child has no options of its own
  s.spawn(() => 1, { retry: false });
  // @ts-expect-error the count is read
  s.size = 0;
});
// @ts-expect-error a body is told its scope, and nothing else
scope((_n: number) => 1);
// @ts-expect-error a promise is no body
scope(Promise.resolve(1));

// For `await using`.
exactly<Scope>()(scope());
exactly<Scope>()(scope({ timeout: 5 }));
exactly<Promise<void>>()(scope()[Symbol.asyncDispose]());
export async function disposing(): Promise<number> {
  await using children = scope({ concurrency: 2 });
  return children.spawn(() => 1);
}
// @ts-expect-error there is nothing to wait for at the end of a block that does not wait
scope()[Symbol.dispose]();
// @ts-expect-error the body comes first
scope({ timeout: 5 }, () => 1);

// Options.
const limiter = createLimiter(2);
const everything: ScopeOptions = {
  signal: AbortSignal.timeout(5),
  timeout: 1_000,
  concurrency: 2,
  retry: { retries: 2, backoff: [10, 20] },
  name: 'page',
};
scope(() => 1, everything);
scope(everything);
scope(() => 1, { limiter, retry: false });
scope(() => 1, { limiter, concurrency: undefined, signal: undefined, timeout: undefined });
// @ts-expect-error two limits
scope(() => 1, { limiter, concurrency: 2 });
// @ts-expect-error two limits
scope({ limiter, concurrency: 2 });
// @ts-expect-error no such option
scope(() => 1, { onFailure: 'continue' });
// @ts-expect-error no such option
scope({ concurency: 2 });
// @ts-expect-error milliseconds are a number
scope(() => 1, { timeout: '5s' });
// @ts-expect-error a number is no limiter
scope(() => 1, { limiter: 5 });
// @ts-expect-error children are retried where they run
scope(() => 1, { retry: { limiter } });
// @ts-expect-error a scope is not retried by `true`
scope(() => 1, { retry: true });
