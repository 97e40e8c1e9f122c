// What happens inside a call and what in which microtask: everything that callers and workers see, in one sequence.
import { describe } from 'vitest';
import { sameAsAsyncMutex } from '../support/async-mutex.ts';
import { useFakeTime } from '../support/fake-time.ts';

useFakeTime();

describe('a mutex', () => {
  sameAsAsyncMutex('is locked inside the call, and had two microtasks later', async (stage) => {
    const mutex = stage.mutex();
    stage.acquire('a', () => mutex.acquire());
    stage.acquire('b', () => mutex.acquire());
    for (let probe = 0; probe < 5; probe++) {
      stage.probe(`after ${probe}`);
      await null;
    }
    await stage.flush();
    stage.release('a');
    stage.probe('after the release');
    await stage.flush();
    stage.release('b');
    stage.release('b');
    await stage.flush();
  });

  sameAsAsyncMutex('workers, one after the other', async (stage) => {
    const mutex = stage.mutex();
    for (const name of ['a', 'b', 'c']) stage.follow(name, mutex.runExclusive(stage.worker(name)));
    stage.probe('after the calls');
    await stage.flush();
    stage.open('a');
    stage.probe('after a');
    await stage.flush();
    stage.fail('b');
    stage.probe('after b');
    await stage.flush();
    stage.open('c');
    await stage.flush();
  });

  sameAsAsyncMutex('workers that answer at once', async (stage) => {
    const mutex = stage.mutex();
    const answers: (() => unknown)[] = [
      () => 'value',
      () => {
        throw new RangeError('thrown');
      },
      () => Promise.resolve('promise'),
      // biome-ignore lint/suspicious/noThenProperty: a thenable is one kind of result
      () => ({ then: (fulfil: (value: string) => void) => fulfil('thenable') }),
      async () => 'async',
    ];
    answers.forEach((answer, index) => {
      const work = () => {
        stage.note(`works ${index}`, 'worker');
        return answer();
      };
      stage.follow(`run ${index}`, mutex.runExclusive(work));
    });
    for (let probe = 0; probe < 20; probe++) {
      stage.probe(`${probe}`);
      await null;
    }
    await stage.flush();
  });

  sameAsAsyncMutex('the holder asks again before it gives back', async (stage) => {
    const mutex = stage.mutex();
    const loop = async (name: string) => {
      for (const round of [1, 2, 3]) {
        const release = await mutex.acquire();
        stage.note(`${name}${round}`, 'caller');
        release();
      }
    };
    const loops = [loop('x'), loop('y'), loop('z')];
    stage.note('begun');
    await Promise.all(loops);
    stage.note('done');
  });

  sameAsAsyncMutex('those who only wait for the unlock', async (stage) => {
    const mutex = stage.mutex();
    stage.follow('free', mutex.waitForUnlock());
    stage.acquire('a', () => mutex.acquire());
    stage.acquire('b', () => mutex.acquire());
    for (const priority of [0, 2, -1, 2])
      stage.follow(`unlock at ${priority}`, mutex.waitForUnlock(priority));
    stage.acquire('c', () => mutex.acquire(1));
    await stage.flush();
    for (const name of ['a', 'c', 'b']) {
      stage.release(name);
      stage.probe(`after ${name}`);
      await stage.flush();
    }
  });

  sameAsAsyncMutex('cancel, in the middle of everything', async (stage) => {
    const mutex = stage.mutex(new RangeError('cancelled'));
    stage.acquire('a', () => mutex.acquire());
    stage.acquire('low', () => mutex.acquire(-1));
    stage.follow('worker', mutex.runExclusive(stage.worker('worker')));
    stage.acquire('high', () => mutex.acquire(1));
    stage.follow('unlock', mutex.waitForUnlock());
    await stage.flush();
    mutex.cancel();
    stage.acquire('after', () => mutex.acquire());
    stage.probe('after cancel');
    await stage.flush();
    stage.release('a');
    await stage.flush();
    stage.release('after');
    await stage.flush();
  });
});

describe('a semaphore', () => {
  sameAsAsyncMutex('several have their tickets in one release', async (stage) => {
    const semaphore = stage.semaphore(3);
    stage.acquire('all', () => semaphore.acquire(3));
    for (const [name, weight, priority] of [
      ['a', 1, 0],
      ['b', 2, 5],
      ['c', 1, 5],
      ['d', 1, 0],
    ] as const) {
      stage.acquire(name, () => semaphore.acquire(weight, priority));
      stage.follow(`unlock ${name}`, semaphore.waitForUnlock(weight, priority));
    }
    await stage.flush();
    stage.release('all');
    stage.probe('after the release');
    await stage.flush();
    for (const name of ['c', 'b', 'a', 'd']) {
      stage.release(name);
      await stage.flush();
    }
  });

  sameAsAsyncMutex('values below zero, fractions, and values that are set', async (stage) => {
    const semaphore = stage.semaphore(-1.5);
    stage.acquire('half', () => semaphore.acquire(0.5));
    stage.acquire('one', () => semaphore.acquire());
    stage.acquire('quarter', () => semaphore.acquire(0.25, 0.5));
    for (const value of [-0.5, 0.5, 0.75, 1, -3]) {
      semaphore.setValue(value);
      stage.note(`set ${value}`);
      await stage.flush();
    }
    semaphore.release(0.1);
    for (const name of ['half', 'quarter', 'one']) {
      stage.release(name);
      await stage.flush();
    }
  });

  sameAsAsyncMutex('a release from inside a worker, and from inside what follows it', async (stage) => {
    const semaphore = stage.semaphore(1);
    const run = semaphore.runExclusive(() => {
      stage.acquire('inside', () => semaphore.acquire());
      semaphore.release();
      stage.acquire('inside too', () => semaphore.acquire());
      return 'value';
    });
    run.then(() => stage.acquire('behind', () => semaphore.acquire()));
    stage.follow('run', run);
    await stage.flush();
    stage.release('inside');
    stage.release('inside too');
    await stage.flush();
  });

  sameAsAsyncMutex(
    'cancel leaves those who only wait for the unlock until the next release',
    async (stage) => {
      const semaphore = stage.semaphore(1);
      stage.acquire('heavy', () => semaphore.acquire(2));
      stage.follow('unlock', semaphore.waitForUnlock());
      semaphore.cancel();
      await stage.flush();
      semaphore.release();
      await stage.flush();
    },
  );

  sameAsAsyncMutex('weights that are none', async (stage) => {
    const semaphore = stage.semaphore(1);
    for (const weight of [0, -1, Number.NEGATIVE_INFINITY]) {
      stage.acquire('acquire', () => semaphore.acquire(weight));
      stage.attempt('release', () => semaphore.release(weight));
      stage.attempt('unlock', () => void semaphore.waitForUnlock(weight));
      stage.follow(
        'run',
        semaphore.runExclusive(() => 'never', weight),
      );
    }
    await stage.flush();
  });
});

describe('with a timeout', () => {
  sameAsAsyncMutex('a mutex', async (stage) => {
    const mutex = stage.module.withTimeout(stage.mutex(), 100, new RangeError('late'));
    stage.acquire('a', () => mutex.acquire());
    stage.acquire('b', () => mutex.acquire());
    stage.follow('run', mutex.runExclusive(stage.worker('run')));
    stage.follow('unlock', mutex.waitForUnlock());
    for (let probe = 0; probe < 5; probe++) stage.probe(`${probe}`);
    await stage.flush();
    stage.release('a');
    stage.probe('after the release');
    await stage.flush();
    stage.release('b');
    await stage.flush();
    stage.open('run');
    await stage.flush();
  });

  sameAsAsyncMutex('a semaphore', async (stage) => {
    const semaphore = stage.module.tryAcquire(stage.semaphore(2));
    stage.acquire('a', () => semaphore.acquire(2, 1));
    stage.follow('run', semaphore.runExclusive(stage.worker('run'), 1, 1));
    stage.acquire('wrong', () => semaphore.acquire(-1));
    stage.follow('wrong run', semaphore.runExclusive(stage.worker('wrong run'), 0));
    await stage.flush();
    stage.release('a');
    await stage.flush();
    stage.open('run');
    await stage.flush();
  });
});
