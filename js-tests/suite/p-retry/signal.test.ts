// Aborting: before, during an attempt, during a callback, during a wait, after.
import { describe, expect, test } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { countListeners } from '../support/listeners.ts';
import { BOTH } from '../support/p-retry.ts';
import { settle } from '../support/turns.ts';
import { reasonOf, watch } from '../support/watch.ts';

useFakeTime();

const CALLBACKS = ['shouldConsumeRetry', 'onFailedAttempt', 'shouldRetry'] as const;

describe.each(BOTH)('%s', (_name, { default: pRetry, makeRetriable }) => {
  const fails = (): never => {
    throw new Error('fails');
  };

  test('aborted already: its reason, and nothing is called', async () => {
    let calls = 0;
    for (const reason of [new Error('reason'), 'text', null, 0, { any: 'thing' }]) {
      expect(await reasonOf(pRetry(() => calls++, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    }
    const unnamed = await reasonOf(pRetry(() => calls++, { signal: AbortSignal.abort() }));
    expect(unnamed).toMatchObject({ name: 'AbortError', code: 20 });
    expect(calls).toBe(0);
  });

  test.each(['fulfils', 'rejects'] as const)(
    'while an attempt runs: it is left to its end, and when it %s',
    async (how) => {
      const controller = new AbortController();
      const gate = deferred<string>();
      const told: string[] = [];
      const callbacks = Object.fromEntries(CALLBACKS.map((name) => [name, () => void told.push(name)]));
      const run = watch(pRetry(() => gate.promise, { signal: controller.signal, ...callbacks }));
      await settle();
      controller.abort('reason');
      await settle();
      expect(run.state).toBe('pending');
      if (how === 'fulfils') gate.resolve('too late');
      else gate.reject(new Error('too late'));
      await settle();
      expect(run).toMatchObject({ state: 'rejected', reason: 'reason' });
      expect(told).toEqual([]);
    },
  );

  test('by the function itself, whatever it does then', async () => {
    for (const end of [
      () => 'value',
      fails,
      () => Promise.reject(new TypeError('a bug')),
      () => Promise.reject('x'),
    ]) {
      const controller = new AbortController();
      let attempts = 0;
      const input = (): unknown => {
        attempts++;
        controller.abort('reason');
        return end();
      };
      expect(await reasonOf(pRetry(input, { signal: controller.signal }))).toBe('reason');
      expect(attempts).toBe(1);
    }
  });

  test('during a wait it rejects at once, and no timer is left', async () => {
    const controller = new AbortController();
    const listeners = countListeners(controller.signal);
    let attempts = 0;
    const input = () => {
      attempts++;
      return fails();
    };
    const run = watch(pRetry(input, { signal: controller.signal, minTimeout: 500 }));
    await elapse(100);
    controller.abort('reason');
    await settle();
    expect(run).toMatchObject({ state: 'rejected', reason: 'reason' });
    await elapse(10_000);
    expect(attempts).toBe(1);
    expect(listeners.now).toBe(0);
  });

  test('in the very moment in which the wait is over', async () => {
    const controller = new AbortController();
    let attempts = 0;
    const input = () => {
      attempts++;
      return fails();
    };
    setTimeout(() => controller.abort('reason'), 500);
    const run = watch(pRetry(input, { signal: controller.signal, minTimeout: 500 }));
    await elapse(500);
    expect(run.reason).toBe('reason');
    expect(attempts).toBe(1);
  });

  test.each(CALLBACKS)(
    'inside %s: those behind it are not asked, and there is no further attempt',
    async (name) => {
      for (const waits of [false, true]) {
        const controller = new AbortController();
        const told: string[] = [];
        const callbacks = Object.fromEntries(
          CALLBACKS.map((each) => [
            each,
            async () => {
              told.push(each);
              if (waits) await null;
              if (each === name) controller.abort('reason');
              return true;
            },
          ]),
        );
        expect(await reasonOf(pRetry(fails, { signal: controller.signal, ...callbacks }))).toBe('reason');
        expect(told).toEqual(CALLBACKS.slice(0, CALLBACKS.indexOf(name) + 1));
      }
    },
  );

  test.each(CALLBACKS)('inside %s, which then throws: its error', async (name) => {
    const controller = new AbortController();
    const callback = () => {
      controller.abort('reason');
      throw new Error('from the callback');
    };
    const options = { signal: controller.signal, [name]: callback };
    expect(await reasonOf(pRetry(fails, options))).toEqual(new Error('from the callback'));
  });

  test('inside shouldRetry that says no: the reason, not the error', async () => {
    const controller = new AbortController();
    const shouldRetry = () => {
      controller.abort('reason');
      return false;
    };
    expect(await reasonOf(pRetry(fails, { signal: controller.signal, shouldRetry }))).toBe('reason');
  });

  test('it wins over the last failure', async () => {
    const controller = new AbortController();
    const onFailedAttempt = () => controller.abort('reason');
    const options = { signal: controller.signal, retries: 0, onFailedAttempt };
    expect(await reasonOf(pRetry(fails, options))).toBe('reason');
  });

  test('no listener is left, however it ends', async () => {
    const controller = new AbortController();
    const listeners = countListeners(controller.signal);
    const { signal } = controller;
    await pRetry(() => 1, { signal });
    await reasonOf(pRetry(fails, { signal, retries: 0 }));
    await reasonOf(pRetry(fails, { signal, shouldRetry: () => false }));
    const waited = watch(
      pRetry((attempt) => (attempt === 3 ? attempt : fails()), { signal, minTimeout: 10 }),
    );
    await elapse(30);
    expect(waited.value).toBe(3);
    expect(listeners.now).toBe(0);
  });

  test('an abort when it is over changes nothing', async () => {
    const controller = new AbortController();
    const run = pRetry(() => 'value', { signal: controller.signal });
    await run;
    controller.abort();
    expect(await run).toBe('value');
  });

  test('one signal ends several at once', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const runs = [100, 200].map((minTimeout) => watch(pRetry(fails, { signal, minTimeout })));
    await elapse(50);
    controller.abort('all');
    await settle();
    expect(runs.map(({ reason }) => reason)).toEqual(['all', 'all']);
  });

  test('makeRetriable takes one too', async () => {
    let calls = 0;
    const retriable = makeRetriable(() => calls++, { signal: AbortSignal.abort('reason') });
    expect(await reasonOf(retriable())).toBe('reason');
    expect(calls).toBe(0);
  });

  test('null and undefined are none', async () => {
    for (const signal of [null, undefined])
      expect(await pRetry(() => 1, { signal: signal as undefined })).toBe(1);
  });

  test('what has the methods of a signal is one, and may abort', async () => {
    const target = new EventTarget();
    let aborted = false;
    const signal = {
      reason: 'reason',
      get aborted() {
        return aborted;
      },
      throwIfAborted() {
        if (aborted) throw signal.reason;
      },
      addEventListener: target.addEventListener.bind(target),
      removeEventListener: target.removeEventListener.bind(target),
    } as unknown as AbortSignal;
    const run = watch(pRetry(fails, { signal, minTimeout: 100 }));
    await elapse(50);
    aborted = true;
    target.dispatchEvent(new Event('abort'));
    await settle();
    expect(run.reason).toBe('reason');
  });
});
