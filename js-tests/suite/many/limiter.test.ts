// The limiter that functions run in: the work's own, or a shared one with all its policies.
import {
  all,
  allSettled,
  any,
  createLimiter,
  type ItemContext,
  type Limiter,
  map,
  mapSettled,
} from 'fanfold';
import { describe, expect, test, vi } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { counted } from '../support/sources.ts';
import { settle } from '../support/turns.ts';
import { warningsDuring } from '../support/warnings.ts';
import { reasonOf, watch } from '../support/watch.ts';

useFakeTime();

describe('a shared limiter', () => {
  test('counts each function as a task', async () => {
    const limiter = createLimiter(2);
    await map([1, 2, 3], async (item) => item, { limiter });
    await allSettled([() => 1, () => Promise.reject(new Error('no'))], { limiter });
    expect(limiter.stats()).toMatchObject({ started: 5, fulfilled: 4, failed: 1, active: 0, queued: 0 });
  });

  test('serves two works and plain tasks in the order in which they came', async () => {
    const limiter = createLimiter(1);
    const seen: string[] = [];
    const see = (name: string) => async () => {
      seen.push(name);
    };
    const works = [
      map([1, 2, 3], (item) => see(`a${item}`)(), { limiter }),
      map([1, 2, 3], (item) => see(`b${item}`)(), { limiter }),
      limiter(see('plain')),
      all([see('c1'), see('c2')], { limiter }),
    ];
    await Promise.all(works);
    expect(seen).toEqual(['a1', 'b1', 'plain', 'c1', 'a2', 'b2', 'c2', 'a3', 'b3']);
  });

  test('never runs more than it may for all of them together', async () => {
    const limiter = createLimiter(3);
    const gates = new Gates();
    const names = Array.from({ length: 10 }, (_, index) => `t${index}`);
    const works = [1, 2].map((work) => map(names, (name) => gates.task(`${work} ${name}`)(), { limiter }));
    await settle();
    expect([gates.running, limiter.pendingCount]).toEqual([3, 3]);
    gates.openAll();
    await Promise.all(works);
    expect(gates.peak).toBe(3);
  });

  test('paused holds up, resumed lets go on', async () => {
    const limiter = createLimiter(2);
    const seen: number[] = [];
    limiter.pause();
    const result = watch(map([1, 2, 3], (item) => seen.push(item), { limiter }));
    await settle();
    expect(seen).toEqual([]);
    limiter.resume();
    await settle();
    expect(result.state).toBe('fulfilled');
    expect(seen).toEqual([1, 2, 3]);
  });

  test('raised and lowered is followed', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    const items = counted(20, (index) => `t${index}`);
    const result = watch(map(items.source, (name) => gates.task(name)(), { limiter }));
    await settle();
    limiter.concurrency = 3;
    gates.open('t0');
    await settle();
    expect([gates.running, items.asked]).toEqual([3, 4]);
    limiter.concurrency = 1;
    gates.open('t1');
    gates.open('t2');
    await settle();
    expect([gates.running, items.asked]).toEqual([1, 4]);
    gates.openAll();
    await settle();
    expect(result.value).toHaveLength(20);
  });

  test('cleared fails what waits in it', async () => {
    const limiter = createLimiter(1);
    const held = limiter.tryAcquire()!;
    const first = watch(map([1, 2], (item) => item, { limiter }));
    const second = watch(mapSettled([1, 2], (item) => item, { limiter }));
    await settle();
    expect(limiter.clear('cleared')).toBe(2);
    held.release();
    await settle();
    expect(first.reason).toMatchObject({ name: 'ClearedError', cause: 'cleared' });
    expect(second.value).toMatchObject([
      { status: 'rejected', reason: { name: 'ClearedError' } },
      { status: 'fulfilled', value: 2 },
    ]);
  });

  describe.each([
    ['closed', { name: 'ClosedError' }],
    ['aborted', { message: 'gone' }],
  ])('%s for good', (how, reason) => {
    const open = () => {
      const controller = new AbortController();
      const limiter = createLimiter({ concurrency: 1, signal: controller.signal });
      const end = () => (how === 'closed' ? void limiter.close() : controller.abort(new Error('gone')));
      return { limiter, end };
    };
    const shut = () => {
      const { limiter, end } = open();
      end();
      return limiter;
    };
    const rejected = { status: 'rejected', reason };

    test('a list has a result for each item, and values their own', async () => {
      const limiter = shut();
      expect(await mapSettled([1, 2, 3], (item) => item, { limiter })).toMatchObject([
        rejected,
        rejected,
        rejected,
      ]);
      expect(await mapSettled(new Set([1, 2]), (item) => item, { limiter })).toMatchObject([
        rejected,
        rejected,
      ]);
      expect(await allSettled([() => 1, 2, Promise.resolve(3)], { limiter })).toMatchObject([
        rejected,
        { status: 'fulfilled', value: 2 },
        { status: 'fulfilled', value: 3 },
      ]);
      expect(await any([() => 1, 2], { limiter })).toBe(2);
      expect(await reasonOf(any([() => 1, () => 2], { limiter }))).toMatchObject({
        errors: [reason, reason],
      });
    });

    test('a source without end is closed, and what ran has its result', async () => {
      const { limiter, end } = open();
      const items = counted(Number.POSITIVE_INFINITY);
      const endAt4 = (item: number) => (item === 4 ? end() : item);
      const results = await mapSettled(items.source, endAt4, { limiter });
      expect(results.slice(0, 4).every(({ status }) => status === 'fulfilled')).toBe(true);
      expect(results.at(-1)).toMatchObject(rejected);
      expect(results.length).toBeLessThan(8);
      expect(items.closed).toBe(1);
    });

    test('with retry nothing is tried again', async () => {
      const limiter = shut();
      const fn = vi.fn();
      expect(await reasonOf(map([1, 2], fn, { limiter, retry: { retries: 3 } }))).toMatchObject(reason);
      expect(fn).not.toHaveBeenCalled();
    });
  });

  test('closed before or meanwhile ends it with ClosedError', async () => {
    const closed = createLimiter(1);
    void closed.close();
    const never = (item: number) => item;
    expect(await reasonOf(map([1, 2], never, { limiter: closed }))).toMatchObject({ name: 'ClosedError' });
    expect(await reasonOf(map([1, 2], never, { limiter: closed, onFailure: 'continue' }))).toMatchObject({
      message:
        '2 of the functions failed: 0, 1. The first error: Limiter "limiter" is closed and takes no tasks',
      errors: [{ name: 'ClosedError' }, { name: 'ClosedError' }],
    });
    const settled = await mapSettled([1, 2], never, { limiter: closed });
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const limiter = createLimiter(1);
    const items = counted(Number.POSITIVE_INFINITY);
    const result = watch(
      map(items.source, async (item) => (item === 5 ? void limiter.close() : item), { limiter }),
    );
    await settle();
    expect(result.reason).toMatchObject({ name: 'ClosedError' });
    expect([items.asked, items.closed]).toEqual([7, 1]);
  });

  test('aborted by its own signal ends it with the reason', async () => {
    const controller = new AbortController();
    const limiter = createLimiter({ concurrency: 1, signal: controller.signal });
    const signals: AbortSignal[] = [];
    const result = watch(
      map(
        [1, 2],
        (_item, _index, { signal }) => {
          signals.push(signal);
          return new Promise(() => {});
        },
        { limiter, retry: { retries: 5, backoff: 0 } },
      ),
    );
    await settle();
    controller.abort('the limiter');
    await settle();
    expect(result.reason).toBe('the limiter');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test('with a full queue refuses items, which may be retried', async () => {
    const limiter = createLimiter({ concurrency: 2, maxQueue: 1 });
    const held = [limiter.tryAcquire()!, limiter.tryAcquire()!];
    const refused = watch(mapSettled([1, 2], (item) => item, { limiter }));
    await settle();
    expect(refused.state).toBe('pending');
    const retried = watch(
      map([1, 2], (item) => item, { limiter, retry: { backoff: 100, jitter: 'none', maxElapsed: 5000 } }),
    );
    await settle();
    for (const permit of held) permit.release();
    await settle();
    expect(refused.value).toMatchObject([
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason: { name: 'QueueFullError' } },
    ]);
    await elapse(100);
    expect(retried.value).toEqual([1, 2]);
  });

  test('with a queueTimeout fails items that waited too long', async () => {
    const limiter = createLimiter({ concurrency: 1, queueTimeout: 100 });
    const held = limiter.tryAcquire()!;
    const result = watch(map([1], (item) => item, { limiter }));
    const retried = watch(map([2], (item) => item, { limiter, retry: { backoff: 100, jitter: 'none' } }));
    await elapse(100);
    expect(result.reason).toMatchObject({ name: 'TimeoutError', clock: 'queue' });
    expect(retried.state).toBe('pending');
    held.release();
    await elapse(100);
    expect(retried.value).toEqual([2]);
  });

  test('with a runTimeout fails functions that ran too long, whose slots stay taken', async () => {
    const limiter = createLimiter({ concurrency: 2, runTimeout: 100 });
    const gates = new Gates();
    const signals = new Map<number, AbortSignal>();
    const result = watch(
      mapSettled(
        [0, 1, 2, 3],
        (item, _index, { signal }) => {
          signals.set(item, signal);
          return item === 0 ? gates.task('slow')() : item;
        },
        { limiter },
      ),
    );
    await elapse(100);
    expect(signals.get(0)!.reason).toMatchObject({ name: 'TimeoutError', clock: 'run' });
    expect([...signals.values()].filter(({ aborted }) => aborted)).toHaveLength(1);
    expect(result.value).toMatchObject([
      { status: 'rejected', reason: { name: 'TimeoutError' } },
      { status: 'fulfilled', value: 1 },
      { status: 'fulfilled', value: 2 },
      { status: 'fulfilled', value: 3 },
    ]);
    expect(limiter.activeCount).toBe(1);
    gates.openAll();
    await settle();
    expect(limiter.activeCount).toBe(0);
  });
});

describe('the limiter of a work of its own', () => {
  test('is one and the same for all its functions, with the name of the work', async () => {
    const limiters = await map([1, 2, 3], (_item, _index, { limiter }) => limiter, { concurrency: 2 });
    expect(new Set(limiters).size).toBe(1);
    expect([limiters[0]!.name, limiters[0]!.concurrency]).toEqual(['map', 2]);
  });

  test('counts the functions that run', async () => {
    const gates = new Gates();
    let limiter: Limiter | undefined;
    const result = map(
      ['a', 'b', 'c', 'd'],
      (name, _index, context) => {
        limiter = context.limiter;
        return gates.task(name)();
      },
      { concurrency: 2 },
    );
    await settle();
    expect([limiter!.activeCount, limiter!.pendingCount]).toEqual([2, 0]);
    gates.openAll();
    await result;
    await settle();
    expect([limiter!.activeCount, limiter!.pendingCount]).toEqual([0, 0]);
    expect(await limiter!(() => 'usable')).toBe('usable');
  });

  test('loses no result from the moment it is known', async () => {
    for (const concurrency of [1, 2, 4, 16]) {
      const items = Array.from({ length: 40 }, (_, index) => (index % 3 ? index : Promise.resolve(index)));
      const results = await map(
        items,
        async (item, _index, context) => {
          if (item === 7) void context.limiter;
          return item;
        },
        { concurrency },
      );
      expect(results).toEqual(Array.from({ length: 40 }, (_, index) => index));
    }
  });

  test('takes tasks of its functions, within its limit', async () => {
    const gates = new Gates();
    const result = watch(
      map(
        ['a', 'b', 'c'],
        async (name, _index, { limiter }) => {
          void limiter(gates.task(`inner ${name}`));
          return name;
        },
        { concurrency: 2 },
      ),
    );
    await settle();
    expect(gates.peak).toBeLessThanOrEqual(2);
    gates.openAll();
    await settle();
    expect(result.value).toEqual(['a', 'b', 'c']);
    expect(gates.ended).toHaveLength(3);
  });

  test('warns when all its functions wait for tasks of their own', async () => {
    let way: Limiter | undefined;
    const warnings = await warningsDuring(async () => {
      const result = watch(
        map(
          [1, 2],
          (item, _index, { limiter }) => {
            way = limiter;
            return limiter(() => item);
          },
          { concurrency: 2 },
        ),
      );
      await settle();
      expect(result.state).toBe('pending');
      way!.concurrency = 3;
      await settle();
      expect(result.value).toEqual([1, 2]);
    });
    expect(warnings).toMatchObject([{ code: 'FANFOLD_NESTED' }]);
    expect(warnings[0]!.message).toContain('map');
  });

  test('does not warn of works that share a limiter and submit nothing', async () => {
    const limiter = createLimiter(1);
    const warnings = await warningsDuring(async () => {
      const fn = async (item: number) => {
        await settle();
        return item;
      };
      await Promise.all([map([1, 2, 3, 4], fn, { limiter }), map([1, 2, 3, 4], fn, { limiter })]);
    });
    expect(warnings).toEqual([]);
  });

  test('paused by a function holds up the others', async () => {
    const seen: number[] = [];
    let limiter: Limiter | undefined;
    const result = watch(
      map(
        [1, 2, 3, 4],
        async (item, _index, context) => {
          seen.push(item);
          if (item === 2) {
            limiter = context.limiter;
            limiter.pause();
          }
        },
        { concurrency: 1 },
      ),
    );
    await settle();
    expect([seen, result.state]).toEqual([[1, 2], 'pending']);
    limiter!.resume();
    await settle();
    expect([seen, result.state]).toEqual([[1, 2, 3, 4], 'fulfilled']);
  });

  test('raised and lowered by a function is followed', async () => {
    const gates = new Gates();
    let limiter: Limiter | undefined;
    const names = Array.from({ length: 20 }, (_, index) => `t${index}`);
    const result = watch(
      map(
        names,
        (name, _index, context) => {
          limiter = context.limiter;
          return gates.task(name)();
        },
        { concurrency: 2 },
      ),
    );
    await settle();
    limiter!.concurrency = 5;
    gates.open('t0');
    await settle();
    expect(gates.running).toBe(5);
    limiter!.concurrency = 1;
    for (const name of ['t1', 't2', 't3', 't4']) gates.open(name);
    await settle();
    expect(gates.running).toBe(1);
    gates.openAll();
    await settle();
    expect(result.value).toEqual(names);
  });

  test('closed by a function ends the work', async () => {
    const result = await reasonOf(
      map([1, 2, 3], (_item, _index, { limiter }) => void limiter.close(), { concurrency: 1 }),
    );
    expect(result).toMatchObject({ name: 'ClosedError' });
  });

  test('takes nothing any more when it is first asked for after the end', async () => {
    let context: ItemContext | undefined;
    await map([1], (_item, _index, given) => {
      context = given;
    });
    await settle();
    expect(await reasonOf(context!.limiter(() => 1))).toMatchObject({ name: 'ClosedError' });
    expect(await map([1, 2], (item) => item)).toEqual([1, 2]);
  });
});
