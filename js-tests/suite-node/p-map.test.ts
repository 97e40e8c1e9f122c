// The drop-in for p-map in Node: async context, what is left unhandled, stack traces, memory.
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, test } from 'vitest';
import { Gates } from '../suite/support/gates.ts';
import { BOTH } from '../suite/support/p-map.ts';
import { microtasks, settle } from '../suite/support/turns.ts';
import { reasonOf, watch } from '../suite/support/watch.ts';
import { unhandledDuring } from './support/unhandled.ts';

const store = new AsyncLocalStorage<string>();
const { gc } = globalThis;

async function* slowly<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) {
    await microtasks(2);
    yield item;
  }
}

describe.each(BOTH)('%s', (_name, { default: pMap, pMapIterable, pMapKeyed, pMapSettled, pMapStop }) => {
  describe('async context', () => {
    test('mappers run in the context of the call, the later ones too', async () => {
      for (const source of [() => 'abcd', () => slowly([...'abcd'])]) {
        const gates = new Gates();
        const seen: (string | undefined)[] = [];
        const mapper = async (item: string) => {
          seen.push(store.getStore());
          await gates.task(item)();
          seen.push(store.getStore());
        };
        const runs = ['one', 'two'].map((name) =>
          store.run(name, () => pMap(source(), mapper, { concurrency: 1 })),
        );
        for (const item of 'abcd') {
          await settle();
          store.run('who opens the gate', () => gates.open(item));
        }
        await Promise.all(runs);
        expect(seen.sort()).toEqual([...Array(8).fill('one'), ...Array(8).fill('two')]);
      }
    });

    test('items that are promises of another context do not bring it along', async () => {
      const items = store.run('items', () => [microtasks(3), microtasks(5)]);
      const seen: (string | undefined)[] = [];
      await store.run('call', () => pMap(items, () => seen.push(store.getStore()), { concurrency: 1 }));
      expect(seen).toEqual(['call', 'call']);
    });

    test('so does the source, whoever brings it about that it is asked', async () => {
      const gates = new Gates();
      const seen: (string | undefined)[] = [];
      const source = () => ({
        [Symbol.iterator]: () => {
          let left = 4;
          const next = () => {
            seen.push(store.getStore());
            return left-- > 0
              ? { done: false as const, value: `${left}` }
              : { done: true as const, value: undefined };
          };
          return { next };
        },
      });
      const mapper = (item: string) => gates.task(item)();
      const runs = ['one', 'two'].map((name) =>
        store.run(name, () => pMap(source(), mapper, { concurrency: 2 })),
      );
      for (const item of '3210') {
        await settle();
        store.run('who opens the gate', () => gates.open(item));
      }
      await Promise.all(runs);
      expect(seen.sort()).toEqual([...Array(5).fill('one'), ...Array(5).fill('two')]);
    });

    test('pMapIterable: in the context in which it is iterated', async () => {
      const iterable = store.run('made', () =>
        pMapIterable([1, 2, 3], async () => store.getStore(), { concurrency: 1 }),
      );
      const seen = await store.run('iterated', async () => {
        const values: (string | undefined)[] = [];
        for await (const value of iterable) values.push(value);
        return values;
      });
      expect(seen).toEqual(['iterated', 'iterated', 'iterated']);
    });
  });

  describe('unhandled rejections', () => {
    test('a run that nobody follows is reported once', async () => {
      const error = new Error('nobody listens');
      const fails = () => Promise.reject(error);
      expect(await unhandledDuring(() => void pMap([1, 2, 3], fails))).toEqual([error]);
      expect(await unhandledDuring(() => void pMapKeyed({ a: 1, b: 2 }, fails))).toEqual([error]);
    });

    test('all but the first failure are dropped, and so is what comes after the end', async () => {
      const reasons = await unhandledDuring(async () => {
        const fails = async (item: number) => {
          await microtasks(item);
          throw new Error(`${item}`);
        };
        await reasonOf(pMap([1, 5, 9], fails));
        await reasonOf(pMap([1, 5, 9], fails, { stopOnError: false }));
        await pMapSettled([1, 5, 9], fails);
        await pMap([0, 5, 9], (item) => (item === 0 ? pMapStop : fails(item)));
        const controller = new AbortController();
        const run = watch(pMap([9], fails, { signal: controller.signal }));
        controller.abort();
        await settle();
        expect(run.state).toBe('rejected');
      });
      expect(reasons).toEqual([]);
    });

    test('failures of a source that is given up are dropped', async () => {
      const reasons = await unhandledDuring(async () => {
        let asked = 0;
        const source = {
          [Symbol.asyncIterator]: () => ({
            next: async () => {
              if (asked++ === 0) return { done: false as const, value: 1 };
              await microtasks(20);
              throw new Error('late');
            },
            return: () => Promise.reject(new Error('return')),
          }),
        };
        await reasonOf(pMap(source, () => Promise.reject(new Error('first')), { concurrency: 3 }));
        await settle();
      });
      expect(reasons).toEqual([]);
    });

    test('what a stream that is left would have failed with is dropped', async () => {
      const reasons = await unhandledDuring(async () => {
        const mapper = async (item: number) => {
          await microtasks(item);
          if (item > 0) throw new Error(`${item}`);
        };
        for (const preserveOrder of [true, false]) {
          for await (const _ of pMapIterable([0, 5, 9], mapper, { preserveOrder })) break;
          await reasonOf(pMapIterable([5, 9], mapper, { preserveOrder })[Symbol.asyncIterator]().next());
          await settle();
        }
      });
      expect(reasons).toEqual([]);
    });

    test('values of pMapKeyed that are rejected before their turn', async () => {
      const reasons = await unhandledDuring(async () => {
        const input = {
          a: microtasks(9),
          b: Promise.reject(new Error('b')),
          c: Promise.reject(new Error('c')),
        };
        await reasonOf(pMapKeyed(input, () => 1, { concurrency: 1 }));
        await reasonOf(pMapKeyed(input, () => Promise.reject(new Error('mapper')), { concurrency: 1 }));
      });
      expect(reasons).toEqual([]);
    });
  });

  test('the stack of an error from a mapper leads to the caller', async () => {
    const mapper = async (item: number) => {
      await microtasks(item);
      throw new Error('deep inside');
    };
    async function theCaller() {
      return await pMap([3, 9], mapper, { concurrency: 2 });
    }
    async function itsCaller() {
      return await theCaller();
    }
    const { stack } = (await reasonOf(itsCaller())) as Error;
    expect(stack).toContain('deep inside');
    expect(stack).toMatch(/theCaller[\s\S]*itsCaller/);
  });

  test.runIf(gc)('a long stream keeps nothing of what was taken', async () => {
    function* source() {
      for (let item = 0; item < 20_000; item++) yield item;
    }
    const refs: WeakRef<object>[] = [];
    const mapper = async (item: number) => ({ item });
    let taken = 0;
    for await (const value of pMapIterable(source(), mapper, { concurrency: 5, backpressure: 20 })) {
      if (taken % 4000 === 0) refs.push(new WeakRef(value));
      taken++;
      if (taken === 19_000) {
        await settle();
        gc!();
        await settle();
        gc!();
        expect(refs.map((ref) => ref.deref())).toEqual(Array(5).fill(undefined));
      }
    }
    expect(taken).toBe(20_000);
  });
});
