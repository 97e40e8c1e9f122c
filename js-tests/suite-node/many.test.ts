// Work over many in Node: async context, memory, and what is reported as unhandled.
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  all,
  any,
  createLimiter,
  filter,
  forEach,
  type ItemContext,
  map,
  mapBatches,
  mapSettled,
  race,
  settle as settleAll,
  skip,
  stream,
} from 'fanfold';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { deferred } from '../suite/support/deferred.ts';
import { elapse } from '../suite/support/fake-time.ts';
import { Gates } from '../suite/support/gates.ts';
import { propertyTest } from '../suite/support/seeds.ts';
import { countedAsync } from '../suite/support/sources.ts';
import { microtasks, settle } from '../suite/support/turns.ts';
import { warningsDuring } from '../suite/support/warnings.ts';
import { reasonOf, watch } from '../suite/support/watch.ts';
import { unhandledDuring } from './support/unhandled.ts';

const store = new AsyncLocalStorage<string>();
const items = Array.from({ length: 20 }, (_, index) => index);

afterEach(() => {
  vi.useRealTimers();
});

describe('the context of the caller', () => {
  test('is that of the end of a source, whoever ends it', async () => {
    const seen: unknown[] = [];
    function* source() {
      try {
        for (;;) yield store.getStore();
      } finally {
        seen.push(store.getStore());
      }
    }
    const controller = new AbortController();
    const { signal } = controller;
    const result = store.run('caller', () =>
      watch(map(source(), () => new Promise(() => {}), { signal, concurrency: 1 })),
    );
    await settle();
    store.run('aborter', () => controller.abort('enough'));
    await settle();
    expect([result.reason, seen]).toEqual(['enough', ['caller']]);
  });

  const sees = async (_item: unknown, _index: number, _context: ItemContext) => {
    const before = store.getStore();
    await microtasks(3);
    return `${before} ${store.getStore()}`;
  };
  const task = () => sees(0, 0, undefined as never);
  const tasks = items.map(() => task);
  const ways: [string, (options: object) => Promise<unknown>][] = [
    ['map', (options) => map(items, sees, options)],
    ['map of an async source', (options) => map(countedAsync(20).source, sees, options)],
    [
      'map of promises',
      (options) =>
        map(
          items.map(async (item) => item),
          sees,
          options,
        ),
    ],
    ['mapSettled', async (options) => (await settleAll(tasks, options)).values],
    ['all', (options) => all(tasks, options)],
    ['any', async (options) => [await any(tasks, options)]],
    ['race', async (options) => [await race(tasks, options)]],
    [
      'stream',
      async (options) => {
        const seen: unknown[] = [];
        for await (const result of stream(items, sees, { ...options, prefetch: 1 })) seen.push(result);
        return seen;
      },
    ],
  ];

  test.each(ways)('is that of each function of %s, whatever goes on beside it', async (_name, way) => {
    for (const shared of [true, false]) {
      const limiter = createLimiter(3);
      const run = () => way(shared ? { limiter } : { concurrency: 3 });
      const noise = store.run('noise', () => map(items, () => microtasks(2), { limiter }));
      const seen = await Promise.all(['a', 'b'].map((name) => store.run(name, run)));
      await noise;
      expect(new Set(seen[0] as string[])).toEqual(new Set(['a a']));
      expect(new Set(seen[1] as string[])).toEqual(new Set(['b b']));
    }
  });

  test('is kept when a function enters another', async () => {
    const seen = await store.run('caller', () =>
      map(
        items,
        async (item) => {
          const before = store.getStore();
          store.enterWith(`item ${item}`);
          await null;
          return before;
        },
        { concurrency: 2 },
      ),
    );
    expect(new Set(seen)).toEqual(new Set(['caller']));
  });

  test('is kept by attempts, by those after a timeout too, and by what is asked in between', async () => {
    vi.useFakeTimers();
    const seen: unknown[] = [];
    let call = 0;
    const see = (what: string) => seen.push(`${what} ${store.getStore()}`);
    const result = watch(
      store.run('caller', () =>
        map(
          [1, 2],
          async () => {
            see('fn');
            store.enterWith('inside');
            call++;
            if (call <= 2) throw new Error('for now');
            if (call <= 4) await new Promise(() => {});
            return call;
          },
          {
            concurrency: 4,
            onProgress: () => see('progress'),
            retry: {
              backoff: () => see('backoff') * 0 + 10,
              attemptTimeout: 50,
              shouldRetry: () => see('should') > 0,
              onRetry: () => see('retry'),
            },
          },
        ),
      ),
    );
    await store.run('who waits', () => elapse(1000));
    expect(result.state).toBe('fulfilled');
    expect(seen.filter((line) => !String(line).endsWith(' caller'))).toEqual([]);
    expect(seen).toHaveLength(6 + 2 + 3 * 4);
  });

  test('is that of whoever began a stream, not of who reads on', async () => {
    const results = store.run('begins', () => {
      const made = stream(items, () => store.getStore(), { concurrency: 1, prefetch: 0 });
      return { made, first: made.next() };
    });
    const seen = [(await results.first).value];
    for (let index = 1; index < 6; index++) {
      await settle();
      seen.push((await store.run(`reader ${index}`, () => results.made.next())).value);
    }
    expect(new Set(seen)).toEqual(new Set(['begins']));
    await results.made.return();
  });

  propertyTest(
    'is kept for every item, with any number of works beside each other',
    fc.record({
      works: fc.array(
        fc.record({
          count: fc.nat(8),
          rounds: fc.nat(4),
          concurrency: fc.integer({ min: 1, max: 3 }),
          shared: fc.boolean(),
          async: fc.boolean(),
          fails: fc.boolean(),
        }),
        { minLength: 1, maxLength: 4 },
      ),
    }),
    async ({ works }) => {
      const limiter = createLimiter(2);
      await Promise.all(
        works.map(({ count, rounds, concurrency, shared, async, fails }, work) =>
          store.run(`work ${work}`, async () => {
            const source = async ? countedAsync(count).source : items.slice(0, count);
            const fn = async (item: number) => {
              expect(store.getStore()).toBe(`work ${work}`);
              store.enterWith(`item ${item}`);
              await microtasks(rounds);
              expect(store.getStore()).toBe(`item ${item}`);
              if (fails && item % 2) throw new Error('as planned');
            };
            const options = shared ? { limiter } : { concurrency };
            const results = await mapSettled(source, fn, { ...options, retry: { retries: 1, backoff: 0 } });
            for (const [index, result] of results.entries()) {
              expect(result.status).toBe(fails && index % 2 ? 'rejected' : 'fulfilled');
            }
            expect(store.getStore()).toBe(`work ${work}`);
          }),
        ),
      );
    },
    { runs: 50 },
  );
});

describe('works and tasks of one limiter', () => {
  test("with nested: 'error' are not taken for each other's, wherever a slot comes from", async () => {
    const limiter = createLimiter({ concurrency: 2, nested: 'error' });
    const other = createLimiter(2);
    const gates = new Gates();
    // A task that stays inside, and brings about what goes on elsewhere.
    const busy = limiter(async () => {
      for (let round = 0; round < 30; round++) await other(() => microtasks(round % 3));
      await gates.task('busy')();
    });
    const result = await map(items, (item) => other(() => item), { limiter });
    expect(result).toEqual(items);
    const inside = await reasonOf(map([1], (item) => limiter(() => item), { limiter }));
    expect(inside).toMatchObject({ name: 'NestedLimitError' });
    gates.openAll();
    await busy;
  });

  test('are warned of only where they wait for tasks of their own', async () => {
    const limiter = createLimiter(2);
    const warnings = await warningsDuring(async () => {
      const works = ['a', 'b', 'c'].map((name) =>
        store.run(name, () => map(items, () => microtasks(3), { limiter })),
      );
      await Promise.all(works);
      await Promise.all(['a', 'b'].map(() => forEach(items, () => microtasks(2), { limiter })));
    });
    expect(warnings).toEqual([]);
  });
});

const { gc } = globalThis;

async function bytesInUse(): Promise<number> {
  for (let round = 0; round < 4; round++) {
    await settle();
    gc!();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe.runIf(gc)('memory', () => {
  function* numbers(count: number, look: (index: number) => void) {
    for (let index = 0; index < count; index++) {
      look(index);
      yield { index, payload: 'x'.repeat(10) };
    }
  }

  const many = 200_000;
  const uses: [string, (source: Iterable<object>) => Promise<unknown>][] = [
    ['forEach', (source) => forEach(source, async () => null)],
    ['forEach with a limiter', (source) => forEach(source, async () => null, { limiter: createLimiter(4) })],
    [
      'forEach whose functions ask for their limiter and signal',
      (source) =>
        forEach(source, async (_item, _index, { limiter, signal }) => [limiter.name, signal.aborted]),
    ],
    ['filter of nothing', (source) => filter(source, async () => false)],
    ['map that skips all', (source) => map(source, async () => skip)],
    ['mapSettled that skips all', (source) => mapSettled(source, async () => skip)],
    [
      'stream',
      async (source) => {
        for await (const _ of stream(source, async (item) => item)) {
          // Nothing is kept.
        }
      },
    ],
  ];

  test.each(uses)('%s over a long generator holds nothing', async (_name, use) => {
    await use(numbers(2_000, () => {}));
    const before = await bytesInUse();
    let most = 0;
    const source = numbers(many, (index) => {
      if (index % 20_000 !== 19_999) return;
      gc!();
      most = Math.max(most, process.memoryUsage().heapUsed);
    });
    await use(source);
    // A word for each item would be beyond this.
    expect(most - before).toBeLessThan(1_000_000);
    expect((await bytesInUse()) - before).toBeLessThan(1_000_000);
  });

  test('nothing keeps the source, the function and the results of a work that is done', async () => {
    const refs = await (async () => {
      const source = [{ item: 1 }, { item: 2 }];
      const fn = async (item: object) => ({ item });
      const results = await map(source, fn, { signal: new AbortController().signal, timeout: 1e6 });
      return [new WeakRef<object>(source), new WeakRef<object>(fn), new WeakRef<object>(results)];
    })();
    for (let round = 0; round < 20 && refs.some((ref) => ref.deref() !== undefined); round++) {
      await bytesInUse();
    }
    expect(refs.map((ref) => ref.deref())).toEqual([undefined, undefined, undefined]);
  });
});

test('every function has a signal of its own: what they leave listening is no leak', async () => {
  const signals = new Set<AbortSignal>();
  const warnings = await warningsDuring(async () => {
    await map(items, async (_item, _index, { signal }) => {
      signals.add(signal);
      signal.addEventListener('abort', () => {});
      await settle();
    });
    await all(
      items.map(() => ({ signal }: { signal: AbortSignal }) => {
        signal.addEventListener('abort', () => {});
      }),
    );
  });
  expect([signals.size, warnings]).toEqual([items.length, []]);
});

describe('unhandled rejections', () => {
  test.each<[string, (source: AsyncIterable<unknown>) => Promise<unknown>]>([
    ['map', (source) => map(source, () => Promise.reject(new Error('as planned')))],
    ['any', (source) => any(source)],
    [
      'stream',
      async (source) => {
        for await (const _ of stream(source, (item) => item)) break;
      },
    ],
  ])('an item that comes when %s is over goes unheard', async (_name, run) => {
    const gate = deferred<void>();
    let asked = 0;
    const source = {
      [Symbol.asyncIterator]: () => ({
        async next() {
          if (asked++ === 0) return { done: false, value: 1 } as const;
          await gate.promise;
          return { done: false, value: Promise.reject(new Error('late')) } as const;
        },
        return: async () => ({ done: true, value: undefined }) as const,
      }),
    };
    const reasons = await unhandledDuring(async () => {
      await run(source as AsyncIterable<unknown>).catch(() => {});
      gate.resolve();
      await settle();
    });
    expect([reasons, asked]).toEqual([[], 2]);
  });

  test('are those of works that nobody follows, once, and no others', async () => {
    const reasons: unknown[] = [];
    const others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    const note = (reason: unknown) => reasons.push(reason);
    process.on('unhandledRejection', note);
    try {
      const error = new Error('nobody listens');
      const fail = () => Promise.reject(error);
      void map([1, 2, 3], fail);
      await settle();
      expect(reasons.splice(0)).toEqual([error]);
      for (const onFailure of ['abort', 'abort-and-wait', 'continue'] as const) {
        await reasonOf(map([1, 2, 3], fail, { onFailure }));
        await reasonOf(all([fail(), fail(), fail, 1], { onFailure }));
        await any([fail(), 1, fail()], { onFailure });
        await reasonOf(race(new Set([fail(), fail()]), { onFailure }));
        await reasonOf(map([1, fail(), fail(), fail()], () => null, { onFailure, concurrency: 1 }));
        await reasonOf(map(new Set([1, fail(), fail()]), () => null, { onFailure, concurrency: 1 }));
        await stream([1, 2], (item) => (item === 2 ? fail() : 1), { onFailure }).next();
        await reasonOf(mapBatches([fail(), fail(), 1, fail()], 2, () => null, { onFailure, concurrency: 1 }));
        const halfway = function* () {
          yield fail();
          throw error;
        };
        await reasonOf(mapBatches(halfway(), 2, () => null, { onFailure }));
        await settle();
      }
      await reasonOf(map([fail()], () => 1, { signal: AbortSignal.abort() }));
      await reasonOf(map(new Set([fail()]), () => 1, { signal: AbortSignal.abort() }));
      await settle();
      await settle();
      expect(reasons).toEqual([]);
    } finally {
      process.off('unhandledRejection', note);
      for (const other of others) process.on('unhandledRejection', other);
    }
  });

  test.each([
    ['of its own limiter', {}],
    ['with a signal', { signal: new AbortController().signal }],
  ])('a stream %s that is dropped half-read is ended and collected', async (_name, options) => {
    let closed = 0;
    const aborted: unknown[] = [];
    function* endless() {
      try {
        for (let index = 0; ; index++) yield index;
      } finally {
        closed++;
      }
    }
    const ref = await (async () => {
      const results = stream(
        endless(),
        (item, _index, { signal }) =>
          item === 3
            ? new Promise((_, reject) => {
                signal.onabort = () => {
                  aborted.push(signal.reason);
                  reject(signal.reason);
                };
              })
            : item,
        { concurrency: 2, ...options },
      );
      expect(await results.next()).toEqual({ value: 0, done: false });
      return new WeakRef(results);
    })();
    for (let round = 0; round < 20 && closed === 0; round++) {
      await bytesInUse();
      await new Promise(setImmediate);
    }
    expect([ref.deref(), closed, aborted]).toMatchObject([undefined, 1, [{ name: 'AbortError' }]]);
  });

  test('a stream that is waited for is not dropped', async () => {
    let answer: ((item: number) => void) | undefined;
    const came = (async () => {
      for await (const item of stream([1], () => new Promise<number>((resolve) => (answer = resolve)))) {
        return item;
      }
      return undefined;
    })();
    for (let round = 0; round < 5; round++) await bytesInUse();
    answer?.(7);
    expect(await came).toBe(7);
  });
});
