import { checkOptions, type Names } from '../check/names.js';
import { checkFunction, checkOneOf, checkSpan } from '../check/options.js';
import { wrongType } from '../errors/misuse.js';
import type { LimiterCore } from '../limiter/core.js';
import type { Feedback, FeedbackAnswer, Limiter, Outcome } from '../limiter/types.js';
import { endRetrying } from '../retry/stop.js';
import { Unsatisfied } from '../retry/unsatisfied.js';
import type { AnyFunction } from '../task/task.js';

/** The attempt that a function is called for. */
export interface Heard {
  readonly core: LimiterCore;
  readonly limiter: Limiter;
  /** Which attempt it is, from 1 up. */
  readonly attempt: number;
  /** Whether another attempt can follow a value too. */
  readonly isRetried: boolean;
}

/** A function whose outcome is heard before it is told. */
export type Heed = (fn: AnyFunction, heard: Heard) => AnyFunction;

const ANSWER: Names<FeedbackAnswer> = { pauseFor: true, scope: true, spread: true, retry: true };
/** However long the hold, by default nobody waits for his place in the restart longer than this. */
const LONGEST_SPREAD = 10_000;

/** What a limiter does with the outcomes of its functions; `undefined` where it has no `feedback`. */
export function heedOf(feedback: Feedback | undefined): Heed | undefined {
  if (feedback === undefined) return undefined;
  checkFunction('feedback', feedback);
  return (fn, heard) =>
    async (...args) => {
      let value: unknown;
      try {
        value = await fn(...args);
      } catch (reason) {
        if (ask(feedback, heard, { status: 'rejected', reason }).retry === false) endRetrying(reason);
        throw reason;
      }
      const { retry } = ask(feedback, heard, { status: 'fulfilled', value });
      if (retry === true && heard.isRetried) throw new Unsatisfied(value);
      return value;
    };
}

/** Asks. What it throws is no failure of the attempt, which another one could make good. */
function ask(feedback: Feedback, heard: Heard, settled: PromiseSettledResult<unknown>): FeedbackAnswer {
  try {
    return answer(feedback, heard, settled);
  } catch (error) {
    endRetrying(error);
    throw error;
  }
}

/** Asks, and holds back what is to be held back. */
function answer(feedback: Feedback, heard: Heard, settled: PromiseSettledResult<unknown>): FeedbackAnswer {
  const { core, limiter, attempt } = heard;
  const outcome: Outcome = { ...settled, attempt, limiter };
  const answered: FeedbackAnswer = feedback(outcome) ?? {};
  checkOptions(answered, ANSWER, 'feedback().');
  const { pauseFor, retry } = answered;
  if (retry !== undefined && typeof retry !== 'boolean')
    throw wrongType('feedback().retry', 'a boolean', retry);
  const scope = checkOneOf('feedback().scope', answered.scope, ['self', 'parent', 'root']);
  if (pauseFor !== undefined) {
    const span = checkSpan('feedback().pauseFor', pauseFor);
    const spread = checkSpan('feedback().spread', answered.spread ?? Math.min(span, LONGEST_SPREAD));
    core.holdBack(scope, span, spread);
  }
  return answered;
}
