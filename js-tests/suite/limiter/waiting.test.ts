// onIdle, onEmpty, onRoom.
import { createLimiter } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { Gates } from '../support/gates.ts';
import { settle } from '../support/turns.ts';
import { watch } from '../support/watch.ts';

describe('onIdle', () => {
  test('fulfils with nothing when nothing runs and nothing waits', async () => {
    const limiter = createLimiter(1);
    expect(await limiter.onIdle()).toBeUndefined();
    const gates = new Gates();
    void limiter(gates.task('a'));
    void limiter(gates.task('b'));
    const idle = [watch(limiter.onIdle()), watch(limiter.onIdle())];
    await settle();
    gates.open('a');
    await settle();
    expect(idle.map((each) => each.state)).toEqual(['pending', 'pending']);
    gates.open('b');
    await settle();
    expect(idle.map((each) => each.state)).toEqual(['fulfilled', 'fulfilled']);
  });

  test('waits for permits and for the functions of tasks that were given up', async () => {
    const limiter = createLimiter(2);
    const gates = new Gates();
    const permit = limiter.tryAcquire()!;
    const handle = limiter.submit(gates.task('given up'));
    const idle = watch(limiter.onIdle());
    await settle();
    handle.cancel();
    watch(handle.result);
    permit.release();
    await settle();
    expect(idle.state).toBe('pending');
    gates.open('given up');
    await settle();
    expect(idle.state).toBe('fulfilled');
  });

  test('is there when the queue was emptied by cancelling', async () => {
    const limiter = createLimiter(1);
    limiter.pause();
    const handle = limiter.submit(() => 1);
    watch(handle.result);
    const idle = watch(limiter.onIdle());
    handle.cancel();
    await settle();
    expect(idle.state).toBe('fulfilled');
  });

  test('the results are there when it fulfils', async () => {
    const limiter = createLimiter(3);
    const results: number[] = [];
    for (let index = 0; index < 50; index++)
      void limiter(async () => index).then((value) => results.push(value));
    await limiter.onIdle();
    expect(limiter.activeCount).toBe(0);
    await settle();
    expect(results).toHaveLength(50);
  });
});

describe('onEmpty', () => {
  test('fulfils when nothing waits, though tasks still run', async () => {
    const limiter = createLimiter(1);
    await limiter.onEmpty();
    const gates = new Gates();
    for (const name of 'abc') void limiter(gates.task(name));
    const empty = watch(limiter.onEmpty());
    await settle();
    gates.open('a');
    await settle();
    expect(empty.state).toBe('pending');
    gates.open('b');
    await settle();
    expect(gates.running).toBe(1);
    expect(empty.state).toBe('fulfilled');
    expect(empty.value).toBeUndefined();
    gates.open('c');
    await limiter.onIdle();
  });

  test('fulfils on clear', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    void limiter(gates.task('a'));
    watch(limiter(gates.task('b')));
    const empty = watch(limiter.onEmpty());
    limiter.clear();
    await settle();
    expect(empty.state).toBe('fulfilled');
    gates.open('a');
  });
});

describe('onRoom', () => {
  test('fulfils when fewer than n wait', async () => {
    const limiter = createLimiter(1);
    const gates = new Gates();
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) void limiter(gates.task(name));
    const room = [1, 2, 3, 4, 5].map((n) => watch(limiter.onRoom(n)));
    await settle();
    const states = () => room.map((each) => each.state === 'fulfilled');
    expect(states()).toEqual([false, false, false, false, true]);
    gates.open('a');
    await settle();
    expect(states()).toEqual([false, false, false, true, true]);
    gates.open('b');
    gates.open('c');
    await settle();
    expect(states()).toEqual([false, true, true, true, true]);
    gates.open('d');
    await settle();
    expect(states()).toEqual([true, true, true, true, true]);
    gates.open('e');
    await limiter.onIdle();
  });

  test('without a number it means room in the queue, or an empty queue where that has no bound', async () => {
    const bounded = createLimiter({ concurrency: 1, maxQueue: 2 });
    const endless = createLimiter(1);
    const gates = new Gates();
    for (const name of 'abc') void bounded(gates.task(`b${name}`));
    for (const name of 'abc') void endless(gates.task(`e${name}`));
    const inBounded = watch(bounded.onRoom());
    const inEndless = watch(endless.onRoom());
    await settle();
    expect([inBounded.state, inEndless.state]).toEqual(['pending', 'pending']);
    gates.open('ba');
    gates.open('ea');
    await settle();
    expect([inBounded.state, inEndless.state]).toEqual(['fulfilled', 'pending']);
    gates.open('eb');
    await settle();
    expect(inEndless.state).toBe('fulfilled');
    for (const name of ['bb', 'bc', 'ec']) gates.open(name);
    await Promise.all([bounded.onIdle(), endless.onIdle()]);
  });

  test('a producer that waits for room never fills the queue beyond it', async () => {
    const limiter = createLimiter({ concurrency: 2, maxQueue: 3 });
    const results: Promise<number>[] = [];
    let most = 0;
    for (let index = 0; index < 100; index++) {
      await limiter.onRoom();
      results.push(
        limiter(async () => {
          await null;
          return index;
        }),
      );
      most = Math.max(most, limiter.pendingCount);
    }
    expect(await Promise.all(results)).toHaveLength(100);
    expect(most).toBeLessThanOrEqual(3);
    expect(limiter.stats().dropped).toBe(0);
  });
});
