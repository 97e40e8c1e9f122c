// What only Node says about signals: warnings of too many listeners.
import { createLimiter } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { settle } from '../suite/support/turns.ts';
import { warningsDuring } from '../suite/support/warnings.ts';
import { reasonOf } from '../suite/support/watch.ts';

describe('a signal shared by many', () => {
  test('tasks of one limiter: no warning', async () => {
    const warnings = await warningsDuring(async () => {
      const limiter = createLimiter(5);
      const { signal } = new AbortController();
      await Promise.all(
        Array.from({ length: 10_000 }, () => limiter.run(({ signal: own }) => own, { signal })),
      );
    });
    expect(warnings).toEqual([]);
  });

  test('tasks of many limiters, and the limiters themselves: no warning', async () => {
    const warnings = await warningsDuring(async () => {
      const controller = new AbortController();
      const { signal } = controller;
      const tasks = Array.from({ length: 50 }, () => createLimiter({ concurrency: 1, signal })).flatMap(
        (limiter) => Array.from({ length: 100 }, () => limiter.run(() => new Promise(() => {}), { signal })),
      );
      const reasons = Promise.all(tasks.map(reasonOf));
      await settle();
      controller.abort('all');
      expect(new Set(await reasons)).toEqual(new Set(['all']));
    });
    expect(warnings).toEqual([]);
  });
});
