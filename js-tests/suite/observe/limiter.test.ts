import {
  createLimiter,
  createSemaphore,
  limitFunction,
  map,
  mapSettled,
  observe,
  retry,
  scope,
} from 'fanfold';
import { describe, expect, test } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { Stages } from '../support/stages.ts';
import { settle } from '../support/turns.ts';

const nothing = () => {};
const boom = new Error('boom');
const fails = async () => {
  throw boom;
};

useFakeTime();

describe('what becomes of a task', () => {
  test('of a plain call', async () => {
    const limit = createLimiter({ concurrency: 1, name: 'api' });
    const stages = new Stages(limit);
    const gate = deferred();
    const first = limit(() => gate.promise);
    const second = limit((value: number) => value, 7);
    await elapse(20);
    gate.resolve();
    await Promise.all([first, second]);
    await settle();
    expect(stages.inOrder).toEqual(['0:queued', '1:queued', '0:start', '0:success', '1:start', '1:success']);
    const [queued, , start, success, started] = stages.records;
    expect(queued).toEqual({
      stage: 'queued',
      name: 'api',
      taskId: expect.any(Number),
      index: 0,
      attempt: 1,
      waitingMs: 0,
      runningMs: 0,
    });
    expect(start).toMatchObject({ stage: 'start', taskId: queued?.taskId, waitingMs: 0 });
    expect(success).toMatchObject({ taskId: queued?.taskId, waitingMs: 0, runningMs: 20 });
    expect(started).toMatchObject({ stage: 'start', waitingMs: 20, runningMs: 0 });
    expect(started?.taskId).not.toBe(queued?.taskId);
  });

  test('is told before its function is called, and before the caller hears of its end', async () => {
    const limit = createLimiter(1);
    const told: string[] = [];
    observe(limit, ({ stage }) => told.push(stage));
    await limit(() => told.push('called')).then(() => told.push('heard'));
    expect(told).toEqual(['queued', 'start', 'called', 'success', 'heard']);
  });

  test('whose function throws, or rejects', async () => {
    const limit = createLimiter(2);
    const stages = new Stages(limit);
    const throws = () => {
      throw boom;
    };
    await Promise.allSettled([limit(fails), limit(throws), limit.run(fails), limit.submit(throws).result]);
    await settle();
    expect(stages.byIndex).toEqual(Array(4).fill('queued start error'));
    expect(stages.records.filter(({ stage }) => stage === 'error').map(({ error }) => error)).toEqual(
      Array(4).fill(boom),
    );
  });

  test('of `run`, `submit`, a limited function and a semaphore', async () => {
    const limit = createLimiter(2);
    const stages = new Stages(limit);
    const handle = limit.submit(async ({ id }) => id);
    await limit.run(nothing);
    expect(stages.records[0]?.taskId).toBe(await handle.result);
    expect(stages.byIndex).toEqual(['queued start success', 'queued start success']);

    const limited = limitFunction(nothing, 1);
    const ofFunction = new Stages(limited.limiter);
    await limited();
    expect(ofFunction.byIndex).toEqual(['queued start success']);

    const semaphore = createSemaphore(1);
    const ofSemaphore = new Stages(semaphore.limiter);
    const permit = await semaphore.acquire();
    permit.release();
    await semaphore.runExclusive(nothing);
    expect(ofSemaphore.byIndex).toEqual(['queued start success']);
    expect(ofSemaphore.last().name).toBe('semaphore');
  });

  test('of a scope, and of items', async () => {
    const limit = createLimiter(2);
    const stages = new Stages(limit);
    await scope((children) => void children.spawn(nothing), { limiter: limit });
    await map([1, 2], nothing, { limiter: limit });
    await mapSettled([1], fails, { limiter: limit });
    await settle();
    expect(stages.byIndex).toEqual([...Array(3).fill('queued start success'), 'queued start error']);
  });
});

describe('attempts', () => {
  const twice = { retries: 2, backoff: { kind: 'constant', base: 10 }, jitter: 'none' } as const;
  const flaky = (failures: number) => {
    let calls = 0;
    return async () => {
      if (calls++ < failures) throw boom;
      return calls;
    };
  };

  test('of a limiter that retries', async () => {
    const limit = createLimiter({ concurrency: 1, retry: twice });
    const stages = new Stages(limit);
    const handle = limit.submit(flaky(1));
    await elapse(20);
    await handle.result;
    await settle();
    expect(stages.byIndex).toEqual(['queued start retry queued2 start2 success2']);
    expect(stages.records[2]).toMatchObject({ stage: 'retry', error: boom });
    expect(stages.records.map(({ taskId }) => taskId)).toEqual(Array(6).fill(handle.id));
  });

  test('that all fail', async () => {
    const limit = createLimiter({ concurrency: 1, retry: twice });
    const stages = new Stages(limit);
    const results = Promise.allSettled([limit(fails)]);
    await elapse(100);
    const [settled] = await results;
    expect(stages.byIndex).toEqual(['queued start retry queued2 start2 retry2 queued3 start3 error3']);
    expect(stages.last().error).toBe((settled as PromiseRejectedResult).reason);
  });

  test('of `retry` in a limiter', async () => {
    const limit = createLimiter(1);
    const stages = new Stages(limit);
    const results = Promise.allSettled([
      retry(flaky(1), { ...twice, limiter: limit }),
      retry(fails, { ...twice, limiter: limit, shouldRetry: () => false }),
    ]);
    await elapse(100);
    await results;
    expect(stages.byIndex).toEqual(['queued start retry queued2 start2 success2', 'queued start error']);
  });

  test('of items', async () => {
    const limit = createLimiter({ concurrency: 2, retry: twice });
    const stages = new Stages(limit);
    const attempt = flaky(1);
    const results = mapSettled([attempt, fails], (item) => item(), { limiter: limit });
    await elapse(100);
    await results;
    await settle();
    expect(stages.byIndex).toEqual([
      'queued start retry queued2 start2 success2',
      'queued start retry queued2 start2 retry2 queued3 start3 error3',
    ]);
  });

  test('that take too long', async () => {
    const limit = createLimiter({ concurrency: 4, retry: { ...twice, retries: 1, attemptTimeout: 5 } });
    const stages = new Stages(limit);
    const forever = () => new Promise(nothing);
    const results = Promise.allSettled([limit(forever), map([1], forever, { limiter: limit })]);
    await elapse(100);
    await results;
    expect(stages.byIndex).toEqual(Array(2).fill('queued start retry queued2 start2 aborted2'));
    expect(stages.records.find(({ stage }) => stage === 'retry')).toMatchObject({
      runningMs: 5,
      error: { name: 'TimeoutError' },
    });
  });

  test('that are given up on while they rest', async () => {
    const limit = createLimiter({ concurrency: 1, retry: twice });
    const stages = new Stages(limit);
    const handles = [limit.submit(fails), limit.submit(fails)];
    const results = Promise.allSettled(handles.map(({ result }) => result));
    await elapse(5);
    handles[0]?.cancel(boom);
    limit.clear();
    await results;
    await settle();
    expect(stages.byIndex).toEqual(Array(2).fill('queued start retry aborted'));
  });

  test('where somebody cancels before it is clear whether there is another', async () => {
    const limit = createLimiter(1);
    const stages = new Stages(limit);
    const answer = deferred<boolean>();
    const controller = new AbortController();
    const result = retry(fails, {
      ...twice,
      limiter: limit,
      shouldRetry: () => answer.promise,
      signal: controller.signal,
    });
    await settle();
    controller.abort(boom);
    await expect(result).rejects.toBe(boom);
    answer.resolve(true);
    await settle();
    expect(stages.byIndex).toEqual(['queued start aborted']);
  });

  test('after what feedback asks for', async () => {
    let calls = 0;
    const limit = createLimiter({
      concurrency: 1,
      retry: { ...twice, retries: 1 },
      feedback: () => ({ retry: true }),
    });
    const stages = new Stages(limit);
    const result = limit(async () => ++calls);
    await elapse(100);
    expect(await result).toBe(2);
    expect(stages.byIndex).toEqual(['queued start retry queued2 start2 success2']);
  });
});

describe('ends that are none of the function', () => {
  test('a signal, a cancel, a clear: of what waits and of what runs', async () => {
    const limit = createLimiter({ concurrency: 2 });
    const stages = new Stages(limit);
    const controller = new AbortController();
    const gate = deferred();
    const wait = () => gate.promise;
    const { signal } = controller;
    const results = [limit.run(wait, { signal })];
    const running = limit.submit(wait);
    results.push(limit.run(wait, { signal }));
    const waiting = limit.submit(wait);
    results.push(running.result as Promise<void>, waiting.result as Promise<void>, limit(wait));
    const all = Promise.allSettled(results);
    await elapse(10);
    controller.abort(boom);
    running.cancel();
    waiting.cancel();
    limit.clear();
    await all;
    gate.resolve();
    await settle();
    expect(stages.byIndex).toEqual([
      'queued start aborted',
      'queued start aborted',
      'queued aborted',
      'queued aborted',
      'queued aborted',
    ]);
    const aborted = stages.records.filter(({ stage }) => stage === 'aborted');
    expect(aborted.map(({ error }) => (error as Error).name)).toEqual(
      expect.arrayContaining(['Error', 'AbortError', 'ClearedError']),
    );
    expect(aborted.find(({ index }) => index === 0)).toMatchObject({
      error: boom,
      runningMs: 10,
      waitingMs: 0,
    });
    expect(aborted.find(({ index }) => index === 2)).toMatchObject({
      error: boom,
      runningMs: 0,
      waitingMs: 10,
    });
  });

  test('one that was given up on before', async () => {
    const limit = createLimiter(1);
    const stages = new Stages(limit);
    const options = { signal: AbortSignal.abort(boom) };
    await Promise.allSettled([
      limit.run(nothing, options),
      limit.run(nothing, { ...options, retry: { retries: 1 } }),
    ]);
    expect(stages.byIndex).toEqual(['aborted', 'aborted']);
    expect(stages.last().error).toBe(boom);
  });

  test('timeouts', async () => {
    const limit = createLimiter({ concurrency: 1, queueTimeout: 5, runTimeout: 10 });
    const stages = new Stages(limit);
    const gate = deferred();
    const results = Promise.allSettled([limit(() => gate.promise), limit(nothing)]);
    await elapse(20);
    await results;
    gate.resolve();
    await settle();
    expect(stages.byIndex).toEqual(['queued start aborted', 'queued aborted']);
    expect(stages.records.filter(({ stage }) => stage === 'aborted')).toMatchObject([
      { index: 1, waitingMs: 5, error: { name: 'TimeoutError' } },
      { index: 0, runningMs: 10, error: { name: 'TimeoutError' } },
    ]);
  });

  test('a full queue, and a closed limiter', async () => {
    const limit = createLimiter({ concurrency: 1, maxQueue: 1 });
    const stages = new Stages(limit);
    const gate = deferred();
    const results = Promise.allSettled([limit(() => gate.promise), limit(nothing), limit(nothing)]);
    await settle();
    const closed = limit.close({ grace: 0 });
    await results;
    await Promise.allSettled([limit(nothing)]);
    gate.resolve();
    await closed;
    await settle();
    expect(stages.byIndex).toEqual([
      'queued start aborted',
      'queued aborted',
      'queued aborted',
      'queued aborted',
    ]);
    expect(
      stages.records.filter(({ stage }) => stage === 'aborted').map(({ error }) => (error as Error).name),
    ).toEqual(expect.arrayContaining(['QueueFullError', 'ClosedError']));
  });

  test('the limiter’s own signal', async () => {
    const controller = new AbortController();
    const limit = createLimiter({ concurrency: 1, signal: controller.signal });
    const stages = new Stages(limit);
    const results = Promise.allSettled([limit(() => new Promise(nothing)), limit(nothing)]);
    await settle();
    controller.abort(boom);
    await results;
    await settle();
    expect(stages.byIndex).toEqual(['queued start aborted', 'queued aborted']);
  });

  test('another item that failed', async () => {
    const limit = createLimiter(2);
    const stages = new Stages(limit);
    const item = (fn: () => unknown) => fn();
    const results = map([() => new Promise(nothing), fails, nothing], item, { limiter: limit });
    await expect(results).rejects.toBe(boom);
    await settle();
    expect(stages.byIndex.slice(0, 2)).toEqual(['queued start aborted', 'queued start error']);
    expect(stages.byIndex[2] ?? 'queued aborted').toBe('queued aborted');
  });
});
