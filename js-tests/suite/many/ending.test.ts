// Ends before the end of all: failures, enough, signals, timeouts; what becomes of the rest, and that nothing is left.
import {
  all,
  allSettled,
  any,
  createLimiter,
  map,
  mapSettled,
  race,
  settle as settleAll,
  some,
} from 'fanfold';
import { describe, expect, test, vi } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { countListeners } from '../support/listeners.ts';
import { counted } from '../support/sources.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

useFakeTime();

const error = new Error('as planned');

/** Tasks behind gates, with what they were told. */
function gated(names: string) {
  const gates = new Gates();
  const signals: Record<string, AbortSignal> = {};
  const tasks = [...names].map((name) => (context: { signal: AbortSignal }) => {
    signals[name] = context.signal;
    return gates.task(name)();
  });
  const aborted = () => Object.keys(signals).filter((name) => signals[name]!.aborted);
  return { gates, signals, tasks, aborted };
}

describe("onFailure: 'abort', after a failure", () => {
  test('rejects at once, drops what waits and aborts what runs, with the error', async () => {
    const { gates, tasks, signals, aborted } = gated('abcde');
    const result = watch(all(tasks, { concurrency: 3 }));
    await settle();
    gates.fail('b', error);
    await settle();
    expect(result.reason).toBe(error);
    expect(aborted()).toEqual(expect.arrayContaining(['a', 'c']));
    expect(signals.a!.reason).toBe(error);
    gates.openAll();
    await settle();
    expect(gates.started).toEqual(['a', 'b', 'c']);
  });

  test('aborts before whoever waits goes on', async () => {
    const { gates, tasks, signals } = gated('ab');
    const seen = all(tasks).catch(() => signals.a!.aborted);
    await settle();
    gates.fail('b', error);
    expect(await seen).toBe(true);
  });

  test('nobody hears of what fails later', async () => {
    const { gates, tasks } = gated('abc');
    const result = watch(all([...tasks, Promise.reject(error), Promise.reject(new Error('later'))]));
    await settle();
    for (const name of 'abc') gates.fail(name, new Error(`${name}, later`));
    await settle();
    expect(result.reason).toBe(error);
  });
});

describe("onFailure: 'abort-and-wait', after a failure", () => {
  test('rejects with the first error when all that ran have ended', async () => {
    const { gates, tasks, aborted } = gated('abcde');
    const result = watch(all(tasks, { concurrency: 3, onFailure: 'abort-and-wait' }));
    await settle();
    gates.fail('b', error);
    await settle();
    expect(result.state).toBe('pending');
    expect(aborted()).toEqual(expect.arrayContaining(['a', 'c']));
    gates.fail('a', new Error('another'));
    await settle();
    expect(result.state).toBe('pending');
    gates.open('c');
    await settle();
    expect(result.reason).toBe(error);
    expect(gates.started).toEqual(['a', 'b', 'c']);
  });

  test('waits for functions, not for promises that it was given', async () => {
    const never = new Promise(() => {});
    const result = await reasonOf(all([never, () => Promise.reject(error)], { onFailure: 'abort-and-wait' }));
    expect(result).toBe(error);
  });

  test('waits for functions whose attempts were given up on before', async () => {
    const gates = new Gates();
    const result = watch(
      map(['slow', 'bad'], (name) => gates.task(name)(), {
        onFailure: 'abort-and-wait',
        retry: { retries: 0, attemptTimeout: 100 },
      }),
    );
    await elapse(100);
    expect(result.state).toBe('pending');
    gates.open('bad');
    await settle();
    expect(result.state).toBe('pending');
    gates.open('slow');
    await settle();
    expect(result.reason).toMatchObject({ name: 'RetryError' });
  });

  test('ends at once by a signal all the same', async () => {
    const { gates, tasks } = gated('ab');
    const controller = new AbortController();
    const result = watch(all(tasks, { onFailure: 'abort-and-wait', signal: controller.signal }));
    await settle();
    gates.fail('a', error);
    await settle();
    controller.abort('enough');
    await settle();
    expect(result.reason).toBe('enough');
    gates.openAll();
  });
});

describe("onFailure: 'continue', after a failure", () => {
  test('also where too few are left: it waits for all, and tells all errors', async () => {
    const { gates, tasks } = gated('abc');
    const result = watch(some(tasks, 3, { onFailure: 'continue' }));
    await settle();
    gates.fail('b', error);
    await settle();
    expect(result.state).toBe('pending');
    gates.fail('a', 'too');
    gates.open('c');
    await settle();
    expect(result.reason).toMatchObject({
      errors: ['too', error],
      message: 'Too few tasks are left to make 3: 2 failed (0, 1)',
    });
  });

  test('runs all to their end, and rejects with all errors in the order of the input', async () => {
    const { gates, tasks, aborted } = gated('abcd');
    const result = watch(all(tasks, { concurrency: 2, onFailure: 'continue' }));
    await settle();
    gates.fail('b', new Error('b'));
    await settle();
    gates.fail('a', new Error('a'));
    await settle();
    expect(result.state).toBe('pending');
    expect(aborted()).toEqual([]);
    gates.openAll();
    await settle();
    expect(gates.ended).toEqual(['b', 'a', 'c', 'd']);
    expect(result.reason).toBeInstanceOf(AggregateError);
    expect((result.reason as AggregateError).errors).toEqual([new Error('a'), new Error('b')]);
    expect(aborted()).toEqual([]);
  });

  test('fulfils where nothing fails', async () => {
    expect(await all([() => 1, 2], { onFailure: 'continue' })).toEqual([1, 2]);
  });
});

describe('with enough', () => {
  const ways = [
    ['any', (tasks: (() => unknown)[], options: object) => any(tasks, options)],
    ['race', (tasks: (() => unknown)[], options: object) => race(tasks, options)],
    ['some', (tasks: (() => unknown)[], options: object) => some(tasks, 1, options)],
  ] as const;

  test.each(ways)("%s with 'abort': the others are aborted, the winner is not", async (_name, run) => {
    const { gates, tasks, signals, aborted } = gated('abcd');
    const result = watch(run(tasks as never, { concurrency: 3 }) as Promise<unknown>);
    await settle();
    gates.open('b');
    await settle();
    expect([result.value].flat()).toEqual(['b']);
    expect(aborted()).toEqual(['a', 'c']);
    expect(signals.a!.reason).toMatchObject({ name: 'AbortError' });
    gates.openAll();
    await settle();
    expect(gates.started).toEqual(['a', 'b', 'c']);
    expect(signals.b!.aborted).toBe(false);
  });

  test.each(ways)("%s with 'abort-and-wait': waits for those who ran", async (_name, run) => {
    const { gates, tasks, aborted } = gated('abcd');
    const options = { concurrency: 3, onFailure: 'abort-and-wait' };
    const result = watch(run(tasks as never, options) as Promise<unknown>);
    await settle();
    gates.open('b');
    await settle();
    expect(result.state).toBe('pending');
    expect(aborted()).toEqual(['a', 'c']);
    gates.fail('a', error);
    gates.open('c');
    await settle();
    expect([result.value].flat()).toEqual(['b']);
    expect(gates.started).toEqual(['a', 'b', 'c']);
  });

  test.each(ways)("%s with 'continue': the others go on, nobody waits", async (_name, run) => {
    const { gates, tasks, aborted } = gated('abcde');
    const options = { concurrency: 2, onFailure: 'continue' };
    const result = watch(run(tasks as never, options) as Promise<unknown>);
    await settle();
    gates.open('b');
    await settle();
    expect([result.value].flat()).toEqual(['b']);
    expect(gates.started).toEqual(['a', 'b', 'c']);
    gates.fail('a', error);
    gates.openAll();
    await settle();
    expect(gates.ended).toHaveLength(5);
    expect(aborted()).toEqual([]);
  });

  test("with 'continue' the rest still hears its signal and its source is read on", async () => {
    const controller = new AbortController();
    const count = countListeners(controller.signal);
    const { gates, tasks, aborted } = gated('abcdef');
    const items = counted(6, (index) => tasks[index]!);
    const options = { concurrency: 2, onFailure: 'continue', signal: controller.signal } as const;
    const result = watch(any(items.source, options));
    await settle();
    gates.open('a');
    await settle();
    expect([result.value, items.asked]).toEqual(['a', 3]);
    controller.abort();
    await settle();
    expect(aborted()).toEqual(['b', 'c']);
    expect([items.asked, items.closed, count.now]).toEqual([3, 1, 0]);
    gates.openAll();
  });

  test("with 'continue' nothing is left when the last one has ended", async () => {
    const controller = new AbortController();
    const count = countListeners(controller.signal);
    const { gates, tasks } = gated('abc');
    const options = { onFailure: 'continue', signal: controller.signal, timeout: 1000 } as const;
    expect(await Promise.race([any(tasks, options), settle().then(() => gates.open('b'))])).toBe(undefined);
    await settle();
    expect([count.now, vi.getTimerCount()]).toEqual([1, 1]);
    gates.openAll();
    await settle();
    expect([count.now, vi.getTimerCount()]).toEqual([0, 0]);
  });

  test('takes no more than were enough, also while it waits', async () => {
    const gates = new Gates();
    const tasks = [...'abc'].map(gates.task, gates);
    const result = watch(some(tasks, 1, { onFailure: 'abort-and-wait' }));
    const first = watch(any(tasks, { onFailure: 'abort-and-wait' }));
    await settle();
    // All at once, the last one first.
    for (const name of 'cba') gates.open(name);
    await settle();
    expect(result.value).toHaveLength(1);
    expect(first.value).toBe('c');
    expect(result.value).toEqual(['c']);
  });
});

describe('the end of all', () => {
  test('aborts nobody: what was given back may still be in use', async () => {
    for (const onFailure of ['abort', 'abort-and-wait', 'continue'] as const) {
      const controller = new AbortController();
      const { tasks, gates, aborted } = gated('abc');
      gates.openAll();
      await all(tasks, { onFailure, signal: controller.signal, concurrency: 2 });
      await settle();
      controller.abort();
      await settle();
      expect(aborted()).toEqual([]);
    }
  });
});

const works: [
  string,
  (
    fn: () => unknown,
    options: { signal?: AbortSignal; timeout?: number; concurrency?: number },
  ) => Promise<unknown>,
][] = [
  ['all', (fn, options) => all([fn, fn, fn], options)],
  ['allSettled', (fn, options) => allSettled([fn, fn, fn], options)],
  ['any', (fn, options) => any([fn, fn, fn], options)],
  ['race', (fn, options) => race([fn, fn, fn], options)],
  ['some', (fn, options) => some([fn, fn, fn], 2, options)],
  ['settle', (fn, options) => settleAll([fn, fn, fn], options)],
  ['map', (fn, options) => map([1, 2, 3], fn, options)],
  ['mapSettled', (fn, options) => mapSettled([1, 2, 3], fn, options)],
];

describe('a signal', () => {
  test.each(works)('aborted before lets %s call nothing', async (_name, run) => {
    const fn = vi.fn();
    expect(await reasonOf(run(fn, { signal: AbortSignal.abort(error) }))).toBe(error);
    await settle();
    expect(fn).not.toHaveBeenCalled();
  });

  test.each(works)('ends %s at once with its reason, and leaves nothing', async (_name, run) => {
    const controller = new AbortController();
    const count = countListeners(controller.signal);
    const signals: AbortSignal[] = [];
    const fn = ((...args: [{ signal: AbortSignal }] | [unknown, unknown, { signal: AbortSignal }]) => {
      signals.push((args.length === 1 ? args[0] : args[2]).signal);
      return new Promise(() => {});
    }) as () => unknown;
    const result = watch(run(fn, { signal: controller.signal, concurrency: 2, timeout: 1e6 }));
    await settle();
    expect([count.now, signals.length]).toEqual([1, 2]);
    controller.abort(error);
    expect(signals.map(({ reason }) => reason)).toEqual([error, error]);
    expect([count.now, vi.getTimerCount()]).toEqual([0, 0]);
    await settle();
    expect(result.reason).toBe(error);
    expect(signals).toHaveLength(2);
  });

  test.each(works)('has no listener left when %s has ended by itself', async (_name, run) => {
    const controller = new AbortController();
    const count = countListeners(controller.signal);
    await run(async () => 1, { signal: controller.signal, timeout: 1e6 });
    await settle();
    expect([count.now, count.peak, vi.getTimerCount()]).toEqual([0, 1, 0]);
    await run(() => Promise.reject(error), { signal: controller.signal, timeout: 1e6 }).catch(() => {});
    await settle();
    expect([count.now, vi.getTimerCount()]).toEqual([0, 0]);
  });

  test('aborted by a function ends the work it is in', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const reason = await reasonOf(
      map(
        [1, 2, 3],
        (item) => {
          seen.push(item);
          controller.abort(error);
        },
        { signal: controller.signal, concurrency: 2 },
      ),
    );
    expect(reason).toBe(error);
    expect(seen).toEqual([1]);
  });
});

describe('a timeout', () => {
  test.each(works)('ends %s with TimeoutError', async (name, run) => {
    const result = watch(run(() => new Promise(() => {}), { timeout: 50 }));
    await elapse(49);
    expect(result.state).toBe('pending');
    await elapse(1);
    expect(result.reason).toMatchObject({ name: 'TimeoutError', code: 'FANFOLD_RUN_TIMEOUT' });
    expect((result.reason as Error).message).toContain(name);
    expect((result.reason as Error).message).toContain('50 ms');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('aborts what runs with the same error, and frees the slots only when it has ended', async () => {
    const limiter = createLimiter(2);
    const gates = new Gates();
    let signal: AbortSignal | undefined;
    const result = watch(
      all(
        [
          (context) => {
            signal = context.signal;
            return gates.task('a')();
          },
          gates.task('b'),
          gates.task('c'),
        ],
        { limiter, timeout: 50 },
      ),
    );
    await elapse(50);
    expect(signal!.reason).toBe(result.reason);
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([2, 0]);
    gates.openAll();
    await settle();
    expect([limiter.activeCount, gates.started]).toEqual([0, ['a', 'b']]);
  });

  test('of Infinity is none', async () => {
    const result = watch(all([() => new Promise(() => {})], { timeout: Number.POSITIVE_INFINITY }));
    await elapse(1e9);
    expect([result.state, vi.getTimerCount()]).toEqual(['pending', 0]);
  });
});

describe('sources of outcomes without end', () => {
  function* endless<T>(make: (index: number) => T) {
    for (let index = 0; ; index++) yield make(index);
  }

  test('a verdict among them ends it', async () => {
    expect(await race(endless((index) => Promise.resolve(index)))).toBe(0);
    expect(await race(endless((index) => index))).toBe(0);
    expect(
      await any(endless((index) => (index === 5_000 ? Promise.resolve('good') : Promise.reject(error)))),
    ).toBe('good');
    expect(await reasonOf(all(endless((index) => (index === 7 ? Promise.reject(error) : index))))).toBe(
      error,
    );
    expect(
      await some(
        endless((index) => index),
        3,
      ),
    ).toEqual([0, 1, 2]);
  });

  test('many of them are all taken', async () => {
    expect(
      await all(
        (function* () {
          for (let index = 0; index < 5_000; index++) yield Promise.resolve(index);
        })(),
      ),
    ).toHaveLength(5_000);
  });
});

test.each([
  ['any', (tasks: (() => Promise<string>)[]) => any(tasks)],
  ['race', (tasks: (() => Promise<string>)[]) => race(tasks)],
  ['some', (tasks: (() => Promise<string>)[]) => some(tasks, 1)],
])('%s has aborted the losers when whoever waits goes on', async (_name, run) => {
  const { gates, tasks, signals } = gated('ab');
  const seen = run(tasks as (() => Promise<string>)[]).then(() => signals.a!.aborted);
  await settle();
  gates.open('b');
  expect(await seen).toBe(true);
});
