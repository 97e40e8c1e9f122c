// feedback: what an outcome says holds back the limiter, its parent or the whole tree, and makes or prevents a retry.
import {
  createLimiter,
  type FeedbackAnswer,
  httpFeedback,
  httpRetry,
  type Outcome,
  RetryError,
  retry,
  stopRetry,
} from 'fanfold';
import { describe, expect, test, vi } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, thrownBy } from '../support/watch.ts';

useFakeTime();

const tooMany = (headers: Record<string, string> = {}) => new Response(null, { status: 429, headers });

describe('feedback', () => {
  test('hears every outcome, with its attempt and limiter, before the slot is free', async () => {
    const heard: Outcome[] = [];
    const active: number[] = [];
    const limiter = createLimiter({
      concurrency: 1,
      feedback: (outcome) => {
        heard.push(outcome);
        active.push(limiter.activeCount);
      },
    });
    expect(await limiter(async (value: number) => value, 3)).toBe(3);
    const error = new Error('x');
    expect(await reasonOf(limiter.run(() => Promise.reject(error)))).toBe(error);
    expect(heard).toEqual([
      { status: 'fulfilled', value: 3, attempt: 1, limiter },
      { status: 'rejected', reason: error, attempt: 1, limiter },
    ]);
    expect(active).toEqual([1, 1]);
  });

  test('one answer holds back all below the limiter for exactly so long, then the restart is spread', async () => {
    const root = createLimiter({ concurrency: 99, name: 'root' });
    let answer: FeedbackAnswer | undefined = { pauseFor: 1000, scope: 'root', spread: 400 };
    const feedback = () => {
      const given = answer;
      answer = undefined;
      return given;
    };
    const leaves = [...'ab'].map((name) => createLimiter({ concurrency: 9, name, parent: root, feedback }));
    await leaves[0]!(async () => {});
    const began = performance.now();
    const at: number[] = [];
    const handles = [0, 1, 0, 1].map((leaf) =>
      leaves[leaf]!.submit(async () => at.push(Math.round(performance.now() - began))),
    );
    expect(leaves[1]!.blockedBy(handles[1]!)).toEqual({ limiter: 'root', reason: 'paused' });
    await elapse(999);
    expect(at).toEqual([]);
    await elapse(1);
    expect(at).toEqual([1000]);
    await elapse(400);
    expect(at).toEqual([1000, 1100, 1200, 1300]);
  });

  test('what runs goes on, what was given a slot and not called yet does not start', async () => {
    const gates = new Gates();
    const limiter = createLimiter({
      concurrency: 2,
      feedback: ({ status }) => (status === 'rejected' ? { pauseFor: 100, spread: 0 } : undefined),
    });
    void limiter(gates.task('a'));
    const failing = reasonOf(limiter(gates.task('b')));
    void limiter(gates.task('c'));
    await settle();
    gates.fail('b', new Error('no'));
    await failing;
    await settle();
    expect(gates.started).toEqual(['a', 'b']);
    gates.openAll();
    await elapse(100);
    expect(gates.started).toEqual(['a', 'b', 'c']);
  });

  test('retry: true makes another attempt after a value, and when there are no more that value counts', async () => {
    let made = 0;
    const limiter = createLimiter({
      concurrency: 1,
      feedback: (outcome) => ({ retry: outcome.status === 'fulfilled' && outcome.value !== 'good' }),
      retry: { retries: 3, backoff: 10, jitter: 'none', shouldRetry: () => false },
    });
    const good = limiter(async () => (++made < 3 ? 'bad' : 'good'));
    await elapse(100);
    expect([await good, made]).toEqual(['good', 3]);
    made = 0;
    const bad = limiter(async () => `bad ${++made}`);
    await elapse(100);
    expect([await bad, made]).toEqual(['bad 4', 4]);
    made = 0;
    const outside = retry(async () => `bad ${++made}`, { limiter, retries: 1, backoff: 1 });
    await elapse(100);
    expect([await outside, made]).toEqual(['bad 2', 2]);
    const once = createLimiter({ concurrency: 1, feedback: () => ({ retry: true }) });
    expect(await once(async () => 'nobody retries')).toBe('nobody retries');
  });

  test('retry: false ends a call with the error as it is', async () => {
    const error = new Error('final');
    const limiter = createLimiter({
      concurrency: 1,
      feedback: () => ({ retry: false }),
      retry: { retries: 3, backoff: 1 },
    });
    const reason = reasonOf(limiter(() => Promise.reject(error)));
    await elapse(100);
    expect(await reason).toBe(error);
    const other = createLimiter({ concurrency: 1, retry: { retries: 1, backoff: 1 } });
    const exhausted = reasonOf(other(() => Promise.reject(new Error('again'))));
    await elapse(100);
    expect(await exhausted).toBeInstanceOf(RetryError);
  });

  test('ends what was thrown, whatever it is, and nothing else that has the same error', async () => {
    let calls = 0;
    const shared = new Error('shared');
    const limiter = createLimiter({ concurrency: 1, feedback: () => ({ retry: false }) });
    const primitive = limiter.run(
      () => {
        calls++;
        return Promise.reject('boom');
      },
      { retry: { retries: 3, backoff: 0 } },
    );
    expect([await reasonOf(primitive), calls]).toEqual(['boom', 1]);
    await reasonOf(limiter(() => Promise.reject(shared)));
    let others = 0;
    const elsewhere = reasonOf(
      retry(
        async () => {
          others++;
          throw shared;
        },
        { retries: 2, backoff: 0 },
      ),
    );
    await elapse(10);
    expect([(await elsewhere) instanceof RetryError, others]).toEqual([true, 3]);
  });

  test('hears what stopRetry was given, not its wrapper', async () => {
    const error = new Error('x');
    const heard: unknown[] = [];
    const limiter = createLimiter({
      concurrency: 1,
      feedback: (outcome) => {
        heard.push(outcome.status === 'rejected' ? outcome.reason : undefined);
      },
      retry: { retries: 3, backoff: 0 },
    });
    expect(await reasonOf(limiter(() => stopRetry(error)))).toBe(error);
    expect(heard).toEqual([error]);
  });

  test('one that throws, or answers nonsense, rejects the task', async () => {
    const error = new Error('mine');
    const thrower = createLimiter({
      concurrency: 1,
      feedback: () => {
        throw error;
      },
    });
    expect(await reasonOf(thrower(async () => 1))).toBe(error);
    let calls = 0;
    const retried = thrower.run(async () => ++calls, { retry: { retries: 3, backoff: 0 } });
    expect([await reasonOf(retried), calls]).toEqual([error, 1]);
    const wrong = (answer: unknown) =>
      createLimiter({ concurrency: 1, feedback: () => answer as FeedbackAnswer });
    expect(await reasonOf(wrong({ pauseFor: -1 })(async () => 1))).toBeInstanceOf(RangeError);
    expect(await reasonOf(wrong({ pausefor: 1 })(async () => 1))).toBeInstanceOf(TypeError);
    expect(await reasonOf(wrong({ scope: 'tree' })(async () => 1))).toBeInstanceOf(RangeError);
    expect(await reasonOf(wrong({ pauseFor: Number.POSITIVE_INFINITY })(async () => 1))).toBeInstanceOf(
      RangeError,
    );
    expect(await reasonOf(wrong(Promise.resolve({}))(async () => 1))).toBeInstanceOf(TypeError);
    expect(thrownBy(() => createLimiter({ concurrency: 1, feedback: 3 as never }))).toBeInstanceOf(TypeError);
  });
});

describe('httpFeedback', () => {
  const judge = (value: unknown, options = {}) =>
    httpFeedback(options)({ status: 'fulfilled', value, attempt: 1, limiter: createLimiter(1) });

  test('reads 429 and 503 with Retry-After and the RateLimit headers', () => {
    vi.setSystemTime(new Date('2026-01-01T00:00:00Z'));
    expect(judge(tooMany({ 'retry-after': '7' }))).toMatchObject({ pauseFor: 7000, retry: true });
    expect(judge(tooMany({ 'retry-after': 'Thu, 01 Jan 2026 00:00:09 GMT' }))).toMatchObject({
      pauseFor: 9000,
    });
    expect(judge(new Response(null, { status: 503 }))).toMatchObject({ pauseFor: 1000, scope: 'self' });
    expect(judge(tooMany({ 'ratelimit-reset': '12' }))).toMatchObject({ pauseFor: 12_000 });
    expect(judge(tooMany({ 'x-ratelimit-reset': String(Date.now() / 1000 + 5) }))).toMatchObject({
      pauseFor: 5000,
    });
    expect(judge(tooMany({ ratelimit: '"burst";r=4;t=1, "day";r=0;t=30' }))).toMatchObject({
      pauseFor: 30_000,
    });
    expect(judge(tooMany({ 'retry-after': '1e9' }), { pauseFor: 50 })).toMatchObject({ pauseFor: 50 });
    expect(judge(tooMany({ 'retry-after': '900' }), { maxPause: 10_000, scope: 'root' })).toEqual({
      pauseFor: 10_000,
      scope: 'root',
      retry: true,
    });
  });

  test('holds back before the 429 comes, where nothing is left', () => {
    const response = new Response('ok', { headers: { 'ratelimit-remaining': '0', 'ratelimit-reset': '3' } });
    expect(judge(response)).toEqual({ pauseFor: 3000, scope: 'self' });
    expect(
      judge(new Response('ok', { headers: { 'ratelimit-remaining': '1', 'ratelimit-reset': '3' } })),
    ).toBe(undefined);
    expect(judge(new Response('ok'))).toBe(undefined);
    expect(judge('text')).toBe(undefined);
    expect(
      judge(new Response('ok', { headers: { 'ratelimit-remaining': '', 'ratelimit-reset': '3' } })),
    ).toBe(undefined);
    const thrower = {
      get response(): never {
        throw new Error('a getter');
      },
    };
    expect(judge(thrower)).toBe(undefined);
  });

  test('a quota that is not used up says nothing about a refusal', () => {
    vi.setSystemTime(new Date('2026-01-01T00:00:00Z'));
    const quota = { 'x-ratelimit-remaining': '4999', 'x-ratelimit-reset': String(Date.now() / 1000 + 3000) };
    expect(judge(new Response(null, { status: 503, headers: quota }))).toMatchObject({ pauseFor: 1000 });
    expect(judge(tooMany({ 'x-ratelimit-reset': String(Date.now() + 7000) }))).toMatchObject({
      pauseFor: 7000,
    });
    expect(judge(tooMany({ ratelimit: '"a";r=0;t=5, "b";r=0;t=60' }))).toMatchObject({ pauseFor: 60_000 });
    expect(
      judge(tooMany({ 'retry-after': '9'.repeat(400) }), { maxPause: Number.POSITIVE_INFINITY }),
    ).toMatchObject({
      pauseFor: 1000,
    });
  });

  test('reads them off errors that carry a response, or a status and headers', () => {
    const asError = (reason: unknown) =>
      httpFeedback()({ status: 'rejected', reason, attempt: 1, limiter: createLimiter(1) });
    expect(
      asError(Object.assign(new Error('x'), { response: tooMany({ 'retry-after': '2' }) })),
    ).toMatchObject({
      pauseFor: 2000,
    });
    expect(asError({ status: 503, headers: { 'Retry-After': '4' } })).toMatchObject({ pauseFor: 4000 });
    expect(asError(new Error('x'))).toBe(undefined);
  });

  test('with retries a call comes through, and nobody else meets the server meanwhile', async () => {
    const began = performance.now();
    const at: number[] = [];
    const limiter = createLimiter({
      concurrency: 3,
      feedback: httpFeedback(),
      retry: { retries: 5, ...httpRetry() },
    });
    const call = async () => {
      at.push(Math.round(performance.now() - began));
      return at.length === 1 ? tooMany({ 'retry-after': '2' }) : new Response('ok');
    };
    const first = limiter(call);
    await settle();
    const others = [limiter(call), limiter(call)];
    await elapse(1999);
    expect(at).toHaveLength(1);
    await elapse(10_000);
    expect((await first).status).toBe(200);
    expect((await Promise.all(others)).map(({ status }) => status)).toEqual([200, 200]);
    expect(at).toHaveLength(4);
    expect(Math.min(...at.slice(1))).toBe(2000);
  });
});
