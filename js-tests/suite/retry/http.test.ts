// httpRetry on real Response objects and on errors as clients throw them; see suite-node/http-retry for a real server.
import { type HttpRetryOptions, httpRetry, RetryError, retry, TimeoutError } from 'fanfold';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { reasonOf } from '../support/watch.ts';

const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT';
const TIME = Date.UTC(1994, 10, 6, 8, 49, 37);

function answerTo(error: unknown, options?: HttpRetryOptions) {
  return httpRetry(options).shouldRetry(error);
}

function coded(code: string): Error {
  return Object.assign(new Error('made for the test'), { code });
}

function response(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers });
}

afterEach(() => {
  vi.useRealTimers();
});

describe('statuses', () => {
  test.each([408, 425, 429, 500, 502, 503, 504])('%i is tried again', (status) => {
    expect(answerTo(response(status))).toBe(true);
  });
  test.each([200, 204, 304, 400, 401, 403, 404, 409, 410, 422, 501, 505])('%i is not', (status) => {
    expect(answerTo(response(status))).toBe(false);
  });

  test('are found wherever clients put them', () => {
    const wrap = (fields: object) => Object.assign(new Error('request failed'), fields);
    for (const [status, again] of [
      [503, true],
      [404, false],
    ] as const) {
      expect(answerTo(wrap({ response: response(status) }))).toBe(again);
      expect(answerTo(wrap({ response: { statusCode: status, headers: {} } }))).toBe(again);
      expect(answerTo(wrap({ status }))).toBe(again);
      expect(answerTo(wrap({ statusCode: status }))).toBe(again);
      expect(answerTo({ status })).toBe(again);
      expect(answerTo(new Error('of ours', { cause: wrap({ status }) }))).toBe(again);
    }
  });

  test('come before codes, which clients set too', () => {
    expect(answerTo(Object.assign(coded('ECONNRESET'), { response: response(404) }))).toBe(false);
  });

  test('other numbers called status are none', () => {
    expect(answerTo(Object.assign(new Error('exit'), { status: 1 }))).toBe(false);
    expect(answerTo(Object.assign(coded('ECONNRESET'), { status: 0, response: undefined }))).toBe(true);
    expect(answerTo(Object.assign(coded('ECONNRESET'), { status: '503' }))).toBe(true);
  });

  test('can be chosen', () => {
    const options = { statuses: new Set([418]) };
    expect(answerTo(response(418), options)).toBe(true);
    expect(answerTo(response(503), options)).toBe(false);
    expect(answerTo(response(503), { statuses: [] })).toBe(false);
  });
});

describe('errors', () => {
  test.each(['ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT', 'EAI_AGAIN', 'ENOTFOUND', 'EPIPE', 'UND_ERR_SOCKET'])(
    'a connection that failed: %s',
    (code) => {
      expect(answerTo(new TypeError('fetch failed', { cause: coded(code) }))).toBe(true);
      expect(answerTo(coded(code))).toBe(true);
      expect(
        answerTo(new Error('of ours', { cause: new TypeError('fetch failed', { cause: coded(code) }) })),
      ).toBe(true);
    },
  );

  test.each(['CERT_HAS_EXPIRED', 'ERR_INVALID_URL', 'UND_ERR_INVALID_ARG', 'UND_ERR_ABORTED', 'ENOENT'])(
    'what another attempt does not mend: %s',
    (code) => {
      expect(answerTo(new TypeError('fetch failed', { cause: coded(code) }))).toBe(false);
    },
  );

  test.each([
    'Failed to fetch',
    'Failed to fetch (example.org)',
    'network error',
    'NetworkError when attempting to fetch resource.',
    'Load failed',
    'Network request failed',
  ])('what browsers say: %s', (message) => {
    expect(answerTo(new TypeError(message))).toBe(true);
    expect(answerTo(new Error(message))).toBe(false);
  });

  test.each([
    new TypeError('undefined is not a function'),
    new TypeError('fetch failed'),
    new TypeError('Failed to parse URL from x', { cause: coded('ERR_INVALID_URL') }),
    new Error('made for the test'),
    'ECONNRESET',
    undefined,
    null,
    503,
    {},
    Object.create(null),
  ])('what is none of it: %o', (error) => {
    expect(answerTo(error)).toBe(false);
  });

  test('an abort is not tried again, a timeout is', () => {
    expect(answerTo(new DOMException('stop', 'AbortError'))).toBe(false);
    expect(answerTo(new TypeError('fetch failed', { cause: new DOMException('stop', 'AbortError') }))).toBe(
      false,
    );
    expect(answerTo(new DOMException('late', 'TimeoutError'))).toBe(true);
    const details = { limiter: 'api', queuedMs: 1, ranMs: 0 };
    expect(answerTo(new TimeoutError('ran for too long', details, 'run'))).toBe(true);
    expect(answerTo(new TimeoutError('waited for too long', details, 'queue'))).toBe(false);
  });

  test('a run inside that gave up was tried often enough', () => {
    const attempts = [{ error: response(503), delayMs: 0, durationMs: 1 }];
    expect(answerTo(new RetryError({ attempts, exhausted: 'retries', elapsedMs: 1 }))).toBe(false);
  });

  test('causes are followed, and not for ever', () => {
    const loop = new Error('its own cause');
    loop.cause = loop;
    expect(answerTo(loop)).toBe(false);
  });
});

describe('Retry-After', () => {
  const asked = (headers: Record<string, string>) => answerTo(response(503, headers));

  test('in seconds', () => {
    expect(asked({ 'Retry-After': '2' })).toEqual({ after: 2000 });
    expect(asked({ 'retry-after': '0' })).toEqual({ after: 0 });
    expect(asked({ 'retry-after': '0.25' })).toEqual({ after: 250 });
  });

  test.each([
    ['IMF-fixdate', 'Sun, 06 Nov 1994 08:49:40 GMT'],
    ['RFC 850', 'Sunday, 06-Nov-94 08:49:40 GMT'],
    ['asctime', 'Sun Nov  6 08:49:40 1994'],
  ])('as a date, from the date of the response: %s', (_format, date) => {
    expect(asked({ 'retry-after': date, date: DATE })).toEqual({ after: 3000 });
  });

  test('as a date, from now where the response has none, or none that is one', () => {
    vi.useFakeTimers({ now: TIME - 1500 });
    expect(asked({ 'retry-after': DATE })).toEqual({ after: 1500 });
    expect(asked({ 'retry-after': DATE, date: 'today' })).toEqual({ after: 1500 });
  });

  test('is never in the past', () => {
    expect(asked({ 'retry-after': DATE })).toEqual({ after: 0 });
    expect(asked({ 'retry-after': DATE, date: 'Sun, 06 Nov 1994 08:49:40 GMT' })).toEqual({ after: 0 });
  });

  test('in milliseconds comes first', () => {
    expect(asked({ 'retry-after-ms': '120', 'retry-after': '2' })).toEqual({ after: 120 });
    expect(asked({ 'retry-after-ms': 'soon', 'retry-after': '2' })).toEqual({ after: 2000 });
  });

  test.each(['', '-5', '+5', '1e3', '0x10', 'soon', '1, 2', 'Infinity', 'NaN', 'Mon, never'])(
    'that is neither means the backoff: %o',
    (text) => {
      expect(asked({ 'retry-after': text })).toBe(true);
    },
  );

  test('does not make an error transient that is not', () => {
    expect(answerTo(response(404, { 'retry-after': '1' }))).toBe(false);
  });

  test('beyond maxAfter there is no further attempt', () => {
    expect(answerTo(response(429, { 'retry-after': '60' }))).toEqual({ after: 60_000 });
    expect(answerTo(response(429, { 'retry-after': '61' }))).toBe(false);
    expect(answerTo(response(429, { 'retry-after': '61' }), { maxAfter: 61_000 })).toEqual({ after: 61_000 });
    const endless = { maxAfter: Number.POSITIVE_INFINITY };
    expect(answerTo(response(429, { 'retry-after': '86400' }), endless)).toEqual({ after: 86_400_000 });
    expect(answerTo(response(429, { 'retry-after': '9'.repeat(400) }), endless)).toBe(false);
    expect(answerTo(response(429, { 'retry-after': '0' }), { maxAfter: 0 })).toEqual({ after: 0 });
  });

  test.each([
    ['a Headers', new Headers({ 'Retry-After': '3' })],
    ['a plain object', { 'retry-after': '3' }],
    ['in any case', { 'RETRY-After': '3' }],
    ['a number', { 'Retry-After': 3 }],
    ['a list', { 'retry-after': ['3'] }],
    ['a Map', new Map([['retry-after', '3']])],
    ['an object with other things', { date: undefined, 'X-Other': null, 'Retry-After': ' 3 ' }],
  ])('in headers that are %s', (_kind, headers) => {
    const fields = { status: 503, headers };
    expect(answerTo({ response: fields })).toEqual({ after: 3000 });
    expect(answerTo(Object.assign(new Error('failed'), fields))).toEqual({ after: 3000 });
  });

  test.each([undefined, null, 'retry-after: 3', 5])('headers that are none: %o', (headers) => {
    expect(answerTo({ response: { status: 503, headers } })).toBe(true);
  });
});

describe('options', () => {
  test.each([
    [{ statuses: [99] }, RangeError, '`statuses[0]`'],
    [{ statuses: [503, 503, 600] }, RangeError, '`statuses[2]`'],
    [{ statuses: ['503'] }, TypeError, '`statuses[0]`'],
    [{ statuses: 503 }, TypeError, '`statuses`'],
    [{ statuses: null }, TypeError, '`statuses`'],
    [{ maxAfter: -1 }, RangeError, '`maxAfter`'],
    [{ maxAfter: Number.NaN }, RangeError, '`maxAfter`'],
    [{ maxAfter: '5' }, TypeError, '`maxAfter`'],
    [null, TypeError, '`options`'],
    ['text', TypeError, '`options`'],
  ])('%o is refused', (options, kind, name) => {
    expect(() => httpRetry(options as unknown as HttpRetryOptions)).toThrow(kind);
    expect(() => httpRetry(options as unknown as HttpRetryOptions)).toThrow(name);
  });
});

test('spreads into the options of retry', async () => {
  const delays: number[] = [];
  const served = await retry(
    ({ attempt }) => {
      if (attempt === 1) throw response(503, { 'retry-after-ms': '1' });
      return 'served';
    },
    { ...httpRetry(), backoff: 1e9, onRetry: (_error, { delay }) => delays.push(delay) },
  );
  expect([served, delays]).toEqual(['served', [1]]);
  const missing = response(404);
  expect(await reasonOf(retry(() => Promise.reject(missing), httpRetry()))).toBe(missing);
});
