// Nested use never hangs in silence: trees of tasks that wait for their children come to their end under 'inherit',
// are refused under 'error', and are warned of under 'warn' when they are stuck.
import { createLimiter, NestedLimitError } from 'fanfold';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { propertyTest } from '../support/seeds.ts';
import { microtasks, settle } from '../support/turns.ts';
import { warningsDuring } from '../support/warnings.ts';
import { watch } from '../support/watch.ts';

/** A task: how long it works after its children, and who they are. */
interface Tree {
  readonly rounds: number;
  readonly children: readonly Tree[];
}

const treeOfDepth: (depth?: number) => fc.Arbitrary<Tree> = fc.memo((depth) =>
  fc.record({
    rounds: fc.nat(5),
    children: depth > 1 ? fc.array(treeOfDepth(), { maxLength: 3 }) : fc.constant([]),
  }),
);

const forest = fc.record({
  concurrency: fc.integer({ min: 1, max: 3 }),
  trees: fc.array(treeOfDepth(4), { minLength: 1, maxLength: 6 }),
});

const size = (node: Tree): number => 1 + node.children.reduce((sum, child) => sum + size(child), 0);

describe('nested use', () => {
  propertyTest(
    "'inherit': any forest comes to its end, in no more slots than there are",
    forest,
    async ({ concurrency, trees }) => {
      const limiter = createLimiter({ concurrency, nested: 'inherit' });
      let roots = 0;
      const run = (node: Tree, isRoot: boolean): Promise<number> =>
        limiter(async () => {
          if (isRoot) roots += 1;
          expect(roots).toBeLessThanOrEqual(concurrency);
          expect(limiter.activeCount).toBeLessThanOrEqual(concurrency);
          // All are submitted in the synchronous part, which is what every engine sees.
          const counts = await Promise.all(node.children.map((child) => run(child, false)));
          await microtasks(node.rounds);
          if (isRoot) roots -= 1;
          return counts.reduce((sum, count) => sum + count, 1);
        });
      const counts = await Promise.all(trees.map((node) => run(node, true)));
      expect(counts).toEqual(trees.map(size));
      await settle();
      expect([limiter.activeCount, limiter.pendingCount]).toEqual([0, 0]);
    },
  );

  propertyTest(
    "'error': every child is refused, every root comes to its end",
    forest,
    async ({ concurrency, trees }) => {
      const limiter = createLimiter({ concurrency, nested: 'error' });
      let refused = 0;
      const run = (node: Tree): Promise<void> =>
        limiter(async () => {
          const children = await Promise.allSettled(node.children.map(run));
          for (const child of children) {
            expect(child).toMatchObject({ status: 'rejected', reason: expect.any(NestedLimitError) });
            refused += 1;
          }
          await microtasks(node.rounds);
        });
      await Promise.all(trees.map(run));
      expect(refused).toBe(trees.reduce((sum, node) => sum + node.children.length, 0));
      await settle();
      expect([limiter.activeCount, limiter.pendingCount]).toEqual([0, 0]);
    },
  );

  propertyTest("'warn': a forest is warned of if it is stuck", forest, async ({ concurrency, trees }) => {
    let stuck = false;
    const warnings = await warningsDuring(async () => {
      const limiter = createLimiter({ concurrency, name: 'forest' });
      const run = (node: Tree): Promise<unknown> =>
        limiter(async () => {
          await Promise.all(node.children.map(run));
          await microtasks(node.rounds);
        });
      const all = watch(Promise.all(trees.map(run)));
      await settle();
      stuck = all.state === 'pending';
      limiter.concurrency = Number.POSITIVE_INFINITY;
      await limiter.onIdle();
      await settle();
      expect(all.state).toBe('fulfilled');
    });
    expect(warnings.length).toBeLessThanOrEqual(1);
    // The other way round does not hold: a tree may look stuck for a moment while a child is about to be cancelled.
    if (stuck) expect(warnings.map((warning) => warning.code)).toEqual(['FANFOLD_NESTED']);
  });
});
