// What p-queue's own tests state of the tasks that run and of being saturated; of p-queue too.
import { describe, expect, test } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { BOTH, later } from '../support/p-queue.ts';

useFakeTime();

describe.each(BOTH)('%s', (_name, { default: PQueue }) => {
  test('runningTasks are those that run, in the order of their starts', async () => {
    const queue = new PQueue({ concurrency: 2 });
    const begun = Date.now();
    expect(queue.runningTasks).toEqual([]);
    const first = queue.add(() => later(10), { id: 'first' });
    void queue.add(() => later(20));
    void queue.add(() => later(20), { id: 'third', priority: 3 });
    void queue.add(() => later(20));
    const task = (id: string, startTime: number, priority = 0) => {
      return { id, priority, startTime: begun + startTime, timeout: undefined, timeoutRemaining: undefined };
    };
    expect(queue.runningTasks).toEqual([task('first', 0), task('1', 0)]);
    await elapse(10);
    await first;
    expect(queue.runningTasks).toEqual([task('1', 0), task('third', 10, 3)]);
    await elapse(10);
    expect(queue.runningTasks).toEqual([task('third', 10, 3), task('2', 20)]);
    await elapse(100);
    expect(queue.runningTasks).toEqual([]);
  });

  test('a priority that is changed is not theirs', () => {
    const queue = new PQueue({ autoStart: false });
    void queue.add(() => later(10), { id: 'a', priority: 1 });
    queue.setPriority('a', 5);
    queue.start();
    expect(queue.runningTasks).toMatchObject([{ id: 'a', priority: 1 }]);
  });

  test('they tell how much of their time is left', async () => {
    const queue = new PQueue({ timeout: 100 });
    void queue.add(() => later(80), { id: 'a' });
    void queue.add(() => later(80), { id: 'b', timeout: 50 }).catch(() => {});
    void queue.add(() => later(80), { id: 'c', timeout: undefined as never });
    const left = () => queue.runningTasks.map(({ timeout, timeoutRemaining }) => [timeout, timeoutRemaining]);
    expect(left()).toEqual([
      [100, 100],
      [50, 50],
      [undefined, undefined],
    ]);
    await elapse(30);
    expect(left()).toEqual([
      [100, 70],
      [50, 20],
      [undefined, undefined],
    ]);
    await elapse(20);
    expect(left()).toEqual([
      [100, 50],
      [undefined, undefined],
    ]);
  });

  test('they are copies', () => {
    const queue = new PQueue();
    void queue.add(() => later(10), { id: 'a' });
    const [once, again] = [queue.runningTasks, queue.runningTasks];
    expect(once).toEqual(again);
    (once as unknown[]).length = 0;
    (again[0] as { id: string }).id = 'another';
    expect(queue.runningTasks).toMatchObject([{ id: 'a' }]);
  });

  test('a queue is saturated when it is full and some wait', async () => {
    const queue = new PQueue({ concurrency: 2 });
    const add = () => void queue.add(() => later(10));
    const seen = [queue.isSaturated];
    for (let task = 0; task < 3; task++) {
      add();
      seen.push(queue.isSaturated);
    }
    await elapse(20);
    expect([...seen, queue.isSaturated]).toEqual([false, false, false, true, false]);
    queue.pause();
    for (let task = 0; task < 3; task++) add();
    expect(queue.isSaturated).toBe(false);
    queue.start();
    expect(queue.isSaturated).toBe(true);
  });
});
