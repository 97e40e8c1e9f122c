import { deadline, TimeoutError, timeout } from 'fanfold';
import { describe, expect, test, vi } from 'vitest';
import { elapse, useFakeTime } from '../support/fake-time.ts';
import { Gates } from '../support/gates.ts';
import { countListeners } from '../support/listeners.ts';
import { reasonOf, watch } from '../support/watch.ts';

useFakeTime();

describe('timeout', () => {
  test('gives what comes in time, and leaves no timer', async () => {
    const gates = new Gates();
    const outcome = watch(timeout(gates.task('work'), 50));
    await elapse(49);
    gates.open('work', 'done');
    await elapse(0);
    expect(outcome).toMatchObject({ state: 'fulfilled', value: 'done' });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('gives a failure that comes in time as it is', async () => {
    const error = new Error('its own');
    expect(await reasonOf(timeout(Promise.reject(error), 50))).toBe(error);
    const thrower = () => {
      throw error;
    };
    expect(await reasonOf(timeout(thrower, 50))).toBe(error);
  });

  test('rejects when the time is over, aborts the signal with the same error, and forgets the rest', async () => {
    let aborted: unknown;
    const gates = new Gates();
    const download = async ({ signal }: { signal: AbortSignal }) => {
      signal.addEventListener('abort', () => {
        aborted = signal.reason;
      });
      await gates.task('late')();
      throw new Error('nobody hears this');
    };
    const outcome = watch(timeout(download, 50));
    await elapse(50);
    expect(outcome.reason).toBeInstanceOf(TimeoutError);
    expect(outcome.reason).toMatchObject({ code: 'FANFOLD_RUN_TIMEOUT', clock: 'run', ranMs: 50 });
    expect((outcome.reason as Error).message).toBe('download took longer than 50 ms');
    expect(aborted).toBe(outcome.reason);
    gates.open('late');
    await elapse(0);
  });

  test('of a promise that fails too late is no unhandled rejection', async () => {
    const gates = new Gates();
    const late = gates
      .task('late')()
      .then(() => Promise.reject(new Error('late')));
    const outcome = watch(timeout(late, 1, { name: 'the query' }));
    await elapse(1);
    expect((outcome.reason as Error).message).toBe('the query took longer than 1 ms');
    gates.open('late');
    await elapse(0);
  });

  test('is ended by a signal, with its reason, and leaves no listener', async () => {
    const controller = new AbortController();
    const listeners = countListeners(controller.signal);
    const seen: unknown[] = [];
    const hang = ({ signal }: { signal: AbortSignal }) => {
      signal.addEventListener('abort', () => seen.push(signal.reason));
      return new Promise(() => {});
    };
    const outcomes = [
      watch(timeout(hang, 50, { signal: controller.signal })),
      watch(timeout(new Promise(() => {}), 50, { signal: controller.signal })),
      watch(timeout(async () => 'quick', 50, { signal: controller.signal })),
    ];
    await elapse(0);
    controller.abort('stop');
    await elapse(0);
    expect(outcomes.map(({ state }) => state)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect([outcomes[0]?.reason, outcomes[1]?.reason, seen]).toEqual(['stop', 'stop', ['stop']]);
    expect([listeners.now, vi.getTimerCount()]).toEqual([0, 0]);
  });

  test('with a signal that is aborted already does not begin', async () => {
    const work = vi.fn();
    const signal = AbortSignal.abort('before');
    expect(await reasonOf(timeout(work, 50, { signal }))).toBe('before');
    expect(await reasonOf(timeout(Promise.reject(new Error('unseen')), 50, { signal }))).toBe('before');
    expect(work).not.toHaveBeenCalled();
  });

  test.each([
    [() => timeout(5 as never, 1), '`work`'],
    [() => timeout(undefined as never, 1), '`work`'],
    [() => timeout(() => 1, -1), '`ms`'],
    [() => timeout(() => 1, 1, { name: 1 as never }), '`name`'],
    [() => timeout(() => 1, 1, { signal: 1 as never }), '`signal`'],
    [() => deadline('1' as never), '`ms`'],
    [() => deadline(1, { signal: {} as never }), '`signal`'],
  ])('wrong input is refused: %s', (call, name) => {
    expect(call).toThrow(name);
  });
});

describe('deadline', () => {
  test('counts down, and aborts its signal when it is over', async () => {
    const by = deadline(100, { name: 'The request' });
    expect([by.remaining, by.expired]).toEqual([100, false]);
    await elapse(60);
    expect(by.remaining).toBe(40);
    await elapse(40);
    expect([by.remaining, by.expired, by.signal.aborted]).toEqual([0, true, true]);
    expect(by.signal.reason).toBeInstanceOf(TimeoutError);
    expect((by.signal.reason as Error).message).toBe('The request took longer than 100 ms');
  });

  test('cleared, it never comes and leaves nothing behind', async () => {
    const { signal } = new AbortController();
    const listeners = countListeners(signal);
    {
      using by = deadline(100, { signal });
      expect(by.expired).toBe(false);
      expect(listeners.now).toBe(1);
    }
    expect([listeners.now, vi.getTimerCount()]).toEqual([0, 0]);
    const by = deadline(100);
    by.clear();
    by.clear();
    await elapse(200);
    expect(by.expired).toBe(false);
  });

  test('is over when the signal it was made with is aborted', async () => {
    const controller = new AbortController();
    const by = deadline(Number.POSITIVE_INFINITY, { signal: controller.signal });
    expect(by.remaining).toBe(Number.POSITIVE_INFINITY);
    controller.abort('shutdown');
    expect([by.expired, by.remaining, by.signal.reason]).toEqual([true, 0, 'shutdown']);
    const late = deadline(5, { signal: controller.signal });
    expect([late.expired, late.signal.reason]).toEqual([true, 'shutdown']);
    late.clear();
  });
});
