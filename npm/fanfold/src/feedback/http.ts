import { checkOptions, type Names } from '../check/names.js';
import { checkOneOf, checkSpan } from '../check/options.js';
import type { Feedback, FeedbackAnswer, Milliseconds } from '../limiter/types.js';
import { checkStatuses, isObject, statusOf } from '../retry/http.js';
import { header, retryAfter } from '../retry/retry-after.js';

/** The options of `httpFeedback`. */
export interface HttpFeedbackOptions {
  /** Statuses that hold back: integers from 100 to 599. Default 429 and 503. */
  readonly statuses?: Iterable<number> | undefined;
  /** What is held back, see `FeedbackAnswer`. Default `'self'`: the limiter, with all below it. */
  readonly scope?: FeedbackAnswer['scope'];
  /** For how long where the server does not say, in milliseconds from 0 up. Default 1000. */
  readonly pauseFor?: Milliseconds | undefined;
  /** Never for longer than this, in milliseconds from 0 up, `Infinity` for as long as the server says. Default 300,000. */
  readonly maxPause?: Milliseconds | undefined;
}

const OPTIONS: Names<HttpFeedbackOptions> = { statuses: true, scope: true, pauseFor: true, maxPause: true };
const DEFAULT_STATUSES = [429, 503];
/** A number of seconds this high is a date: seconds since 1970, as GitHub says it. */
const DATES_FROM = 1_000_000_000;

/**
 * A `feedback` for HTTP: an answer 429 or 503 holds the limiter back for exactly as long as the server says, and asks for
 * another attempt where calls are retried. It is read off a `Response` that the function gives, or off an error that is
 * one, or carries one (`response`), or its `status` and `headers`.
 *
 * How long is said by `Retry-After` (seconds or a date) and `retry-after-ms`, else by `RateLimit-Reset`,
 * `X-RateLimit-Reset` or the `t` of `RateLimit`, in seconds or as a time since 1970. An answer of any other status holds
 * back too if it says that nothing is left until then (`RateLimit-Remaining: 0`, or `r=0`), so that the 429 need not come.
 *
 * @throws TypeError or RangeError naming the option that is wrong.
 *
 * @example
 * ```ts
 * const api = createLimiter({ concurrency: 8, feedback: httpFeedback(), retry: httpRetry() });
 * const response = await api(fetch, url);
 * ```
 */
export function httpFeedback(options: HttpFeedbackOptions = {}): Feedback {
  checkOptions(options, OPTIONS);
  const statuses = checkStatuses('statuses', options.statuses ?? DEFAULT_STATUSES);
  const scope = checkOneOf('scope', options.scope, ['self', 'parent', 'root']);
  const pauseFor = checkSpan('pauseFor', options.pauseFor ?? 1000);
  const longest = checkSpan('maxPause', options.maxPause ?? 300_000);
  return (outcome) => {
    const settled: unknown = outcome.status === 'fulfilled' ? outcome.value : outcome.reason;
    if (!isObject(settled)) return undefined;
    const response = isObject(settled.response) ? settled.response : settled;
    const { headers } = response;
    if (statuses.has(statusOf(response) ?? statusOf(settled) ?? 0)) {
      const asked = retryAfter(headers) ?? reset(headers) ?? pauseFor;
      return { pauseFor: Math.min(asked, longest), scope, retry: true };
    }
    const asked = isUsedUp(headers) ? reset(headers) : undefined;
    return asked === undefined ? undefined : { pauseFor: Math.min(asked, longest), scope };
  };
}

/** Whether nothing is left, as far as the headers say. */
function isUsedUp(headers: unknown): boolean {
  const left = first(headers, 'ratelimit-remaining', 'x-ratelimit-remaining') ?? parameter(headers, 'r');
  return left !== undefined && Number(left) === 0;
}

/** How long until there is something again; `undefined` where the headers do not say. */
function reset(headers: unknown): Milliseconds | undefined {
  const text = first(headers, 'ratelimit-reset', 'x-ratelimit-reset') ?? parameter(headers, 't');
  const seconds = text === undefined || text === '' ? Number.NaN : Number(text);
  if (!(seconds >= 0)) return undefined;
  return seconds < DATES_FROM ? seconds * 1000 : Math.max(0, seconds * 1000 - Date.now());
}

/** The value of the first header of these that there is. */
function first(headers: unknown, ...names: string[]): string | undefined {
  if (!isObject(headers)) return undefined;
  for (const name of names) {
    const value = header(headers, name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** A parameter of the structured header `RateLimit`: of several policies, that of the one that has least left. */
function parameter(headers: unknown, name: 'r' | 't'): string | undefined {
  const policies = (first(headers, 'ratelimit') ?? '').split(',').map((policy) => {
    const found = [...policy.matchAll(/;\s*([rt])\s*=\s*(\d+)/g)].map(
      (match) => [match[1], match[2]] as const,
    );
    return new Map(found);
  });
  const known = policies.filter((policy) => policy.has('r'));
  known.sort((one, other) => Number(one.get('r')) - Number(other.get('r')));
  return known[0]?.get(name);
}
