import { afterEach, beforeEach, vi } from 'vitest';
import { settle } from './turns.js';

let blockedMs = 0;

/** Every test of the file runs on fake timers; `elapse` and `block` are the only ways in which time passes. */
export function useFakeTime(): void {
  let before: PropertyDescriptor | undefined;
  beforeEach(() => {
    vi.useFakeTimers();
    blockedMs = 0;
    before = Object.getOwnPropertyDescriptor(performance, 'now');
    const faked = performance.now.bind(performance);
    Object.defineProperty(performance, 'now', {
      configurable: true,
      writable: true,
      value: () => faked() + blockedMs,
    });
  });
  afterEach(() => {
    if (before === undefined) Reflect.deleteProperty(performance, 'now');
    else Object.defineProperty(performance, 'now', before);
    vi.useRealTimers();
  });
}

/** Lets fake time pass, and then everything that became due happen. */
export async function elapse(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
  await settle();
}

/** Time passes while the program is busy: the clock moves on, and no timer goes off. */
export function block(milliseconds: number): void {
  blockedMs += milliseconds;
}
