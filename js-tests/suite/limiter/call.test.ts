// limiter(fn, ...args), limiter.run and limiter.submit: the three ways to hand over a function.
import { createLimiter, type TaskContext, type TaskHandle } from 'fanfold';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { Gates } from '../support/gates.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

describe('limiter(fn, ...args)', () => {
  test('gives the result of the function, called with the arguments', async () => {
    const limiter = createLimiter(2);
    expect(await limiter((a: number, b: number) => a + b, 2, 3)).toBe(5);
    expect(await limiter(async (...args: unknown[]) => args, 'x', undefined, null)).toEqual([
      'x',
      undefined,
      null,
    ]);
    expect(await limiter((...args: unknown[]) => args.length)).toBe(0);
  });

  test.each([0, 1, 2, 3, 4, 5, 9, 40])('hands over %i arguments', async (count) => {
    const args = Array.from({ length: count }, (_, index) => ({ index }));
    const got = await createLimiter(1)((...all: unknown[]) => all, ...args);
    expect(got).toHaveLength(count);
    for (const [index, arg] of args.entries()) expect(got[index]).toBe(arg);
  });

  test('returns a plain promise', () => {
    expect(createLimiter(1)(() => 1).constructor).toBe(Promise);
  });

  test('rejects with what the function throws or rejects with, as the same object', async () => {
    const limiter = createLimiter(1);
    const thrown = { thrown: true };
    expect(
      await reasonOf(
        limiter(() => {
          throw thrown;
        }),
      ),
    ).toBe(thrown);
    expect(await reasonOf(limiter(() => Promise.reject(thrown)))).toBe(thrown);
    expect(await reasonOf(limiter(() => Promise.reject(undefined)))).toBeUndefined();
    expect(await limiter(() => 'still usable')).toBe('still usable');
  });

  test('takes thenables, and keeps the slot until they settle', async () => {
    const limiter = createLimiter(1);
    const gate = deferred<string>();
    const first = limiter(() => ({
      // biome-ignore lint/suspicious/noThenProperty: a thenable is what this case is about
      then: gate.promise.then.bind(gate.promise),
    }));
    const second = watch(limiter(() => 'second'));
    await settle();
    expect(limiter.activeCount).toBe(1);
    expect(second.state).toBe('pending');
    gate.resolve('first');
    expect(await first).toBe('first');
    await settle();
    expect(second.value).toBe('second');
  });

  test('a thenable whose then throws rejects, and frees the slot', async () => {
    const limiter = createLimiter(1);
    const broken = new Error('then throws');
    const promise = limiter(() => ({
      // biome-ignore lint/suspicious/noThenProperty: a thenable is what this case is about
      then: () => {
        throw broken;
      },
    }));
    expect(await reasonOf(promise as Promise<unknown>)).toBe(broken);
    await settle();
    expect(limiter.activeCount).toBe(0);
  });
});

describe('the moment of the start', () => {
  test('the slot is taken in the call, the function runs in a later microtask', async () => {
    const limiter = createLimiter(2);
    const gates = new Gates();
    const promises = ['a', 'b', 'c', 'd'].map((name) => limiter(gates.task(name)));
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([2, 2]);
    expect(gates.started).toEqual([]);
    await settle();
    expect(gates.started).toEqual(['a', 'b']);
    gates.openAll();
    gates.open('c');
    gates.open('d');
    await Promise.all(promises);
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([0, 0]);
  });

  test('a function starts before code that was queued after its submission', async () => {
    const limiter = createLimiter(3);
    const order: string[] = [];
    void limiter(() => order.push('a'));
    queueMicrotask(() => order.push('probe'));
    void limiter(() => order.push('b'));
    await settle();
    expect(order.indexOf('a')).toBeLessThan(order.indexOf('b'));
    expect(order.indexOf('a')).toBeLessThan(order.indexOf('probe'));
  });

  test('the next function starts before the caller of the finished one goes on', async () => {
    const limiter = createLimiter(1);
    const order: string[] = [];
    const gates = new Gates();
    const first = limiter(gates.task('first')).then(() => {
      order.push(`caller of the first, active ${limiter.activeCount} pending ${limiter.pendingCount}`);
    });
    void limiter(() => {
      order.push('second starts');
      return new Promise(() => {});
    });
    await settle();
    gates.open('first');
    await first;
    expect(order).toEqual(['second starts', 'caller of the first, active 1 pending 0']);
  });

  test('functions that answer at once hand over the same way', async () => {
    const limiter = createLimiter(1);
    const order: string[] = [];
    await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        limiter(() => order.push(`${name} runs`)).then(() => order.push(`${name} followed`)),
      ),
    );
    expect(order.indexOf('b runs')).toBeLessThan(order.indexOf('a followed'));
    expect(order.indexOf('c runs')).toBeLessThan(order.indexOf('b followed'));
  });

  test('the counts are down when the caller goes on', async () => {
    const limiter = createLimiter(4);
    for (const body of [() => 1, async () => 1, () => Promise.reject(new Error('x')).catch(() => 1)]) {
      await limiter(body);
      expect([limiter.activeCount, limiter.pendingCount]).toEqual([0, 0]);
    }
    await reasonOf(limiter(() => Promise.reject(new Error('fails'))));
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([0, 0]);
  });
});

describe('limiter.run', () => {
  test('calls the function with the context as its one argument', async () => {
    const limiter = createLimiter({ concurrency: 1, name: 'reads' });
    const seen: unknown[][] = [];
    const value = await limiter.run((...args: [TaskContext]) => {
      seen.push(args);
      return 'value';
    });
    expect(value).toBe('value');
    expect(seen).toHaveLength(1);
    expect(seen[0]).toHaveLength(1);
    const context = seen[0]![0] as TaskContext;
    expect(context.limiter).toBe(limiter);
    expect(context.signal).toBeInstanceOf(AbortSignal);
    expect(context.signal.aborted).toBe(false);
    expect(context.signal).toBe(context.signal);
    expect(typeof context.id).toBe('number');
  });

  test('gives every task an id of its own', async () => {
    const limiter = createLimiter(3);
    const ids = await Promise.all(Array.from({ length: 50 }, () => limiter.run(({ id }) => id)));
    expect(new Set(ids).size).toBe(50);
  });

  test('gives every task a signal of its own', async () => {
    const limiter = createLimiter(3);
    const signals = await Promise.all(Array.from({ length: 5 }, () => limiter.run(({ signal }) => signal)));
    expect(new Set(signals).size).toBe(5);
  });

  test('works without options and with empty ones', async () => {
    const limiter = createLimiter(1);
    expect(await limiter.run(() => 1)).toBe(1);
    expect(await limiter.run(() => 2, {})).toBe(2);
    expect(await limiter.run(() => 3, undefined)).toBe(3);
  });
});

describe('limiter.submit', () => {
  test('gives a handle that goes from queued to running to done', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    const first = limiter.submit(gates.task('first'));
    const second = limiter.submit(gates.task('second'));
    // The first has its slot already, but its function was not called yet.
    expect(limiter.activeCount).toBe(1);
    expect([first.state, second.state]).toEqual(['queued', 'queued']);
    await first.started;
    expect(gates.started).toEqual(['first']);
    expect([first.state, second.state]).toEqual(['running', 'queued']);
    gates.open('first');
    expect(await first.result).toBe('first');
    expect([first.state, second.state]).toEqual(['done', 'running']);
    gates.open('second');
    await second.result;
    expect(second.state).toBe('done');
  });

  test('the state is running inside the function', async () => {
    const limiter = createLimiter(1);
    const handle: TaskHandle<string> = limiter.submit(() => handle.state);
    expect(await handle.result).toBe('running');
  });

  test('a task that fails is done', async () => {
    const handle = createLimiter(1).submit(() => Promise.reject(new Error('fails')));
    await reasonOf(handle.result);
    expect(handle.state).toBe('done');
    await handle.started;
  });

  test('the id of the handle is the id of the context', async () => {
    const limiter = createLimiter(1);
    const handle = limiter.submit(({ id }) => id);
    expect(await handle.result).toBe(handle.id);
  });

  test('result and started are the same promise at every look', () => {
    const handle = createLimiter(1).submit(() => 1);
    expect(handle.result).toBe(handle.result);
    expect(handle.started).toBe(handle.started);
    expectTypeOf(handle.result).toEqualTypeOf<Promise<number>>();
  });

  test('started fulfils with nothing when the function is called, also when asked for late', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    const handle = limiter.submit(gates.task('a'));
    await settle();
    expect(await handle.started).toBeUndefined();
    gates.open('a');
    await handle.result;
    expect(await handle.started).toBeUndefined();
  });

  test('started rejects with the error of a task that never starts', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    void limiter(gates.task('first'));
    const handle = limiter.submit(() => 1);
    const started = watch(handle.started);
    const reason = new Error('not wanted any more');
    handle.cancel(reason);
    expect(await reasonOf(handle.result)).toBe(reason);
    await settle();
    expect(started).toMatchObject({ state: 'rejected', reason });
    expect(await reasonOf(handle.started)).toBe(reason);
    gates.open('first');
  });

  test('started, looked at but not waited for, is no unhandled rejection', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    void limiter(gates.task('first'));
    const early = limiter.submit(() => 1);
    const late = limiter.submit(() => 1);
    void early.started;
    watch(early.result);
    watch(late.result);
    early.cancel();
    late.cancel();
    void late.started;
    await settle();
    // An unhandled rejection would fail the whole run.
    gates.open('first');
  });
});

describe('names and flags', () => {
  test('have their defaults', () => {
    const limiter = createLimiter(3);
    expect(limiter.name).toBe('limiter');
    expect(limiter.concurrency).toBe(3);
    expect(limiter.isPaused).toBe(false);
    expect(limiter.isClosed).toBe(false);
    expect(createLimiter({ concurrency: 2, name: 'api' }).name).toBe('api');
  });

  test('counts cannot be written', () => {
    const limiter = createLimiter(1) as unknown as Record<string, unknown>;
    for (const key of ['activeCount', 'pendingCount', 'isPaused', 'isClosed']) {
      expect(() => {
        limiter[key] = 5;
      }).toThrow(TypeError);
    }
  });

  test('many limiters live side by side', async () => {
    const limiters = Array.from({ length: 200 }, (_, index) => createLimiter(1 + (index % 3)));
    const gates = new Gates();
    const all = limiters.flatMap((limiter, index) =>
      Array.from({ length: 4 }, (_, each) => limiter(gates.task(`${index}/${each}`))),
    );
    for (const [index, limiter] of limiters.entries()) {
      expect([limiter.activeCount, limiter.pendingCount]).toEqual([1 + (index % 3), 3 - (index % 3)]);
    }
    for (let each = 0; each < 4; each++) {
      for (const index of limiters.keys()) gates.open(`${index}/${each}`);
    }
    await Promise.all(all);
    for (const limiter of limiters) expect([limiter.activeCount, limiter.pendingCount]).toEqual([0, 0]);
  });
});
