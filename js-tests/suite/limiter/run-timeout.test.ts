// runTimeout: the clock of the running. The promise rejects at once, the slot stays taken until the function settles.
import { createLimiter, type TaskContext, TimeoutError } from 'fanfold';
import { describe, expect, test, vi } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { settle } from '../support/turns.ts';
import { watch } from '../support/watch.ts';

useFakeTime();

describe('runTimeout', () => {
  test('rejects the promise at once, and keeps the slot until the function settles', async () => {
    const limiter = createLimiter({ concurrency: 1, runTimeout: 200, name: 'api' });
    const gates = new Gates();
    const slow = watch(limiter(gates.task('slow')));
    const next = watch(limiter(gates.task('next')));
    await elapse(199);
    expect(slow.state).toBe('pending');
    await elapse(1);
    expect(slow.reason).toBeInstanceOf(TimeoutError);
    expect(slow.reason).toMatchObject({
      name: 'TimeoutError',
      code: 'FANFOLD_RUN_TIMEOUT',
      clock: 'run',
      limiter: 'api',
    });
    expect((slow.reason as TimeoutError).ranMs).toBeGreaterThanOrEqual(200);
    expect((slow.reason as TimeoutError).ranMs).toBeLessThan(300);
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([1, 1]);
    await elapse(10_000);
    expect(gates.started).toEqual(['slow']);
    gates.open('slow');
    await settle();
    expect(gates.started).toEqual(['slow', 'next']);
    gates.open('next');
    await settle();
    expect(next.state).toBe('fulfilled');
    expect(limiter.activeCount).toBe(0);
  });

  test('aborts the signal of the task with the same error', async () => {
    const limiter = createLimiter({ concurrency: 1, runTimeout: 50 });
    const aborted = deferred<unknown>();
    const task = watch(
      limiter.run(({ signal }: TaskContext) => {
        signal.addEventListener('abort', () => aborted.resolve(signal.reason));
        return aborted.promise;
      }),
    );
    await elapse(50);
    expect(task.reason).toBeInstanceOf(TimeoutError);
    expect(await aborted.promise).toBe(task.reason);
    await settle();
    expect(limiter.activeCount).toBe(0);
  });

  test('a signal looked at only after the timeout is aborted too', async () => {
    const limiter = createLimiter({ concurrency: 1, runTimeout: 50 });
    const gate = deferred();
    let context: TaskContext | undefined;
    const task = watch(
      limiter.run(async (given: TaskContext) => {
        context = given;
        await gate.promise;
      }),
    );
    await elapse(50);
    expect(context!.signal.aborted).toBe(true);
    expect(context!.signal.reason).toBe(task.reason);
    gate.resolve();
    await settle();
  });

  test('what the function does after the timeout is nobody’s unhandled rejection', async () => {
    const limiter = createLimiter({ concurrency: 1, runTimeout: 50 });
    const gates = new Gates();
    const task = watch(limiter(gates.task('late failure')));
    await elapse(50);
    gates.fail('late failure', new Error('too late to matter'));
    await settle();
    expect(task.reason).toBeInstanceOf(TimeoutError);
    expect(limiter.activeCount).toBe(0);
  });

  test('counts from the start of the function, not from the call', async () => {
    const limiter = createLimiter({ concurrency: 1, runTimeout: 100 });
    const gates = new Gates();
    const first = watch(limiter(gates.task('first')));
    const second = watch(limiter(gates.task('second')));
    await elapse(90);
    gates.open('first');
    await elapse(99);
    expect(first.state).toBe('fulfilled');
    expect(second.state).toBe('pending');
    await elapse(1);
    expect(second.reason).toBeInstanceOf(TimeoutError);
    expect((second.reason as TimeoutError).queuedMs).toBeGreaterThanOrEqual(90);
    gates.open('second');
    await settle();
  });

  test('a task that ends in time leaves no timer', async () => {
    const limiter = createLimiter({ concurrency: 3, runTimeout: 100 });
    const before = vi.getTimerCount();
    const gates = new Gates();
    const all = [...'abcdef'].map((name) => watch(limiter(gates.task(name))));
    await elapse(10);
    expect(vi.getTimerCount() - before).toBe(1);
    for (const name of 'abcdef') gates.open(name);
    await elapse(200);
    expect(vi.getTimerCount() - before).toBe(0);
    expect(all.every((task) => task.state === 'fulfilled')).toBe(true);
  });

  test('the option of the task comes before the option of the limiter', async () => {
    const limiter = createLimiter({ concurrency: 3, runTimeout: 100 });
    const gates = new Gates();
    const short = watch(limiter.run(gates.task('short'), { runTimeout: 10 }));
    const none = watch(limiter.run(gates.task('none'), { runTimeout: Number.POSITIVE_INFINITY }));
    const inherited = watch(limiter.run(gates.task('inherited')));
    await elapse(10);
    expect([short.state, inherited.state, none.state]).toEqual(['rejected', 'pending', 'pending']);
    await elapse(90);
    expect([inherited.state, none.state]).toEqual(['rejected', 'pending']);
    await elapse(10_000);
    expect(none.state).toBe('pending');
    gates.openAll();
    await settle();
    expect(limiter.activeCount).toBe(0);
  });

  test('both clocks on one task: first the one, then the other', async () => {
    const limiter = createLimiter({ concurrency: 1, queueTimeout: 100, runTimeout: 100 });
    const gates = new Gates();
    void limiter.run(gates.task('first'), { runTimeout: Number.POSITIVE_INFINITY });
    const second = watch(limiter(gates.task('second')));
    await elapse(80);
    gates.open('first');
    await elapse(99);
    expect(second.state).toBe('pending');
    await elapse(1);
    expect(second.reason).toMatchObject({ clock: 'run', code: 'FANFOLD_RUN_TIMEOUT' });
    gates.open('second');
    await settle();
  });

  test('does not let more run than the limit, however many time out', async () => {
    const limiter = createLimiter({ concurrency: 2, runTimeout: 10 });
    const gates = new Gates();
    const all = Array.from({ length: 10 }, (_, index) => watch(limiter(gates.task(`t${index}`))));
    for (let index = 0; index < 10; index += 2) {
      await elapse(25);
      expect(gates.running).toBe(2);
      expect(limiter.activeCount).toBe(2);
      gates.open(`t${index}`);
      gates.open(`t${index + 1}`);
      await settle();
    }
    expect(gates.peak).toBe(2);
    expect(all.every((task) => task.reason instanceof TimeoutError)).toBe(true);
    expect(limiter.activeCount).toBe(0);
  });
});
