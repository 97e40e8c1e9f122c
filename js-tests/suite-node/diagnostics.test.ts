// What is published on Node's diagnostics_channel, to real subscribers.
import { AsyncLocalStorage } from 'node:async_hooks';
import diagnostics from 'node:diagnostics_channel';
import { createLimiter, map, observe, type StageRecord, TaskPool } from 'fanfold';
import { afterEach, describe, expect, test } from 'vitest';
import { Stages } from '../suite/support/stages.ts';
import { settle } from '../suite/support/turns.ts';

type Context = StageRecord & { readonly result?: unknown };

const nothing = () => {};
const boom = new Error('boom');
const fails = async () => {
  throw boom;
};
const tracing = diagnostics.tracingChannel<Context, Context>('fanfold:task');
const cleanUp: (() => void)[] = [];

afterEach(() => {
  for (const undo of cleanUp.splice(0)) undo();
});

/** All that is published on all channels, in order. */
function subscribe(): { readonly event: string; readonly context: Context; readonly seen: Context }[] {
  const published: { event: string; context: Context; seen: Context }[] = [];
  const names = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map((event) => [
    `tracing:fanfold:task:${event}`,
    event,
  ]);
  for (const event of ['queued', 'progress', 'retry', 'aborted'])
    names.push([`fanfold:task:${event}`, event]);
  for (const [name, event] of names as [string, string][]) {
    const listen = (message: unknown) => {
      const context = message as Context;
      published.push({ event, context, seen: { ...context } });
    };
    diagnostics.subscribe(name, listen);
    cleanUp.push(() => diagnostics.unsubscribe(name, listen));
  }
  return published;
}

const events = (published: readonly { readonly event: string }[]) => published.map(({ event }) => event);

describe('diagnostics channels', () => {
  test('tell of a call around its function', async () => {
    const published = subscribe();
    const limit = createLimiter({ concurrency: 1, name: 'api' });
    await limit(async () => {
      published.push({ event: 'inside' } as never);
      await settle();
      return 7;
    });
    expect(events(published)).toEqual(['queued', 'start', 'inside', 'end', 'asyncStart', 'asyncEnd']);
    const [queued, start, , end, asyncStart, asyncEnd] = published;
    expect(start?.seen).toEqual({
      stage: 'start',
      name: 'api',
      taskId: queued?.seen.taskId,
      index: 0,
      attempt: 1,
      waitingMs: expect.any(Number),
      runningMs: 0,
    });
    expect(asyncStart?.seen).toMatchObject({ stage: 'success', result: 7, runningMs: expect.any(Number) });
    for (const one of [end, asyncStart, asyncEnd]) expect(one?.context).toBe(start?.context);
    expect(end?.seen).toMatchObject({ stage: 'start' });
  });

  test('tell of functions that are done at once, that throw, and that reject', async () => {
    const published = subscribe();
    const limit = createLimiter(1);
    await limit((value: number) => value, 3);
    expect(events(published.splice(0))).toEqual(['queued', 'start', 'end']);
    await limit(() => {
      throw boom;
    }).catch(nothing);
    expect(published.at(-1)?.seen).toMatchObject({ stage: 'error', error: boom });
    expect(events(published.splice(0))).toEqual(['queued', 'start', 'error', 'end']);
    await limit(fails).catch(nothing);
    expect(events(published)).toEqual(['queued', 'start', 'end', 'error', 'asyncStart', 'asyncEnd']);
  });

  test('tell of attempts and of what was given up on', async () => {
    const published = subscribe();
    const limit = createLimiter({
      concurrency: 1,
      retry: { retries: 1, backoff: { kind: 'constant', base: 0 } },
    });
    const failed = limit(fails).catch(nothing);
    await failed;
    const attempt = ['queued', 'start', 'end', 'error', 'asyncStart', 'asyncEnd'];
    expect(events(published)).toEqual([...attempt, 'retry', ...attempt]);
    expect(published.map(({ seen }) => seen.attempt)).toEqual([...Array(7).fill(1), ...Array(6).fill(2)]);
    published.length = 0;
    await limit.run(nothing, { signal: AbortSignal.abort(boom) }).catch(nothing);
    await settle();
    expect(published).toMatchObject([{ event: 'aborted', seen: { error: boom } }]);
  });

  test('tell of the end of a function that was given up on', async () => {
    const published = subscribe();
    const limit = createLimiter(1);
    let end: (value: number) => void = nothing;
    const handle = limit.submit(() => new Promise<number>((resolve) => (end = resolve)));
    await handle.started;
    handle.cancel(boom);
    await settle();
    end(3);
    await settle();
    expect(events(published)).toEqual(['queued', 'start', 'end', 'aborted', 'asyncStart', 'asyncEnd']);
    expect(published.at(-1)?.seen).toMatchObject({ result: 3 });
  });

  test('start begins after all that was queued before', async () => {
    const published = subscribe();
    const limit = createLimiter(2);
    const nested = async (depth: number): Promise<void> => {
      await null;
      if (depth > 0) await Promise.all([limit(nested, depth - 1), limit(() => nested(0))]);
    };
    await Promise.all([map([1, 2, 3], () => limit(nothing), { concurrency: 2 }), limit(nested, 1)]);
    for (const { seen } of published.filter(({ event }) => event === 'start')) {
      const own = published.filter((one) => one.seen.taskId === seen.taskId);
      expect(own[0]?.event).toBe('queued');
    }
  });

  test('are for all limiters and items in them, beside observers', async () => {
    const published = subscribe();
    const limit = createLimiter({ concurrency: 2, name: 'shared' });
    const stages = new Stages(limit);
    await map([1, 2], nothing, { limiter: limit });
    await createLimiter({ concurrency: 1, name: 'other' })(nothing);
    expect(published.filter(({ event }) => event === 'start').map(({ seen }) => seen.name)).toEqual([
      'shared',
      'shared',
      'other',
    ]);
    expect(stages.byIndex).toEqual(['queued start success', 'queued start success']);
  });

  test('bind stores that hold inside the function', async () => {
    const store = new AsyncLocalStorage<Context>();
    const own = new AsyncLocalStorage<string>();
    tracing.start.bindStore(store, (context) => context);
    cleanUp.push(() => void tracing.start.unbindStore(store));
    const limit = createLimiter(1);
    const seen = await own.run('mine', () =>
      limit.run(async ({ id }) => {
        await settle();
        return [id === store.getStore()?.taskId, own.getStore()];
      }),
    );
    expect(seen).toEqual([true, 'mine']);
    expect(store.getStore()).toBeUndefined();
  });

  test('are silent once nobody listens', async () => {
    const published = subscribe();
    const limit = createLimiter(1);
    await limit(nothing);
    for (const undo of cleanUp.splice(0)) undo();
    const before = published.length;
    await limit(nothing);
    expect(published).toHaveLength(before);
  });
});

describe('an observer', () => {
  test('is called in the context of whoever submitted the task', async () => {
    const store = new AsyncLocalStorage<string>();
    const limit = createLimiter(1);
    const seen: unknown[] = [];
    observe(limit, ({ index, stage }) => seen.push(`${store.getStore()} ${index}:${stage}`));
    await Promise.all([
      store.run('a', () => limit(nothing)),
      store.run('b', () => limit(fails).catch(nothing)),
    ]);
    expect(seen).toEqual(['a 0:queued', 'b 1:queued', 'a 0:start', 'a 0:success', 'b 1:start', 'b 1:error']);
  });

  test('that throws is reported as uncaught, and disturbs nobody', async () => {
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    const uncaught: unknown[] = [];
    const note = (error: unknown) => uncaught.push(error);
    process.on('uncaughtException', note);
    const limit = createLimiter(1);
    observe(limit, () => {
      throw boom;
    });
    const stages = new Stages(limit);
    expect(await Promise.all([limit(() => 1), limit(() => 2)])).toEqual([1, 2]);
    await settle();
    process.off('uncaughtException', note);
    for (const other of others) process.on('uncaughtException', other);
    expect(uncaught).toEqual(Array(6).fill(boom));
    expect(stages.byIndex).toEqual(Array(2).fill('queued start success'));
  });
});

describe('diagnostics channels tell of the generator of a task', () => {
  const around = (published: ReturnType<typeof subscribe>) =>
    published.filter(({ event }) => /^(start|end|asyncStart|asyncEnd|error)$/.test(event));
  const storage = new AsyncLocalStorage<string>();

  test.each([
    ['that is async', (steps: () => AsyncGenerator<number, string>) => steps],
    ['that a promise gives', (steps: () => AsyncGenerator<number, string>) => async () => steps()],
  ])('%s when it has ended, with its result', async (_, wrapped) => {
    for (const limiter of [1, createLimiter({ concurrency: 1, breaker: { threshold: 9 } })]) {
      const published = subscribe();
      const steps = async function* () {
        yield 1;
        await settle();
        yield 2;
        published.push({ event: 'inside' } as never);
        return 'final';
      };
      const pool = new TaskPool('pool', [wrapped(steps)], limiter);
      for await (const _envelope of pool.runTasks());
      await settle();
      const told = published.filter(({ event }) => event !== 'queued' && event !== 'progress');
      expect(events(told)).toEqual(['start', 'end', 'inside', 'asyncStart', 'asyncEnd']);
      expect(told[1]?.seen).toMatchObject({ stage: 'start' });
      expect(told[1]?.seen).not.toHaveProperty('result');
      expect(told[4]?.seen).toMatchObject({ stage: 'success', result: 'final', name: 'pool', taskId: 0 });
      expect(told[4]?.seen.runningMs).toBeGreaterThan(0);
      expect(told[4]?.context).toBe(told[0]?.context);
      for (const undo of cleanUp.splice(0)) undo();
    }
  });

  test('that is not async', async () => {
    const published = subscribe();
    const steps = function* () {
      yield 1;
      return 'final';
    };
    for await (const _ of new TaskPool('pool', [steps], 1).runTasks());
    await settle();
    const told = around(published);
    expect(events(told)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
    expect(told[3]?.seen).toMatchObject({ stage: 'success', result: 'final' });
  });

  test('that fails, with its error', async () => {
    const published = subscribe();
    const steps = async function* () {
      yield 1;
      throw boom;
    };
    for await (const _ of new TaskPool('pool', [steps], 1).runTasks());
    await settle();
    const told = around(published);
    expect(events(told)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
    expect(told[4]?.seen).toMatchObject({ stage: 'error', error: boom });
  });

  test('that is closed since it is given up on, with the reason', async () => {
    const published = subscribe();
    const controller = new AbortController();
    const reason = new Error('enough');
    const steps = async function* () {
      yield 1;
      yield 2;
    };
    const pool = new TaskPool('pool', [{ run: steps, signal: controller.signal }], 1, {
      results: { capacity: 0 },
    });
    const stream = pool.runTasks();
    await stream.next();
    await settle();
    controller.abort(reason);
    for await (const _ of stream);
    await settle();
    const told = around(published);
    expect(events(told)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
    expect(told[4]?.seen).toMatchObject({ stage: 'error', error: reason });
  });

  test('that throws where it is looked at, as of one that fails', async () => {
    const published = subscribe();
    const odd = () =>
      Object.defineProperty({}, 'next', {
        get: () => {
          throw boom;
        },
      });
    const ends: unknown[] = [];
    for await (const envelope of new TaskPool('pool', [odd, async () => odd()], 1).runTasks())
      ends.push(envelope);
    await settle();
    expect(ends).toMatchObject([{ error: boom }, { error: boom }]);
    expect(events(around(published))).toEqual([
      'start',
      'error',
      'end',
      'start',
      'end',
      'error',
      'asyncStart',
      'asyncEnd',
    ]);
  });

  test('inside which the stores hold that are bound to the start', async () => {
    const start = diagnostics.channel('tracing:fanfold:task:start');
    start.bindStore(storage, () => 'span');
    cleanUp.push(() => start.unbindStore(storage));
    const seen: unknown[] = [];
    const steps = async function* () {
      seen.push(storage.getStore());
      yield 1;
      await settle();
      seen.push(storage.getStore());
      yield 2;
      seen.push(storage.getStore());
    };
    for await (const _ of new TaskPool('pool', [steps, async () => steps()], 1).runTasks());
    expect(seen).toEqual(Array(6).fill('span'));
  });
});
