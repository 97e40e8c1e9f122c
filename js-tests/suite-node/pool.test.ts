// What of pools can be seen in Node alone: the async context that tasks run in, and memory.
import { AsyncLocalStorage } from 'node:async_hooks';
import { createLimiter, type PoolTask, TaskPool } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { counted } from '../suite/support/sources.ts';
import { microtasks, settle } from '../suite/support/turns.ts';

const { gc } = globalThis;

async function collected(): Promise<void> {
  for (let round = 0; round < 4; round++) {
    await settle();
    gc!();
  }
}

describe('tasks run in the context in which the pool was run', () => {
  const storage = new AsyncLocalStorage<string>();
  /** All contexts that a task and the source find themselves in. */
  function watched() {
    const seen = new Set<unknown>();
    const note = () => seen.add(storage.getStore());
    const steps = async (task: PoolTask) => {
      note();
      await microtasks(3);
      note();
      await task.suspend(microtasks(5));
      note();
      await task.suspend(Promise.reject(new Error('bad'))).catch(note);
      note();
      await task.receive();
      note();
      await task.progress(0.5);
      note();
      if (task.attempt === 1) throw new Error('again');
    };
    async function* generator(task: PoolTask) {
      note();
      yield 1;
      note();
      await task.suspend(microtasks(5));
      note();
      yield 2;
      note();
      task.add(() => note());
      return 3;
    }
    async function* source() {
      note();
      yield steps;
      note();
      yield generator;
      note();
      yield function* () {
        note();
        yield 1;
        note();
      };
      note();
    }
    return { seen, source: source() };
  }

  test.each(['run', 'runTasks'] as const)('with %s', async (way) => {
    const { seen, source } = watched();
    const limiter = createLimiter(1);
    const pool = storage.run(
      'made',
      () =>
        new TaskPool('p', source, limiter, { retry: { retries: 1, backoff: 0 }, results: { capacity: 1 } }),
    );
    const stop = pool.onProgress(() => {
      for (const { taskId } of pool.stats().suspended)
        storage.run('sent', () => pool.send(taskId, 'message'));
    });
    await storage.run('run', async () => {
      if (way === 'run') return void (await pool.run());
      const stream = pool.runTasks();
      // Whoever reads may have another context.
      await storage.run('read', async () => {
        for await (const _ of stream) await storage.run('reading', () => microtasks(3));
      });
    });
    stop();
    expect([...seen]).toEqual(['run']);
  });
});

test('tasks that are added run in the context of the call of `add`, and listeners in that in which they came', async () => {
  const storage = new AsyncLocalStorage<string>();
  const seen = new Map<string, Set<unknown>>();
  const note = (name: string) => {
    const own = seen.get(name) ?? new Set();
    seen.set(name, own.add(storage.getStore()));
  };
  const steps = (name: string) => async (task: PoolTask) => {
    note(name);
    await task.suspend(microtasks(3));
    note(name);
    if (task.attempt === 1) throw new Error('again');
  };
  async function* generator(task: PoolTask) {
    note('generator');
    yield 1;
    note('generator');
    storage.run('inner', () => task.add(steps('inner')));
  }
  const retry = {
    retries: 1,
    backoff: 0,
    shouldRetry: () => {
      note('shouldRetry');
      return true;
    },
  };
  const pool = new TaskPool<unknown>('pool', [steps('source')], 1, { retry });
  storage.run('adder', () => {
    pool.add(steps('added'));
    pool.add({ run: generator });
  });
  storage.run('listener', () => pool.onProgress(() => note('listener')));
  await storage.run('reader', () => pool.run());
  await microtasks(3);
  expect(Object.fromEntries([...seen].map(([name, stores]) => [name, [...stores].sort()]))).toEqual({
    added: ['adder'],
    generator: ['adder'],
    inner: ['inner'],
    source: ['reader'],
    shouldRetry: ['adder', 'inner', 'reader'],
    listener: ['listener'],
  });
});

test("a task that is added inside another has a slot of its own, with nested: 'inherit'", async () => {
  const limiter = createLimiter({ concurrency: 1, nested: 'inherit' });
  const seen: string[] = [];
  const pool = new TaskPool<unknown>(
    'pool',
    [
      async (task) => {
        await microtasks(3);
        task.add(() => void seen.push('added'));
        await settle();
        seen.push('first');
      },
    ],
    limiter,
  );
  await pool.run();
  expect(seen).toEqual(['first', 'added']);
});

test("a generator finds its slot with nested: 'inherit'", async () => {
  const limiter = createLimiter({ concurrency: 1, nested: 'inherit' });
  async function* generator() {
    await microtasks(3);
    yield await limiter(() => 1);
    await microtasks(3);
    return await limiter(() => 2);
  }
  const pool = new TaskPool('pool', [generator, async () => generator()], limiter);
  expect((await pool.run()).values).toEqual([2, 2]);
});

test("a pool inside a task of another, in the same limiter, runs in that task's slot with nested: 'inherit'", async () => {
  const limiter = createLimiter({ concurrency: 2, nested: 'inherit' });
  const outer = [1, 2, 3].map((nth) => async ({ suspend }: PoolTask) => {
    // Also in the slot that it has then.
    await suspend(microtasks(nth));
    return (await new TaskPool('inner', [() => nth, () => nth * 10], limiter).run()).values;
  });
  const { values } = await new TaskPool('outer', outer, limiter).run();
  expect(values).toEqual([
    [1, 10],
    [2, 20],
    [3, 30],
  ]);
});

describe.runIf(gc)('memory', () => {
  async function bytesInUse(): Promise<number> {
    await collected();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  }

  test('of a hundred thousand streaming tasks is flat', async () => {
    const marks: number[] = [];
    async function* task(told: PoolTask) {
      yield 1;
      void told.progress(0.5);
      yield { fraction: 0.9 };
      return told.index;
    }
    const pool = new TaskPool('many', counted(100_000, () => task).source, 50);
    let ended = 0;
    for await (const { type } of pool.runTasks()) {
      if (type !== 'FINAL') continue;
      ended++;
      if (ended % 20_000 === 0) marks.push(await bytesInUse());
    }
    expect(ended).toBe(100_000);
    // Ten bytes for each task would be beyond this.
    expect((marks.at(-1) as number) - (marks[0] as number)).toBeLessThan(800_000);
  });

  test.each([
    [
      'suspended, and sent messages',
      (task: PoolTask) => Promise.all([task.receive(), task.suspend(microtasks(3))]),
    ],
    ['tried again', ({ attempt }: PoolTask) => (attempt === 1 ? Promise.reject(new Error('again')) : 1)],
  ] as const)('of tasks that were %s is flat', async (_name, run) => {
    const signal = new AbortController().signal;
    const use = async (): Promise<void> => {
      const source = counted(2000, (index) => ({
        id: `task ${index}`,
        timeout: 1e9,
        signal,
        run: run as () => unknown,
      })).source;
      const pool = new TaskPool('many', source, 50, { retry: { retries: 1, backoff: 0 } });
      pool.onProgress(() => {
        for (const { taskId } of pool.stats().suspended) pool.send(taskId, 1);
      });
      for await (const _ of pool.runTasks());
    };
    await use();
    await use();
    const before = await bytesInUse();
    for (let round = 0; round < 4; round++) await use();
    expect((await bytesInUse()) - before).toBeLessThan(300_000);
  });

  test("of a task that reports a million times, and nobody reads: 'latest' keeps one", async () => {
    const pool = new TaskPool(
      'loud',
      [
        async (task: PoolTask) => {
          for (let nth = 0; nth < 1_000_000; nth++) {
            void task.progress({ nth, text: `report ${nth}` });
            if (nth % 100_000 === 0) await settle();
          }
        },
      ],
      1,
      { progress: 'latest', results: { capacity: 2 } },
    );
    const stream = pool.runTasks();
    await stream.next();
    const before = await bytesInUse();
    while (pool.progress.running > 0) await settle();
    expect((await bytesInUse()) - before).toBeLessThan(1_000_000);
    const rest: unknown[] = [];
    for await (const envelope of stream) rest.push(envelope);
    expect(rest).toMatchObject([{ value: { nth: 999_999 } }, { type: 'FINAL' }]);
  });

  test('a stream that is dropped half-read ends its pool', async () => {
    const limiter = createLimiter(2);
    const source = counted(Number.POSITIVE_INFINITY, () => () => microtasks(3));
    const pool = new TaskPool('dropped', source.source, limiter, { results: { capacity: 5 } });
    await (async () => {
      const stream = pool.runTasks();
      await stream.next();
      await stream.next();
    })();
    for (let round = 0; round < 20 && source.closed === 0; round++) await collected();
    expect(source.closed).toBe(1);
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([0, 0]);
    expect(() => pool.add(async () => {})).toThrow('has ended');
  });
});
