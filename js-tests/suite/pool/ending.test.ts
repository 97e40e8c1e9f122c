import { createLimiter, type PoolTask, sleep } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { type Item, line, linesOf, poolOf, reading } from '../support/envelopes.ts';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { countListeners } from '../support/listeners.ts';
import { counted, countedAsync } from '../support/sources.ts';
import { microtasks, settle } from '../support/turns.ts';
import { watchUnhandled } from '../support/unhandled.ts';
import { reasonOf } from '../support/watch.ts';

useFakeTime();

/** Tasks whose functions say what becomes of them. */
function recorded(seen: string[], gates: Gates) {
  return (index: number) => async (task: PoolTask) => {
    task.signal.addEventListener('abort', () =>
      seen.push(`${index} aborted: ${(task.signal.reason as Error).message}`),
    );
    return gates.task(String(index))();
  };
}

describe('leaving the loop early', () => {
  test('aborts what runs, drops what waits, and closes the source', async () => {
    const limiter = createLimiter(2);
    const gates = new Gates();
    const seen: string[] = [];
    const source = countedAsync(9, recorded(seen, gates));
    const pool = poolOf(source.source, limiter);
    gates.open('0');
    for await (const envelope of pool.runTasks()) {
      expect(line(envelope)).toBe('0 FINAL 0');
      await settle();
      break;
    }
    expect(source.closed).toBe(1);
    expect(seen).toEqual([
      '1 aborted: The pool was left before its end',
      '2 aborted: The pool was left before its end',
    ]);
    expect([limiter.pendingCount, limiter.activeCount]).toEqual([0, 2]);
    gates.openAll();
    await settle();
    expect([gates.started, limiter.activeCount]).toEqual([['0', '1', '2'], 0]);
    expect(pool.send(1, 'hello')).toBe(false);
    expect(() => pool.add(() => 1)).toThrow('Pool "pool" has ended and takes no tasks');
  });

  test('closes generators at their yields, and waits for that', async () => {
    const seen: string[] = [];
    const generator = (name: string) =>
      async function* () {
        try {
          yield name;
          yield name;
          yield name;
        } finally {
          await microtasks(9);
          seen.push(`${name} closed`);
        }
      };
    for await (const _ of poolOf([generator('a'), generator('b')], 2, {
      results: { capacity: 1 },
    }).runTasks()) {
      await settle();
      break;
    }
    expect(seen).toEqual(['a closed', 'b closed']);
  });

  test('closes generators that run when they have answered, and does not wait for that', async () => {
    const gates = new Gates();
    const limiter = createLimiter(1);
    const seen: string[] = [];
    const pool = poolOf(
      [
        async function* () {
          try {
            yield 1;
            await gates.task('inside')();
            yield 2;
            seen.push('went on');
          } finally {
            seen.push('closed');
          }
        },
      ],
      limiter,
    );
    for await (const _ of pool.runTasks()) {
      await settle();
      break;
    }
    expect([seen, limiter.activeCount]).toEqual([[], 1]);
    gates.openAll();
    await settle();
    expect([seen, limiter.activeCount]).toEqual([['closed'], 0]);
  });

  test('closes a generator that is not async when it has answered', async () => {
    const controller = new AbortController();
    const seen: string[] = [];
    const { lines, end } = reading(
      poolOf(
        [
          function* () {
            try {
              controller.abort(new Error('from inside'));
              yield 1;
              seen.push('went on');
            } finally {
              seen.push('closed');
            }
          },
        ],
        1,
        { signal: controller.signal },
      ),
    );
    await end;
    await settle();
    expect([lines, seen]).toEqual([['throws from inside'], ['closed']]);
  });

  test('lets suspended tasks go on with an abort, in a slot', async () => {
    const limiter = createLimiter(1);
    const seen: string[] = [];
    const pool = poolOf(
      [
        async (task) => {
          await task
            .receive()
            .catch((error) => seen.push(`${(error as Error).name}, ${limiter.activeCount} active`));
        },
        () => 'other',
      ],
      limiter,
    );
    for await (const _ of pool.runTasks()) break;
    await settle();
    expect([seen, limiter.activeCount]).toEqual([['AbortError, 1 active'], 0]);
  });

  test.each([
    ['the source', true],
    ['a generator', false],
  ])('rejects with what the closing of %s throws', async (_name, isSource) => {
    const error = new Error('closing failed');
    const task = async function* () {
      try {
        yield 1;
        yield 2;
        yield 3;
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: it is what is tested
        if (!isSource) throw error;
      }
    };
    const source = counted<Item>(5, () => task, isSource ? { closeError: error } : {});
    const stream = poolOf(source.source, 1, { results: { capacity: 1 } }).runTasks();
    await stream.next();
    await settle();
    expect(await reasonOf(stream.return())).toBe(error);
    expect((await stream.next()).done).toBe(true);
  });

  test('before it began closes the source too', async () => {
    const source = countedAsync(1, () => () => 1);
    const stream = poolOf(source.source).runTasks();
    expect(await stream.return()).toEqual({ value: undefined, done: true });
    expect([source.asked, source.closed]).toEqual([0, 1]);
    expect((await stream.next()).done).toBe(true);
  });

  test('a second time changes nothing, nor after the end', async () => {
    const source = countedAsync(1, () => () => 1);
    const stream = poolOf(source.source).runTasks();
    for await (const _ of stream);
    await stream.return();
    await stream[Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]();
    expect(source.closed).toBe(0);
  });
});

describe('a signal of the pool', () => {
  test('ends all at once: what was not read is dropped', async () => {
    const gates = new Gates();
    const limiter = createLimiter(2);
    const controller = new AbortController();
    const listeners = countListeners(controller.signal);
    const seen: string[] = [];
    const source = counted(9, recorded(seen, gates));
    const stream = poolOf(source.source, limiter, { signal: controller.signal }).runTasks();
    gates.open('0');
    gates.open('1');
    await stream.next();
    await settle();
    controller.abort(new Error('enough'));
    expect(seen).toEqual(['2 aborted: enough', '3 aborted: enough']);
    expect(await reasonOf(stream.next())).toEqual(new Error('enough'));
    expect((await stream.next()).done).toBe(true);
    expect([source.closed, limiter.pendingCount, listeners.now]).toEqual([1, 0, 0]);
    gates.openAll();
    await settle();
    expect(limiter.activeCount).toBe(0);
  });

  test('that is aborted already lets nothing begin', async () => {
    const pulls = counted(1, () => () => 1);
    const lines = await linesOf(poolOf(pulls.source, 1, { signal: AbortSignal.abort(new Error('before')) }));
    expect([lines, pulls.asked]).toEqual([['throws before'], 0]);
    await expect(poolOf([], 1, { signal: AbortSignal.abort(new Error('before')) }).run()).rejects.toThrow(
      'before',
    );
  });

  test('has one listener for all tasks, and none when the pool has ended', async () => {
    const controller = new AbortController();
    const listeners = countListeners(controller.signal);
    await poolOf(
      Array.from({ length: 50 }, () => ({
        signal: controller.signal,
        run: (task: PoolTask) => task.suspend(microtasks(3)),
      })),
      5,
      { signal: controller.signal },
    ).run();
    expect([listeners.now, listeners.peak]).toEqual([0, 1]);
  });
});

describe('a signal of a task', () => {
  test('ends that task alone, wherever it is', async () => {
    const gates = new Gates();
    const limiter = createLimiter(1);
    const controllers = [0, 1, 2, 3].map(() => new AbortController());
    const run: Item[] = [
      gates.task('runs'),
      (task) => task.receive(),
      gates.task('waits'),
      gates.task('is added'),
    ];
    const task = (at: number) => ({ id: at, signal: controllers[at]?.signal, run: run[at] as () => unknown });
    const pool = poolOf([task(1), task(0), task(2), () => 'last'], limiter);
    const { lines, end } = reading(pool);
    await settle();
    pool.add(task(3));
    await settle();
    for (const at of [1, 3, 2, 0]) {
      controllers[at]?.abort(new Error(`${at} aborted`));
      await settle();
    }
    expect(limiter.activeCount).toBe(1);
    gates.openAll();
    await end;
    expect(gates.started).toEqual(['runs']);
    expect(lines).toEqual([
      '1 ERROR 1 aborted',
      '3 ERROR 3 aborted',
      '2 ERROR 2 aborted',
      '0 ERROR 0 aborted',
      '4 FINAL last',
      'end',
    ]);
  });

  test('that is aborted already keeps it from starting', async () => {
    const lines = await linesOf(
      poolOf([{ signal: AbortSignal.abort(new Error('before')), run: () => 1 }, () => 2]),
    );
    expect(lines).toEqual(['0 ERROR before', '1 FINAL 2']);
  });
});

describe('a timeout', () => {
  test('fails the attempt at once, and its slot is kept until the function has ended', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    let aborted: unknown;
    const { lines, end } = reading(
      poolOf(
        [
          async (task) => {
            task.signal.addEventListener('abort', () => {
              aborted = task.signal.reason;
            });
            await gates.task('slow')();
            void task.progress('too late');
          },
          () => 'next',
        ],
        limiter,
        { timeout: 50 },
      ),
    );
    await elapse(60);
    expect(lines[0]).toContain('0 ERROR Task 0 of pool "pool" had a slot for 50');
    expect(aborted).toMatchObject({ name: 'TimeoutError', code: 'FANFOLD_RUN_TIMEOUT' });
    expect([lines.length, limiter.activeCount]).toEqual([1, 1]);
    gates.openAll();
    await end;
    expect(lines.slice(1)).toEqual(['1 FINAL next', 'end']);
  });

  test('closes a generator, whose late failure is reported', async () => {
    const unhandled = watchUnhandled();
    const late = new Error('while closing');
    const stream = poolOf(
      [
        async function* () {
          try {
            yield 1;
            yield 2;
            yield 3;
          } finally {
            // biome-ignore lint/correctness/noUnsafeFinally: it is what is tested
            throw late;
          }
        },
      ],
      1,
      { timeout: 50, results: { capacity: 1 } },
    ).runTasks();
    await stream.next();
    await elapse(60);
    expect(line((await stream.next()).value as never)).toBe('0 INTERMEDIATE 2');
    expect(await unhandled.stop()).toEqual([late]);
    const rest: string[] = [];
    for await (const envelope of stream) rest.push(line(envelope));
    expect(rest.map((one) => one.split(' of ')[0])).toEqual(['0 INTERMEDIATE 3', '0 ERROR Task 0']);
  });

  test('of its own a task may have, or none', async () => {
    const slow = () => sleep(100).then(() => 'done');
    const { lines } = reading(
      poolOf([{ timeout: 10, run: slow }, { timeout: Number.POSITIVE_INFINITY, run: slow }, slow], 3, {
        timeout: 50,
      }),
    );
    await elapse(200);
    expect(lines.map((one) => one.slice(0, 7))).toEqual(['0 ERROR', '2 ERROR', '1 FINAL', 'end']);
  });

  test('of the limiter holds too', async () => {
    const limiter = createLimiter({ concurrency: 1, runTimeout: 20 });
    const { lines } = reading(poolOf([() => sleep(100)], limiter));
    await elapse(200);
    expect(lines[0]).toContain('0 ERROR A task ran in limiter "limiter" for 20');
  });
});

describe("onFailure: 'stop'", () => {
  test('gives the envelope of the first that fails, throws its error, and aborts the others', async () => {
    const gates = new Gates();
    const limiter = createLimiter(3);
    const seen: string[] = [];
    const task = recorded(seen, gates);
    const pulls = counted(9, task);
    const { lines, end } = reading(poolOf(pulls.source, limiter, { onFailure: 'stop' }));
    await settle();
    gates.open('1');
    await settle();
    gates.fail('0', new Error('bad'));
    await end;
    expect(lines).toEqual(['1 FINAL 1', '0 ERROR bad', 'throws bad']);
    expect(seen).toEqual(['2 aborted: bad', '3 aborted: bad']);
    expect([pulls.closed, limiter.pendingCount]).toEqual([1, 0]);
    gates.openAll();
    await settle();
    expect(limiter.activeCount).toBe(0);
  });

  test('gives all that was there before', async () => {
    const stream = poolOf(
      [() => 1, () => 2, () => Promise.reject(new Error('bad')), () => new Promise(() => {})],
      4,
      {
        onFailure: 'stop',
      },
    ).runTasks();
    const seen = [line((await stream.next()).value as never)];
    await settle();
    const reason = await reasonOf(
      (async () => {
        for await (const envelope of stream) seen.push(line(envelope));
      })(),
    );
    expect([seen, reason]).toEqual([['0 FINAL 1', '1 FINAL 2', '2 ERROR bad'], new Error('bad')]);
  });

  test('rejects run', async () => {
    const pool = poolOf([() => new Promise(() => {}), () => Promise.reject(new Error('bad'))], 2, {
      onFailure: 'stop',
    });
    await expect(pool.run()).rejects.toThrow('bad');
  });
});

describe('a source that fails', () => {
  test.each([
    ['at once', counted],
    ['later', countedAsync],
  ])('%s throws after all that was taken has ended', async (_name, make) => {
    const gates = new Gates();
    const source = make(9, (index) => gates.task(String(index)), { failsAt: 2, error: new Error('torn') });
    const { lines, end } = reading(poolOf(source.source, 3));
    await settle();
    expect(lines).toEqual([]);
    gates.openAll();
    await end;
    expect(lines).toEqual(['0 FINAL 0', '1 FINAL 1', 'throws torn']);
    expect(source.closed).toBe(0);
  });

  test('to open is the same', async () => {
    const source = {
      [Symbol.iterator]() {
        throw new Error('shut');
      },
    };
    const pool = poolOf(source as never);
    pool.add(() => 'added');
    expect(await linesOf(pool)).toEqual(['0 FINAL added', 'throws shut']);
    await expect(poolOf(source as never).run()).rejects.toThrow('shut');
  });
});

describe('a limiter that is shut', () => {
  test('by its closing fails what is left of a list, and the pool ends', async () => {
    const limiter = createLimiter({ concurrency: 1, name: 'api' });
    const gates = new Gates();
    const { lines, end } = reading(poolOf([gates.task('a'), () => 1, () => 2, () => 3], limiter));
    await settle();
    void limiter.close();
    gates.openAll();
    await end;
    // What waited is let run, and the rest is refused.
    expect(lines).toEqual([
      '0 FINAL a',
      '2 ERROR Limiter "api" is closed and takes no tasks',
      '3 ERROR Limiter "api" is closed and takes no tasks',
      '1 FINAL 1',
      'end',
    ]);
  });

  test('closes any other source', async () => {
    const limiter = createLimiter({ concurrency: 1, name: 'api' });
    const pulls = counted(Number.POSITIVE_INFINITY, () => () => microtasks(3));
    const { lines, end } = reading(poolOf(pulls.source, limiter));
    await microtasks(20);
    void limiter.close();
    await end;
    expect(lines.at(-1)).toBe('end');
    // What waits for its slot already is run to its end, as the limiter has it.
    expect([pulls.closed, lines.filter((one) => one.includes('ERROR')).length]).toEqual([1, 0]);
  });

  test('by its signal fails what runs and what is left of a list, while there is room', async () => {
    const controller = new AbortController();
    const limiter = createLimiter({ concurrency: 2, signal: controller.signal });
    const gates = new Gates();
    const names = Array.from({ length: 50 }, (_, index) => gates.task(String(index)));
    const { lines, end } = reading(poolOf(names, limiter, { results: { capacity: 2 } }));
    await settle();
    controller.abort(new Error('shut down'));
    await end;
    expect(lines.length).toBe(51);
    expect(new Set(lines.slice(0, 50).map((one) => one.split(' ERROR ')[1]))).toEqual(new Set(['shut down']));
  });

  test('before it begins', async () => {
    const limiter = createLimiter(1);
    await limiter.close();
    expect((await linesOf(poolOf([() => 1, () => 2], limiter))).length).toBe(2);
    const pulls = counted(Number.POSITIVE_INFINITY, () => () => 1);
    expect((await linesOf(poolOf(pulls.source, limiter))).length).toBe(0);
    expect([pulls.given, pulls.closed]).toEqual([0, 1]);
  });

  test('that refuses one task goes on with the next', async () => {
    const limiter = createLimiter({ concurrency: 1, queueTimeout: 10 });
    const gates = new Gates();
    const { lines, end } = reading(poolOf([gates.task('long'), () => 'too late', () => 'later'], limiter));
    await elapse(15);
    gates.openAll();
    await end;
    expect(lines.map((one) => one.slice(0, 12))).toEqual([
      '1 ERROR A ta',
      '0 FINAL long',
      '2 FINAL late',
      'end',
    ]);
  });
});
