import { checkOptions, type Names } from '../check/names.js';
import { checkSpan } from '../check/options.js';
import { outOfRange, wrongType } from '../errors/misuse.js';
import type { Milliseconds } from '../limiter/types.js';
import { retryAfter } from './retry-after.js';
import type { RetryAnswer } from './types.js';

/** The options of `httpRetry`. */
export interface HttpRetryOptions {
  /**
   * Statuses that are worth another attempt: integers from 100 to 599. Default 408, 425, 429, 500, 502, 503, 504.
   */
  readonly statuses?: Iterable<number> | undefined;
  /**
   * Where a server asks to stay away for longer than this, in milliseconds from 0 up, there is no further attempt.
   * `Infinity` waits however long it says. Default 60,000.
   */
  readonly maxAfter?: Milliseconds | undefined;
}

/** What `httpRetry` gives: options of `retry`. */
export interface HttpRetry {
  readonly shouldRetry: (error: unknown) => RetryAnswer;
}

const HTTP_OPTIONS: Names<HttpRetryOptions> = { statuses: true, maxAfter: true };
const DEFAULT_STATUSES = [408, 425, 429, 500, 502, 503, 504];
const DEFAULT_MAX_AFTER = 60_000;

/** How far causes are followed: `TypeError: fetch failed` names the socket's error as its cause, and users wrap it. */
const MAX_CAUSES = 5;

/** Codes of connections that could not be had or broke. What a program or a certificate got wrong is not among them. */
const TRANSIENT_CODES: ReadonlySet<unknown> = new Set([
  'EADDRINUSE',
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_SOCKET',
  // Bun
  'ConnectionClosed',
  'ConnectionRefused',
  'FailedToOpenSocket',
  // axios in browsers
  'ERR_NETWORK',
]);

/** Browsers and Deno give nothing but a TypeError with such a message: Chromium, Firefox, Safari, React Native, Deno. */
const TRANSIENT_MESSAGE =
  /^(Failed to fetch\b|network error$|NetworkError when attempting to fetch resource|Load failed\b|The Internet connection appears to be offline|The network connection was lost|Network request failed$|error sending request for url)/;

/**
 * Options of `retry` for HTTP requests: try again what may go well the next time, and not before the server says.
 *
 * Tried again are
 * - responses of the `statuses`: a thrown `Response`, an error with a `response`, or one with a `status` or
 *   `statusCode` (the errors of axios, got, ky, Octokit and other clients);
 * - connections that could not be had or broke: the errors of `fetch`, of undici and of `node:http`;
 * - what took too long: errors named `TimeoutError`, as of `AbortSignal.timeout` and `attemptTimeout`, except those of
 *   waiting in a limiter's queue.
 *
 * Everything else is not: other statuses, aborts (`AbortError`), certificates, addresses that are none, bugs, and
 * the `RetryError` of a `retry` inside. The causes of an error are looked at where it says nothing itself.
 *
 * `Retry-After`, in seconds or as a date, and `retry-after-ms` say how long is waited, in place of the backoff. A date
 * counts from the `Date` of the same response, so that the clocks need not agree; one in the past means at once.
 *
 * **Only for requests that may be made twice** (GET, HEAD, PUT, DELETE, or with an idempotency key): an attempt that
 * failed on the way may have been carried out by the server nevertheless.
 *
 * `fetch` does not reject for a status: throw an error that carries the response, as here, so that its status and its
 * `Retry-After` are seen, and so is the place it was thrown at. Cancel or read the body of one that is not used, or its
 * connection stays open until it is collected.
 *
 * @throws TypeError or RangeError naming the option that is wrong.
 *
 * @example
 * ```ts
 * const text = await retry(async ({ signal }) => {
 *   const response = await fetch(url, { signal });
 *   if (!response.ok) {
 *     await response.body?.cancel();
 *     throw Object.assign(new Error(`${url}: ${response.status}`), { response });
 *   }
 *   return response.text();
 * }, { ...httpRetry(), attemptTimeout: 10_000 });
 * ```
 */
export function httpRetry(options: HttpRetryOptions = {}): HttpRetry {
  checkOptions(options, HTTP_OPTIONS);
  const { statuses = DEFAULT_STATUSES, maxAfter = DEFAULT_MAX_AFTER } = options;
  const transient = checkStatuses('statuses', statuses);
  const longest = checkSpan('maxAfter', maxAfter);
  return {
    shouldRetry: (error) => {
      let link: unknown = error;
      for (let depth = 0; depth <= MAX_CAUSES && isObject(link); depth++) {
        const answer = judge(link, transient, longest);
        if (answer !== undefined) return answer;
        link = link.cause;
      }
      return false;
    },
  };
}

/** What is looked at in anything that was thrown, or in a response that it has. */
export interface Fields {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly status?: unknown;
  readonly statusCode?: unknown;
  readonly headers?: unknown;
  readonly response?: unknown;
}

/** What one error says by itself; `undefined` for nothing. */
function judge(
  error: Fields,
  transient: ReadonlySet<number>,
  longest: Milliseconds,
): RetryAnswer | undefined {
  const { response } = error;
  const answered = isObject(response) ? response : undefined;
  const status = (answered && statusOf(answered)) ?? statusOf(error);
  if (status !== undefined) {
    if (!transient.has(status)) return false;
    const after = retryAfter(answered?.headers ?? error.headers);
    if (after === undefined) return true;
    return after <= longest && after !== Number.POSITIVE_INFINITY ? { after } : false;
  }
  const { name, code, message } = error;
  if (name === 'AbortError' || name === 'RetryError') return false;
  if (name === 'TimeoutError') return code !== 'FANFOLD_QUEUE_TIMEOUT';
  if (TRANSIENT_CODES.has(code)) return true;
  return name === 'TypeError' && typeof message === 'string' && TRANSIENT_MESSAGE.test(message)
    ? true
    : undefined;
}

/** Other errors have a `status` too, such as the exit code of a process. */
export function statusOf(answer: Fields): number | undefined {
  const { status, statusCode } = answer;
  return [status, statusCode].find(isStatus);
}

function isStatus(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 100 && (value as number) <= 599;
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

export function checkStatuses(option: string, value: unknown): ReadonlySet<number> {
  if (typeof value !== 'object' || value === null || !(Symbol.iterator in value)) {
    throw wrongType(option, 'an iterable of numbers', value);
  }
  const expected = 'an integer from 100 to 599';
  return new Set(
    Array.from(value as Iterable<unknown>, (status, index) => {
      if (typeof status !== 'number') throw wrongType(`${option}[${index}]`, expected, status);
      if (!isStatus(status)) throw outOfRange(`${option}[${index}]`, expected, status);
      return status;
    }),
  );
}
