import { afterEach, beforeEach, vi } from 'vitest';
import { settle } from './turns.js';

/** What the faked clock says, and up to where a busy program has let it run without its timers. */
let fakedNow = () => 0;
let busyUntil = 0;

/** Every test of the file runs on fake timers; `elapse` and `block` are the only ways in which time passes. */
export function useFakeTime(): void {
  let before: PropertyDescriptor | undefined;
  beforeEach(() => {
    vi.useFakeTimers();
    busyUntil = 0;
    before = Object.getOwnPropertyDescriptor(performance, 'now');
    fakedNow = performance.now.bind(performance);
    Object.defineProperty(performance, 'now', {
      configurable: true,
      writable: true,
      value: () => Math.max(fakedNow(), busyUntil),
    });
  });
  afterEach(() => {
    if (before === undefined) Reflect.deleteProperty(performance, 'now');
    else Object.defineProperty(performance, 'now', before);
    vi.useRealTimers();
  });
}

/** Lets fake time pass, and everything that becomes due happen: first what a busy program has kept waiting. */
export async function elapse(milliseconds: number): Promise<void> {
  const late = Math.max(busyUntil - fakedNow(), 0);
  await vi.advanceTimersByTimeAsync(late + milliseconds);
  await settle();
}

/** Time passes while the program is busy: the clock moves on, and no timer goes off. */
export function block(milliseconds: number): void {
  busyUntil = Math.max(fakedNow(), busyUntil) + milliseconds;
}
