// Timers are late when the program is busy: what is due is then found out in the middle of something else.
import { createLimiter, TimeoutError } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { block, elapse, useFakeTime } from '../support/fake-time.js';
import { Gates } from '../support/gates.js';
import { settle } from '../support/turns.js';
import { watch } from '../support/watch.js';

useFakeTime();

describe('when a deadline has passed and its timer has not gone off yet', () => {
  test('a task that ends settles once, and its slot is free', async () => {
    const limiter = createLimiter({ concurrency: 1, runTimeout: 50 });
    const gates = new Gates();
    const task = watch(limiter(gates.task('task')));
    const next = watch(limiter(gates.task('next')));
    await settle();
    block(100);
    gates.open('task');
    await settle();
    expect(task.state).not.toBe('pending');
    if (task.state === 'rejected') expect(task.reason).toBeInstanceOf(TimeoutError);
    expect(gates.started).toEqual(['task', 'next']);
    gates.open('next');
    await elapse(0);
    await elapse(200);
    expect(next.state).toBe('fulfilled');
    expect(limiter.activeCount).toBe(0);
  });

  test('several tasks that end in one step', async () => {
    const limiter = createLimiter({ concurrency: 3, runTimeout: 50 });
    const gates = new Gates();
    const tasks = [...'abcdef'].map((name) => watch(limiter(gates.task(name))));
    await settle();
    block(100);
    for (const name of 'abcdef') gates.open(name);
    await settle();
    await elapse(200);
    expect(tasks.every((task) => task.state !== 'pending')).toBe(true);
    expect(gates.started).toEqual([...'abcdef']);
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([0, 0]);
  });

  test('a task that ends frees its slot for one that has waited for too long', async () => {
    const limiter = createLimiter({ concurrency: 1, queueTimeout: 50 });
    const gates = new Gates();
    void limiter(gates.task('first'));
    const late = watch(limiter(gates.task('late')));
    await settle();
    block(100);
    gates.open('first');
    await settle();
    gates.open('late');
    await elapse(0);
    expect(late.state).not.toBe('pending');
    expect(gates.started.includes('late')).toBe(late.state === 'fulfilled');
    expect(limiter.activeCount).toBe(0);
  });

  test('a submission, a cancel, an abort, a clear, a release, a pause and a resume', async () => {
    for (const act of [
      'submit',
      'cancel',
      'abort',
      'clear',
      'release',
      'pause',
      'resume',
      'raise',
      'stats',
    ] as const) {
      const limiter = createLimiter({ concurrency: 3, queueTimeout: 50, runTimeout: 50 });
      const controller = new AbortController();
      const gates = new Gates();
      const permit = limiter.tryAcquire()!;
      const handles = [...'abcde'].map((name) =>
        limiter.submit(gates.task(name), { signal: controller.signal }),
      );
      const results = handles.map((handle) => watch(handle.result));
      const started = handles.map((handle) => watch(handle.started));
      await settle();
      block(100);
      if (act === 'submit') results.push(watch(limiter(gates.task('new'))));
      if (act === 'cancel') for (const handle of handles) handle.cancel('cancelled');
      if (act === 'abort') controller.abort('aborted');
      if (act === 'clear') limiter.clear();
      if (act === 'release') permit.release();
      if (act === 'pause') limiter.pause();
      if (act === 'resume') limiter.resume();
      if (act === 'raise') limiter.concurrency = 10;
      if (act === 'stats') limiter.stats();
      permit.release();
      limiter.resume();
      gates.openAll();
      await settle();
      await elapse(100);
      expect(
        [...results, ...started].filter((each) => each.state === 'pending'),
        act,
      ).toEqual([]);
      expect([limiter.activeCount, limiter.pendingCount], act).toEqual([0, 0]);
    }
  });

  test('the end of a grace and of a pause', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    limiter.pause(20);
    const task = watch(limiter(gates.task('task')));
    block(50);
    await elapse(20);
    expect(limiter.isPaused).toBe(false);
    expect(gates.started).toEqual(['task']);
    const closing = watch(limiter.close({ grace: 20 }));
    block(50);
    gates.open('task');
    await settle();
    await elapse(20);
    expect(closing.state).toBe('fulfilled');
    expect(task.state).not.toBe('pending');
  });
});
