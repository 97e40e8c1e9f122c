// What counts towards the limits of time: an attempt has its slot or not.
import { sleep } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { line, poolOf, reading } from '../support/envelopes.ts';
import { elapse, useFakeTime } from '../support/fake-time.ts';

useFakeTime();

describe('times', () => {
  test('of an attempt count while it has a slot', async () => {
    const { lines, end } = reading(
      poolOf(
        [
          {
            timeout: 50,
            run: async (task) => {
              await sleep(20);
              await task.suspend(sleep(1000));
              await sleep(20);
              return 'in time';
            },
          },
          {
            timeout: 50,
            run: async (task) => {
              await sleep(20);
              await task.suspend(sleep(1000));
              await sleep(40);
              return 'too late';
            },
          },
        ],
        2,
      ),
    );
    await elapse(2000);
    await end;
    expect(lines[0]).toBe('0 FINAL in time');
    expect(lines[1]).toMatch(
      /^1 ERROR Task 1 of pool "pool" had a slot for 50(\.\d)? ms, longer than its timeout; it keeps/,
    );
  });

  test('of suspensions have a limit for all: suspendTimeout', async () => {
    const pool = poolOf(
      [(task) => task.suspend(new Promise(() => {})), (task) => task.receive({ timeout: 5 })],
      1,
      {
        suspendTimeout: 30,
      },
    );
    const seen: string[] = [];
    const reader = (async () => {
      for await (const envelope of pool.runTasks()) seen.push(line(envelope));
    })();
    await elapse(10);
    expect(seen).toEqual(['1 ERROR Task 1 of pool "pool" was suspended for longer than 5 ms']);
    await elapse(30);
    await reader;
    expect(seen[1]).toBe('0 ERROR Task 0 of pool "pool" was suspended for longer than 30 ms');
  });
});
