import { coreOf } from '../check/limiter.js';
import { checkOptions, isPlain, type Names } from '../check/names.js';
import { checkFunction, checkSpan } from '../check/options.js';
import { HEALTH_BAD, HEALTH_GOOD, HEALTH_NEUTRAL } from '../engine/mailbox.gen.js';
import { outOfRange, wrongType } from '../errors/misuse.js';
import { holdBack } from '../host/capacity-commands.js';
import { holdKey } from '../host/key-commands.js';
import type { Slot } from '../host/slot.js';
import type { LimiterCore } from '../limiter/core.js';
import type { Feedback, FeedbackAnswer, IsFailure, Key, Limiter, Outcome } from '../limiter/types.js';
import { stopped, stopRetry } from '../retry/stop.js';
import { Unsatisfied } from '../retry/unsatisfied.js';
import { isThenable } from '../task/promise.js';
import type { AnyFunction } from '../task/task.js';

/** The attempt that a function is called for. */
export interface Heard {
  readonly core: LimiterCore;
  readonly limiter: Limiter;
  /** Which attempt it is, from 1 up. */
  readonly attempt: number;
  /** What may be followed by another attempt: nothing, a failure, or a value too. */
  readonly retried: 'nothing' | 'failures' | 'all';
  /** Of which key it is, if it has one. */
  readonly key: Key | undefined;
  /** Where it is noted how the service is, by the HEALTH numbers. By default the slot that its function begins in. */
  readonly seat?: Seat | undefined;
}

/** Notes how the service is that a task called. */
interface Seat {
  health: number;
}

/** A function whose outcome is heard before it is told. */
export type Heed = (fn: AnyFunction, heard: Heard) => AnyFunction;

const ANSWER: Names<FeedbackAnswer> = { pauseFor: true, scope: true, spread: true, retry: true };
/** However long the hold, by default nobody waits for his place in the restart longer than this. */
const LONGEST_SPREAD = 10_000;

/** What a limiter does with the outcomes of its functions; `undefined` where nobody asks for them. */
export function heedOf(feedback: Feedback | undefined, isFailure: IsFailure | undefined): Heed | undefined {
  if (feedback === undefined && isFailure === undefined) return undefined;
  if (feedback !== undefined) checkFunction('feedback', feedback);
  if (isFailure !== undefined) checkFunction('isFailure', isFailure);
  return (fn, heard) => {
    const isRetried = heard.retried !== 'nothing';
    // What ends retrying is said with the attempt, never with an error that others may have too.
    const end = (error: unknown): never => {
      if (isRetried) stopRetry(error);
      throw error;
    };
    const ask = (settled: PromiseSettledResult<unknown>, slot: Seat): boolean | undefined => {
      const { limiter, attempt, key } = heard;
      const outcome: Outcome = { ...settled, attempt, limiter, key };
      try {
        if (isFailure !== undefined) {
          // One that throws says nothing.
          slot.health = HEALTH_NEUTRAL;
          slot.health = healthOf(isFailure(outcome));
        }
        return feedback && obey(feedback(outcome), heard);
      } catch (error) {
        return end(error);
      }
    };
    return async (...args) => {
      // It has this one until the promise of all that follows is settled.
      const slot = heard.seat ?? (heard.core.host.slot as Slot);
      let value: unknown;
      try {
        value = await fn(...args);
      } catch (thrown) {
        const ended = stopped(thrown);
        const reason = ended === undefined ? thrown : ended.error;
        if (ask({ status: 'rejected', reason }, slot) === false) end(reason);
        throw thrown;
      }
      const again = ask({ status: 'fulfilled', value }, slot);
      if (again === true && heard.retried === 'all') throw new Unsatisfied(value);
      return value;
    };
  };
}

/** The HEALTH number of an answer. */
function healthOf(answer: unknown): number {
  if (answer === undefined) return HEALTH_NEUTRAL;
  if (typeof answer !== 'boolean') throw wrongType('isFailure()', 'a boolean or undefined', answer);
  return answer ? HEALTH_BAD : HEALTH_GOOD;
}

/** Holds back what is to be held back, and tells whether another attempt is wanted. */
function obey(given: unknown, { core, limiter }: Heard): boolean | undefined {
  const answer = given ?? {};
  if (isThenable(answer)) throw wrongType('feedback()', 'an answer, and no promise of one', answer);
  checkOptions(answer as FeedbackAnswer, ANSWER, 'feedback().');
  const { pauseFor, retry, scope, spread } = answer as FeedbackAnswer;
  if (retry !== undefined && typeof retry !== 'boolean')
    throw wrongType('feedback().retry', 'a boolean', retry);
  const where = placeOf(scope, limiter);
  if (typeof where === 'object' && spread !== undefined)
    throw new TypeError('`feedback().spread` says nothing of a key: those of others go on meanwhile');
  if (pauseFor !== undefined) {
    const span = checkSpan('feedback().pauseFor', pauseFor);
    // Nothing could end it.
    if (span === Number.POSITIVE_INFINITY) {
      throw outOfRange('feedback().pauseFor', 'a finite number of milliseconds from 0 up', pauseFor);
    }
    if (typeof where !== 'object') {
      const restart = checkSpan('feedback().spread', spread ?? Math.min(span, LONGEST_SPREAD));
      holdBack(core.host, core.id, where, span, restart);
    } else if (span > 0) {
      // Nothing is no shorter hold than the one that may be on.
      const keyed = where.key === undefined ? undefined : coreOf(limiter).keyed(where.key);
      holdKey(core.host, core.id, keyed, span);
    }
  }
  return retry;
}

/** A word that says where, or a key of the limiter, which stands for itself or in an object of its own. */
function placeOf(
  scope: FeedbackAnswer['scope'],
  limiter: Limiter,
): 'self' | 'parent' | 'root' | { key: Key | undefined } {
  if (scope === undefined) return 'self';
  if (scope === 'self' || scope === 'parent' || scope === 'root') return scope;
  if (typeof scope === 'object' && scope !== null && isPlain(scope)) {
    const names = Object.keys(scope);
    if (names.length === 1 && names[0] === 'key') return { key: (scope as { key: Key | undefined }).key };
  }
  // A word that is misspelt would hold back nobody without a word.
  if (!coreOf(limiter).hasKey(scope as Key)) {
    const expected =
      "'self', 'parent', 'root', a key that has tasks in the limiter, or { key } for any other";
    throw outOfRange('feedback().scope', expected, scope);
  }
  return { key: scope as Key };
}
