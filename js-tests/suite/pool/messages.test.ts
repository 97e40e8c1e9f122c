import { createLimiter, type PoolTask } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { linesOf, poolOf, reading } from '../support/envelopes.ts';
import { Gates } from '../support/gates.ts';
import { settle } from '../support/turns.ts';

const echo = async (task: PoolTask) => `got ${String(await task.receive())}`;

describe('send', () => {
  test('lets a task go on that waits for it, and has no slot meanwhile', async () => {
    const limiter = createLimiter(1);
    const pool = poolOf([{ id: 'approval', run: echo }, () => 'other'], limiter);
    const { lines, end } = reading(pool);
    await settle();
    expect([lines, limiter.activeCount]).toEqual([['1 FINAL other'], 0]);
    expect(pool.send('approval', 'yes')).toBe(true);
    await end;
    expect(lines).toEqual(['1 FINAL other', 'approval FINAL got yes', 'end']);
  });

  test('is heard later by one that does not wait yet, in order, in the slot that it has', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    const seen: unknown[] = [];
    const pool = poolOf(
      [
        async (task) => {
          await gates.task('busy')();
          for (let nth = 0; nth < 5; nth++) seen.push(await task.receive(), limiter.activeCount);
        },
        gates.task('other'),
      ],
      limiter,
    );
    const { end } = reading(pool);
    await settle();
    for (let nth = 0; nth < 5; nth++) pool.send(0, nth);
    gates.open('busy');
    await settle();
    expect(seen).toEqual([0, 1, 1, 1, 2, 1, 3, 1, 4, 1]);
    gates.openAll();
    await end;
  });

  test('reaches several waits of one task in the order in which they began', async () => {
    const pool = poolOf([
      (task) => Promise.all([task.receive(), task.receive(), task.receive()]).then(String),
    ]);
    const { lines, end } = reading(pool);
    await settle();
    for (const message of ['a', 'b', 'c']) expect(pool.send(0, message)).toBe(true);
    await end;
    expect(lines).toEqual(['0 FINAL a,b,c', 'end']);
  });

  test('does not reach a wait that is over', async () => {
    const controller = new AbortController();
    const pool = poolOf([
      async (task) => {
        await task.receive({ signal: controller.signal }).catch(() => {});
        return task.receive();
      },
    ]);
    const { lines, end } = reading(pool);
    await settle();
    controller.abort();
    await settle();
    pool.send(0, 'for the second');
    await end;
    expect(lines).toEqual(['0 FINAL for the second', 'end']);
  });

  test('reaches a task that waits for its start, and its next attempt', async () => {
    const gates = new Gates();
    const pool = poolOf(
      [
        gates.task('first'),
        {
          retry: { retries: 1, backoff: 0 },
          run: async (task) => {
            const message = await task.receive();
            if (task.attempt === 1) throw new Error('again');
            return message;
          },
        },
      ],
      1,
    );
    const { lines, end } = reading(pool);
    await settle();
    expect([pool.send(1, 'one'), pool.send(1, 'two')]).toEqual([true, true]);
    gates.openAll();
    await end;
    expect(lines).toEqual(['0 FINAL first', '1 FINAL two of attempt 2', 'end']);
  });

  test('says that nobody is there', async () => {
    const pool = poolOf([() => 1, echo]);
    expect(pool.send(0, 'before')).toBe(false);
    const { end } = reading(pool);
    await settle();
    expect([pool.send(0, 'ended'), pool.send('0', 'no number'), pool.send(9, 'unknown')]).toEqual([
      false,
      false,
      false,
    ]);
    expect(pool.send(1, 'there')).toBe(true);
    await end;
    expect(pool.send(1, 'ended')).toBe(false);
  });

  test('says that too many wait already', async () => {
    const gates = new Gates();
    const pool = poolOf([gates.task('busy')], 1, { messages: { capacity: 2 } });
    const { end } = reading(pool);
    await settle();
    expect([1, 2, 3].map((message) => pool.send(0, message))).toEqual([true, true, false]);
    gates.openAll();
    await end;
  });

  test('with no capacity reaches only those who wait', async () => {
    const pool = poolOf([echo], 1, { messages: { capacity: 0 } });
    const { lines, end } = reading(pool);
    await settle();
    expect([pool.send(0, 1), pool.send(0, 2)]).toEqual([true, false]);
    await end;
    expect(lines).toEqual(['0 FINAL got 1', 'end']);
  });
});

test('a thousand messages and as many receives keep their order', async () => {
  const pool = poolOf([
    async (task) => {
      const seen: unknown[] = [];
      for (let nth = 0; nth < 1000; nth++) seen.push(await task.receive());
      return seen.every((message, nth) => message === nth);
    },
  ]);
  const { lines, end } = reading(pool);
  await settle();
  for (let nth = 0; nth < 1000; nth++) {
    pool.send(0, nth);
    if (nth % 7 === 0) await null;
  }
  await end;
  expect(lines).toEqual(['0 FINAL true', 'end']);
});

test('tasks can send each other messages', async () => {
  const pool: ReturnType<typeof poolOf> = poolOf(
    [
      async (task) => `first ${String(await task.receive())}`,
      async (task) => {
        pool.send(0, 'ping');
        return `second ${task.index}`;
      },
    ],
    1,
  );
  expect(await linesOf(pool)).toEqual(['1 FINAL second 1', '0 FINAL first ping']);
});
