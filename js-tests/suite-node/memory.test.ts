// Bounded memory: after a drain, memory is back where it was, and nothing keeps what is over.
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  broadcast,
  concat,
  createLimiter,
  eager,
  latest,
  measureConcurrency,
  merge,
  tee,
  zip,
} from 'fanfold';
import { Mutex, Semaphore } from 'fanfold/async-mutex';
import pLimit from 'fanfold/p-limit';
import PQueue from 'fanfold/p-queue';
import { describe, expect, test } from 'vitest';
import { elapse, useFakeTime } from '../suite/support/fake-time.ts';
import { Gates } from '../suite/support/gates.ts';
import { settle } from '../suite/support/turns.ts';
import { reasonOf, watch } from '../suite/support/watch.ts';

const { gc } = globalThis;

async function collected(): Promise<void> {
  for (let round = 0; round < 4; round++) {
    await settle();
    gc!();
  }
}

/**
 * Bytes in use, of the JavaScript heap and of array buffers. The engine's own are neither: what the addon allocates
 * is counted in crates/sim/tests/flat_cost.rs, and the memory of WebAssembly is read in backends/wasm.test.mjs.
 */
async function bytesInUse(): Promise<number> {
  await collected();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Whether the object is gone after some collections. */
async function isCollected(ref: WeakRef<object>): Promise<boolean> {
  for (let round = 0; round < 20 && ref.deref() !== undefined; round++) await collected();
  return ref.deref() === undefined;
}

describe.runIf(gc)('after a drain', () => {
  const many = 100_000;
  const uses: [string, () => Promise<void>][] = [
    [
      'of calls',
      async () => {
        const limiter = createLimiter(16);
        for (let index = 0; index < many; index++) void limiter(() => index);
        await limiter.onIdle();
      },
    ],
    [
      'of handles with signals and timeouts',
      async () => {
        const limiter = createLimiter(16);
        const { signal } = new AbortController();
        for (let index = 0; index < many / 4; index++) {
          void limiter.submit(() => index, { signal, queueTimeout: 1e9, runTimeout: 1e9 });
        }
        await limiter.onIdle();
      },
    ],
    [
      'of calls that were tried again',
      async () => {
        const limiter = createLimiter({ concurrency: 16, retry: { retries: 1, backoff: 0 } });
        for (let index = 0; index < many / 16; index++) {
          void limiter.run(({ attempt }) => {
            if (attempt === 1) throw new Error('again');
          });
        }
        await limiter.onIdle();
      },
    ],
    [
      'of cancelled ones',
      async () => {
        const limiter = createLimiter(1);
        const controller = new AbortController();
        const held = limiter.tryAcquire()!;
        for (let index = 0; index < many / 4; index++) {
          limiter.run(() => index, { signal: controller.signal }).catch(() => {});
        }
        controller.abort();
        held.release();
        await limiter.onIdle();
      },
    ],
    [
      'of keys',
      async () => {
        const limiter = createLimiter({ concurrency: 16, perKey: { weight: () => 2 } });
        for (let index = 0; index < many / 4; index++) {
          void limiter.run(() => index, { key: index % 3 === 0 ? `tenant ${index}` : {} });
        }
        await limiter.onIdle();
      },
    ],
    [
      'of the drop-in',
      async () => {
        const limit = pLimit(16);
        await limit.map(Array.from({ length: many }), () => undefined);
      },
    ],
    [
      'of many limiters',
      async () => {
        for (let index = 0; index < 2000; index++) {
          const limiter = createLimiter(1 + (index % 5));
          await Promise.all([limiter(() => 1), limiter(() => 2)]);
        }
      },
    ],
  ];

  test.each(uses)('%s, memory is back where it was', async (_name, use) => {
    // The first rounds fill what is kept for later on purpose: rings, slots, tables, compiled code.
    await use();
    await use();
    const before = await bytesInUse();
    for (let round = 0; round < 4; round++) await use();
    const after = await bytesInUse();
    // Four rounds of a leak of ten bytes a task would be beyond this.
    expect(after - before).toBeLessThan(1_000_000);
  });
});

/** Whoever waits in these holds what it waits for: only together can they be collected. */
const dropped: [string, () => unknown][] = [
  [
    'a mutex that somebody waits for',
    () => {
      const mutex = new Mutex();
      void mutex.acquire();
      void mutex.acquire().then(() => mutex.release());
      void mutex.runExclusive(() => mutex.isLocked());
      void mutex.waitForUnlock().then(() => mutex.isLocked());
      return mutex;
    },
  ],
  [
    'a semaphore that somebody waits for',
    () => {
      const semaphore = new Semaphore(0);
      for (const priority of [0, 1, 0]) void semaphore.acquire(2, priority).then(() => semaphore.cancel());
      return semaphore;
    },
  ],
  [
    'a queue that never began, with tasks',
    () => {
      const queue = new PQueue({ autoStart: false });
      for (const id of ['a', 'b']) void queue.add(() => queue.size, { id }).then(() => queue.clear());
      queue.setPriority('b', 1);
      return queue;
    },
  ],
  [
    'a queue whose running tasks never end',
    () => {
      const queue = new PQueue({ concurrency: 2 });
      for (let task = 0; task < 4; task++) void queue.add(() => new Promise(() => queue.size));
      return queue;
    },
  ],
];

describe.runIf(gc)('when nobody holds it any more', () => {
  test.each(dropped)('%s is collected', async (_name, make) => {
    const ref = new WeakRef(make() as object);
    expect(await isCollected(ref)).toBe(true);
  });

  test.each(dropped)('%s leaves nothing behind', async (_name, make) => {
    const many = async (): Promise<void> => {
      for (let index = 0; index < 2000; index++) {
        make();
        if (index % 100 === 99) await settle();
      }
    };
    await many();
    await many();
    const before = await bytesInUse();
    for (let round = 0; round < 4; round++) await many();
    // Less than a number and a place in a table for each.
    expect((await bytesInUse()) - before).toBeLessThan(8000 * 50);
  });

  test('who can still be served is served', async () => {
    const gates = new Gates();
    const results: unknown[] = [];
    (() => {
      const queue = new PQueue({ concurrency: 1 });
      const mutex = new Mutex();
      for (const name of ['a', 'b', 'c']) {
        void queue.add(gates.task(name)).then((value) => results.push(value));
        void mutex.runExclusive(gates.task(`locked ${name}`)).then((value) => results.push(value));
      }
    })();
    await collected();
    for (const name of ['a', 'b', 'c', 'locked a', 'locked b', 'locked c']) {
      gates.open(name);
      await collected();
    }
    expect(results).toEqual(['a', 'b', 'c', 'locked a', 'locked b', 'locked c']);
  });
});

describe.runIf(gc)('nothing keeps', () => {
  test('the function, the arguments and the result of a task that is done', async () => {
    const limiter = createLimiter(1);
    const refs = await (async () => {
      const fn = (argument: object) => ({ result: typeof argument });
      const argument = { big: new Uint8Array(10) };
      const result = await limiter(fn, argument);
      return [new WeakRef(fn), new WeakRef(argument), new WeakRef(result)];
    })();
    for (const ref of refs) expect(await isCollected(ref)).toBe(true);
    expect(await limiter(() => 'alive')).toBe('alive');
  });

  test('the error of a task that failed', async () => {
    const limiter = createLimiter(1);
    const ref = await (async () =>
      new WeakRef((await reasonOf(limiter(() => Promise.reject(new Error('gone'))))) as object))();
    expect(await isCollected(ref)).toBe(true);
  });

  test('the async context of a task that is done', async () => {
    const limiter = createLimiter(1);
    const store = new AsyncLocalStorage<object>();
    const ref = await (async () => {
      const context = { request: 1 };
      await store.run(context, () => limiter(async () => null));
      return new WeakRef(context);
    })();
    // One more task, since the slot may keep what the last one left until the next.
    await limiter(() => 1);
    expect(await isCollected(ref)).toBe(true);
  });

  test('a task that was cancelled while it waited', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    void limiter(gates.task('first'));
    const ref = await (async () => {
      const fn = () => 1;
      const handle = limiter.submit(fn);
      watch(handle.result);
      handle.cancel();
      await settle();
      return new WeakRef(fn);
    })();
    expect(await isCollected(ref)).toBe(true);
    gates.open('first');
  });

  test('what a function came to whose concurrency is measured', async () => {
    const refs: WeakRef<object>[] = [];
    let isGone = false;
    await measureConcurrency(
      Array.from({ length: 10 }, (_, index) => index),
      async (index) => {
        if (index === 9) isGone = await isCollected(refs[0]!);
        const result = { index };
        refs.push(new WeakRef(result));
        return result;
      },
      { candidates: [1], rounds: 1 },
    );
    expect(isGone).toBe(true);
  });

  test('a signal that its tasks are done with', async () => {
    const limiter = createLimiter(1);
    const ref = await (async () => {
      const { signal } = new AbortController();
      await limiter.run(() => 1, { signal });
      return new WeakRef(signal);
    })();
    await limiter.run(() => 1, { signal: new AbortController().signal });
    expect(await isCollected(ref)).toBe(true);
  });

  test('a limiter that nobody holds any more', async () => {
    const ref = await (async () => {
      const limiter = createLimiter(1);
      await limiter(() => 1);
      return new WeakRef(limiter);
    })();
    expect(await isCollected(ref)).toBe(true);
  });

  test('a limiter whose breaker tells somebody who holds it', async () => {
    const make = async () => {
      const limiter = createLimiter({
        concurrency: 1,
        breaker: { threshold: 1, onStateChange: () => limiter.pause() },
        fallback: () => limiter.name,
        isFailure: () => limiter.isPaused,
      });
      await limiter(async () => {});
      return new WeakRef(limiter);
    };
    expect(await isCollected(await make())).toBe(true);
  });

  test('a limiter that nobody holds any more, but whose tasks still run, until they are done', async () => {
    const gates = new Gates();
    const results: unknown[] = [];
    (() => {
      const limiter = createLimiter(1);
      for (const name of 'abc') void limiter(gates.task(name)).then((value) => results.push(value));
    })();
    await collected();
    for (const name of 'abc') gates.open(name);
    await collected();
    expect(results).toEqual(['a', 'b', 'c']);
  });
});

describe.runIf(gc)('a limiter that nobody holds any more', () => {
  useFakeTime();

  test('serves who sleeps before a next attempt in it, and goes then', async () => {
    let calls = 0;
    const begin = (): [WeakRef<object>, Promise<string>] => {
      const limiter = createLimiter({ concurrency: 1, retry: { retries: 1, backoff: 100 } });
      const call = limiter(() => {
        if (++calls === 1) throw new Error('again');
        return 'served';
      });
      return [new WeakRef(limiter), call];
    };
    const [ref, promise] = begin();
    const call = watch(promise);
    await collected();
    await elapse(99);
    await collected();
    await elapse(1);
    expect(call.value).toBe('served');
    expect(await isCollected(ref)).toBe(true);
  });
});

describe.runIf(gc)('of combined sources', () => {
  /** A source that never answers. */
  const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };

  async function* objects(count: number): AsyncGenerator<{ index: number }, void, undefined> {
    for (let index = 0; index < count; index++) yield { index };
  }

  const endless = () => objects(Number.POSITIVE_INFINITY);

  test('memory is flat over a million values, beside a source that never answers', async () => {
    const values = merge(never, objects(500_000), never, objects(500_000));
    const take = async (count: number) => {
      for (let taken = 0; taken < count; taken++) await values.next();
    };
    await take(20_000);
    const before = await bytesInUse();
    await take(980_000);
    // A leak of one byte a value would be beyond this.
    expect((await bytesInUse()) - before).toBeLessThan(900_000);
    await values.return();
  });

  test('memory is flat while somebody always waits', async () => {
    const values = merge(endless(), endless());
    const take = async (count: number) => {
      const readers = [1, 2, 3].map(async () => {
        for (let taken = 0; taken < count; taken++) await values.next();
      });
      await Promise.all(readers);
    };
    await take(5_000);
    const before = await bytesInUse();
    await take(100_000);
    expect((await bytesInUse()) - before).toBeLessThan(250_000);
    await values.return();
  });

  type Reader = () => AsyncIterableIterator<unknown>[];
  const readers: [string, Reader][] = [
    ['merge', () => [merge(never, endless())]],
    ['zip', () => [zip(endless(), endless())]],
    ['concat', () => [concat(endless(), never)]],
    ['latest', () => [latest(objects(3), endless())]],
    ['eager', () => [eager(endless(), 2)]],
    ['tee', () => tee(endless(), 3)],
    [
      'broadcast',
      () => {
        const hub = broadcast(endless());
        return [hub.subscribe(), hub.subscribe()];
      },
    ],
  ];

  test.each(readers)('a value that all readers of %s have taken is held by nobody', async (_name, open) => {
    const iterators = open();
    const refs = await Promise.all(
      iterators.map(async (iterator) => {
        const { value } = await iterator.next();
        // A tuple is an object too.
        return new WeakRef(value as object);
      }),
    );
    for (let taken = 0; taken < 5; taken++) for (const iterator of iterators) await iterator.next();
    for (const ref of refs) expect(await isCollected(ref)).toBe(true);
    for (const iterator of iterators) await iterator.return!();
  });

  test.each(readers)('what is dropped half-read of %s is collected', async (_name, open) => {
    const refs = await (async () => {
      const iterators = open();
      for (const iterator of iterators) await iterator.next();
      return iterators.map((iterator) => new WeakRef(iterator));
    })();
    for (const ref of refs) expect(await isCollected(ref)).toBe(true);
  });
});
