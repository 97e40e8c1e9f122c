import * as fanfold from 'fanfold/p-retry';
import * as real from 'p-retry';
import { expect, test } from 'vitest';
import { inOrder, Recorder, type Seen } from './recorder.ts';
import { show } from './show.ts';

/** One of the two modules under comparison. */
export type PRetryModule = typeof real;

export const REAL: PRetryModule = real;
export const FANFOLD = fanfold as unknown as PRetryModule;

/** For `describe.each`: what is stated of the drop-in is stated of p-retry too. */
export const BOTH = [
  ['p-retry', REAL],
  ['fanfold/p-retry', FANFOLD],
] as const;

/** Plays one scenario against one module. */
export class RetryStage extends Recorder {
  readonly module: PRetryModule;
  #now: () => number;

  /** @param now Milliseconds for what is written down; without it no times are. */
  constructor(module: PRetryModule, now?: () => number) {
    super();
    this.module = module;
    const begun = now?.() ?? 0;
    this.#now = () => (now?.() ?? 0) - begun;
    if (now !== undefined) {
      const note = this.note.bind(this);
      this.note = (event, channel) => note(`${event} at ${this.#now()}`, channel);
    }
  }

  /** A function to retry that waits at the gate of its attempt: `1`, `2` and so on. */
  readonly gated = (attemptNumber: number): Promise<unknown> => {
    this.note(`attempt ${attemptNumber}`, 'attempt');
    return this.gate(String(attemptNumber)).promise;
  };

  /** A function to retry that fails at once. */
  readonly failing = (attemptNumber: number): never => {
    this.note(`attempt ${attemptNumber}`, 'attempt');
    throw new RangeError(`failure ${attemptNumber}`);
  };

  /** A callback that writes down what it is told, and answers what `answer` does. */
  callback<T>(name: string, answer: (context: real.RetryContext) => T): (context: real.RetryContext) => T {
    return (context) => {
      this.note(`${name} ${show(context)}`, 'callback');
      return answer(context);
    };
  }
}

export type RetryScenario = (stage: RetryStage) => void | Promise<void>;

export async function play(
  module: PRetryModule,
  scenario: RetryScenario,
  now?: () => number,
): Promise<Seen[]> {
  const stage = new RetryStage(module, now);
  await scenario(stage);
  await stage.flush('end of scenario');
  return stage.seen;
}

/** Declares a test: the scenario must leave the same trace on the drop-in as on p-retry, event by event. */
export function sameAsPRetry(name: string, scenario: RetryScenario, now?: () => number): void {
  test(name, async () => {
    const expected = await play(REAL, scenario, now);
    const got = await play(FANFOLD, scenario, now);
    expect(inOrder(got)).toEqual(inOrder(expected));
  });
}
