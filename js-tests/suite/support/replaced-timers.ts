const realSetTimeout = globalThis.setTimeout;

/** What was asked of a `setTimeout` that a test put in the place of the real one. */
export interface TimerCalls {
  /** The delays, in order. */
  readonly delays: (number | undefined)[];
  /** How often a timer was told not to keep the process alive. */
  unrefs: number;
}

export interface ReplacedTimerOptions {
  /** What a timer is: an object with `unref`, as in Node, or a number, as in browsers. Default: an object. */
  readonly timer?: 'object' | 'number';
}

/**
 * Runs `action` while `setTimeout` is one that goes off at the next turn of the event loop whatever its delay, as
 * tests of programs that retry use to put it there.
 */
export async function withReplacedTimers(
  action: (calls: TimerCalls) => unknown,
  { timer = 'object' }: ReplacedTimerOptions = {},
): Promise<TimerCalls> {
  const calls: TimerCalls = { delays: [], unrefs: 0 };
  let last = 0;
  globalThis.setTimeout = ((callback: () => void, delay?: number) => {
    calls.delays.push(delay);
    realSetTimeout(callback, 0);
    if (timer === 'number') return ++last;
    const made = {
      ref: () => made,
      unref: () => {
        calls.unrefs++;
        return made;
      },
    };
    return made;
  }) as unknown as typeof setTimeout;
  try {
    await action(calls);
  } finally {
    globalThis.setTimeout = realSetTimeout;
  }
  return calls;
}
