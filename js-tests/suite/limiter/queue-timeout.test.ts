// queueTimeout: the clock of the waiting.
import { createLimiter, TimeoutError } from 'fanfold';
import { describe, expect, test, vi } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { settle } from '../support/turns.ts';
import { watch } from '../support/watch.ts';

useFakeTime();

describe('queueTimeout', () => {
  test('rejects a task that waits longer, and it never runs', async () => {
    const limiter = createLimiter({ concurrency: 1, queueTimeout: 1000, name: 'db' });
    const gates = new Gates();
    const running = watch(limiter(gates.task('running')));
    const waiting = watch(limiter(gates.task('waiting')));
    await elapse(999);
    expect(waiting.state).toBe('pending');
    await elapse(1);
    expect(waiting.state).toBe('rejected');
    expect(waiting.reason).toBeInstanceOf(TimeoutError);
    expect(waiting.reason).toMatchObject({
      name: 'TimeoutError',
      code: 'FANFOLD_QUEUE_TIMEOUT',
      clock: 'queue',
      limiter: 'db',
      ranMs: 0,
    });
    expect((waiting.reason as TimeoutError).queuedMs).toBeGreaterThanOrEqual(1000);
    expect((waiting.reason as TimeoutError).queuedMs).toBeLessThan(1100);
    expect(limiter.pendingCount).toBe(0);
    gates.open('running');
    await settle();
    expect(gates.started).toEqual(['running']);
    expect(running.state).toBe('fulfilled');
  });

  test('stops at the start: a task may run for as long as it likes', async () => {
    const limiter = createLimiter({ concurrency: 1, queueTimeout: 100 });
    const gates = new Gates();
    const first = watch(limiter(gates.task('first')));
    const second = watch(limiter(gates.task('second')));
    await elapse(60);
    gates.open('first');
    await elapse(1000);
    expect(first.state).toBe('fulfilled');
    expect(second.state).toBe('pending');
    gates.open('second');
    await settle();
    expect(second.value).toBe('second');
  });

  test('the option of the task comes before the option of the limiter', async () => {
    const limiter = createLimiter({ concurrency: 1, queueTimeout: 100 });
    const gates = new Gates();
    void limiter(gates.task('first'));
    const short = watch(limiter.run(gates.task('short'), { queueTimeout: 10 }));
    const long = watch(limiter.run(gates.task('long'), { queueTimeout: 1000 }));
    const none = watch(limiter.run(gates.task('none'), { queueTimeout: Number.POSITIVE_INFINITY }));
    const inherited = watch(limiter.run(gates.task('inherited'), {}));
    await elapse(10);
    expect([short.state, inherited.state, long.state, none.state]).toEqual([
      'rejected',
      'pending',
      'pending',
      'pending',
    ]);
    await elapse(90);
    expect([inherited.state, long.state, none.state]).toEqual(['rejected', 'pending', 'pending']);
    await elapse(900);
    expect([long.state, none.state]).toEqual(['rejected', 'pending']);
    await elapse(1_000_000);
    expect(none.state).toBe('pending');
    gates.open('first');
    gates.open('none');
    await settle();
    expect(none.state).toBe('fulfilled');
  });

  test('a task with a free slot never waits', async () => {
    const limiter = createLimiter({ concurrency: 1, queueTimeout: 1 });
    const gates = new Gates();
    const only = watch(limiter(gates.task('only')));
    await elapse(100);
    expect(only.state).toBe('pending');
    gates.open('only');
    await settle();
    expect(only.state).toBe('fulfilled');
  });

  test('holds for acquire', async () => {
    const limiter = createLimiter({ concurrency: 1, queueTimeout: 500 });
    const held = limiter.tryAcquire()!;
    const byDefault = watch(limiter.acquire());
    const own = watch(limiter.acquire({ queueTimeout: 20 }));
    await elapse(20);
    expect(own.reason).toMatchObject({ code: 'FANFOLD_QUEUE_TIMEOUT', clock: 'queue' });
    await elapse(480);
    expect(byDefault.reason).toBeInstanceOf(TimeoutError);
    held.release();
    limiter.tryAcquire()!.release();
  });

  test('runs on while the limiter is paused', async () => {
    const limiter = createLimiter({ concurrency: 1, queueTimeout: 100 });
    limiter.pause();
    const task = watch(limiter(() => 1));
    await elapse(100);
    expect(task.reason).toBeInstanceOf(TimeoutError);
    limiter.resume();
  });

  test('many deadlines need one timer, and none is left when nobody waits', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    const before = vi.getTimerCount();
    void limiter(gates.task('first'));
    const waiting = Array.from({ length: 500 }, (_, index) =>
      watch(limiter.run(gates.task(`t${index}`), { queueTimeout: 1000 - index })),
    );
    await settle();
    expect(vi.getTimerCount() - before).toBe(1);
    await elapse(750);
    expect(waiting.filter((each) => each.state === 'rejected')).toHaveLength(250);
    expect(vi.getTimerCount() - before).toBe(1);
    gates.open('first');
    for (let index = 0; index < 500; index++) gates.open(`t${index}`);
    await settle();
    expect(waiting.filter((each) => each.state === 'fulfilled')).toHaveLength(250);
    await elapse(0);
    expect(vi.getTimerCount() - before).toBeLessThanOrEqual(1);
    await elapse(1000);
    expect(vi.getTimerCount() - before).toBe(0);
  });

  test('tasks that time out together do so in the order in which they wait', async () => {
    const limiter = createLimiter({ concurrency: 1, queueTimeout: 50 });
    const gates = new Gates();
    void limiter(gates.task('first'));
    const order: string[] = [];
    for (const name of 'abcd') limiter(gates.task(name)).catch(() => order.push(name));
    await elapse(50);
    expect(order).toEqual([...'abcd']);
    gates.open('first');
  });

  test('makes room in a full queue', async () => {
    const limiter = createLimiter({ concurrency: 1, maxQueue: 1, queueTimeout: 10 });
    const gates = new Gates();
    void limiter(gates.task('first'));
    watch(limiter(gates.task('times out')));
    await elapse(10);
    const next = watch(limiter(gates.task('next')));
    gates.open('first');
    gates.open('next');
    await settle();
    expect(next.state).toBe('fulfilled');
  });

  test('a very long timeout is no short one', async () => {
    const limiter = createLimiter({ concurrency: 1, queueTimeout: 2 ** 31 + 5000 });
    const gates = new Gates();
    void limiter(gates.task('first'));
    const waiting = watch(limiter(gates.task('waiting')));
    await elapse(10_000);
    expect(waiting.state).toBe('pending');
    gates.open('first');
    gates.open('waiting');
    await settle();
    expect(waiting.state).toBe('fulfilled');
  });
});
