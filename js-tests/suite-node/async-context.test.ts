// Context: a function runs in the async context of the call that submitted it, however late it starts.
import { AsyncLocalStorage } from 'node:async_hooks';
import { createLimiter, createMutex, limitFunction, map, type RetryOptions, retry } from 'fanfold';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { elapse } from '../suite/support/fake-time.ts';
import { Gates } from '../suite/support/gates.ts';
import { FANFOLD, REAL } from '../suite/support/trace.ts';
import { microtasks, settle } from '../suite/support/turns.ts';
import { watch } from '../suite/support/watch.ts';

const store = new AsyncLocalStorage<string>();

afterEach(() => {
  vi.useRealTimers();
});

describe('the context of the caller', () => {
  test('is there in the function, before and after an await', async () => {
    const limiter = createLimiter(2);
    const seen = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        store.run(`caller ${index}`, () =>
          limiter(async () => {
            const before = store.getStore();
            await microtasks(index % 5);
            return [before, store.getStore()];
          }),
        ),
      ),
    );
    for (const [index, pair] of seen.entries()) expect(pair).toEqual([`caller ${index}`, `caller ${index}`]);
  });

  test('is the caller’s own, not that of the task that handed over the slot', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    const seen: (string | undefined)[] = [];
    const first = store.run('first', () => limiter(gates.task('first')));
    const second = store.run('second', () => limiter(() => seen.push(store.getStore())));
    const none = limiter(() => seen.push(store.getStore()));
    await settle();
    store.run('who opens the gate', () => gates.open('first'));
    await Promise.all([first, second, none]);
    expect(seen).toEqual(['second', undefined]);
  });

  test.each([
    ['run', (fn: () => unknown) => createLimiter(1).run(fn)],
    ['submit', (fn: () => unknown) => createLimiter(1).submit(fn).result],
    ['limitFunction', (fn: () => unknown) => limitFunction(fn, 1)()],
    ['runExclusive', (fn: () => unknown) => createMutex().runExclusive(fn)],
  ] as const)('holds for %s', async (_name, submit) => {
    expect(await store.run('here', () => submit(() => store.getStore()))).toBe('here');
  });

  test('holds after a pause, a raise and a release', async () => {
    const limiter = createLimiter(1);
    const see = () => store.getStore();
    limiter.pause();
    const paused = store.run('before the pause ended', () => limiter(see));
    store.run('who resumes', () => limiter.resume());
    expect(await paused).toBe('before the pause ended');

    const held = limiter.tryAcquire()!;
    const raised = store.run('before the raise', () => limiter(see));
    store.run('who raises', () => {
      limiter.concurrency = 2;
    });
    expect(await raised).toBe('before the raise');

    limiter.concurrency = 1;
    const released = store.run('before the release', () => limiter(see));
    store.run('who releases', () => held.release());
    expect(await released).toBe('before the release');
  });

  test('holds when a timer starts it', async () => {
    vi.useFakeTimers();
    const limiter = createLimiter(1);
    store.run('who pauses', () => limiter.pause(1000));
    const task = watch(store.run('who submits', () => limiter(() => store.getStore())));
    await elapse(1000);
    expect(task.value).toBe('who submits');
  });

  test('holds when another task’s timeout or abort makes it start', async () => {
    const limiter = createLimiter(1);
    const controller = new AbortController();
    const admitted = store.run('admitted', () => limiter.run(() => 1, { signal: controller.signal }));
    const next = store.run('next', () => limiter(() => store.getStore()));
    store.run('who aborts', () => controller.abort());
    watch(admitted);
    expect(await next).toBe('next');
  });

  test('is the caller’s when its own continuation runs', async () => {
    const limiter = createLimiter(1);
    await Promise.all(
      [1, 2, 3].map((id) =>
        store.run(`caller ${id}`, async () => {
          await limiter(() => store.run('inside', () => 1));
          expect(store.getStore()).toBe(`caller ${id}`);
        }),
      ),
    );
  });

  test('of many storages at once', async () => {
    const storages = Array.from({ length: 20 }, () => new AsyncLocalStorage<number>());
    const limiter = createLimiter(3);
    const enter = (depth: number, base: number, inner: () => Promise<unknown>): Promise<unknown> =>
      depth === storages.length
        ? inner()
        : storages[depth]!.run(base + depth, () => enter(depth + 1, base, inner));
    const all = await Promise.all(
      [0, 100, 200, 300, 400].map((base) =>
        enter(0, base, () => limiter(async () => storages.map((storage) => storage.getStore()! - base))),
      ),
    );
    for (const each of all) expect(each).toEqual(storages.map((_, index) => index));
  });

  test('what a task sets by enterWith stays in that task', async () => {
    const limiter = createLimiter(1);
    const first = limiter(async () => {
      store.enterWith('set by the first');
      await null;
      return store.getStore();
    });
    const second = limiter(() => store.getStore());
    expect(await first).toBe('set by the first');
    expect(await second).toBeUndefined();
  });
});

describe('the listeners that a task hears', () => {
  test('run without losing the context of whoever listens', async () => {
    const limiter = createLimiter(1);
    let seen: string | undefined = 'nothing heard';
    const handle = store.run('task', () =>
      limiter.submit(async ({ signal }) => {
        await new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => {
            seen = store.getStore();
            resolve();
          });
        });
      }),
    );
    await handle.started;
    handle.cancel();
    watch(handle.result);
    await settle();
    // Node calls listeners in the context of the one who aborts, as everywhere.
    expect([undefined, 'task']).toContain(seen);
  });
});

describe('the drop-in', () => {
  test.each([
    ['p-limit', REAL],
    ['fanfold/p-limit', FANFOLD],
  ] as const)(
    '%s keeps the context of a hundred callers',
    async (_name, { pLimit, limitFunction: limited }) => {
      const limit = pLimit(2);
      const check = async (id: string) => {
        await Promise.resolve();
        return [id, store.getStore()];
      };
      const pairs = await Promise.all(
        Array.from({ length: 100 }, (_, index) => store.run(`${index}`, () => limit(check, `${index}`))),
      );
      for (const [id, seen] of pairs) expect(seen).toBe(id);
      const mapped = await store.run('map', () => limit.map([1, 2, 3], async () => store.getStore()));
      expect(mapped).toEqual(['map', 'map', 'map']);
      const own = limited(async () => store.getStore(), { concurrency: 1 });
      expect(await Promise.all([store.run('x', own), store.run('y', own)])).toEqual(['x', 'y']);
    },
  );
});

describe('what a function sets by `enterWith`', () => {
  const settings: [string, RetryOptions][] = [
    ['without anything', {}],
    ['with a signal', { signal: new AbortController().signal }],
    ['with a timeout for each attempt', { attemptTimeout: 1_000 }],
    ['with a limiter', { limiter: createLimiter(1) }],
  ];

  test.each(settings)('is gone with the next attempt: retry %s', async (_name, options) => {
    const seen: (string | undefined)[] = [];
    const look = (what: string) => {
      seen.push(store.getStore());
      store.enterWith(what);
    };
    const failing = async ({ attempt }: { attempt: number }) => {
      look('attempt');
      await null;
      store.enterWith('later in an attempt');
      if (attempt < 4) throw new Error('again');
    };
    const asked = {
      shouldRetry: () => {
        look('shouldRetry');
        return true;
      },
      onRetry: () => look('onRetry'),
      backoff: () => {
        look('backoff');
        return 0;
      },
    };
    await store.run('caller', () => retry(failing, { retries: 3, ...asked, ...options }));
    expect(seen).toEqual(Array.from({ length: 4 + 3 * 3 }, () => 'caller'));
  });

  test('is gone with the next attempt of an item', async () => {
    const seen: (string | undefined)[] = [];
    const calls = new Map<number, number>();
    const fn = (item: number) => {
      seen.push(store.getStore());
      store.enterWith('item');
      const call = (calls.get(item) ?? 0) + 1;
      calls.set(item, call);
      if (call < 3) throw new Error('again');
    };
    const retry = {
      backoff: () => {
        seen.push(store.getStore());
        store.enterWith('backoff');
        return 0;
      },
    };
    await store.run('caller', () => map([1, 2], fn, { retry }));
    expect(seen).toEqual(Array.from({ length: 2 * (3 + 2) }, () => 'caller'));
  });
});
