// order: 'fifo' and 'lifo'.
import { createLimiter } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { Gates } from '../support/gates.ts';
import { settle } from '../support/turns.ts';

async function drain(gates: Gates, names: readonly string[]): Promise<void> {
  for (const name of names) gates.open(name);
  await settle();
}

describe('order', () => {
  test("'fifo' is the default", async () => {
    for (const limiter of [createLimiter(1), createLimiter({ concurrency: 1, order: 'fifo' })]) {
      const gates = new Gates();
      for (const name of 'abcde') void limiter(gates.task(name));
      await drain(gates, [...'abcde']);
      expect(gates.started).toEqual([...'abcde']);
    }
  });

  test("'lifo' starts the one that came last", async () => {
    const limiter = createLimiter({ concurrency: 1, order: 'lifo' });
    const gates = new Gates();
    for (const name of 'abcde') void limiter(gates.task(name));
    await drain(gates, [...'abcde']);
    // The first took the free slot at its call; the others waited.
    expect(gates.started).toEqual(['a', 'e', 'd', 'c', 'b']);
  });

  test("'lifo' looks at who waits at the moment of the hand-over", async () => {
    const limiter = createLimiter({ concurrency: 1, order: 'lifo' });
    const gates = new Gates();
    for (const name of 'abc') void limiter(gates.task(name));
    await settle();
    gates.open('a');
    await settle();
    void limiter(gates.task('d'));
    await drain(gates, ['c', 'd', 'b']);
    expect(gates.started).toEqual(['a', 'c', 'd', 'b']);
  });

  test("'lifo' with cancelled ones in the middle", async () => {
    const limiter = createLimiter({ concurrency: 1, order: 'lifo' });
    const gates = new Gates();
    const handles = [...'abcde'].map((name) => limiter.submit(gates.task(name)));
    for (const handle of handles) handle.result.catch(() => {});
    handles[4]!.cancel();
    handles[2]!.cancel();
    await drain(gates, [...'abcde']);
    expect(gates.started).toEqual(['a', 'd', 'b']);
  });

  test("'lifo' holds for acquire too", async () => {
    const limiter = createLimiter({ concurrency: 1, order: 'lifo' });
    const held = limiter.tryAcquire()!;
    const got: string[] = [];
    for (const name of 'abc') {
      void limiter.acquire().then((permit) => {
        got.push(name);
        permit.release();
      });
    }
    held.release();
    await settle();
    expect(got).toEqual(['c', 'b', 'a']);
  });
});
