// What users of p-limit rely on, stated absolutely. Each statement is also checked against p-limit itself, so a
// statement that is wrong fails here and not at a user's.
import { describe, expect, test } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { FANFOLD, REAL } from '../support/trace.ts';
import { microtasks, settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

describe.each([
  ['p-limit', REAL],
  ['fanfold/p-limit', FANFOLD],
] as const)('%s', (_name, { pLimit, limitFunction }) => {
  test('with a concurrency of 1, results come in the order of the calls however long each takes', async () => {
    const limit = pLimit(1);
    const order: number[] = [];
    const results = await Promise.all(
      [30, 20, 10].map((rounds, index) =>
        limit(async () => {
          await microtasks(rounds);
          order.push(index);
          return rounds;
        }),
      ),
    );
    expect(results).toEqual([30, 20, 10]);
    expect(order).toEqual([0, 1, 2]);
  });

  test.each([1, 2, 5, 16, Number.POSITIVE_INFINITY])(
    'never runs more than %s at once, and reaches it',
    async (n) => {
      const limit = pLimit(n);
      let running = 0;
      let peak = 0;
      await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          limit(async () => {
            peak = Math.max(peak, ++running);
            await microtasks((index * 7) % 11);
            running--;
          }),
        ),
      );
      expect(peak).toBe(Math.min(n, 100));
    },
  );

  test('a function need not return a promise', async () => {
    const limit = pLimit(1);
    await expect(limit(() => null)).resolves.toBeNull();
    await expect(limit(() => undefined)).resolves.toBeUndefined();
    await expect(limit(() => 0)).resolves.toBe(0);
  });

  test('a function that throws before it returns rejects its promise, and the next one runs', async () => {
    const limit = pLimit(1);
    const thrown = new Error('before the first await');
    const first = limit(() => {
      throw thrown;
    });
    const second = limit(() => 'second');
    expect(await reasonOf(first)).toBe(thrown);
    await expect(second).resolves.toBe('second');
  });

  test('arguments reach the function, in order and unchanged', async () => {
    const limit = pLimit(1);
    const key = Symbol('key');
    const object = {};
    const got = await limit((...args: unknown[]) => args, key, object, undefined, null, 5);
    expect(got).toEqual([key, object, undefined, null, 5]);
    expect(got[1]).toBe(object);
    await expect(limit((...args: unknown[]) => args.length)).resolves.toBe(0);
  });

  test('a helper can put its own argument in front, and tasks share it one after the other', async () => {
    const limit = pLimit(1);
    const shared: string[] = [];
    const gates = [deferred(), deferred()];
    const add = async (list: string[], value: string, gate: Promise<void>) => {
      list.push(value);
      await gate;
      return list.length;
    };
    const first = limit(add, shared, 'a', gates[0]!.promise);
    const second = limit(add, shared, 'b', gates[1]!.promise);
    expect([limit.activeCount, limit.pendingCount]).toEqual([1, 1]);
    gates[0]!.resolve();
    gates[1]!.resolve();
    expect(await Promise.all([first, second])).toEqual([1, 2]);
    expect(shared).toEqual(['a', 'b']);
  });

  test('a rejection reaches the caller as the same object, also through Promise.all', async () => {
    const limit = pLimit(1);
    const failure = { not: 'even an Error' };
    const all = Promise.all([
      limit(async () => 1),
      limit(async () => {
        await null;
        throw failure;
      }),
      limit(async () => 3),
    ]);
    expect(await reasonOf(all)).toBe(failure);
  });

  test('a function never runs inside the call', async () => {
    const limit = pLimit(3);
    let value = 'at the call';
    const seen = limit(() => value);
    expect(limit.activeCount).toBe(1);
    value = 'after the call';
    await expect(seen).resolves.toBe('after the call');
  });

  test('the counts are right as soon as the call returns, and as soon as the caller goes on', async () => {
    const limit = pLimit(5);
    const counts = () => [limit.activeCount, limit.pendingCount];
    expect(counts()).toEqual([0, 0]);
    const gates = Array.from({ length: 8 }, () => deferred());
    const running = gates.map((gate) => limit(() => gate.promise));
    expect(counts()).toEqual([5, 3]);
    for (const gate of gates.slice(0, 5)) gate.resolve();
    await Promise.all(running.slice(0, 5));
    expect(counts()).toEqual([3, 0]);
    for (const gate of gates.slice(5)) gate.resolve();
    await Promise.all(running);
    expect(counts()).toEqual([0, 0]);
  });

  test('after one task alone is awaited, nothing counts as active', async () => {
    const limit = pLimit(5);
    await limit(async () => {
      await microtasks(3);
    });
    expect([limit.activeCount, limit.pendingCount]).toEqual([0, 0]);
    await limit(() => 'answers at once');
    expect([limit.activeCount, limit.pendingCount]).toEqual([0, 0]);
  });

  test('clearQueue forgets the waiting tasks: they neither run nor settle', async () => {
    const limit = pLimit(1);
    const gate = deferred();
    let ran = 0;
    const running = limit(() => gate.promise);
    const waiting = [1, 2, 3].map(() => watch(limit(() => ++ran)));
    await Promise.resolve();
    expect(limit.pendingCount).toBe(3);
    limit.clearQueue();
    expect(limit.pendingCount).toBe(0);
    gate.resolve();
    await running;
    await settle();
    expect(ran).toBe(0);
    expect(waiting.map((each) => each.state)).toEqual(['pending', 'pending', 'pending']);
    await expect(limit(() => 'still usable')).resolves.toBe('still usable');
  });

  test('with rejectOnClear, clearQueue rejects the waiting ones with an AbortError and spares the running one', async () => {
    const limit = pLimit({ concurrency: 1, rejectOnClear: true });
    const gate = deferred<string>();
    const running = limit(() => gate.promise);
    const waiting = [limit(() => 'a'), limit(() => 'b')];
    await Promise.resolve();
    expect(limit.pendingCount).toBe(2);
    limit.clearQueue();
    expect(limit.pendingCount).toBe(0);
    const reasons = await Promise.all(waiting.map(reasonOf));
    for (const reason of reasons) {
      expect(reason).toBeInstanceOf(DOMException);
      expect(reason).toMatchObject({ name: 'AbortError', code: 20 });
    }
    gate.resolve('finished');
    await expect(running).resolves.toBe('finished');
  });

  test('map keeps the order of the input, whatever order the mapper finishes in', async () => {
    const limit = pLimit(3);
    const input = [10, 20, 30, 40, 50];
    const results = await limit.map(input, async (value, index) => {
      await microtasks((input.length - index) * 5);
      return value + index;
    });
    expect(results).toEqual([10, 21, 32, 43, 54]);
    expect(await pLimit(1).map([1, 2, 3, 4, 5, 6, 7], (value) => value + 1)).toEqual([2, 3, 4, 5, 6, 7, 8]);
  });

  test('map takes a Set, an iterator, a generator, a string, and nothing at all', async () => {
    const limit = pLimit(2);
    const double = (value: number) => value * 2;
    expect(await limit.map(new Set([1, 2, 3, 4]), double)).toEqual([2, 4, 6, 8]);
    expect(await limit.map([1, 2, 3, 4].values(), double)).toEqual([2, 4, 6, 8]);
    expect(
      await limit.map(
        (function* () {
          yield 1;
          yield 2;
        })(),
        double,
      ),
    ).toEqual([2, 4]);
    expect(await limit.map('ab', (letter, index) => letter + index)).toEqual(['a0', 'b1']);
    expect(await limit.map([], double)).toEqual([]);
  });

  test('map works when taken off the limit, and shares its slots', async () => {
    const limit = pLimit(1);
    const { map } = limit;
    let running = 0;
    let peak = 0;
    const mapper = async (value: number) => {
      peak = Math.max(peak, ++running);
      await microtasks(4);
      running--;
      return value * 2;
    };
    expect(await Promise.all([limit(mapper, 1), map([2, 3], mapper)])).toEqual([2, [4, 6]]);
    expect(peak).toBe(1);
  });

  test('an options object does the same as a number', async () => {
    const limit = pLimit({ concurrency: 1 });
    expect(limit.concurrency).toBe(1);
    let running = 0;
    const task = async (value: number) => {
      expect(++running).toBe(1);
      await microtasks(5);
      running--;
      return value;
    };
    expect(await Promise.all([limit(task, 1), limit(task, 2)])).toEqual([1, 2]);
  });

  test.each([
    ['smaller', 4, 2, [1, 2, 3, 4, 2, 2, 2, 2, 2, 2]],
    ['bigger', 2, 4, [1, 2, 3, 4, 4, 4, 4, 4, 4, 4]],
  ] as const)('a %s concurrency holds from the next start on', async (_kind, before, after, expected) => {
    const limit = pLimit(before);
    let running = 0;
    const seen: number[] = [];
    // A queue of gates, opened one by one, so that exactly one task ends at a time.
    const waiting: (() => void)[] = [];
    const tasks = Array.from({ length: 10 }, () =>
      limit(async () => {
        seen.push(++running);
        await new Promise<void>((resolve) => waiting.push(resolve));
        running--;
      }),
    );
    await settle();
    expect(running).toBe(before);
    limit.concurrency = after;
    expect(limit.concurrency).toBe(after);
    await settle();
    while (waiting.length > 0) {
      waiting.shift()!();
      await settle();
    }
    await Promise.all(tasks);
    expect(seen).toEqual(expected);
  });

  test.each([[0], [-1], [1.2], [Number.NaN], [undefined], [true], [{}], [{ concurrency: 0 }]])(
    'refuses the concurrency %o',
    (concurrency) => {
      expect(() => pLimit(concurrency as number)).toThrow(TypeError);
    },
  );

  test('limitFunction limits one function, and passes arguments and results through', async () => {
    let running = 0;
    let peak = 0;
    const limited = limitFunction(
      async (value: number) => {
        peak = Math.max(peak, ++running);
        await microtasks(value % 9);
        running--;
        return value * 2;
      },
      { concurrency: 5 },
    );
    const results = await Promise.all(Array.from({ length: 100 }, (_, index) => limited(index)));
    expect(peak).toBe(5);
    expect(results).toEqual(Array.from({ length: 100 }, (_, index) => index * 2));
  });
});
