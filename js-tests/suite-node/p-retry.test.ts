// The drop-in for p-retry in Node: async context, what is left unhandled, stack traces, errors of other realms, and
// whether a wait keeps the process alive.
import { AsyncLocalStorage } from 'node:async_hooks';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { BOTH } from '../suite/support/p-retry.ts';
import { withReplacedTimers } from '../suite/support/replaced-timers.ts';
import { microtasks, settle } from '../suite/support/turns.ts';
import { reasonOf } from '../suite/support/watch.ts';
import { unhandledDuring } from './support/unhandled.ts';

const run = promisify(execFile);
const store = new AsyncLocalStorage<string>();

describe.each(BOTH)('%s', (name, { default: pRetry, makeRetriable }) => {
  test('every attempt and every callback runs in the context of the call', async () => {
    for (const minTimeout of [0, 10]) {
      const seen: (string | undefined)[] = [];
      const look = () => {
        seen.push(store.getStore());
        return true;
      };
      const options = {
        retries: 2,
        minTimeout,
        shouldConsumeRetry: look,
        onFailedAttempt: () => void look(),
        shouldRetry: look,
      };
      const input = async () => {
        look();
        await microtasks(2);
        throw new Error('fails');
      };
      const runs = () =>
        Promise.all(
          ['one', 'two'].map((context) => store.run(context, () => reasonOf(pRetry(input, options)))),
        );
      await withReplacedTimers(runs);
      expect(seen).toHaveLength(22);
      expect(seen.sort()).toEqual([...Array(11).fill('one'), ...Array(11).fill('two')]);
    }
  });

  test('a run that nobody follows is reported once; failures before the last are not', async () => {
    const errors: Error[] = [];
    const input = async (attempt: number) => {
      errors.push(new Error(`${attempt}`));
      throw errors.at(-1);
    };
    expect(await unhandledDuring(() => void pRetry(input, { retries: 2, minTimeout: 0 }))).toEqual([
      errors[2],
    ]);
    expect(await unhandledDuring(() => reasonOf(pRetry(input, { retries: 2, minTimeout: 0 })))).toEqual([]);
    const retriable = makeRetriable(input, { retries: 1, minTimeout: 0 });
    expect(await unhandledDuring(() => reasonOf(retriable(1)))).toEqual([]);
  });

  test('an aborted wait leaves nothing unhandled', async () => {
    const reasons = await unhandledDuring(async () => {
      const controller = new AbortController();
      const ended = reasonOf(pRetry(() => Promise.reject(new Error('fails')), { signal: controller.signal }));
      await settle();
      controller.abort('reason');
      expect(await ended).toBe('reason');
    });
    expect(reasons).toEqual([]);
  });

  test('the stack of an error leads from the function to the caller, at the first attempt and at a later one', async () => {
    for (const retries of [0, 2]) {
      for (const minTimeout of [0, 10]) {
        const input = async () => {
          await microtasks(2);
          throw new Error('deep inside');
        };
        async function theCaller() {
          return await pRetry(input, { retries, minTimeout });
        }
        async function itsCaller() {
          return await theCaller();
        }
        let reason: unknown;
        await withReplacedTimers(async () => {
          reason = await reasonOf(itsCaller());
        });
        const { stack } = reason as Error;
        expect(stack).toContain('deep inside');
        expect(stack).toMatch(/theCaller[\s\S]*itsCaller/);
      }
    }
  });

  test('an error of another realm is none of this one', async () => {
    const foreign = runInNewContext('new RangeError("foreign")') as Error;
    let attempts = 0;
    const input = () => {
      attempts++;
      throw foreign;
    };
    const reason = (await reasonOf(pRetry(input, { minTimeout: 0 }))) as Error;
    expect([attempts, reason.constructor]).toEqual([1, TypeError]);
    expect(reason.message).toBe('Non-error was thrown: "RangeError: foreign". You should only throw errors.');
  });

  test.each([
    [false, 'kept'],
    [true, 'ended'],
  ])('unref: %s: a wait of an hour is %s', async (unref, expected) => {
    const program = `
      import pRetry from ${JSON.stringify(name)};
      void pRetry(() => { throw new Error('fails'); }, { minTimeout: 3_600_000, unref: ${unref} });
      process.on('exit', () => console.log('ended'));
      let turns = 20;
      const turn = () => {
        if (--turns > 0) return setImmediate(turn);
        if (process.getActiveResourcesInfo().includes('Timeout')) { console.log('kept'); process.exit(); }
      };
      setImmediate(turn);`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: import.meta.dirname,
    });
    expect(stdout.split('\n')[0]).toBe(expected);
  });
});
