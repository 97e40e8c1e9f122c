// The fake timers of other test tools: sinon's and node:test's.
import { mock } from 'node:test';
import FakeTimers from '@sinonjs/fake-timers';
import { createLimiter, TimeoutError } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { Gates } from '../suite/support/gates.ts';
import { settle } from '../suite/support/turns.ts';
import { watch } from '../suite/support/watch.ts';

interface Tool {
  readonly install: () => void;
  readonly tick: (milliseconds: number) => void;
  readonly uninstall: () => void;
}

function sinon(toFake?: ('setTimeout' | 'clearTimeout' | 'Date' | 'performance')[]): Tool {
  let clock: ReturnType<typeof FakeTimers.install> | undefined;
  return {
    install: () => {
      clock = FakeTimers.install(toFake === undefined ? {} : { toFake });
    },
    tick: (milliseconds) => {
      clock!.tick(milliseconds);
    },
    uninstall: () => clock!.uninstall(),
  };
}

function nodeTest(apis: ('setTimeout' | 'Date')[]): Tool {
  return {
    install: () => mock.timers.enable({ apis }),
    tick: (milliseconds) => mock.timers.tick(milliseconds),
    uninstall: () => mock.timers.reset(),
  };
}

const tools: [string, Tool][] = [
  ['sinon, all faked', sinon()],
  ['sinon, setTimeout and clearTimeout faked', sinon(['setTimeout', 'clearTimeout'])],
  ['sinon, all but performance', sinon(['setTimeout', 'clearTimeout', 'Date'])],
  ['node:test, setTimeout and Date', nodeTest(['setTimeout', 'Date'])],
  ['node:test, setTimeout', nodeTest(['setTimeout'])],
];

describe.each(tools)('%s', (_name, tool) => {
  async function on(action: (tick: (milliseconds: number) => Promise<void>) => Promise<void>): Promise<void> {
    tool.install();
    try {
      await action(async (milliseconds) => {
        tool.tick(milliseconds);
        await settle();
      });
    } finally {
      tool.uninstall();
    }
  }

  test('queueTimeout', async () => {
    await on(async (tick) => {
      const limiter = createLimiter({ concurrency: 1, queueTimeout: 60_000 });
      const gates = new Gates();
      void limiter(gates.task('first'));
      const waiting = watch(limiter(gates.task('waiting')));
      await settle();
      await tick(59_999);
      expect(waiting.state).toBe('pending');
      await tick(1);
      expect(waiting.reason).toBeInstanceOf(TimeoutError);
      gates.open('first');
      await settle();
    });
  });

  test('runTimeout', async () => {
    await on(async (tick) => {
      const limiter = createLimiter({ concurrency: 1, runTimeout: 5000 });
      const gates = new Gates();
      const running = watch(limiter(gates.task('running')));
      await settle();
      await tick(4999);
      expect(running.state).toBe('pending');
      await tick(1);
      expect(running.reason).toMatchObject({ clock: 'run' });
      gates.open('running');
      await settle();
      expect(limiter.activeCount).toBe(0);
    });
  });

  test('several deadlines in a row', async () => {
    await on(async (tick) => {
      const limiter = createLimiter(1);
      const gates = new Gates();
      void limiter(gates.task('first'));
      const waiting = [300, 100, 200].map((queueTimeout) =>
        watch(limiter.run(gates.task(`t${queueTimeout}`), { queueTimeout })),
      );
      await settle();
      const states = () => waiting.map((each) => each.state === 'rejected');
      await tick(100);
      expect(states()).toEqual([false, true, false]);
      await tick(100);
      expect(states()).toEqual([false, true, true]);
      await tick(100);
      expect(states()).toEqual([true, true, true]);
      gates.open('first');
      await settle();
    });
  });

  test('pause(ms) and the grace of close', async () => {
    await on(async (tick) => {
      const limiter = createLimiter(1);
      limiter.pause(1000);
      const task = watch(limiter(() => 'ran'));
      await settle();
      await tick(1000);
      expect(task.value).toBe('ran');
      const hanging = watch(limiter(() => new Promise(() => {})));
      const closing = watch(limiter.close({ grace: 2000 }));
      await settle();
      await tick(1999);
      expect(closing.state).toBe('pending');
      await tick(1);
      expect(closing.value).toMatchObject({ drained: false, aborted: 1 });
      expect(hanging.state).toBe('rejected');
    });
  });

  test('taken away again: real time goes on', async () => {
    await on(async () => {});
    expect(await createLimiter({ concurrency: 1, queueTimeout: 60_000 })(() => 'real')).toBe('real');
  });
});
