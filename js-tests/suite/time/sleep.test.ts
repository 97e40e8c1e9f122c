import { createLimiter, sleep } from 'fanfold';
import { describe, expect, test, vi } from 'vitest';
import { block, elapse, useFakeTime } from '../support/fake-time.ts';
import { countListeners } from '../support/listeners.ts';
import { reasonOf, watch } from '../support/watch.ts';

useFakeTime();

const DAY = 24 * 60 * 60 * 1_000;

describe('sleep', () => {
  test('is over when the time has passed, and not before', async () => {
    const slept = watch(sleep(100));
    await elapse(99);
    expect(slept.state).toBe('pending');
    await elapse(1);
    expect(slept).toMatchObject({ state: 'fulfilled', value: undefined });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('ends in the order of the moments, whatever the order of the calls', async () => {
    const over: number[] = [];
    for (const ms of [30, 10, 0.5, 20, 10]) void sleep(ms).then(() => over.push(ms));
    expect(vi.getTimerCount()).toBe(1);
    await elapse(100);
    expect(over).toEqual([0.5, 10, 10, 20, 30]);
  });

  test('of no time at all is over in a microtask, without a timer', async () => {
    const slept = sleep(0);
    expect(vi.getTimerCount()).toBe(0);
    expect(await slept).toBeUndefined();
  });

  test('may be longer than a timer of the platform', async () => {
    const slept = watch(sleep(40 * DAY));
    await elapse(40 * DAY - 1);
    expect(slept.state).toBe('pending');
    await elapse(1);
    expect(slept.state).toBe('fulfilled');
  });

  test('for ever sets no timer, and ends when it is aborted', async () => {
    const controller = new AbortController();
    const slept = watch(sleep(Number.POSITIVE_INFINITY, { signal: controller.signal }));
    await elapse(400 * DAY);
    expect([slept.state, vi.getTimerCount()]).toEqual(['pending', 0]);
    controller.abort('enough');
    await elapse(0);
    expect(slept).toMatchObject({ state: 'rejected', reason: 'enough' });
  });

  test('aborted, it rejects at once with the reason and leaves nothing behind', async () => {
    const controller = new AbortController();
    const listeners = countListeners(controller.signal);
    const sleeps = [10, 20, 30].map((ms) => watch(sleep(ms, { signal: controller.signal })));
    expect(listeners.now).toBe(1);
    await elapse(10);
    controller.abort(new RangeError('no more'));
    await elapse(0);
    expect(sleeps.map(({ state }) => state)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(sleeps[1]?.reason).toBe(controller.signal.reason);
    expect([listeners.now, vi.getTimerCount()]).toEqual([0, 0]);
  });

  test('over in time, it leaves no listener behind', async () => {
    const { signal } = new AbortController();
    const listeners = countListeners(signal);
    const slept = watch(sleep(5, { signal }));
    await elapse(5);
    expect([slept.state, listeners.now]).toEqual(['fulfilled', 0]);
  });

  test('with a signal that is aborted already rejects, and sets no timer', async () => {
    const reason = await reasonOf(sleep(10, { signal: AbortSignal.abort('before') }));
    expect([reason, vi.getTimerCount()]).toEqual(['before', 0]);
  });

  test('overdue in a busy program, whoever is aborted first is aborted', async () => {
    const controller = new AbortController();
    const slept = watch(sleep(10, { signal: controller.signal }));
    block(50);
    controller.abort('late');
    await elapse(0);
    expect(slept).toMatchObject({ state: 'rejected', reason: 'late' });
  });

  test('aborted by what its own beginning brings about, it leaves nothing behind', async () => {
    const controller = new AbortController();
    const limiter = createLimiter({ concurrency: 1, runTimeout: 20 });
    void watch(
      limiter.run(({ signal }) => {
        signal.addEventListener('abort', () => controller.abort('together'));
        return new Promise(() => {});
      }),
    );
    await elapse(0);
    block(50);
    const listeners = countListeners(controller.signal);
    const slept = watch(sleep(1_000, { signal: controller.signal }));
    await elapse(0);
    expect(slept).toMatchObject({ state: 'rejected', reason: 'together' });
    expect([listeners.now, vi.getTimerCount()]).toEqual([0, 0]);
  });

  test.each([
    [-1, RangeError, 'ms'],
    [Number.NaN, RangeError, 'ms'],
    ['10', TypeError, 'ms'],
    [undefined, TypeError, 'ms'],
  ])('of %s is refused', (ms, kind, name) => {
    const call = () => sleep(ms as number);
    expect(call).toThrow(kind);
    expect(call).toThrow(`\`${name}\``);
  });

  test('with what is no signal is refused', () => {
    expect(() => sleep(1, { signal: {} as AbortSignal })).toThrow('`signal`');
    expect(() => sleep(1, null as never)).toThrow('`options`');
  });
});
