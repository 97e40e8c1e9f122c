// pause() is strict: nothing starts after it returned.
import { createLimiter } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { settle } from '../support/turns.ts';
import { watch } from '../support/watch.ts';

useFakeTime();

describe('pause and resume', () => {
  test('what is submitted while paused starts on resume, in order', async () => {
    const limiter = createLimiter(2);
    const gates = new Gates();
    limiter.pause();
    expect(limiter.isPaused).toBe(true);
    for (const name of 'abc') void limiter(gates.task(name));
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([0, 3]);
    await settle();
    expect(gates.started).toEqual([]);
    limiter.resume();
    expect(limiter.isPaused).toBe(false);
    await settle();
    expect(gates.started).toEqual(['a', 'b']);
    for (const name of 'abc') gates.open(name);
    await limiter.onIdle();
    expect(gates.started).toEqual(['a', 'b', 'c']);
  });

  test('a task that has its slot but was not called yet does not start either', async () => {
    const limiter = createLimiter(2);
    const gates = new Gates();
    const handles = [...'abc'].map((name) => limiter.submit(gates.task(name)));
    expect(limiter.activeCount).toBe(2);
    limiter.pause();
    expect(handles.map((handle) => handle.state)).toEqual(['queued', 'queued', 'queued']);
    await settle();
    expect(gates.started).toEqual([]);
    expect(limiter.activeCount).toBe(0);
    expect(limiter.pendingCount).toBe(3);
    limiter.resume();
    await settle();
    expect(gates.started).toEqual(['a', 'b']);
    for (const name of 'abc') gates.open(name);
    await limiter.onIdle();
    expect(gates.started).toEqual(['a', 'b', 'c']);
  });

  test('pausing between the starts of one step stops the rest of that step', async () => {
    const limiter = createLimiter(3);
    const started: string[] = [];
    void limiter(() => {
      started.push('a');
      limiter.pause();
    });
    void limiter(() => started.push('b'));
    void limiter(() => started.push('c'));
    await settle();
    expect(started).toEqual(['a']);
    limiter.resume();
    await settle();
    expect(started).toEqual(['a', 'b', 'c']);
  });

  test('the next task, handed the slot by one that ends in the same step, does not start', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    void limiter(gates.task('a'));
    void limiter(gates.task('b'));
    await settle();
    gates.open('a');
    limiter.pause();
    await settle();
    expect(gates.ended).toEqual(['a']);
    expect(gates.started).toEqual(['a']);
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([0, 1]);
    limiter.resume();
    gates.open('b');
    await limiter.onIdle();
    expect(gates.started).toEqual(['a', 'b']);
  });

  test('running tasks go on and end', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    const running = watch(limiter(gates.task('running')));
    await settle();
    limiter.pause();
    expect(limiter.activeCount).toBe(1);
    gates.open('running');
    await settle();
    expect(running.state).toBe('fulfilled');
    expect(limiter.activeCount).toBe(0);
    limiter.resume();
  });

  test('no permit is given while paused', async () => {
    const limiter = createLimiter(1);
    limiter.pause();
    expect(limiter.tryAcquire()).toBeUndefined();
    const waiting = watch(limiter.acquire());
    await settle();
    expect(waiting.state).toBe('pending');
    limiter.resume();
    await settle();
    expect(waiting.state).toBe('fulfilled');
    waiting.value!.release();
  });

  test('twice paused is resumed by one resume; resume of what runs changes nothing', async () => {
    const limiter = createLimiter(1);
    limiter.resume();
    limiter.pause();
    limiter.pause();
    const task = watch(limiter(() => 1));
    limiter.resume();
    limiter.resume();
    await settle();
    expect(task.state).toBe('fulfilled');
  });

  test('paused and resumed in one step starts everything once', async () => {
    const limiter = createLimiter(2);
    const gates = new Gates();
    for (const name of 'abcd') void limiter(gates.task(name));
    limiter.pause();
    limiter.resume();
    limiter.pause();
    limiter.resume();
    await settle();
    expect(gates.started).toEqual(['a', 'b']);
    for (const name of 'abcd') gates.open(name);
    await limiter.onIdle();
    expect(gates.started).toEqual([...'abcd']);
  });

  test('paused tasks can be cancelled and cleared', async () => {
    const limiter = createLimiter(1);
    limiter.pause();
    const cancelled = limiter.submit(() => 1);
    const cleared = limiter.submit(() => 2);
    const results = [watch(cancelled.result), watch(cleared.result)];
    expect(cancelled.cancel()).toBe(true);
    expect(limiter.clear()).toBe(1);
    await settle();
    expect(results.map((result) => result.state)).toEqual(['rejected', 'rejected']);
    expect(limiter.isPaused).toBe(true);
    limiter.resume();
    expect(await limiter(() => 3)).toBe(3);
  });
});

describe('pause(ms)', () => {
  test('ends by itself', async () => {
    const limiter = createLimiter(1);
    limiter.pause(1000);
    const task = watch(limiter(() => 'ran'));
    await elapse(999);
    expect(limiter.isPaused).toBe(true);
    expect(task.state).toBe('pending');
    await elapse(1);
    expect(limiter.isPaused).toBe(false);
    expect(task.value).toBe('ran');
  });

  test('a later pause replaces it, whether longer, shorter or endless', async () => {
    const limiter = createLimiter(1);
    limiter.pause(1000);
    limiter.pause(5000);
    await elapse(1000);
    expect(limiter.isPaused).toBe(true);
    limiter.pause(10);
    await elapse(10);
    expect(limiter.isPaused).toBe(false);
    limiter.pause(10);
    limiter.pause();
    await elapse(100_000);
    expect(limiter.isPaused).toBe(true);
    limiter.resume();
  });

  test('resume ends it before its time, and the old time means nothing any more', async () => {
    const limiter = createLimiter(1);
    limiter.pause(1000);
    limiter.resume();
    expect(limiter.isPaused).toBe(false);
    limiter.pause();
    await elapse(2000);
    expect(limiter.isPaused).toBe(true);
    limiter.resume();
  });
});
