// How long is waited between attempts: the rule, its limits, its randomness, and the timers that are set for it.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { BOTH, FANFOLD, type PRetryModule, REAL } from '../support/p-retry.ts';
import { withReplacedTimers } from '../support/replaced-timers.ts';
import { settle } from '../support/turns.ts';
import { watch } from '../support/watch.ts';

type Options = NonNullable<Parameters<PRetryModule['default']>[1]>;

const fails = (): never => {
  throw new Error('fails');
};

/** Milliseconds that may go by between two lines of a program on a busy machine. */
const BUSY = 50;

/** Milliseconds that a timer may be early by. No wait that is judged by its timer is so short. */
const MOMENT = 2;

/** What `setTimeout` is asked for, and the delays that were announced. */
async function delaysOf({ default: pRetry }: PRetryModule, options: Options) {
  const announced: number[] = [];
  const onFailedAttempt = ({ retryDelay }: { readonly retryDelay: number }) => {
    announced.push(retryDelay);
  };
  const calls = await withReplacedTimers(() =>
    pRetry(fails, { onFailedAttempt, ...options }).catch(() => {}),
  );
  // A timer is set for what is left of a wait, which on a busy machine may be a little less than all of it; and one that
  // goes off a moment early is set again for that moment.
  const waits = announced.filter((wait) => wait > 0);
  const delays = calls.delays.map((set) => set ?? 0).filter((delay) => delay > MOMENT);
  const timers = delays.map((delay, nth) => {
    const wait = waits[nth] ?? 0;
    return delay <= wait && delay > wait - BUSY ? wait : delay;
  });
  return { timers, announced };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(BOTH)('%s', (_name, module) => {
  test.each<[string, Options, number[]]>([
    ['the default: a second, doubled each time', { retries: 5 }, [1000, 2000, 4000, 8000, 16000]],
    ['minTimeout and factor', { retries: 3, minTimeout: 100, factor: 3 }, [100, 300, 900]],
    ['a factor of 1', { retries: 3, minTimeout: 70, factor: 1 }, [70, 70, 70]],
    ['a factor of 0 is one of 1', { retries: 3, minTimeout: 70, factor: 0 }, [70, 70, 70]],
    ['a factor below 1 makes waits shorter', { retries: 3, minTimeout: 100, factor: 0.5 }, [100, 50, 25]],
    ['rounded to whole milliseconds', { retries: 4, minTimeout: 10, factor: 1.5 }, [10, 15, 23, 34]],
    ['half a millisecond is rounded up', { retries: 2, minTimeout: 10.5, factor: 3 }, [11, 32]],
    ['maxTimeout', { retries: 4, minTimeout: 100, maxTimeout: 150, factor: 3 }, [100, 150, 150, 150]],
    ['a maxTimeout below minTimeout', { retries: 2, minTimeout: 100, maxTimeout: 50 }, [50, 50]],
    [
      'a maxTimeout with a fraction is rounded up',
      { retries: 2, minTimeout: 100, maxTimeout: 50.2 },
      [51, 51],
    ],
    ['the longest that a timer can be', { retries: 2, minTimeout: 2 ** 40 }, [2 ** 31 - 1, 2 ** 31 - 1]],
    [
      'a factor that grows beyond all numbers',
      { retries: 3, minTimeout: 10, factor: 1e200 },
      [10, 2 ** 31 - 1, 2 ** 31 - 1],
    ],
  ])('%s', async (_what, options, expected) => {
    const { timers, announced } = await delaysOf(module, options);
    expect(timers).toEqual(expected);
    // After the last attempt there is none to wait for.
    expect(announced).toEqual([...expected, 0]);
  });

  test.each<[string, Options]>([
    ['minTimeout: 0', { retries: 3, minTimeout: 0, factor: 1e200 }],
    ['a minTimeout that is rounded to 0', { retries: 3, minTimeout: 0.4, factor: 1 }],
    ['maxTimeout: 0', { retries: 3, maxTimeout: 0 }],
    [
      'failures that consume no retry',
      { retries: 1, shouldConsumeRetry: ({ attemptNumber }) => attemptNumber > 3 },
    ],
  ])('without a timer: %s', async (what, options) => {
    const { timers, announced } = await delaysOf(module, options);
    expect(announced).toHaveLength(what.startsWith('failures') ? 5 : 4);
    expect(timers).toEqual(what.startsWith('failures') ? [1000] : []);
  });

  test('a factor below 1 comes to no timer at all in the end', async () => {
    const { timers, announced } = await delaysOf(module, { retries: 4, minTimeout: 40, factor: 0.1 });
    expect(timers).toEqual([40, 4]);
    expect(announced).toEqual([40, 4, 0, 0, 0]);
  });

  test('a maxTimeout of next to nothing is a millisecond', async () => {
    const { announced } = await delaysOf(module, { retries: 2, maxTimeout: 0.01 });
    expect(announced).toEqual([1, 1, 0]);
  });

  test('failures that consume no retry do not make later waits longer', async () => {
    const { announced } = await delaysOf(module, {
      retries: 3,
      minTimeout: 10,
      shouldConsumeRetry: ({ attemptNumber }) => attemptNumber % 2 === 0,
    });
    expect(announced).toEqual([0, 10, 0, 20, 0, 40, 0]);
  });

  test('shouldConsumeRetry is told the wait that there would be', async () => {
    const told: number[] = [];
    await delaysOf(module, {
      retries: 2,
      minTimeout: 10,
      shouldConsumeRetry: ({ retryDelay, attemptNumber }) => {
        told.push(retryDelay);
        return attemptNumber !== 1;
      },
    });
    expect(told).toEqual([10, 10, 20, 0]);
  });

  describe('randomize', () => {
    test('multiplies each wait with something from 1 to 2, by Math.random', async () => {
      const numbers = [0, 0.999, 0.5];
      vi.spyOn(Math, 'random').mockImplementation(() => numbers.shift() ?? 0);
      const { timers } = await delaysOf(module, { retries: 3, minTimeout: 100, factor: 1, randomize: true });
      expect(timers).toEqual([100, 200, 150]);
    });

    test('before it is rounded and limited', async () => {
      vi.spyOn(Math, 'random').mockImplementation(() => 0.5);
      expect((await delaysOf(module, { retries: 2, minTimeout: 3, randomize: true })).timers).toEqual([5, 9]);
      const limited = { retries: 2, minTimeout: 100, maxTimeout: 160, randomize: true };
      expect((await delaysOf(module, limited)).timers).toEqual([150, 160]);
      // What would be no wait at all becomes one.
      const next = { retries: 1, minTimeout: 0.4, randomize: true };
      expect((await delaysOf(module, next)).announced).toEqual([1, 0]);
    });

    test('without it nothing is drawn', async () => {
      const random = vi.spyOn(Math, 'random');
      expect((await delaysOf(module, { retries: 3, minTimeout: 10 })).timers).toEqual([10, 20, 40]);
      expect(random).not.toHaveBeenCalled();
    });

    test('nothing is drawn for waits that there are not', async () => {
      const random = vi.spyOn(Math, 'random').mockImplementation(() => 0.5);
      await delaysOf(module, { retries: 2, minTimeout: 10, randomize: true });
      expect(random).toHaveBeenCalledTimes(2);
      await delaysOf(module, { retries: 5, minTimeout: 0, randomize: true });
      expect(random).toHaveBeenCalledTimes(2);
    });

    test('each run draws anew', async () => {
      const options = { retries: 6, minTimeout: 1_000_000, randomize: true };
      const runs = [await delaysOf(module, options), await delaysOf(module, options)];
      expect(runs[0]!.timers).not.toEqual(runs[1]!.timers);
    });
  });

  describe('unref', () => {
    test('every timer is told not to keep the process alive', async () => {
      const options = { retries: 3, minTimeout: 10, unref: true };
      const calls = await withReplacedTimers(() => module.default(fails, options).catch(() => {}));
      // Where the machine stood still for nearly the whole wait, what little is left of it has a timer of its own.
      expect(calls.delays.filter((delay = 0) => delay > 2)).toEqual([10, 20, 40]);
      expect(calls.unrefs).toBeGreaterThanOrEqual(3);
    });

    test('otherwise none is', async () => {
      for (const unref of [undefined, false]) {
        const options = { retries: 2, minTimeout: 10, unref };
        const calls = await withReplacedTimers(() => module.default(fails, options).catch(() => {}));
        expect(calls.unrefs).toBe(0);
      }
    });

    test('where timers are numbers it does nothing', async () => {
      const options = { retries: 2, minTimeout: 10, unref: true };
      const calls = await withReplacedTimers(() => module.default(fails, options).catch(() => {}), {
        timer: 'number',
      });
      expect(calls.delays).toEqual([10, 20]);
    });
  });
});

describe('in fake time', () => {
  useFakeTime();

  test.each<[string, Options]>([
    ['the default', {}],
    ['short waits', { retries: 6, minTimeout: 5, factor: 1.7 }],
    ['limited', { retries: 6, minTimeout: 100, maxTimeout: 350 }],
    [
      'some that consume none',
      { retries: 4, minTimeout: 20, shouldConsumeRetry: ({ attemptNumber }) => attemptNumber % 3 > 0 },
    ],
  ])('attempts are made at the same moments: %s', async (_what, options) => {
    const moments: number[][] = [];
    for (const { default: pRetry } of [REAL, FANFOLD]) {
      const begun = performance.now();
      const at: number[] = [];
      const run = watch(
        pRetry(() => {
          at.push(Math.round(performance.now() - begun));
          return fails();
        }, options),
      );
      for (let second = 0; second < 2000 && run.state === 'pending'; second++) await elapse(1000);
      expect(run.state).toBe('rejected');
      moments.push(at);
    }
    expect(moments[0]!.length).toBeGreaterThan(4);
    expect(moments[1]).toEqual(moments[0]);
  });

  test.each(BOTH)('%s: not a millisecond early', async (_name, { default: pRetry }) => {
    let attempts = 0;
    const run = watch(
      pRetry(
        () => {
          attempts++;
          return fails();
        },
        { retries: 2, minTimeout: 100 },
      ),
    );
    for (const [ms, expected] of [
      [99, 1],
      [1, 2],
      [199, 2],
      [1, 3],
    ]) {
      await elapse(ms!);
      expect(attempts).toBe(expected);
    }
    expect(run.state).toBe('rejected');
  });

  test.each(BOTH)('%s: waits run beside each other', async (_name, { default: pRetry }) => {
    const ends: string[] = [];
    for (const [name, minTimeout] of [
      ['slow', 300],
      ['quick', 100],
      ['middle', 200],
    ] as const) {
      pRetry((attempt) => (attempt === 1 ? fails() : ends.push(name)), { minTimeout });
    }
    await elapse(100);
    expect(ends).toEqual(['quick']);
    await elapse(200);
    expect(ends).toEqual(['quick', 'middle', 'slow']);
    await settle();
  });
});
