import { afterEach, beforeEach, vi } from 'vitest';
import { settle } from './turns.ts';

/** Every test of the file runs on fake timers; `elapse` is the only way in which time passes. */
export function useFakeTime(): void {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}

/** Lets fake time pass, and then everything that became due happen. */
export async function elapse(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
  await settle();
}
