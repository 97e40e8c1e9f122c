// Bad options: the class, the name and the words of the error are p-queue's.
import { describe, expect, test } from 'vitest';
import { outcome } from '../support/outcome.ts';
import { FANFOLD, type PQueueModule, REAL } from '../support/p-queue.ts';

const same = async (look: (module: PQueueModule) => unknown): Promise<string> => {
  const ours = await outcome(() => look(FANFOLD));
  expect(ours).toBe(await outcome(() => look(REAL)));
  return ours;
};

const values: unknown[] = [
  0,
  -0,
  -1,
  0.5,
  1,
  1.5,
  2 ** 31,
  2 ** 40,
  Number.MIN_VALUE,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  '1',
  '',
  true,
  undefined,
  null,
  [],
  [3],
  () => 1,
];

describe.each(['concurrency', 'intervalCap', 'interval', 'timeout', 'autoStart', 'strict'] as const)(
  '%s',
  (name) => {
    test.each(values.map((value) => [value]))('of a new queue: %o', async (value) => {
      await same(({ default: PQueue }) => {
        const queue = new PQueue({ [name]: value } as never);
        return [queue.concurrency, queue.timeout, queue.isPaused];
      });
    });
  },
);

test.each(values.map((value) => [value]))('a concurrency that is set to %o', async (value) => {
  await same(({ default: PQueue }) => {
    const queue = new PQueue();
    queue.concurrency = value as number;
    return queue.concurrency;
  });
});

test.each(values.map((value) => [value]))('a timeout of a task of %o', async (value) => {
  await same(({ default: PQueue }) => new PQueue().add(() => 'value', { timeout: value as number }));
});

test.each(values.filter((value) => typeof value !== 'number').map((value) => [value]))(
  'a priority that is set to %o',
  async (value) => {
    const threw = await same(({ default: PQueue }) => {
      const queue = new PQueue({ autoStart: false });
      void queue.add(() => 'value', { id: 'a' });
      queue.setPriority('a', value as number);
    });
    expect(threw).toContain('TypeError');
  },
);

test('strict needs an interval and a cap', async () => {
  for (const options of [
    { strict: true },
    { strict: true, intervalCap: 1 },
    { strict: true, interval: 1 },
    { strict: true, interval: 1, intervalCap: 1 },
  ]) {
    await same(({ default: PQueue }) => new PQueue(options).isPaused);
  }
});

test('options that are none', async () => {
  for (const options of [null, undefined, 5, 'text', [], { unknown: 1 }]) {
    await same(({ default: PQueue }) => new PQueue(options as never).concurrency);
    if (options !== null)
      await same(({ default: PQueue }) => new PQueue().add(() => 'value', options as never));
  }
});
