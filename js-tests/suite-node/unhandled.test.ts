// Unhandled rejections: those of tasks that nobody follows are reported once, as for any promise; those of promises
// that the library made on its own are not.
import { createLimiter } from 'fanfold';
import pLimit from 'fanfold/p-limit';
import { describe, expect, test } from 'vitest';
import { Gates } from '../suite/support/gates.ts';
import { settle } from '../suite/support/turns.ts';
import { reasonOf, watch } from '../suite/support/watch.ts';
import { unhandledDuring } from './support/unhandled.ts';

describe('a failure that nobody follows', () => {
  test.each([
    ['limiter(fn)', (fn: () => unknown) => createLimiter(1)(fn)],
    ['limiter.run(fn)', (fn: () => unknown) => createLimiter(1).run(fn)],
    ['pLimit(1)(fn)', (fn: () => unknown) => pLimit(1)(fn)],
  ] as const)('%s is reported once', async (_name, submit) => {
    const thrown = new Error('nobody listens');
    const async = await unhandledDuring(() => void submit(() => Promise.reject(thrown)));
    expect(async).toEqual([thrown]);
    const sync = await unhandledDuring(() => {
      void submit(() => {
        throw thrown;
      });
    });
    expect(sync).toEqual([thrown]);
  });

  test('of a task that its own handle cancelled is none', async () => {
    const gates = new Gates();
    const seen = await unhandledDuring(async () => {
      const limiter = createLimiter(1);
      const running = limiter.submit(gates.task('running'));
      const waiting = limiter.submit(() => 1);
      await settle();
      expect([waiting.cancel(), running.cancel('enough')]).toEqual([true, true]);
      gates.open('running');
      expect(await reasonOf(running.result)).toBe('enough');
    });
    expect(seen).toEqual([]);
  });

  test('of a task that was done before it was cancelled is reported all the same', async () => {
    const thrown = new Error('nobody listens');
    const seen = await unhandledDuring(async () => {
      const task = createLimiter(1).submit(() => Promise.reject(thrown));
      while (task.state !== 'done') await null;
      expect(task.cancel()).toBe(false);
    });
    expect(seen).toEqual([thrown]);
  });

  test('of a submit whose result was never looked at is reported once', async () => {
    const thrown = new Error('nobody listens');
    expect(
      await unhandledDuring(() => void createLimiter(1).submit(() => Promise.reject(thrown)).result),
    ).toEqual([thrown]);
  });
});

describe('a failure that somebody follows', () => {
  test('is not reported', async () => {
    const reasons = await unhandledDuring(async () => {
      const limiter = createLimiter(1);
      await reasonOf(limiter(() => Promise.reject(new Error('seen'))));
      await reasonOf(pLimit(1)(() => Promise.reject(new Error('seen'))));
      const handle = limiter.submit(() => Promise.reject(new Error('seen')));
      void handle.started;
      await reasonOf(handle.result);
    });
    expect(reasons).toEqual([]);
  });
});

describe('what the library makes on its own', () => {
  test('started of a task that never starts', async () => {
    const reasons = await unhandledDuring(async () => {
      const limiter = createLimiter({ concurrency: 1, maxQueue: 1 });
      const held = limiter.tryAcquire()!;
      const cancelled = limiter.submit(() => 1);
      void cancelled.started;
      watch(cancelled.result);
      cancelled.cancel();
      const dropped = [limiter.submit(() => 1), limiter.submit(() => 1)];
      for (const handle of dropped) {
        void handle.started;
        watch(handle.result);
      }
      limiter.clear();
      const { started, result } = limiter.submit(() => 1, { signal: AbortSignal.abort('no') });
      void started;
      watch(result);
      await settle();
      held.release();
      await limiter.close();
      const late = limiter.submit(() => 1);
      void late.started;
      watch(late.result);
    });
    expect(reasons).toEqual([]);
  });

  test('the function’s own promise, after its task was given up', async () => {
    const reasons = await unhandledDuring(async () => {
      const limiter = createLimiter(2);
      const gates = new Gates();
      const handle = limiter.submit(gates.task('cancelled'));
      watch(handle.result);
      const late = watch(limiter.run(gates.task('late'), { runTimeout: 1 }));
      await settle();
      handle.cancel();
      gates.fail('cancelled', new Error('after the end'));
      await reasonOf(
        new Promise((_, reject) => {
          const poll = () => (late.state === 'rejected' ? reject(late.reason) : setImmediate(poll));
          poll();
        }),
      );
      gates.fail('late', new Error('after the end'));
      await settle();
    });
    expect(reasons).toEqual([]);
  });

  test('the tasks of a map whose iterable threw', async () => {
    const reasons = await unhandledDuring(async () => {
      const limit = pLimit(1);
      const mapped = limit.map(
        (function* () {
          yield 1;
          yield 2;
          throw new Error('the source');
        })(),
        () => Promise.reject(new Error('the mapper')),
      );
      await reasonOf(mapped);
      await settle();
    });
    expect(reasons).toEqual([]);
  });

  test('the other tasks of a map of which one failed', async () => {
    const reasons = await unhandledDuring(async () => {
      const mapped = pLimit(1).map([1, 2, 3], (value) => Promise.reject(new Error(`item ${value}`)));
      await reasonOf(mapped);
      await settle();
    });
    expect(reasons).toEqual([]);
  });

  test('aborting a limiter with nobody in it, and closing one that was aborted', async () => {
    const reasons = await unhandledDuring(async () => {
      const controller = new AbortController();
      const limiter = createLimiter({ concurrency: 1, signal: controller.signal });
      void limiter.onIdle();
      controller.abort();
      void limiter.close();
      await settle();
    });
    expect(reasons).toEqual([]);
  });
});
