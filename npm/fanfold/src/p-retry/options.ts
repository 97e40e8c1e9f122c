import type { Options } from '../p-retry.js';

/** All options but those that may be absent. */
type Always = Exclude<keyof Options, 'signal' | 'unref'>;

/** The options of a run, copied, complete and checked. Callbacks are called as methods of it, as p-retry does. */
export type Plan = { readonly [Name in Always]-?: NonNullable<Options[Name]> } & {
  readonly signal?: AbortSignal | null | undefined;
  readonly unref?: boolean | null | undefined;
};

/**
 * Copies the options, each read once, and puts what is default in the place of `undefined` and `null`.
 *
 * @throws TypeError naming the option that is wrong, in p-retry's words; Error for `forever`.
 */
export function retryPlan(options: Options): Plan {
  const given = { ...options };
  const retries = given.retries ?? 10;
  checkRetries(retries);
  if (Object.hasOwn(given, 'forever')) {
    throw new Error(
      'The `forever` option is no longer supported. For many use-cases, you can set `retries: Infinity` instead.',
    );
  }
  const plan = {
    ...given,
    retries,
    factor: given.factor ?? 2,
    minTimeout: given.minTimeout ?? 1000,
    maxTimeout: given.maxTimeout ?? Number.POSITIVE_INFINITY,
    maxRetryTime: given.maxRetryTime ?? Number.POSITIVE_INFINITY,
    randomize: given.randomize ?? false,
    onFailedAttempt: given.onFailedAttempt ?? (() => {}),
    shouldRetry: given.shouldRetry ?? (() => true),
    shouldConsumeRetry: given.shouldConsumeRetry ?? (() => true),
  };
  checkType('onFailedAttempt', plan.onFailedAttempt, 'function');
  checkType('shouldRetry', plan.shouldRetry, 'function');
  checkType('shouldConsumeRetry', plan.shouldConsumeRetry, 'function');
  checkType('randomize', plan.randomize, 'boolean');
  checkType('unref', plan.unref ?? false, 'boolean');
  checkSignal(plan.signal ?? undefined);
  checkNumber('factor', plan.factor, true);
  checkNumber('minTimeout', plan.minTimeout, true);
  checkNumber('maxTimeout', plan.maxTimeout, false);
  checkNumber('maxRetryTime', plan.maxRetryTime, false);
  if (plan.factor === 0) plan.factor = 1;
  return plan;
}

function checkRetries(retries: unknown): void {
  if (typeof retries !== 'number') throw new TypeError('Expected `retries` to be a number or Infinity.');
  if (retries < 0) throw new TypeError('Expected `retries` to be a non-negative number.');
  if (Number.isNaN(retries)) {
    throw new TypeError('Expected `retries` to be a valid number or Infinity, got NaN.');
  }
  if (Number.isFinite(retries) && !Number.isInteger(retries)) {
    throw new TypeError('Expected `retries` to be a non-negative integer or Infinity.');
  }
}

function checkType(option: string, value: unknown, type: string): void {
  if (typeof value !== type) throw new TypeError(`Expected \`${option}\` to be a ${type}.`);
}

/** By what is called on it: a signal of another realm is one. */
function checkSignal(signal: Partial<AbortSignal> | undefined): void {
  if (signal === undefined) return;
  const { throwIfAborted, addEventListener, removeEventListener } = signal;
  if (
    [throwIfAborted, addEventListener, removeEventListener].some((method) => typeof method !== 'function')
  ) {
    throw new TypeError('Expected `signal` to be an AbortSignal.');
  }
}

function checkNumber(option: string, value: unknown, isBounded: boolean): void {
  if (typeof value !== 'number' || Number.isNaN(value)) {
    throw new TypeError(`Expected \`${option}\` to be a number${isBounded ? '' : ' or Infinity'}.`);
  }
  if (isBounded && !Number.isFinite(value)) {
    throw new TypeError(`Expected \`${option}\` to be a finite number.`);
  }
  if (value < 0) throw new TypeError(`Expected \`${option}\` to be ≥ 0.`);
}
