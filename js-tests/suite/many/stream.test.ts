// stream: results one by one, with back-pressure, in one order or the other.
import { createLimiter, skip, stream } from 'fanfold';
import { describe, expect, test, vi } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { countListeners } from '../support/listeners.ts';
import { counted, countedAsync } from '../support/sources.ts';
import { microtasks, settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

useFakeTime();

const ENDLESS = Number.POSITIVE_INFINITY;
const error = new Error('as planned');
const DONE = { done: true, value: undefined };

async function collect<T>(results: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const result of results) all.push(result);
  return all;
}

describe('the order', () => {
  test('is that of the items where nothing is said', async () => {
    expect(await collect(stream([3, 1, 2], (item) => microtasks(item * 3).then(() => item)))).toEqual([
      3, 1, 2,
    ]);
  });

  test("'completion' gives the one that ends next", async () => {
    const gates = new Gates();
    const results = stream(['a', 'b', 'c'], (name) => gates.task(name)(), { order: 'completion' });
    const done = watch(collect(results));
    await settle();
    for (const name of 'cab') {
      gates.open(name);
      await settle();
    }
    expect(done.value).toEqual(['c', 'a', 'b']);
  });

  test('answers those who ask several at once in their order', async () => {
    const gates = new Gates();
    const results = stream(['a', 'b'], (name) => gates.task(name)());
    const answers = [results.next(), results.next(), results.next(), results.next()].map(watch);
    await settle();
    gates.open('b');
    await settle();
    expect(answers.map(({ state }) => state)).toEqual(Array(4).fill('pending'));
    gates.open('a');
    await settle();
    expect(answers.map(({ value }) => value)).toEqual([
      { done: false, value: 'a' },
      { done: false, value: 'b' },
      DONE,
      DONE,
    ]);
  });

  test.each(['input', 'completion'] as const)(
    "'%s' leaves out what is skipped, and keeps undefined",
    async (order) => {
      const fn = (item: number) => (item % 2 === 0 ? skip : item === 3 ? undefined : item);
      expect(await collect(stream([0, 1, 2, 3, 4, 5, 6], fn, { order }))).toEqual([1, undefined, 5]);
      expect(await collect(stream([0, 2], fn, { order }))).toEqual([]);
      expect(await collect(stream([], fn, { order }))).toEqual([]);
    },
  );
});

describe('back-pressure', () => {
  test('nothing happens before the first result is asked for', async () => {
    const items = counted(5);
    const fn = vi.fn();
    const controller = new AbortController();
    const count = countListeners(controller.signal);
    const results = stream(items.source, fn, { signal: controller.signal, timeout: 100 });
    await settle();
    expect([items.asked, fn.mock.calls.length, count.now, vi.getTimerCount()]).toEqual([0, 0, 0, 0]);
    await results.return();
    expect(await results.next()).toEqual(DONE);
    expect([items.asked, fn.mock.calls.length]).toEqual([0, 0]);
  });

  const makers = [
    ['an iterable', counted],
    ['an async iterable', countedAsync],
  ] as unknown as [string, typeof counted][];
  describe.each(makers)('of %s', (_name, make) => {
    test.each([
      [1, 0],
      [1, 1],
      [2, 0],
      [2, 3],
      [3, undefined],
    ])('takes no more than concurrency + prefetch: %s + %s', async (concurrency, prefetch) => {
      const room = concurrency + (prefetch ?? concurrency);
      for (const order of ['input', 'completion'] as const) {
        for (const own of [true, false]) {
          const items = make(ENDLESS);
          const limiter = own ? { concurrency } : { limiter: createLimiter(concurrency) };
          const results = stream(items.source, (item) => item, { ...limiter, prefetch, order });
          for (let taken = 1; taken < 10; taken++) {
            expect(await results.next()).toEqual({ done: false, value: taken - 1 });
            await settle();
            expect(items.asked).toBe(taken + room);
          }
          await results.return();
          await settle();
          expect(items.closed).toBe(1);
        }
      }
    });

    test('takes all there is where `prefetch` is Infinity, and runs no more at once than it may', async () => {
      for (const order of ['input', 'completion'] as const) {
        for (const own of [true, false]) {
          const items = make(100);
          const limiter = own ? { concurrency: 2 } : { limiter: createLimiter(2) };
          let [running, peak] = [0, 0];
          const fn = async (item: number) => {
            peak = Math.max(peak, ++running);
            // Longer than an async source takes to give the next one.
            await microtasks(20);
            running--;
            return item;
          };
          const results = stream(items.source, fn, { ...limiter, prefetch: ENDLESS, order });
          expect(await results.next()).toEqual({ done: false, value: 0 });
          await settle();
          expect([items.given, items.ended, running, peak]).toEqual([100, true, 0, 2]);
          const rest: number[] = [];
          for await (const result of results) rest.push(result);
          expect(rest).toEqual(Array.from({ length: 99 }, (_, index) => index + 1));
        }
      }
    });

    test('goes on with all lanes when results that are left out make room', async () => {
      const gates = new Gates();
      const items = make(ENDLESS);
      const results = stream(
        items.source,
        async (item) => {
          await gates.task(`t${item}`)();
          return item < 4 ? skip : item;
        },
        { concurrency: 2, prefetch: 0 },
      );
      const answer = watch(results.next());
      await settle();
      for (const name of ['t1', 't0', 't3', 't2']) {
        gates.open(name);
        await settle();
      }
      // Nothing has been given yet, and both lanes are at work.
      expect([answer.state, gates.running, items.asked]).toEqual(['pending', 2, 6]);
      gates.openAll();
      await settle();
      expect(answer.value).toEqual({ done: false, value: 4 });
      await results.return();
    });
  });

  test('takes no item for one who asks several times what is there', async () => {
    const items = counted(ENDLESS);
    const results = stream(items.source, (item) => item, { concurrency: 2, prefetch: 2 });
    const answers = await Promise.all([results.next(), results.next(), results.next()]);
    await settle();
    expect(answers.map(({ value }) => value)).toEqual([0, 1, 2]);
    expect(items.asked).toBe(7);
    await results.return();
  });

  test('with promises among the items loses none', async () => {
    for (const concurrency of [1, 2, 3]) {
      const items = Array.from({ length: 20 }, (_, index) =>
        index % 3 === 0 ? Promise.resolve(index) : index,
      );
      const seen: number[] = [];
      for await (const item of stream(items, async (item) => item, { concurrency, prefetch: 0 })) {
        seen.push(item);
        await microtasks(item % 7);
      }
      expect(seen).toEqual(Array.from({ length: 20 }, (_, index) => index));
    }
  });

  test('a slot that is kept for want of room is not in the way of nested submissions', async () => {
    const gates = new Gates();
    const results = stream(
      [0, 1, 2],
      async (item, _index, context) => {
        if (item === 1) return item;
        await gates.task(`t${item}`)();
        return context.limiter(() => item);
      },
      { concurrency: 2, prefetch: 0 },
    );
    const answer = watch(results.next());
    await settle();
    gates.openAll();
    await settle();
    expect(answer.value).toEqual({ done: false, value: 0 });
    expect(await collect(results)).toEqual([1, 2]);
  });
});

describe('failures', () => {
  test('end it after the results that are next and there already, with the error, once', async () => {
    const gates = new Gates();
    const items = counted(ENDLESS, (index) => `t${index}`);
    const results = stream(items.source, (name) => gates.task(name)(), { concurrency: 4 });
    const first = watch(results.next());
    await settle();
    gates.open('t0');
    gates.open('t1');
    gates.open('t3');
    await settle();
    gates.fail('t2', error);
    await settle();
    expect(first.value).toEqual({ done: false, value: 't0' });
    expect(await results.next()).toEqual({ done: false, value: 't1' });
    expect(await reasonOf(results.next())).toBe(error);
    expect(await results.next()).toEqual(DONE);
    expect(items.closed).toBe(1);
    gates.openAll();
  });

  test("with 'continue' come at the end, all of them, in the order of the input", async () => {
    const results = stream(
      [0, 1, 2, 3],
      async (item) => {
        await microtasks(10 - item);
        if (item % 2 === 0) throw new Error(`${item}`);
        return item;
      },
      { onFailure: 'continue' },
    );
    expect(await results.next()).toEqual({ done: false, value: 1 });
    expect(await results.next()).toEqual({ done: false, value: 3 });
    expect(await reasonOf(results.next())).toMatchObject({ errors: [new Error('0'), new Error('2')] });
    expect(await results.next()).toEqual(DONE);
  });

  test("with 'abort-and-wait' come when all that ran have ended", async () => {
    const gates = new Gates();
    const results = stream(['a', 'b'], (name) => gates.task(name)(), { onFailure: 'abort-and-wait' });
    const answer = watch(results.next());
    await settle();
    gates.fail('a', error);
    await settle();
    expect(answer.state).toBe('pending');
    gates.open('b');
    await settle();
    expect(answer.reason).toBe(error);
  });

  test('of the source, the signal and the timeout are thrown at once', async () => {
    const broken = counted(ENDLESS, undefined, { failsAt: 3, error });
    expect(await reasonOf(collect(stream(broken.source, (item) => item, { concurrency: 1 })))).toBe(error);
    const controller = new AbortController();
    const count = countListeners(controller.signal);
    const hang = () => new Promise<never>(() => {});
    const aborted = watch(stream([1], hang, { signal: controller.signal }).next());
    await settle();
    controller.abort(error);
    await settle();
    expect([aborted.reason, count.now]).toEqual([error, 0]);
    const late = watch(stream([1], hang, { timeout: 50 }).next());
    await elapse(50);
    expect(late.reason).toMatchObject({ name: 'TimeoutError' });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('before the first result are thrown by it', async () => {
    const signal = AbortSignal.abort(error);
    const items = counted(3);
    expect(await reasonOf(stream(items.source, () => 1, { signal }).next())).toBe(error);
    expect([items.asked, items.closed]).toEqual([0, 1]);
    const odd = { [Symbol.iterator]: () => Promise.reject(error).catch(() => 5) as never };
    expect(await reasonOf(stream(odd, () => 1).next())).toBeInstanceOf(TypeError);
  });

  test('that nobody asks for are nobody’s concern', async () => {
    const results = stream([1, 2], (item) => (item === 2 ? Promise.reject(error) : item));
    expect(await results.next()).toEqual({ done: false, value: 1 });
    await settle();
  });
});

describe('leaving early', () => {
  test('aborts what runs, drops what waits, closes the source and waits for that', async () => {
    const gates = new Gates();
    const items = countedAsync(ENDLESS);
    const signals: AbortSignal[] = [];
    const controller = new AbortController();
    const count = countListeners(controller.signal);
    const options = { concurrency: 3, signal: controller.signal, timeout: 1e6 };
    const fn = async (item: number, _index: number, { signal }: { signal: AbortSignal }) => {
      signals.push(signal);
      if (item > 0) await gates.task('others')();
      return item;
    };
    for await (const result of stream(items.source, fn, options)) {
      expect(result).toBe(0);
      await settle();
      break;
    }
    expect(items.closed).toBe(1);
    // What was given is in use.
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true, true, true]);
    expect(signals[1]!.reason).toMatchObject({ name: 'AbortError' });
    expect([count.now, vi.getTimerCount()]).toEqual([0, 0]);
    gates.openAll();
  });

  test('throws what the source throws when it is closed', async () => {
    const items = counted(ENDLESS, undefined, { closeError: error });
    const loop = async () => {
      for await (const _ of stream(items.source, (item) => item)) break;
    };
    expect(await reasonOf(loop())).toBe(error);
    expect(items.closed).toBe(1);
  });

  test('answers who still waits, and those who come later', async () => {
    const results = stream([1], () => new Promise(() => {}));
    const waiting = watch(results.next());
    await settle();
    expect(await results.return()).toEqual(DONE);
    expect(waiting.value).toEqual(DONE);
    expect(await results.next()).toEqual(DONE);
    expect(await results.return()).toEqual(DONE);
  });

  test('after the end changes nothing', async () => {
    const items = counted(2);
    const results = stream(items.source, (item) => item);
    expect(await collect(results)).toEqual([0, 1]);
    expect(await results.return()).toEqual(DONE);
    expect(items.closed).toBe(0);
  });

  test('by `await using` does the same', async () => {
    const items = counted(ENDLESS);
    {
      await using results = stream(items.source, (item) => item);
      expect(await results.next()).toEqual({ done: false, value: 0 });
    }
    expect(items.closed).toBe(1);
  });

  test('frees the slots of a shared limiter that wait, and in time those that run', async () => {
    const limiter = createLimiter(2);
    const held = limiter.tryAcquire()!;
    const gates = new Gates();
    const results = stream(['a', 'b', 'c'], (name) => gates.task(name)(), { limiter });
    watch(results.next());
    await settle();
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([2, 1]);
    await results.return();
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([2, 0]);
    gates.openAll();
    await settle();
    expect(limiter.activeCount).toBe(1);
    held.release();
  });
});

test.each([
  ['the default prefetch', {}],
  ['no prefetch', { concurrency: 1, prefetch: 0 }],
])('leaving does not wait for a source that is asked for an item: %s', async (_name, options) => {
  async function* source() {
    yield 1;
    yield 2;
    await new Promise(() => {});
  }
  const got: number[] = [];
  for await (const item of stream(source(), (item) => item, options)) {
    got.push(item);
    if (item === 2) {
      await settle();
      break;
    }
  }
  expect(got).toEqual([1, 2]);
});
