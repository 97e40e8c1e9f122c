// The drop-in for p-queue in Node: async context, what is left unhandled, warnings, and whether a queue keeps the process
// alive or is kept itself.
import { AsyncLocalStorage } from 'node:async_hooks';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { BOTH, FANFOLD } from '../suite/support/p-queue.ts';
import { microtasks, settle } from '../suite/support/turns.ts';
import { warningsDuring } from '../suite/support/warnings.ts';
import { reasonOf } from '../suite/support/watch.ts';
import { unhandledDuring } from './support/unhandled.ts';

const run = promisify(execFile);
const store = new AsyncLocalStorage<string>();
const { gc } = globalThis;

describe.each(BOTH)('%s', (name, { default: PQueue }) => {
  test('what nobody follows is reported once, and what somebody follows is not', async () => {
    const failure = new Error('broken');
    const queue = new PQueue({ concurrency: 1 });
    const rejects = () => queue.add(() => Promise.reject(failure));
    const throws = () =>
      queue.add(() => {
        throw failure;
      });
    expect(await unhandledDuring(() => void rejects())).toEqual([failure]);
    expect(await unhandledDuring(() => void throws())).toEqual([failure]);
    expect(await unhandledDuring(() => reasonOf(rejects()))).toEqual([]);
    expect(await unhandledDuring(() => reasonOf(throws()))).toEqual([]);
  });

  test('a listener of error that throws is reported, and the queue goes on', async () => {
    for (const work of [
      () => Promise.reject(new Error('broken')),
      () => {
        throw new Error('broken');
      },
    ]) {
      const queue = new PQueue({ concurrency: 1 });
      const thrown = new Error('the listener');
      queue.once('error', () => {
        throw thrown;
      });
      expect(await unhandledDuring(() => reasonOf(queue.add(work)))).toEqual([thrown]);
      expect(await queue.add(() => 'next')).toBe('next');
    }
  });

  test('aborted and timed-out tasks leave nothing unhandled', async () => {
    const reasons = await unhandledDuring(async () => {
      const queue = new PQueue({ concurrency: 2 });
      const controller = new AbortController();
      const { signal } = controller;
      const never = () => new Promise(() => {});
      const fails = () => settle().then(() => Promise.reject(new Error('too late to matter')));
      const ends = [never, fails, never].map((work) => reasonOf(queue.add<unknown>(work, { signal })));
      ends.push(reasonOf(queue.add<unknown>(() => settle().then(fails), { timeout: 1 })));
      controller.abort();
      await Promise.all(ends);
      await settle();
      await settle();
    });
    expect(reasons).toEqual([]);
  });

  test('intervals let the process end as soon as nothing waits', async () => {
    const program = `
      import PQueue from ${JSON.stringify(name)};
      const queue = new PQueue({ interval: 20, intervalCap: 1 });
      const begun = Date.now();
      for (let task = 0; task < 3; task++) queue.add(() => console.log(task));
      process.on('exit', () => console.log(Date.now() - begun < 10_000 ? 'in time' : 'late'));`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: import.meta.dirname,
    });
    expect(stdout.trim().split('\n')).toEqual(['0', '1', '2', 'in time']);
  });
});

describe('fanfold/p-queue', () => {
  const { default: PQueue } = FANFOLD;

  test('a function runs in the context of its add, whoever makes room for it', async () => {
    const queue = new PQueue({ concurrency: 1 });
    const contexts = ['one', 'two', 'three', 'four'];
    const seen = await Promise.all(
      contexts.map((context, index) =>
        store.run(context, () =>
          queue.add(
            async () => {
              const before = store.getStore();
              await microtasks(3);
              return [before, store.getStore()];
            },
            { priority: index },
          ),
        ),
      ),
    );
    expect(seen).toEqual(contexts.map((context) => [context, context]));
  });

  test('a full queue whose tasks have all added tasks to it warns, once', async () => {
    const warnings = await warningsDuring(async () => {
      const queue = new PQueue({ concurrency: 2 });
      const add = () =>
        queue.add(async () => {
          void queue.add(() => 'inner');
          await settle();
        });
      await Promise.all([add(), add(), add()]);
      await queue.onIdle();
    });
    expect(warnings).toMatchObject([{ name: 'FanfoldWarning', code: 'FANFOLD_NESTED' }]);
    expect(warnings[0]?.message).toContain('"p-queue"');
  });

  test('tasks that add to another queue, or to one with room, are nobody to warn of', async () => {
    const warnings = await warningsDuring(async () => {
      const [outer, inner] = [new PQueue({ concurrency: 1 }), new PQueue({ concurrency: 1 })];
      await outer.add(() => Promise.all([1, 2].map(() => inner.add(() => settle()))));
      const roomy = new PQueue({ concurrency: 3 });
      await roomy.add(() => roomy.add(() => settle()));
    });
    expect(warnings).toEqual([]);
  });

  test.runIf(gc)('a queue that nobody holds is collected, also one that is paused and full', async () => {
    const collected = async () => {
      for (let round = 0; round < 4; round++) {
        await settle();
        gc!();
      }
    };
    const fill = (): WeakRef<object>[] => {
      const paused = new PQueue({ autoStart: false });
      const idle = new PQueue({ concurrency: 1 });
      for (let task = 0; task < 10; task++) {
        void paused.add(() => 'never');
        void idle.add(() => 'at once');
      }
      return [new WeakRef(paused), new WeakRef(idle)];
    };
    const refs = fill();
    for (let round = 0; round < 20 && refs.some((ref) => ref.deref() !== undefined); round++)
      await collected();
    expect(refs.map((ref) => ref.deref())).toEqual([undefined, undefined]);
  });
});
