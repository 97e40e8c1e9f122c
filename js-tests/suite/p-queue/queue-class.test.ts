// Queues of the user's own, and PriorityQueue as a class; of p-queue too.
import { describe, expect, test } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { BOTH, later, type PQueueModule } from '../support/p-queue.ts';
import { reasonOf, watch } from '../support/watch.ts';

useFakeTime();

type Run = () => Promise<unknown>;

/** Last in, first out, with all that it is told. */
function stackOf(told: unknown[]) {
  return class Stack {
    readonly entries: { run: Run; options: Record<string, unknown> }[] = [];

    get size(): number {
      return this.entries.length;
    }

    enqueue(run: Run, options: object = {}): void {
      told.push({ ...options });
      this.entries.push({ run, options: { ...options } });
    }

    dequeue(): Run | undefined {
      return this.entries.pop()?.run;
    }

    filter({ colour }: { colour?: string }): Run[] {
      return this.entries.filter(({ options }) => options.colour === colour).map(({ run }) => run);
    }

    setPriority(id: string, priority: number): void {
      told.push(['setPriority', id, priority]);
    }
  };
}

describe.each(BOTH)('%s', (_name, module) => {
  const { default: PQueue, PriorityQueue } = module;

  describe('a queueClass', () => {
    test('decides on the order, and is told all options', async () => {
      const told: unknown[] = [];
      const queue = new PQueue({ concurrency: 1, timeout: 500, queueClass: stackOf(told) as never });
      const order: string[] = [];
      for (const name of ['a', 'b', 'c']) {
        void queue.add(() => order.push(name), {
          colour: name === 'c' ? 'red' : 'blue',
          priority: 1,
        } as never);
      }
      expect([queue.size, queue.pending]).toEqual([2, 1]);
      expect([queue.sizeBy({ colour: 'red' } as never), queue.sizeBy({ colour: 'green' } as never)]).toEqual([
        1, 0,
      ]);
      queue.setPriority('2', 7);
      await queue.onIdle();
      expect(order).toEqual(['a', 'c', 'b']);
      expect(told).toEqual([
        { timeout: 500, colour: 'blue', priority: 1, id: '1' },
        { timeout: 500, colour: 'blue', priority: 1, id: '2' },
        { timeout: 500, colour: 'red', priority: 1, id: '3' },
        ['setPriority', '2', 7],
      ]);
    });

    test('runs no more than the limit, fails, times out and pauses as any other', async () => {
      const queue = new PQueue({ concurrency: 2, autoStart: false, queueClass: stackOf([]) as never });
      let [running, peak] = [0, 0];
      const tasks = [5, 20, 5, 5].map((ms, index) =>
        watch(
          queue.add(
            async () => {
              peak = Math.max(peak, ++running);
              await later(ms);
              running--;
              if (index === 3) throw new RangeError('broken');
              return index;
            },
            { timeout: 10 },
          ),
        ),
      );
      queue.start();
      await elapse(100);
      expect(peak).toBe(2);
      expect(tasks.map(({ state }) => state)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
      expect(tasks.map(({ reason }) => (reason as Error | undefined)?.name)).toEqual([
        undefined,
        'TimeoutError',
        undefined,
        'RangeError',
      ]);
      expect([queue.size, queue.pending]).toEqual([0, 0]);
    });

    test('is made anew by clear()', async () => {
      const queue = new PQueue({ autoStart: false, queueClass: stackOf([]) as never });
      for (let task = 0; task < 3; task++) void queue.add(() => later(10));
      queue.clear();
      expect(queue.size).toBe(0);
      queue.start();
      expect(await queue.add(() => 'value')).toBe('value');
    });

    test('gives up an aborted task by its id, if it can', async () => {
      const removed: string[] = [];
      class Removing extends stackOf([]) {
        remove(id: string): void {
          removed.push(id);
          const place = this.entries.findIndex(({ options }) => options.id === id);
          if (place !== -1) this.entries.splice(place, 1);
        }
      }
      for (const [queueClass, left] of [
        [Removing, 0],
        [stackOf([]), 1],
      ] as const) {
        const queue = new PQueue({ autoStart: false, queueClass: queueClass as never });
        const controller = new AbortController();
        let ran = false;
        const work = () => {
          ran = true;
        };
        const reason = reasonOf(queue.add(work, { id: 'x', signal: controller.signal }));
        controller.abort('reason');
        expect([await reason, queue.size]).toEqual(['reason', left]);
        queue.start();
        await elapse(0);
        expect([ran, queue.size, queue.pending]).toEqual([false, 0, 0]);
      }
      expect(removed).toEqual(['x']);
    });

    test('may wrap what it gives, and hears when that has ended', async () => {
      const seen: string[] = [];
      class Wrapping extends stackOf([]) {
        override dequeue(): Run | undefined {
          const run = super.dequeue();
          return (
            run &&
            (async () => {
              seen.push('begins');
              await run();
              seen.push('has ended');
            })
          );
        }
      }
      const queue = new PQueue({ concurrency: 1, queueClass: Wrapping as never });
      const failing = reasonOf(queue.add(() => later(10).then(() => Promise.reject(new Error('broken')))));
      expect(seen).toEqual(['begins']);
      await elapse(10);
      await failing;
      expect(seen).toEqual(['begins', 'has ended']);
    });

    test('may extend PriorityQueue', async () => {
      const names: unknown[] = [];
      class Counting extends PriorityQueue {
        override enqueue(
          ...[run, options]: Parameters<InstanceType<PQueueModule['PriorityQueue']>['enqueue']>
        ) {
          names.push(options?.id);
          super.enqueue(run, options);
        }
      }
      const queue = new PQueue({ concurrency: 1, queueClass: Counting });
      const order: number[] = [];
      const controller = new AbortController();
      for (const priority of [0, 1, 2]) void queue.add(() => order.push(priority), { priority });
      const reason = reasonOf(queue.add(() => order.push(9), { priority: 9, signal: controller.signal }));
      queue.setPriority('2', 5);
      controller.abort('reason');
      expect([queue.size, queue.sizeBy({ priority: 5 }), await reason]).toEqual([2, 1, 'reason']);
      await queue.onIdle();
      expect([order, names]).toEqual([
        [0, 1, 2],
        ['1', '2', '3', '4', '2'],
      ]);
    });

    test('PriorityQueue itself is what there is without one', async () => {
      const queue = new PQueue({ concurrency: 1, queueClass: PriorityQueue });
      const order: number[] = [];
      for (const priority of [0, 1, 2]) void queue.add(() => order.push(priority), { priority });
      await queue.onIdle();
      expect(order).toEqual([0, 2, 1]);
    });
  });

  describe('PriorityQueue', () => {
    const runs = (...names: string[]): Run[] => names.map((name) => async () => name);
    const drain = async (queue: InstanceType<PQueueModule['PriorityQueue']>) => {
      const names: unknown[] = [];
      for (let run = queue.dequeue(); run !== undefined; run = queue.dequeue()) names.push(await run());
      return names.join('');
    };

    test('gives the highest priority first, of these the first', async () => {
      const queue = new PriorityQueue();
      expect([queue.size, queue.dequeue()]).toEqual([0, undefined]);
      const [a, b, c, d, e, f] = runs('a', 'b', 'c', 'd', 'e', 'f') as [Run, Run, Run, Run, Run, Run];
      queue.enqueue(a);
      queue.enqueue(b, { priority: 2 });
      queue.enqueue(c, { priority: -1 });
      expect(queue.dequeue()).toBe(b);
      queue.enqueue(d, { priority: 1 });
      queue.enqueue(e, { priority: 1 });
      queue.enqueue(f, { priority: 0 });
      expect(queue.size).toBe(5);
      expect(queue.filter({ priority: 1 })).toEqual([d, e]);
      expect([queue.filter({ priority: 2 }), queue.filter({})]).toEqual([[], []]);
      expect(await drain(queue)).toBe('deafc');
      expect(queue.size).toBe(0);
    });

    test('changes priorities and removes by id, the first of those who wait', async () => {
      const queue = new PriorityQueue();
      const all = runs('a', 'b', 'c', 'd');
      all.forEach((run, index) => {
        queue.enqueue(run, { id: index === 3 ? 'x' : index === 0 ? 'x' : String(index) });
      });
      expect(queue.dequeue()).toBe(all[0]);
      queue.setPriority('x', 1);
      expect(queue.filter({ priority: 1 })).toEqual([all[3]]);
      queue.remove('1');
      queue.remove('nobody');
      expect(await drain(queue)).toBe('dc');
      expect(() => queue.setPriority('x', 1)).toThrow(
        new ReferenceError('No promise function with the id "x" exists in the queue.'),
      );
    });

    test('removes by function, and nobody who has left', async () => {
      const queue = new PriorityQueue();
      const all = runs('a', 'b', 'c');
      for (const run of all) queue.enqueue(run, { id: 'same' });
      expect(queue.dequeue()).toBe(all[0]);
      queue.remove(all[0] as Run);
      expect(queue.size).toBe(2);
      queue.remove(all[2] as Run);
      expect(await drain(queue)).toBe('b');
    });

    test('keeps its order when many have left', async () => {
      const queue = new PriorityQueue();
      const all = runs(...Array.from({ length: 300 }, (_, index) => `${index} `));
      for (const run of all) queue.enqueue(run);
      for (let left = 0; left < 240; left++) expect(queue.dequeue()).toBe(all[left]);
      const [urgent] = runs('urgent') as [Run];
      queue.enqueue(urgent, { priority: 1 });
      expect(queue.size).toBe(61);
      expect(queue.dequeue()).toBe(urgent);
      for (let left = 240; left < 300; left++) expect(queue.dequeue()).toBe(all[left]);
      expect([queue.size, queue.dequeue()]).toEqual([0, undefined]);
    });
  });
});
