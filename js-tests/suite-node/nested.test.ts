// Nested use that only async context can see: submissions after an await, and through other limiters.
import { AsyncLocalStorage } from 'node:async_hooks';
import { createLimiter, NestedLimitError } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { Gates } from '../suite/support/gates.ts';
import { microtasks, settle } from '../suite/support/turns.ts';
import { warningsDuring } from '../suite/support/warnings.ts';
import { reasonOf, watch } from '../suite/support/watch.ts';

describe("nested: 'error'", () => {
  test('refuses every submission of a task, also after awaits, timers and in helpers', async () => {
    const limiter = createLimiter({ concurrency: 4, nested: 'error' });
    const helper = async () => {
      await microtasks(3);
      return reasonOf(limiter(() => 1));
    };
    const reasons = await limiter(async () => {
      const found = [await reasonOf(limiter(() => 1))];
      await null;
      found.push(await reasonOf(limiter.run(() => 1)));
      await settle();
      found.push(await reasonOf(limiter.submit(() => 1).result));
      found.push(await helper());
      found.push(...(await Promise.all([1, 2, 3].map(helper))));
      return found;
    });
    expect(reasons).toHaveLength(7);
    for (const reason of reasons) expect(reason).toBeInstanceOf(NestedLimitError);
  });

  test('what an ended task left behind is outside, however often its number was used again', async () => {
    const limiter = createLimiter({ concurrency: 1, nested: 'error' });
    const tries: Promise<unknown>[] = [];
    let left = 200;
    await limiter(() => {
      void (async () => {
        while (left > 0) {
          await settle();
          tries.push(limiter(() => 'background'));
        }
      })();
    });
    for (; left > 0; left--) await limiter(settle);
    await settle();
    expect(tries.length).toBeGreaterThan(100);
    expect(new Set(await Promise.all(tries))).toEqual(new Set(['background']));
  });

  test('concerns only those who are inside', async () => {
    const limiter = createLimiter({ concurrency: 2, nested: 'error' });
    const gates = new Gates();
    const inside = limiter(gates.task('inside'));
    await settle();
    const outside = limiter(() => 'outside');
    expect(await outside).toBe('outside');
    gates.open('inside');
    await inside;
    expect(await limiter(() => 'after')).toBe('after');
  });

  test('the caller of a task is outside again when it goes on', async () => {
    const limiter = createLimiter({ concurrency: 1, nested: 'error' });
    for (let round = 0; round < 3; round++) {
      expect(await limiter(async () => microtasks(round))).toBeUndefined();
    }
    expect(await limiter(() => 1).then(() => limiter(() => 2))).toBe(2);
  });

  test('sees through another limiter', async () => {
    const outer = createLimiter({ concurrency: 1, nested: 'error' });
    const other = createLimiter({ concurrency: 1, nested: 'error' });
    const reason = await outer(() =>
      other(async () => {
        await null;
        return reasonOf(outer(() => 1));
      }),
    );
    expect(reason).toBeInstanceOf(NestedLimitError);
  });
});

describe("nested: 'inherit'", () => {
  test('a child submitted after an await runs in its parent’s slot', async () => {
    const limiter = createLimiter({ concurrency: 1, nested: 'inherit' });
    const value = await limiter(async () => {
      await settle();
      const child = await limiter(async () => {
        await null;
        return limiter(() => 'grandchild');
      });
      return [child, limiter.activeCount];
    });
    expect(value).toEqual(['grandchild', 1]);
    await settle();
    expect(limiter.activeCount).toBe(0);
  });

  test('a crawl that waits for its pages comes to its end, in no more slots than there are', async () => {
    const limiter = createLimiter({ concurrency: 3, nested: 'inherit' });
    let roots = 0;
    let peak = 0;
    const crawl = (page: number): Promise<number> =>
      limiter(async () => {
        await microtasks(page % 4);
        peak = Math.max(peak, limiter.activeCount);
        if (page >= 64) return 1;
        const below = await Promise.all([crawl(page * 2), crawl(page * 2 + 1)]);
        return 1 + below[0]! + below[1]!;
      });
    const counts = await Promise.all([1, 1, 1, 1, 1].map((page) => crawl(page)));
    roots = counts.length;
    expect(roots).toBe(5);
    expect(counts).toEqual([127, 127, 127, 127, 127]);
    expect(peak).toBeLessThanOrEqual(3);
    await settle();
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([0, 0]);
  });

  test('a chain through a limiter that does not look is seen all the same', async () => {
    const limiter = createLimiter({ concurrency: 1, nested: 'inherit' });
    const other = createLimiter(1);
    const chain = limiter(async () => {
      await null;
      return other(async () => {
        await null;
        return limiter(() => 'in the slot of the first');
      });
    });
    expect(await chain).toBe('in the slot of the first');
    expect([limiter.activeCount, other.activeCount]).toEqual([0, 0]);
  });

  test('a task submitted from inside one that ended already is an ordinary one', async () => {
    const limiter = createLimiter({ concurrency: 1, nested: 'inherit' });
    const gates = new Gates();
    let later: Promise<unknown> | undefined;
    await limiter(() => {
      void settle().then(() => {
        later = limiter(gates.task('late'));
      });
    });
    await settle();
    await settle();
    expect(limiter.activeCount).toBe(1);
    gates.open('late');
    expect(await later).toBe('late');
    await settle();
    expect(limiter.activeCount).toBe(0);
  });
});

describe("nested: 'warn'", () => {
  const [major] = process.versions.node.split('.').map(Number) as [number];

  // Seeing a submission after an await costs nothing only where async context is a frame.
  test.runIf(major >= 24)('warns of a limiter that is stuck after an await', async () => {
    const warnings = await warningsDuring(async () => {
      const limiter = createLimiter({ concurrency: 1, name: 'stuck later' });
      const outer = watch(
        limiter(async () => {
          await null;
          return limiter(() => 'inner');
        }),
      );
      await settle();
      expect(outer.state).toBe('pending');
      limiter.concurrency = 2;
      await settle();
      expect(outer.value).toBe('inner');
    });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({ name: 'FanfoldWarning', code: 'FANFOLD_NESTED' });
  });

  test.runIf(major >= 24)(
    'looks after awaits in contexts that stay the same, and warns of nobody else',
    async () => {
      const request = new AsyncLocalStorage<string>();
      const limiter = createLimiter({ concurrency: 1, name: 'stuck in a request' });
      const stuck = () => {
        const inner = async () => {
          await null;
          return limiter(() => request.getStore());
        };
        return limiter(inner);
      };
      const warnings = await warningsDuring(() =>
        request.run('one', async () => {
          for (let n = 0; n < 40; n++) await limiter(async () => microtasks(n % 3));
          const outer = watch(stuck());
          await settle();
          expect(outer.state).toBe('pending');
          limiter.concurrency = 2;
          await settle();
          expect(outer.value).toBe('one');
        }),
      );
      expect(warnings).toHaveLength(1);
      const others = await warningsDuring(async () => {
        const busy = createLimiter(1);
        for (let n = 0; n < 2_000; n++) {
          await request.run('another', () => busy(async () => expect(request.getStore()).toBe('another')));
        }
      });
      expect(others).toEqual([]);
    },
  );

  test('is a process warning with a remedy', async () => {
    const warnings = await warningsDuring(async () => {
      const limiter = createLimiter({ concurrency: 1, name: 'stuck at once' });
      const outer = watch(limiter(() => limiter(() => 'inner')));
      await settle();
      limiter.concurrency = 2;
      await settle();
      expect(outer.value).toBe('inner');
    });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]!.message).toContain('stuck at once');
    expect(warnings[0]!.message).toMatch(/inherit/);
  });
});
