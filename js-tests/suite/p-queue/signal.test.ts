// What p-queue's own tests state of abort signals; of p-queue too, but for the number of listeners.
import { describe, expect, test } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { BOTH, FANFOLD, later } from '../support/p-queue.ts';
import { reasonOf, watch } from '../support/watch.ts';

useFakeTime();

/** Counts the listeners of a signal. */
function listened(signal: AbortSignal): () => number {
  let count = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    count++;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    count--;
    removeEventListener.apply(signal, args);
  };
  return () => count;
}

describe.each(BOTH)('%s', (_name, { default: PQueue }) => {
  test('one that is aborted already rejects at once, paused or not', async () => {
    for (const autoStart of [true, false]) {
      const queue = new PQueue({ autoStart });
      let ran = false;
      const work = () => {
        ran = true;
      };
      const reason = new Error('before');
      expect(await reasonOf(queue.add(work, { signal: AbortSignal.abort(reason) }))).toBe(reason);
      expect([queue.size, queue.pending, ran]).toEqual([0, 0, false]);
      queue.start();
      expect(await queue.add(() => 'next')).toBe('next');
    }
  });

  test('a task that waits leaves the queue, and rejects with the reason', async () => {
    const queue = new PQueue({ concurrency: 1 });
    void queue.add(() => later(1000));
    const controller = new AbortController();
    const { signal } = controller;
    const reasons = Promise.all([1, 2, 3].map(() => reasonOf(queue.add(() => 'never', { signal }))));
    const behind = watch(queue.add(() => 'behind'));
    expect(queue.size).toBe(4);
    controller.abort();
    expect(queue.size).toBe(1);
    for (const reason of await reasons) expect(reason).toMatchObject({ name: 'AbortError' });
    await elapse(1000);
    expect(behind.value).toBe('behind');
  });

  test('a queue that is paused stays so', async () => {
    const queue = new PQueue({ autoStart: false });
    const controller = new AbortController();
    const reason = reasonOf(queue.add(() => 'never', { signal: controller.signal }));
    void queue.add(() => 'waits');
    controller.abort('reason');
    expect([await reason, queue.isPaused, queue.size, queue.pending]).toEqual(['reason', true, 1, 0]);
  });

  test.each([
    ['names of their own', ['a', 'b', 'c']],
    ['the same name', ['x', 'x', 'x']],
  ])('only the task is meant that has the signal, with %s', async (_what, [a, b, c]) => {
    const queue = new PQueue({ concurrency: 1, autoStart: false });
    const ran: string[] = [];
    const controller = new AbortController();
    void queue.add(() => ran.push('a'), { id: a as string });
    const reason = reasonOf(queue.add(() => ran.push('b'), { id: b as string, signal: controller.signal }));
    void queue.add(() => ran.push('c'), { id: c as string });
    controller.abort('reason');
    expect(await reason).toBe('reason');
    queue.start();
    await queue.onIdle();
    expect(ran).toEqual(['a', 'c']);
  });

  test('a task that runs is told, and its place is free though it goes on', async () => {
    const queue = new PQueue({ concurrency: 1 });
    const controller = new AbortController();
    let told: unknown;
    let ended = false;
    const first = reasonOf(
      queue.add(
        async ({ signal }) => {
          told = signal;
          await later(100);
          ended = true;
        },
        { signal: controller.signal },
      ),
    );
    const second = queue.add(() => 'second');
    controller.abort('reason');
    expect([await first, await second, ended]).toEqual(['reason', 'second', false]);
    expect(told).toBe(controller.signal);
  });

  test('a task is told of no signal if it has none', async () => {
    const queue = new PQueue();
    expect(await queue.add((told) => Object.entries(told))).toEqual([['signal', undefined]]);
  });

  test('several at the same time, each by its own', async () => {
    const queue = new PQueue({ concurrency: 1 });
    const controllers = [0, 1, 2].map(() => new AbortController());
    const reasons = controllers.map(({ signal }) =>
      reasonOf(queue.add(() => new Promise(() => {}), { signal })),
    );
    controllers.forEach((controller, index) => {
      controller.abort(index);
    });
    expect(await Promise.all(reasons)).toEqual([0, 1, 2]);
    expect([queue.size, queue.pending]).toEqual([0, 0]);
  });

  test('aborted tasks count in no interval', async () => {
    for (const strict of [true, false]) {
      const queue = new PQueue({ interval: 100, intervalCap: 1, strict });
      const limited: string[] = [];
      queue.on('rateLimit', () => limited.push('limited'));
      const { signal } = AbortSignal.abort() && { signal: AbortSignal.abort() };
      for (let task = 0; task < 5; task++) await reasonOf(queue.add(() => 'never', { signal }));
      expect([limited, queue.isRateLimited]).toEqual([[], false]);
      expect(await queue.add(() => 'at once')).toBe('at once');
    }
  });

  test('thousands of aborted tasks need no deep stack', async () => {
    const queue = new PQueue({ concurrency: 1, autoStart: false });
    const controllers = Array.from({ length: 5_000 }, () => new AbortController());
    const reasons = controllers.map(({ signal }) => reasonOf(queue.add(() => 'never', { signal })));
    for (const controller of controllers) controller.abort('reason');
    queue.start();
    expect(new Set(await Promise.all(reasons))).toEqual(new Set(['reason']));
    expect(queue.size).toBe(0);
  });

  test('no listener is left behind', async () => {
    const queue = new PQueue({ concurrency: 1 });
    const controller = new AbortController();
    const { signal } = controller;
    const listeners = listened(signal);
    void queue.add(() => later(10));
    const waits = queue.add(() => 'value', { signal });
    expect(listeners()).toBe(1);
    await elapse(10);
    await waits;
    expect(listeners()).toBe(0);
    for (const work of [() => 'value', () => later(1), () => Promise.reject(new Error('broken'))]) {
      const ends = watch(queue.add<unknown>(work, { signal }));
      await elapse(1);
      expect([ends.state === 'pending', listeners()]).toEqual([false, 0]);
    }
  });

  test('clear stops listening for those who wait, and for nobody else', async () => {
    const queue = new PQueue({ concurrency: 1 });
    const controller = new AbortController();
    const { signal } = controller;
    const listeners = listened(signal);
    for (let round = 0; round < 3; round++) {
      queue.pause();
      const forgotten = [1, 2, 3].map(() => watch(queue.add(() => 'never', { signal })));
      queue.clear();
      expect(listeners()).toBe(0);
      await elapse(0);
      expect(forgotten.map(({ state }) => state)).toEqual(['pending', 'pending', 'pending']);
    }
    queue.start();
    const runs = watch(queue.add(() => new Promise(() => {}), { signal }));
    const forgotten = watch(queue.add(() => 'never', { signal }));
    queue.clear();
    expect(listeners()).toBe(1);
    controller.abort('later');
    await elapse(0);
    expect([runs.reason, forgotten.state]).toEqual(['later', 'pending']);
  });

  test('onError hears nothing of a task that waits', async () => {
    const queue = new PQueue({ concurrency: 1, autoStart: false });
    const error = watch(queue.onError());
    const controller = new AbortController();
    const reason = reasonOf(queue.add(() => 'never', { signal: controller.signal }));
    controller.abort('reason');
    await reason;
    expect(error.state).toBe('pending');
  });
});

test('ten thousand tasks share a signal with one listener, and leave none', async () => {
  const queue = new FANFOLD.default({ concurrency: 1 });
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = listened(signal);
  const reasons = Array.from({ length: 10_000 }, () =>
    reasonOf(queue.add(() => new Promise(() => {}), { signal })),
  );
  expect(listeners()).toBe(1);
  controller.abort('reason');
  expect(new Set(await Promise.all(reasons))).toEqual(new Set(['reason']));
  expect([queue.size, queue.pending, listeners()]).toEqual([0, 0, 1]);
});
