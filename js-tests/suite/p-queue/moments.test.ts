// What happens inside a call and what in which microtask: all events, tasks, callers and counts, in one sequence.
import { describe } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { later, sameAsPQueue } from '../support/p-queue.ts';
import { microtasks } from '../support/turns.ts';

useFakeTime();

describe('inside the call', () => {
  sameAsPQueue('a task starts where there is room', async (stage) => {
    const queue = stage.create({ concurrency: 2 });
    for (const name of ['a', 'b', 'c', 'd']) stage.add(queue, name);
    stage.note('end of the synchronous part');
    await stage.flush();
    await stage.openEach('a', 'b', 'c', 'd');
  });

  sameAsPQueue('a function that answers at once', async (stage) => {
    const queue = stage.create({ concurrency: 1 });
    for (const name of ['a', 'b', 'c']) stage.add(queue, name, undefined, () => name);
    for (let probe = 0; probe < 15; probe++) {
      stage.probe(`${probe}`);
      await null;
    }
    await stage.flush();
  });

  sameAsPQueue('a function that throws', async (stage) => {
    const queue = stage.create({ concurrency: 1 });
    stage.add(queue, 'a', undefined, () => {
      throw new RangeError('thrown');
    });
    stage.add(queue, 'b', undefined, () => Promise.reject(new RangeError('rejected')));
    for (let probe = 0; probe < 10; probe++) {
      stage.probe(`${probe}`);
      await null;
    }
    await stage.flush();
  });

  sameAsPQueue('thenables, and promises that are not native', async (stage) => {
    const queue = stage.create();
    class Own<T> extends Promise<T> {}
    stage.add(queue, 'thenable', undefined, () => ({
      // biome-ignore lint/suspicious/noThenProperty: a thenable is one kind of result
      then: (fulfil: (value: string) => void) => fulfil('value'),
    }));
    stage.add(queue, 'own promise', undefined, () => Own.resolve('value'));
    for (let probe = 0; probe < 10; probe++) {
      stage.probe(`${probe}`);
      await null;
    }
    await stage.flush();
  });

  sameAsPQueue('a task adds others, with and without room', async (stage) => {
    const queue = stage.create({ concurrency: 2 });
    stage.add(queue, 'outer', undefined, () => {
      stage.add(queue, 'inner');
      stage.add(queue, 'inner that waits', { priority: 1 });
      stage.note('still inside', 'task');
      return 'outer';
    });
    stage.add(queue, 'after');
    await stage.flush();
    await stage.openEach('inner', 'inner that waits', 'after');
  });

  sameAsPQueue('listeners that add, pause, clear and change the limit', async (stage) => {
    const queue = stage.create({ concurrency: 2 });
    let left = 3;
    queue.on('active', () => {
      if (left-- > 0) stage.add(queue, `by active ${left}`);
    });
    queue.once('completed', () => queue.pause());
    queue.once('error', () => {
      queue.concurrency = 1;
    });
    queue.once('empty', () => stage.note('empty first', 'event'));
    for (const name of ['a', 'b', 'c']) stage.add(queue, name);
    await stage.flush();
    stage.open('a');
    await stage.flush();
    queue.start();
    stage.fail('by active 2');
    await stage.flush();
    queue.clear();
    stage.note('cleared');
    await stage.openEach('b', 'c', 'by active 0', 'by active 1');
  });

  sameAsPQueue('start, pause and a raised limit', async (stage) => {
    const queue = stage.create({ concurrency: 1, autoStart: false });
    for (const name of ['a', 'b', 'c', 'd']) stage.add(queue, name);
    stage.attempt('start', () => queue.start() === queue);
    stage.note('started');
    queue.concurrency = 3;
    stage.note('raised');
    queue.pause();
    stage.open('a');
    await stage.flush();
    stage.attempt('start', () => queue.start() === queue);
    stage.attempt('start', () => queue.start() === queue);
    await stage.flush();
    await stage.openEach('b', 'c', 'd');
    queue.concurrency = 2;
    queue.clear();
  });
});

describe('one after the other', () => {
  sameAsPQueue('a steady stream of callers', async (stage) => {
    const queue = stage.create({ concurrency: 2 });
    const loop = async (name: string) => {
      for (const round of [1, 2, 3]) {
        await queue.add(async () => {
          await microtasks(name.charCodeAt(0) % 3);
          stage.note(`${name}${round} runs`, 'task');
        });
        stage.note(`${name}${round} is back`, 'caller');
      }
    };
    await Promise.all(['x', 'y', 'z'].map(loop));
  });

  sameAsPQueue('several end in the same step', async (stage) => {
    const queue = stage.create({ concurrency: 3 });
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) stage.add(queue, name);
    await stage.flush();
    stage.open('b');
    stage.fail('a');
    stage.open('c');
    stage.probe('after');
    await stage.flush();
    stage.open('f');
    stage.open('e');
    stage.fail('d');
    await stage.flush();
  });

  sameAsPQueue('those who wait for the queue', async (stage) => {
    const queue = stage.create({ concurrency: 1 });
    const waitForAll = (when: string) => {
      stage.follow(`${when} empty`, queue.onEmpty());
      stage.follow(`${when} idle`, queue.onIdle());
      stage.follow(`${when} nobody runs`, queue.onPendingZero());
      for (const limit of [1, 2, 3]) stage.follow(`${when} fewer than ${limit}`, queue.onSizeLessThan(limit));
      stage.follow(`${when} error`, queue.onError());
    };
    waitForAll('before');
    for (const name of ['a', 'b', 'c']) stage.add(queue, name);
    waitForAll('full');
    await stage.flush();
    stage.open('a');
    await stage.flush();
    stage.fail('b');
    await stage.flush();
    stage.open('c');
    await stage.flush();
    waitForAll('after');
  });

  sameAsPQueue('addAll', async (stage) => {
    const queue = stage.create({ concurrency: 2 });
    stage.follow('all', queue.addAll(['a', 'b', 'c'].map((name) => stage.gated(name))));
    stage.follow('none', queue.addAll([]));
    await stage.flush();
    await stage.openEach('b', 'a', 'c');
    stage.follow('failing', queue.addAll([stage.gated('d'), stage.gated('e')], { priority: 2 }));
    stage.fail('e');
    await stage.flush();
    stage.open('d');
  });
});

describe('signals', () => {
  sameAsPQueue('aborted before, while it waits and while it runs', async (stage) => {
    const queue = stage.create({ concurrency: 1 });
    const [runs, waits] = [new AbortController(), new AbortController()];
    stage.add(queue, 'before', { signal: AbortSignal.abort('too late') });
    stage.add(queue, 'runs', { signal: runs.signal });
    stage.add(queue, 'waits', { signal: waits.signal });
    stage.add(queue, 'waits too', { signal: waits.signal });
    stage.add(queue, 'next');
    await stage.flush();
    waits.abort('no longer');
    stage.probe('aborted those who wait');
    await stage.flush();
    runs.abort('enough');
    stage.probe('aborted the one that runs');
    await stage.flush();
    await stage.openEach('runs', 'next');
  });

  sameAsPQueue('one signal for all, aborted by a task itself', async (stage) => {
    const queue = stage.create({ concurrency: 1 });
    const { signal, abort } = (() => {
      const controller = new AbortController();
      return { signal: controller.signal, abort: () => controller.abort('by itself') };
    })();
    for (const name of ['a', 'b']) {
      stage.add(queue, name, { signal }, () => {
        if (name === 'a') abort();
        return stage.gated(name)({});
      });
    }
    stage.add(queue, 'c');
    await stage.flush();
    await stage.openEach('a', 'b', 'c');
  });

  sameAsPQueue('a task that ends as its signal is aborted', async (stage) => {
    const queue = stage.create({ concurrency: 1 });
    const controller = new AbortController();
    stage.add(queue, 'a', { signal: controller.signal });
    stage.add(queue, 'b', { signal: controller.signal });
    await stage.flush();
    stage.open('a');
    controller.abort('late');
    await stage.flush();
  });

  sameAsPQueue('a listener of the same signal lets a task start that is aborted', async (stage) => {
    const queue = stage.create({ concurrency: 1, autoStart: false, interval: 100, intervalCap: 1 });
    const controller = new AbortController();
    controller.signal.addEventListener('abort', () => queue.start());
    stage.add(queue, 'a', { signal: controller.signal });
    stage.add(queue, 'b');
    controller.abort('reason');
    await stage.flush();
    stage.open('b');
    await elapse(200);
  });

  sameAsPQueue('clear, and an abort after it', async (stage) => {
    const queue = stage.create({ concurrency: 1 });
    const controller = new AbortController();
    stage.add(queue, 'runs', { signal: controller.signal });
    stage.add(queue, 'is forgotten', { signal: controller.signal });
    await stage.flush();
    queue.clear();
    stage.note('cleared');
    controller.abort('late');
    await stage.flush();
  });
});

describe('time', () => {
  const now = () => Date.now();

  sameAsPQueue(
    'timeouts of the queue and of tasks',
    async (stage) => {
      const queue = stage.create({ concurrency: 2, timeout: 50 });
      stage.add(queue, 'a');
      stage.add(queue, 'b', { timeout: 20 });
      stage.add(queue, 'c', { timeout: undefined as never });
      stage.add(queue, 'd', {}, () => later(30, 'in time'));
      stage.add(queue, 'e', {}, () => later(50, 'at the last moment'));
      queue.timeout = 10;
      stage.add(queue, 'f', {}, () => 'at once');
      stage.add(queue, 'g');
      for (let step = 0; step < 30; step++) await elapse(5);
      await stage.openEach('a', 'b', 'c', 'g');
    },
    now,
  );

  sameAsPQueue(
    'a promise that can be cancelled is, at its timeout',
    async (stage) => {
      const queue = stage.create();
      stage.add(queue, 'a', { timeout: 10 }, () =>
        Object.assign(stage.gate('a').promise, { cancel: () => stage.note('cancelled', 'task') }),
      );
      await elapse(10);
    },
    now,
  );

  for (const options of [
    { interval: 100, intervalCap: 2 },
    { interval: 100, intervalCap: 2, concurrency: 1 },
    { interval: 100, intervalCap: 2, carryoverIntervalCount: true },
    { interval: 100, intervalCap: 2, carryoverConcurrencyCount: true },
    { interval: 100, intervalCap: 2, carryoverIntervalCount: undefined, carryoverConcurrencyCount: true },
    { interval: 100, intervalCap: 1.5, autoStart: false },
    { interval: 100, intervalCap: 2, strict: true },
    { interval: 100, intervalCap: 2, strict: true, concurrency: 1 },
    { interval: 0, intervalCap: 1 },
    { interval: 100 },
  ]) {
    sameAsPQueue(
      `windows of ${JSON.stringify(options)}`,
      async (stage) => {
        const queue = stage.create(options as never);
        const rateLimits = () => {
          stage.follow('limited', queue.onRateLimit());
          stage.follow('free', queue.onRateLimitCleared());
        };
        rateLimits();
        for (let task = 0; task < 7; task++) {
          stage.add(queue, `t${task}`, {}, () => later([0, 30, 150, 90][task % 4] as number, task));
          if (task === 3) await elapse(70);
        }
        rateLimits();
        queue.start();
        for (let step = 0; step < 60; step++) {
          await elapse(10);
          if (step === 20) rateLimits();
          if (step === 25) stage.add(queue, 'much later', {}, () => later(5));
          if (step === 29) stage.add(queue, 'a little later', {}, () => later(5));
          if (step === 30) stage.add(queue, 'at once', {}, () => 'value');
          if (step === 31) for (const name of ['x', 'y', 'z']) stage.add(queue, name, {}, () => name);
          if (step === 33) queue.clear();
        }
      },
      now,
    );
  }
});
