import { checkOptions, type Names } from '../check/names.js';
import { checkOneOf, checkSpan } from '../check/options.js';
import type { Feedback, FeedbackAnswer, Milliseconds, Outcome } from '../limiter/types.js';
import { checkStatuses, isObject, statusOf } from '../retry/http.js';
import { header, retryAfter } from '../retry/retry-after.js';

/** The options of `httpFeedback`. */
export interface HttpFeedbackOptions {
  /** Statuses that hold back: integers from 100 to 599. Default 429 and 503. */
  readonly statuses?: Iterable<number> | undefined;
  /**
   * What is held back: this limiter with all below it (`'self'`), the one above, the topmost one, or only the key of the
   * task (`'key'`), where each has a budget of its own. Default `'self'`.
   */
  readonly scope?: 'self' | 'parent' | 'root' | 'key' | undefined;
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
  const scope = checkOneOf('scope', options.scope, ['self', 'parent', 'root', 'key']);
  const pauseFor = checkSpan('pauseFor', options.pauseFor ?? 1000);
  const longest = checkSpan('maxPause', options.maxPause ?? 300_000);
  const hold = (asked: Milliseconds, { key }: Outcome): Pick<FeedbackAnswer, 'pauseFor' | 'scope'> => {
    const span = Math.min(asked, longest);
    return { pauseFor: Number.isFinite(span) ? span : pauseFor, scope: scope === 'key' ? { key } : scope };
  };
  return (outcome) => {
    const settled: unknown = outcome.status === 'fulfilled' ? outcome.value : outcome.reason;
    let said: Said | undefined;
    try {
      said = read(settled);
    } catch {
      // Values are anything: one that throws when it is looked at is no answer of a server.
    }
    if (said === undefined) return undefined;
    const { status, after, left, reset } = said;
    if (status !== undefined && statuses.has(status)) {
      // The end of a quota that is not used up says nothing about this refusal.
      const quota = left === 0 || (left === undefined && status === 429) ? reset : undefined;
      return { ...hold(after ?? quota ?? pauseFor, outcome), retry: true };
    }
    return left === 0 && reset !== undefined ? hold(reset, outcome) : undefined;
  };
}

/** What an answer says. */
interface Said {
  readonly status: number | undefined;
  /** How long to stay away. */
  readonly after: Milliseconds | undefined;
  /** How many requests are left of a quota. */
  readonly left: number | undefined;
  /** How long until there are more. */
  readonly reset: Milliseconds | undefined;
}

function read(settled: unknown): Said | undefined {
  if (!isObject(settled)) return undefined;
  const response = isObject(settled.response) ? settled.response : settled;
  const headers = response.headers ?? settled.headers;
  const status = statusOf(response) ?? statusOf(settled);
  if (!isObject(headers)) return { status, after: undefined, left: undefined, reset: undefined };
  const policy = tightest(first(headers, 'ratelimit') ?? '');
  return {
    status,
    after: retryAfter(headers),
    left: number(first(headers, 'ratelimit-remaining', 'x-ratelimit-remaining')) ?? policy.left,
    reset: until(number(first(headers, 'ratelimit-reset', 'x-ratelimit-reset'))) ?? policy.reset,
  };
}

/** A span, of a number of seconds, or of a time since 1970 in seconds or milliseconds. */
function until(value: number | undefined): Milliseconds | undefined {
  if (value === undefined || value < DATES_FROM) return value === undefined ? undefined : value * 1000;
  return Math.max(0, (value < DATES_FROM * 1000 ? value * 1000 : value) - Date.now());
}

/** A number from 0 up. */
function number(text: string | undefined): number | undefined {
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return value >= 0 && Number.isFinite(value) ? value : undefined;
}

/** The value of the first header of these that there is. */
function first(headers: object, ...names: string[]): string | undefined {
  for (const name of names) {
    const value = header(headers, name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Of the policies in the structured header `RateLimit` what is left of the one that has least, and until when. */
function tightest(text: string): Pick<Said, 'left' | 'reset'> {
  const policies = text.split(',').map((policy) => {
    const parameter = (name: string) => number(new RegExp(`;\\s*${name}\\s*=\\s*(\\d+)`).exec(policy)?.[1]);
    return { left: parameter('r'), reset: until(parameter('t')) };
  });
  const known = policies.filter(({ left }) => left !== undefined);
  const least = Math.min(...known.map(({ left }) => left as number));
  // Of several that have no more left than another, the one that takes longest to have more.
  const resets = known.filter(({ left }) => left === least).map(({ reset }) => reset ?? 0);
  return known.length === 0
    ? { left: undefined, reset: undefined }
    : { left: least, reset: Math.max(...resets) };
}
