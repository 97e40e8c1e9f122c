// Atomic trees: a task takes every level at once or none, no level ever has more than its limit, and all of it ends.
import { createLimiter, type Limiter, type TaskHandle } from 'fanfold';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { useFakeTime } from '../support/fake-time.ts';
import { propertyTest } from '../support/seeds.ts';
import { settle } from '../support/turns.ts';
import { watch } from '../support/watch.ts';

useFakeTime();

const order = fc.constantFrom('fifo' as const, 'lifo' as const, 'priority' as const);
const node = fc.record({ concurrency: fc.integer({ min: 1, max: 4 }), above: fc.nat(9), order });
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('submit' as const), in: fc.nat(9), weight: fc.nat(3) }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('end' as const), which: fc.nat(99) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat(99) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('resize' as const),
      in: fc.nat(9),
      to: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('move' as const), in: fc.nat(9), to: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pause' as const), in: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resume' as const), in: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
);

interface Running {
  readonly limiter: Limiter;
  readonly weight: number;
  readonly end: () => void;
}

/** A tree under test, with what runs in it as its functions see it. */
class Tree {
  readonly limiters: Limiter[] = [];
  readonly running = new Set<Running>();
  readonly handles: { handle: TaskHandle<unknown>; limiter: Limiter }[] = [];
  /** The highest each limit has been since something was started under it that may still run. */
  readonly excused = new Set<Limiter>();

  constructor(nodes: readonly { concurrency: number; above: number; order: 'fifo' | 'lifo' | 'priority' }[]) {
    for (const [index, { concurrency, above, order }] of nodes.entries()) {
      const parent = above < index ? this.limiters[above] : undefined;
      this.limiters.push(createLimiter({ concurrency, order, parent, name: `L${index}` }));
    }
  }

  at(index: number): Limiter {
    return this.limiters[index % this.limiters.length]!;
  }

  submit(limiter: Limiter, wish: number): void {
    const weight = Math.min(wish + 1, ...path(limiter).map(({ concurrency }) => concurrency));
    const handle = limiter.submit(
      () =>
        new Promise<void>((resolve) => {
          const end = (): void => {
            this.running.delete(running);
            resolve();
          };
          const running = { limiter, weight, end };
          this.running.add(running);
          this.check();
        }),
      { weight },
    );
    watch(handle.result);
    this.handles.push({ handle, limiter });
  }

  /** What the functions see is what the limiters count, and no level has more than its limit. */
  check(): void {
    for (const limiter of this.limiters) {
      let weight = 0;
      for (const { limiter: at, weight: slots } of this.running) {
        if (path(at).includes(limiter)) weight += slots;
      }
      expect(weight).toBeLessThanOrEqual(limiter.activeCount);
      if (!this.excused.has(limiter)) expect(limiter.activeCount).toBeLessThanOrEqual(limiter.concurrency);
      else if (limiter.activeCount <= limiter.concurrency) this.excused.delete(limiter);
    }
  }
}

function path(limiter: Limiter): Limiter[] {
  const { parent } = limiter;
  return parent === undefined ? [limiter] : [limiter, ...path(parent)];
}

describe('trees', () => {
  propertyTest(
    'no level has more than its limit, whoever waits says why, and everything ends',
    fc.record({
      nodes: fc.array(node, { minLength: 1, maxLength: 6 }),
      steps: fc.array(step, { minLength: 1, maxLength: 60 }),
    }),
    async ({ nodes, steps }) => {
      const tree = new Tree(nodes);
      for (const play of steps) {
        if (play.do === 'submit') tree.submit(tree.at(play.in), play.weight);
        if (play.do === 'end') [...tree.running][play.which % Math.max(tree.running.size, 1)]?.end();
        if (play.do === 'cancel')
          tree.handles[play.which % Math.max(tree.handles.length, 1)]?.handle.cancel();
        if (play.do === 'resize') {
          // A lower limit takes nothing back: until then there may be more.
          tree.excused.add(tree.at(play.in));
          tree.at(play.in).concurrency = play.to;
        }
        if (play.do === 'move') {
          const [limiter, to] = [tree.at(play.in), tree.at(play.to)];
          if (!path(to).includes(limiter)) {
            limiter.parent = to;
            for (const above of path(to)) tree.excused.add(above);
          }
        }
        if (play.do === 'pause') tree.at(play.in).pause();
        if (play.do === 'resume') tree.at(play.in).resume();
        if (play.do === 'turn') await settle();
        tree.check();
        for (const { handle, limiter } of tree.handles) {
          const blocked = limiter.blockedBy(handle);
          if (handle.state !== 'queued') expect(blocked).toBeNull();
          else if (blocked !== null) expect(path(limiter).map(({ name }) => name)).toContain(blocked.limiter);
        }
      }
      for (const limiter of tree.limiters) {
        limiter.resume();
        limiter.concurrency = 4;
      }
      // Nothing stands still while something could run: all ends in as many turns as there are tasks.
      const goesOn = () =>
        tree.running.size > 0 || tree.handles.some(({ handle }) => handle.state !== 'done');
      for (let turns = 0; turns <= tree.handles.length && goesOn(); turns++) {
        await settle();
        for (const { end } of tree.running) end();
      }
      await settle();
      expect(tree.handles.map(({ handle }) => handle.state)).toEqual(tree.handles.map(() => 'done'));
      for (const limiter of tree.limiters)
        expect([limiter.activeCount, limiter.pendingCount]).toEqual([0, 0]);
    },
  );
});
