// limitFunction(fn, options).
import { createLimiter, limitFunction, QueueFullError } from 'fanfold';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { microtasks } from '../support/turns.ts';
import { reasonOf } from '../support/watch.ts';

describe('limitFunction', () => {
  test('gives a function of the same arguments and result, limited', async () => {
    let running = 0;
    let peak = 0;
    const limited = limitFunction(async (a: number, b: string) => {
      peak = Math.max(peak, ++running);
      await microtasks(3);
      running--;
      return `${a}${b}`;
    }, 2);
    expectTypeOf(limited).parameters.toEqualTypeOf<[number, string]>();
    expect(await Promise.all([limited(1, 'a'), limited(2, 'b'), limited(3, 'c')])).toEqual([
      '1a',
      '2b',
      '3c',
    ]);
    expect(peak).toBe(2);
  });

  test('keeps the name of the function', () => {
    const resize = async () => {};
    expect(limitFunction(resize, 2).name).toBe('resize');
  });

  test('takes the options of a limiter, and shows it', async () => {
    const gate = deferred();
    const limited = limitFunction(() => gate.promise, { concurrency: 1, maxQueue: 0, name: 'thumbnails' });
    expect(limited.limiter.name).toBe('thumbnails');
    expect(limited.limiter.concurrency).toBe(1);
    const first = limited();
    expect(limited.limiter.activeCount).toBe(1);
    expect(await reasonOf(limited())).toBeInstanceOf(QueueFullError);
    gate.resolve();
    await first;
  });

  test('takes functions that are not async, and that throw', async () => {
    const limited = limitFunction((value: number) => {
      if (value < 0) throw new RangeError('negative');
      return value * 2;
    }, 1);
    expect(await limited(2)).toBe(4);
    expect(await reasonOf(limited(-1))).toBeInstanceOf(RangeError);
  });

  test('two limited functions do not share a limit, one limiter used for both does', async () => {
    const order: string[] = [];
    const one = limitFunction(async () => order.push('one'), 1);
    const two = limitFunction(async () => order.push('two'), 1);
    await Promise.all([one(), two()]);
    expect(one.limiter).not.toBe(two.limiter);
    const shared = createLimiter(1);
    expect(await Promise.all([shared(() => 1), shared(() => 2)])).toEqual([1, 2]);
  });
});
