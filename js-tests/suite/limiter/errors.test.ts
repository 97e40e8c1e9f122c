// The classes of the errors: names and codes that do not change, and what a verdict carries.
import * as fanfold from 'fanfold';
import {
  BackendError,
  ClearedError,
  ClosedError,
  createLimiter,
  InternalError,
  NestedLimitError,
  QueueFullError,
  TimeoutError,
} from 'fanfold';
import { describe, expect, test } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

useFakeTime();

describe('the classes', () => {
  test('are errors of their own names', () => {
    for (const [name, kind] of Object.entries({
      QueueFullError,
      TimeoutError,
      ClosedError,
      ClearedError,
      NestedLimitError,
      InternalError,
      BackendError,
    })) {
      expect(kind.name).toBe(name);
      expect(kind.prototype).toBeInstanceOf(Error);
    }
  });

  test('every exported error class is listed here', () => {
    const classes = Object.entries(fanfold).filter(
      ([, value]) =>
        typeof value === 'function' && (value as { prototype?: unknown }).prototype instanceof Error,
    );
    expect(classes.map(([name]) => name).sort()).toEqual(
      expect.arrayContaining([
        'BackendError',
        'ClearedError',
        'ClosedError',
        'InternalError',
        'NestedLimitError',
        'QueueFullError',
        'TimeoutError',
      ]),
    );
  });
});

describe('a verdict', () => {
  test('of waiting carries the limiter and the time queued', async () => {
    const limiter = createLimiter({ concurrency: 1, name: 'db' });
    const gates = new Gates();
    void limiter(gates.task('first'));
    const waiting = watch(limiter(() => 1));
    await elapse(250);
    limiter.clear();
    await settle();
    expect(waiting.reason).toMatchObject({ limiter: 'db', ranMs: 0, code: 'FANFOLD_CLEARED' });
    const { queuedMs } = waiting.reason as ClearedError;
    expect(queuedMs).toBeGreaterThanOrEqual(249);
    expect(queuedMs).toBeLessThan(350);
    gates.open('first');
  });

  test('of running carries both times', async () => {
    const limiter = createLimiter({ concurrency: 1, name: 'db', runTimeout: 300 });
    const gates = new Gates();
    const first = watch(limiter.run(gates.task('first'), { runTimeout: Number.POSITIVE_INFINITY }));
    const second = watch(limiter(gates.task('second')));
    await elapse(200);
    gates.open('first');
    await elapse(300);
    const error = second.reason as TimeoutError;
    expect(first.state).toBe('fulfilled');
    expect(error.queuedMs).toBeGreaterThanOrEqual(199);
    expect(error.queuedMs).toBeLessThan(300);
    expect(error.ranMs).toBeGreaterThanOrEqual(299);
    expect(error.ranMs).toBeLessThan(400);
    gates.open('second');
    await settle();
  });

  test('says in its message what happened, where, and the numbers', async () => {
    const limiter = createLimiter({ concurrency: 1, name: 'thumbnails', maxQueue: 1, queueTimeout: 1500 });
    const gates = new Gates();
    void limiter(gates.task('first'));
    const timed = watch(limiter(() => 1));
    const full = (await reasonOf(limiter(() => 2))) as Error;
    expect(full.message).toContain('thumbnails');
    await elapse(1500);
    const late = timed.reason as Error;
    expect(late.message).toContain('thumbnails');
    expect(late.message).toContain('1500');
    gates.open('first');
  });

  test('has a stack that leads to the caller or at least to a message, and prints with its name', async () => {
    const limiter = createLimiter({ concurrency: 1, maxQueue: 0 });
    const held = limiter.tryAcquire()!;
    const error = (await reasonOf(limiter(() => 1))) as Error;
    expect(String(error)).toMatch(/^QueueFullError: /);
    expect(typeof error.stack).toBe('string');
    held.release();
  });

  test('each task has an error object of its own', async () => {
    const limiter = createLimiter(1);
    const held = limiter.tryAcquire()!;
    const waiting = [limiter(() => 1), limiter(() => 2)].map(reasonOf);
    limiter.clear();
    const [first, second] = await Promise.all(waiting);
    expect(first).not.toBe(second);
    held.release();
  });

  test('name and code cannot be mistaken for fields of a user', async () => {
    const limiter = createLimiter({ concurrency: 1, maxQueue: 0 });
    const held = limiter.tryAcquire()!;
    const error = (await reasonOf(limiter(() => 1))) as QueueFullError;
    expect({ ...error }).not.toHaveProperty('message');
    expect(error.code).toBe('FANFOLD_QUEUE_FULL');
    expect(error.message).toBe('The queue of limiter "limiter" is full (maxQueue: 0)');
    held.release();
  });
});
