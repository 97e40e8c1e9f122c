// Limiters below limiters: a task takes every level at once or none, and limiters below the same one take turns.
import { ClosedError, createLimiter, type Limiter } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, thrownBy } from '../support/watch.ts';

useFakeTime();

describe('trees', () => {
  test('a task takes a slot at every level, and gives all back', async () => {
    const root = createLimiter({ concurrency: 5, name: 'root' });
    const middle = createLimiter({ concurrency: 3, name: 'middle', parent: root });
    const leaf = createLimiter({ concurrency: 2, name: 'leaf', parent: middle });
    expect([root.parent, middle.parent, leaf.parent]).toEqual([undefined, root, middle]);
    const gates = new Gates();
    void leaf(gates.task('a'));
    void middle(gates.task('b'));
    void root(gates.task('c'));
    expect([leaf, middle, root].map((limiter) => limiter.activeCount)).toEqual([1, 2, 3]);
    await settle();
    expect(gates.started).toEqual(['a', 'b', 'c']);
    gates.openAll();
    await root.onIdle();
    expect([leaf, middle, root].map((limiter) => limiter.activeCount)).toEqual([0, 0, 0]);
  });

  test('whoever waits for one level holds nothing at another', async () => {
    const root = createLimiter({ concurrency: 2, name: 'root' });
    const [one, other] = ['one', 'other'].map((name) =>
      createLimiter({ concurrency: 1, name, parent: root }),
    );
    const gates = new Gates();
    void one!(gates.task('a'));
    const waits = one!.submit(gates.task('b'));
    void other!(gates.task('c'));
    await settle();
    expect(gates.started).toEqual(['a', 'c']);
    expect(root.activeCount).toBe(2);
    expect(one!.blockedBy(waits)).toEqual({ limiter: 'one', reason: 'concurrency' });
    gates.openAll();
    await root.onIdle();
  });

  test('a platform of 30 and workflows of 14: two of them use 28, and never starve the third', async () => {
    const platform = createLimiter({ concurrency: 30, name: 'platform' });
    const workflows = [...'abc'].map((name) => createLimiter({ concurrency: 14, name, parent: platform }));
    const running = [0, 0, 0];
    const done = [0, 0, 0];
    let peak = 0;
    const gates: (() => void)[][] = [[], [], []];
    const submit = (which: number) =>
      workflows[which]!(async () => {
        running[which]!++;
        peak = Math.max(peak, running[0]! + running[1]! + running[2]!);
        await new Promise<void>((resolve) => gates[which]!.push(resolve));
        running[which]!--;
        done[which]!++;
      });
    const all = Array.from({ length: 200 }, () => [submit(0), submit(1)]).flat();
    await settle();
    expect(running).toEqual([14, 14, 0]);
    all.push(...Array.from({ length: 100 }, () => submit(2)));
    await settle();
    expect(running).toEqual([14, 14, 2]);
    // Each slot that is freed goes to whoever was given fewest: the third comes up to its share.
    for (let round = 0; round < 60; round++) {
      const longest = gates.reduce((best, at) => (at.length > best.length ? at : best));
      longest.shift()?.();
      await settle();
    }
    expect(Math.min(...running)).toBeGreaterThanOrEqual(8);
    expect(running.reduce((sum, count) => sum + count)).toBe(30);
    while (done[0]! + done[1]! + done[2]! < 500) {
      for (const open of gates.flatMap((at) => at.splice(0))) open();
      await settle();
    }
    await Promise.all(all);
    expect(peak).toBe(30);
  });

  test('moved, a limiter takes what runs and what waits in it along', async () => {
    const [from, to] = ['from', 'to'].map((name) => createLimiter({ concurrency: 2, name }));
    const child = createLimiter({ concurrency: 2, name: 'child', parent: from });
    const gates = new Gates();
    for (const name of 'abc') void child(gates.task(name));
    void to!(gates.task('d'));
    await settle();
    child.parent = to;
    expect([from!.activeCount, to!.activeCount]).toEqual([0, 3]);
    gates.open('a');
    await settle();
    // Two still run there: the limit of 2 is full until one more has ended.
    expect(gates.started).toEqual(['a', 'b', 'd']);
    gates.open('d');
    await settle();
    expect(gates.started).toEqual(['a', 'b', 'd', 'c']);
    child.parent = undefined;
    expect([child.parent, to!.activeCount]).toEqual([undefined, 0]);
    gates.openAll();
    await child.onIdle();
  });

  test('none can be put below itself', () => {
    const root = createLimiter({ concurrency: 1, name: 'root' });
    const leaf = createLimiter({ concurrency: 1, parent: createLimiter({ concurrency: 1, parent: root }) });
    expect(
      thrownBy(() => {
        root.parent = leaf;
      }),
    ).toBeInstanceOf(RangeError);
    expect(
      thrownBy(() => {
        root.parent = root;
      }),
    ).toBeInstanceOf(RangeError);
    expect(root.parent).toBeUndefined();
    expect(
      thrownBy(() => {
        root.parent = 3 as never;
      }),
    ).toBeInstanceOf(TypeError);
    expect(thrownBy(() => createLimiter({ concurrency: 1, parent: {} as Limiter }))).toBeInstanceOf(
      TypeError,
    );
  });

  test('pausing and resizing any level reaches all below it', async () => {
    const root = createLimiter({ concurrency: 1, name: 'root' });
    const leaf = createLimiter({ concurrency: 4, name: 'leaf', parent: root });
    const gates = new Gates();
    root.pause();
    const handles = [...'abc'].map((name) => leaf.submit(gates.task(name)));
    await settle();
    expect(leaf.blockedBy(handles[0]!)).toEqual({ limiter: 'root', reason: 'paused' });
    root.resume();
    await settle();
    expect(gates.started).toEqual(['a']);
    expect(leaf.blockedBy(handles[1]!)).toEqual({ limiter: 'root', reason: 'concurrency' });
    root.concurrency = 2;
    await settle();
    expect(gates.started).toEqual(['a', 'b']);
    gates.openAll();
    await root.onIdle();
    expect(handles.map((handle) => leaf.blockedBy(handle))).toEqual([null, null, null]);
  });

  test('closing a limiter closes all below it', async () => {
    const root = createLimiter({ concurrency: 1, name: 'root' });
    const leaf = createLimiter({ concurrency: 1, name: 'leaf', parent: root });
    const gates = new Gates();
    const runs = leaf(gates.task('runs'));
    const waits = leaf(gates.task('waits'));
    await settle();
    const closing = root.close();
    expect(await reasonOf(leaf(gates.task('late')))).toBeInstanceOf(ClosedError);
    gates.openAll();
    expect(await Promise.all([runs, waits])).toEqual(['runs', 'waits']);
    expect((await closing).drained).toBe(true);
  });

  test('the signal of a limiter above ends all below it, with its reason', async () => {
    const controller = new AbortController();
    const root = createLimiter({ concurrency: 3, signal: controller.signal });
    const leaf = createLimiter({ concurrency: 1, parent: createLimiter({ concurrency: 1, parent: root }) });
    const gates = new Gates();
    const runs = leaf(gates.task('runs'));
    const waits = leaf(gates.task('waits'));
    await settle();
    const reason = new Error('why');
    const reasons = [runs, waits].map(reasonOf);
    controller.abort(reason);
    expect(await Promise.all(reasons)).toEqual([reason, reason]);
    expect(await reasonOf(leaf(gates.task('late')))).toBe(reason);
    expect(await reasonOf(leaf.acquire())).toBe(reason);
    const below = createLimiter({ concurrency: 1, parent: root });
    expect(await reasonOf(below.run(gates.task('later'), { retry: { retries: 2, backoff: 0 } }))).toBe(
      reason,
    );
    gates.openAll();
    await leaf.onIdle();
  });

  test('blockedBy wants a handle of its own', async () => {
    const [one, other] = [createLimiter(1), createLimiter(1)];
    const handle = one.submit(async () => {});
    expect(thrownBy(() => other.blockedBy(handle))).toBeInstanceOf(TypeError);
    expect(thrownBy(() => one.blockedBy(undefined as never))).toBeInstanceOf(TypeError);
    await handle.result;
    expect(one.blockedBy(handle)).toBeNull();
  });
});
