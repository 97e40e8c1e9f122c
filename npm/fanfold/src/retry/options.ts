import { checkLimiter } from '../check/limiter.js';
import { checkOptions, type Names } from '../check/names.js';
import {
  checkCount,
  checkFunction,
  checkOneOf,
  checkSignal,
  checkSpan,
  checkTimeout,
} from '../check/options.js';
import { outOfRange, wrongType } from '../errors/misuse.js';
import type { Limiter, Milliseconds } from '../limiter/types.js';
import { RetryBudget } from './budget.js';
import type { Backoff, BackoffKind, BackoffOptions, Jitter, RetryAnswer, RetryOptions } from './types.js';

/** A rule of the engine, complete. */
export interface RulePlan extends Required<BackoffOptions> {
  readonly kind: BackoffKind;
  readonly base: Milliseconds;
  readonly factor: number;
  readonly max: Milliseconds;
}

/** Waits that come one by one from an iterable. An array was checked as a whole, anything else is as it is read. */
export interface ListPlan {
  readonly kind: 'list';
  readonly list: Iterable<unknown>;
}

/** Waits that the caller's function gives. */
export interface FunctionPlan {
  readonly kind: 'function';
  readonly wait: (attempt: number, error: unknown) => unknown;
}

/** The options of `retry`, read, checked and complete. Frozen; may serve any number of runs. */
export interface RetryPlan {
  /** An integer from 0 up, or `Infinity`. */
  readonly retries: number;
  readonly backoff: RulePlan | ListPlan | FunctionPlan;
  readonly jitter: Jitter;
  /** `undefined` for one that differs between runs. */
  readonly seed: number | undefined;
  /** `Infinity` for none. */
  readonly maxElapsed: Milliseconds;
  /** `undefined` for none of its own: a limiter's `runTimeout` holds then. */
  readonly attemptTimeout: Milliseconds | undefined;
  readonly signal: AbortSignal | undefined;
  readonly limiter: Limiter | undefined;
  /** `undefined` where every error is retried: there is nothing to ask and to wait for. */
  readonly shouldRetry: RetryOptions['shouldRetry'];
  readonly onRetry: RetryOptions['onRetry'];
  readonly budget: RetryBudget | undefined;
  readonly unref: boolean;
}

const RETRY_OPTIONS: Names<RetryOptions> = {
  retries: true,
  backoff: true,
  jitter: true,
  seed: true,
  maxElapsed: true,
  attemptTimeout: true,
  signal: true,
  limiter: true,
  shouldRetry: true,
  onRetry: true,
  budget: true,
  unref: true,
};
const BACKOFF_OPTIONS: Names<BackoffOptions> = { kind: true, base: true, factor: true, max: true };

const DEFAULT_RETRIES = 3;
const DEFAULT_BASE = 1000;
const DEFAULT_FACTOR = 2;
const DEFAULT_MAX = 30_000;

const WAIT = 'a finite number of milliseconds from 0 up';

/**
 * Reads the options of `retry`, each once: what was checked is what is used, whatever a getter says the next time.
 *
 * @param where What stands before the names of options in messages: `'retry.'` where they are an option themselves.
 * @throws TypeError or RangeError naming the option that is wrong.
 */
export function retryPlan(options: unknown, where = ''): RetryPlan {
  if (options === undefined) return DEFAULTS;
  checkOptions(options as RetryOptions, RETRY_OPTIONS, where);
  const {
    retries = DEFAULT_RETRIES,
    backoff,
    jitter,
    seed,
    maxElapsed,
    attemptTimeout,
    signal,
    limiter,
    shouldRetry,
    onRetry,
    budget,
    unref = false,
  } = options as RetryOptions;
  if (typeof unref !== 'boolean') throw wrongType(`${where}unref`, 'a boolean', unref);
  return Object.freeze({
    retries: checkCount(`${where}retries`, retries, 0),
    backoff: backoffPlan(`${where}backoff`, backoff),
    jitter: checkOneOf(`${where}jitter`, jitter, ['full', 'equal', 'decorrelated', 'none']),
    seed: checkSeed(`${where}seed`, seed),
    maxElapsed: checkTimeout(`${where}maxElapsed`, maxElapsed) ?? Number.POSITIVE_INFINITY,
    attemptTimeout: finite(checkTimeout(`${where}attemptTimeout`, attemptTimeout)),
    signal: checkSignal(`${where}signal`, signal),
    limiter: checkLimiter(`${where}limiter`, limiter),
    shouldRetry: optionalFunction(`${where}shouldRetry`, shouldRetry),
    onRetry: optionalFunction(`${where}onRetry`, onRetry),
    budget: checkBudget(`${where}budget`, budget),
    unref,
  });
}

const DEFAULTS: RetryPlan = /* @__PURE__ */ retryPlan({});

/** A wait before a retry. An endless one would be a promise that never settles. */
export function checkWait(option: string, value: unknown): Milliseconds {
  if (typeof value !== 'number') throw wrongType(option, WAIT, value);
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) throw outOfRange(option, WAIT, value);
  return value;
}

/** What `shouldRetry` said. Nothing is taken for true or false that is neither: a forgotten `return` is an error. */
export function checkAnswer(answer: unknown): RetryAnswer {
  if (typeof answer === 'boolean') return answer;
  if (typeof answer !== 'object' || answer === null) {
    throw wrongType('shouldRetry()', 'a boolean or an object with `after`', answer);
  }
  return { after: checkWait('shouldRetry().after', (answer as { readonly after?: unknown }).after) };
}

function backoffPlan(option: string, value: Backoff | undefined): RetryPlan['backoff'] {
  if (value === undefined) return rulePlan(option, {});
  if (typeof value === 'number') return steady(checkWait(option, value));
  if (typeof value === 'function') return Object.freeze({ kind: 'function', wait: value });
  if (typeof value !== 'object' || value === null) {
    throw wrongType(option, 'a number of milliseconds, an iterable of them, a function or an object', value);
  }
  if (Array.isArray(value)) return Object.freeze({ kind: 'list', list: checkWaits(option, value) });
  if (Symbol.iterator in value) return Object.freeze({ kind: 'list', list: value });
  return rulePlan(option, value);
}

function rulePlan(option: string, options: BackoffOptions): RulePlan {
  checkOptions(options, BACKOFF_OPTIONS, `${option}.`);
  const { kind: givenKind, base = DEFAULT_BASE, factor, max = DEFAULT_MAX } = options;
  const kind = checkOneOf(`${option}.kind`, givenKind, ['exponential', 'constant', 'linear', 'fibonacci']);
  return Object.freeze({
    kind,
    base: checkWait(`${option}.base`, base),
    factor: checkFactor(`${option}.factor`, factor, kind),
    max: checkSpan(`${option}.max`, max),
  });
}

/** A number for a backoff is a constant wait, and no limit is set on what was asked for outright. */
function steady(base: Milliseconds): RulePlan {
  return Object.freeze({ kind: 'constant', base, factor: 1, max: Number.POSITIVE_INFINITY });
}

/** An array is checked before the first attempt, and copied: it may change while a run waits. */
function checkWaits(option: string, list: readonly unknown[]): readonly Milliseconds[] {
  const waits = Array.from(list, (wait, index) => checkWait(`${option}[${index}]`, wait));
  if (waits.length === 0) throw emptyList(option);
  return Object.freeze(waits);
}

export function emptyList(option: string): RangeError {
  return new RangeError(`Expected \`${option}\` to have at least one item, got none`);
}

/** For another kind there is no factor, and one that was given would do nothing without a word. */
function checkFactor(option: string, value: unknown, kind: BackoffKind): number {
  if (kind !== 'exponential') {
    if (value !== undefined) throw outOfRange(option, `left out for the kind '${kind}'`, value);
    return 1;
  }
  if (value === undefined) return DEFAULT_FACTOR;
  const expected = 'a finite number from 1 up';
  if (typeof value !== 'number') throw wrongType(option, expected, value);
  if (!(value >= 1 && value < Number.POSITIVE_INFINITY)) throw outOfRange(option, expected, value);
  return value;
}

/** No limit is the same as none given. */
function finite(timeout: Milliseconds | undefined): Milliseconds | undefined {
  return timeout === Number.POSITIVE_INFINITY ? undefined : timeout;
}

function checkSeed(option: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const expected = `an integer from 0 to ${Number.MAX_SAFE_INTEGER}`;
  if (typeof value !== 'number') throw wrongType(option, expected, value);
  if (!Number.isSafeInteger(value) || value < 0) throw outOfRange(option, expected, value);
  return value;
}

function optionalFunction<Fn>(option: string, value: Fn | undefined): Fn | undefined {
  if (value !== undefined) checkFunction(option, value);
  return value;
}

function checkBudget(option: string, value: unknown): RetryBudget | undefined {
  if (value === undefined) return undefined;
  if (!(value instanceof RetryBudget)) throw wrongType(option, 'a RetryBudget', value);
  return value;
}
