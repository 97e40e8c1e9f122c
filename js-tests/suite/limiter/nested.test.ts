// Nested use: tasks submitted from inside a task of the same limiter, in its synchronous part, which every engine
// sees. What happens after an await is in suite-node.
import { createLimiter, map, NestedLimitError } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { Gates } from '../support/gates.ts';
import { settle } from '../support/turns.ts';
import { warningsDuring } from '../support/warnings.ts';
import { reasonOf, watch } from '../support/watch.ts';

describe("nested: 'warn', the default", () => {
  test('warns once when every running task of a full limiter has a task of its own in the queue', async () => {
    const limiter = createLimiter({ concurrency: 2, name: 'crawler' });
    const warnings = await warningsDuring(async () => {
      const outer = (name: string) => limiter(() => limiter(() => `inner ${name}`));
      const first = watch(outer('a'));
      const second = watch(outer('b'));
      await settle();
      expect([first.state, second.state]).toEqual(['pending', 'pending']);
      // The way out that a user has: one more slot.
      limiter.concurrency = 3;
      await settle();
      expect([first.value, second.value]).toEqual(['inner a', 'inner b']);
    });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({ name: 'FanfoldWarning', code: 'FANFOLD_NESTED' });
    expect(warnings[0]!.message).toContain('crawler');
    const later = await warningsDuring(async () => {
      limiter.concurrency = 1;
      const stuck = watch(limiter(() => limiter(() => 1)));
      await settle();
      expect(stuck.state).toBe('pending');
      limiter.concurrency = 2;
      await settle();
      expect(stuck.state).toBe('fulfilled');
    });
    expect(later).toEqual([]);
  });

  test('every limiter has a warning of its own', async () => {
    const warnings = await warningsDuring(async () => {
      for (const name of ['one', 'two']) {
        const limiter = createLimiter({ concurrency: 1, name });
        void limiter(() => limiter(() => 1));
        await settle();
        limiter.concurrency = 2;
        await limiter.onIdle();
      }
    });
    expect(warnings).toHaveLength(2);
  });

  test('does not warn while there is room', async () => {
    const warnings = await warningsDuring(async () => {
      const limiter = createLimiter(3);
      expect(await limiter(() => limiter(() => limiter(() => 'deep')))).toBe('deep');
    });
    expect(warnings).toEqual([]);
  });

  test('does not warn while one running task has nothing of its own in the queue', async () => {
    const warnings = await warningsDuring(async () => {
      const limiter = createLimiter(2);
      const gates = new Gates();
      void limiter(gates.task('plain'));
      const outer = limiter(() => limiter(() => 'inner'));
      await settle();
      gates.open('plain');
      expect(await outer).toBe('inner');
    });
    expect(warnings).toEqual([]);
  });

  test('does not warn of tasks that are queued from outside', async () => {
    const warnings = await warningsDuring(async () => {
      const limiter = createLimiter(1);
      const gates = new Gates();
      for (const name of 'abc') void limiter(gates.task(name));
      await settle();
      for (const name of 'abc') gates.open(name);
      await limiter.onIdle();
    });
    expect(warnings).toEqual([]);
  });

  test('does not warn of a task that submits to another limiter', async () => {
    const warnings = await warningsDuring(async () => {
      const pages = createLimiter(1);
      const requests = createLimiter(1);
      const all = [1, 2, 3].map((page) => pages(() => requests(() => page)));
      expect(await Promise.all(all)).toEqual([1, 2, 3]);
    });
    expect(warnings).toEqual([]);
  });

  test('a crawler that adds pages and does not wait for them comes to its end', async () => {
    const limiter = createLimiter(1);
    const seen: number[] = [];
    const visit = (page: number): void => {
      void limiter(() => {
        seen.push(page);
        if (page < 50) {
          visit(page * 2);
          visit(page * 2 + 1);
        }
      });
    };
    await warningsDuring(async () => {
      visit(1);
      await limiter.onIdle();
    });
    expect(seen).toHaveLength(99);
  });

  test('has advice that helps who never made a limiter, too', async () => {
    const items = [1, 2];
    const warnings = await warningsDuring(async () => {
      const results = watch(
        map(items, async (item, _index, { limiter }) => limiter(() => item), { concurrency: items.length }),
      );
      await settle();
      expect(results.state).toBe('pending');
    });
    expect(warnings.map(({ message }) => message.replace('FanfoldWarning [FANFOLD_NESTED]: ', ''))).toEqual([
      'Every running task of limiter "map" has submitted a task to the same limiter, which is full. If they wait for ' +
        'them, nothing can run any more. Use another limiter for inner tasks, or for all of them one of ' +
        "createLimiter({ concurrency, nested: 'inherit' }), which map and its kin take as `limiter`",
    ]);
    const limiter = createLimiter({ concurrency: items.length, nested: 'inherit' });
    expect(await map(items, (item) => limiter(() => item), { limiter })).toEqual(items);
  });
});

describe("nested: 'error'", () => {
  test('rejects the submission, not the task', async () => {
    const limiter = createLimiter({ concurrency: 5, nested: 'error', name: 'strict' });
    const result = await limiter(async () => {
      const error = await reasonOf(limiter(() => 'never'));
      return error;
    });
    expect(result).toBeInstanceOf(NestedLimitError);
    expect(result).toMatchObject({ name: 'NestedLimitError', code: 'FANFOLD_NESTED', limiter: 'strict' });
    expect((result as Error).message).toContain('strict');
  });

  test('rejects run and submit too', async () => {
    const limiter = createLimiter({ concurrency: 5, nested: 'error' });
    let ran = 0;
    const reasons = await limiter(() => {
      const handle = limiter.submit(() => ++ran);
      return Promise.all([
        reasonOf(limiter.run(() => ++ran)),
        reasonOf(handle.result),
        reasonOf(handle.started),
      ]);
    });
    for (const reason of reasons) expect(reason).toBeInstanceOf(NestedLimitError);
    expect(ran).toBe(0);
  });

  test('rejects an acquire too, which would wait for the slot that its own task has', async () => {
    const limiter = createLimiter({ concurrency: 1, nested: 'error' });
    expect(await limiter(() => reasonOf(limiter.acquire()))).toBeInstanceOf(NestedLimitError);
    (await limiter.acquire()).release();
  });

  test('does not concern submissions from outside, before, between and after', async () => {
    const limiter = createLimiter({ concurrency: 1, nested: 'error' });
    const gates = new Gates();
    const all = [limiter(gates.task('a')), limiter(gates.task('b'))];
    await settle();
    expect(gates.running).toBe(1);
    all.push(limiter(gates.task('c')));
    for (const name of 'abc') gates.open(name);
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c']);
    expect(await limiter(() => 'after')).toBe('after');
  });

  test('does not concern other limiters', async () => {
    const strict = createLimiter({ concurrency: 1, nested: 'error' });
    const other = createLimiter({ concurrency: 1, nested: 'error' });
    expect(await strict(() => other(() => 'fine'))).toBe('fine');
  });
});

describe("nested: 'inherit'", () => {
  test('the child runs in the slot of its parent, though the limiter is full', async () => {
    const limiter = createLimiter({ concurrency: 1, nested: 'inherit' });
    let during = -1;
    const value = await limiter(() =>
      limiter(() => {
        during = limiter.activeCount;
        return 'child';
      }),
    );
    expect(value).toBe('child');
    expect(during).toBe(1);
    await settle();
    expect(limiter.activeCount).toBe(0);
  });

  test('children and grandchildren of a full limiter all come to their end', async () => {
    const limiter = createLimiter({ concurrency: 2, nested: 'inherit' });
    const tree = (depth: number): Promise<number> =>
      limiter(() =>
        depth === 0
          ? 1
          : Promise.all([tree(depth - 1), tree(depth - 1)]).then(([left, right]) => left + right),
      );
    expect(await Promise.all([tree(4), tree(4), tree(4)])).toEqual([16, 16, 16]);
    await settle();
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([0, 0]);
  });

  test('the children of one task run one at a time, in order', async () => {
    const limiter = createLimiter({ concurrency: 5, nested: 'inherit' });
    const gates = new Gates();
    const outer = watch(limiter(() => Promise.all([...'abc'].map((name) => limiter(gates.task(name))))));
    await settle();
    expect(gates.started).toEqual(['a']);
    expect(limiter.activeCount).toBe(1);
    gates.open('a');
    await settle();
    expect(gates.started).toEqual(['a', 'b']);
    gates.open('b');
    gates.open('c');
    await settle();
    expect(outer.value).toEqual(['a', 'b', 'c']);
    expect(gates.peak).toBe(1);
  });

  test('the slot is free only when the parent and all who inherited are done', async () => {
    const limiter = createLimiter({ concurrency: 1, nested: 'inherit' });
    const gates = new Gates();
    const parent = watch(
      limiter(() => {
        void limiter(gates.task('child'));
        return 'parent does not wait';
      }),
    );
    const next = watch(limiter(gates.task('next')));
    await settle();
    expect(parent.state).toBe('fulfilled');
    expect(gates.started).toEqual(['child']);
    expect(limiter.activeCount).toBe(1);
    gates.open('child');
    await settle();
    expect(gates.started).toEqual(['child', 'next']);
    gates.open('next');
    await settle();
    expect(next.state).toBe('fulfilled');
    expect(limiter.activeCount).toBe(0);
  });

  test('a child that fails gives the failure to its caller and leaves the slot to its parent', async () => {
    const limiter = createLimiter({ concurrency: 1, nested: 'inherit' });
    const failure = new Error('child');
    const caught = await limiter(async () => {
      const reason = await reasonOf(limiter(() => Promise.reject(failure)));
      return reason;
    });
    expect(caught).toBe(failure);
    await settle();
    expect(limiter.activeCount).toBe(0);
    expect(await limiter(() => 'usable')).toBe('usable');
  });

  test('a waiting child can be cancelled', async () => {
    const limiter = createLimiter({ concurrency: 1, nested: 'inherit' });
    const gates = new Gates();
    const outer = watch(
      limiter(async () => {
        const first = limiter(gates.task('first'));
        const second = limiter.submit(gates.task('second'));
        const reason = reasonOf(second.result);
        second.cancel('not needed');
        return [await first, await reason];
      }),
    );
    await settle();
    gates.open('first');
    await settle();
    expect(outer.value).toEqual(['first', 'not needed']);
    expect(gates.started).toEqual(['first']);
    expect([limiter.activeCount, limiter.pendingCount]).toEqual([0, 0]);
  });

  test('a permit acquired inside is in the slot of its task, and keeps it until it is released', async () => {
    const limiter = createLimiter({ concurrency: 1, nested: 'inherit' });
    const permit = await limiter(() => limiter.acquire());
    await settle();
    expect(limiter.activeCount).toBe(1);
    const next = watch(limiter(() => 'next'));
    await settle();
    expect(next.state).toBe('pending');
    permit.release();
    permit.release();
    await settle();
    expect(next.value).toBe('next');
    expect(limiter.activeCount).toBe(0);
  });

  test('tasks from outside still wait for a slot', async () => {
    const limiter = createLimiter({ concurrency: 1, nested: 'inherit' });
    const gates = new Gates();
    const one = limiter(gates.task('one'));
    const two = limiter(gates.task('two'));
    await settle();
    expect(gates.started).toEqual(['one']);
    gates.open('one');
    gates.open('two');
    await Promise.all([one, two]);
    expect(gates.peak).toBe(1);
  });

  test('paused, a child waits as well', async () => {
    const limiter = createLimiter({ concurrency: 1, nested: 'inherit' });
    const gates = new Gates();
    const outer = watch(
      limiter(() => {
        const child = limiter(gates.task('child'));
        limiter.pause();
        return child;
      }),
    );
    await settle();
    expect(gates.started).toEqual([]);
    limiter.resume();
    gates.open('child');
    await settle();
    expect(outer.value).toBe('child');
  });
});
