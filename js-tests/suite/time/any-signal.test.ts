import { anySignal } from 'fanfold';
import { describe, expect, test } from 'vitest';
import { countListeners } from '../support/listeners.ts';

describe('anySignal', () => {
  test('is aborted with the first of them, with its reason, and only once', () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const listeners = [countListeners(one.signal), countListeners(other.signal)];
    const signal = anySignal(one.signal, undefined, other.signal, one.signal);
    expect(signal).toBeInstanceOf(AbortSignal);
    expect(listeners.map(({ now }) => now)).toEqual([1, 1]);
    let events = 0;
    signal.addEventListener('abort', () => {
      events += 1;
    });
    other.abort('second');
    one.abort('first');
    expect([signal.aborted, signal.reason, events]).toEqual([true, 'second', 1]);
    expect(listeners.map(({ now }) => now)).toEqual([0, 0]);
  });

  test('is aborted from the start if one of them is, and listens to none', () => {
    const { signal } = new AbortController();
    const listeners = countListeners(signal);
    const combined = anySignal(signal, AbortSignal.abort('before'));
    expect([combined.aborted, combined.reason, listeners.now]).toEqual([true, 'before', 0]);
  });

  test('of nothing is never aborted', () => {
    expect(anySignal().aborted).toBe(false);
    expect(anySignal(undefined).aborted).toBe(false);
  });

  test('ten thousand of one signal are one listener, and none when they are cleared', () => {
    const controller = new AbortController();
    const listeners = countListeners(controller.signal);
    const many = Array.from({ length: 10_000 }, () => anySignal(controller.signal));
    expect(listeners.now).toBe(1);
    for (const signal of many.slice(1)) signal.clear();
    expect(listeners.now).toBe(1);
    {
      using last = many[0] as (typeof many)[0];
      expect(last.aborted).toBe(false);
    }
    expect(listeners.now).toBe(0);
    controller.abort();
    expect(many.some((signal) => signal.aborted)).toBe(false);
  });

  test('what is no signal is refused by its place', () => {
    expect(() => anySignal(new AbortController().signal, {} as AbortSignal)).toThrow('`signals[1]`');
  });
});
