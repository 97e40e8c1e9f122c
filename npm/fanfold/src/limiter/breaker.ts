import { checkOptions, type Names } from '../check/names.js';
import { checkFunction, checkTimeout, checkWhole } from '../check/options.js';
import * as mailbox from '../engine/mailbox.gen.js';
import { outOfRange, wrongType } from '../errors/misuse.js';
import type { Fuse } from '../host/guard-commands.js';
import type { BreakerOptions, BreakerState, FailureRate } from './types.js';

const BREAKER_OPTIONS: Names<BreakerOptions> = {
  threshold: true,
  halfOpenAfter: true,
  trials: true,
  onStateChange: true,
};
const RATE_OPTIONS: Names<FailureRate> = { failureRate: true, window: true, minimum: true };
const MOST = 2 ** 31;
const DAY = 86_400_000;
const DEFAULT_MINIMUM = 10;
const DEFAULT_HALF_OPEN_AFTER = 30_000;

/** A breaker, checked and complete. */
export interface BreakerPlan extends BreakerOptions {
  readonly threshold: number | FailureRate;
  readonly halfOpenAfter: number;
  readonly trials: number;
}

const STATES: Readonly<Record<number, BreakerState>> = {
  [mailbox.CIRCUIT_CLOSED]: 'closed',
  [mailbox.CIRCUIT_OPEN]: 'open',
  [mailbox.CIRCUIT_HALF_OPEN]: 'half-open',
};

/** The state that one of the CIRCUIT numbers stands for; `undefined` without a breaker. */
export function stateOf(circuit: number): BreakerState | undefined {
  return STATES[circuit];
}

/** A breaker, or none. */
export function checkBreaker(options: BreakerOptions | undefined): BreakerPlan | undefined {
  if (options === undefined) return undefined;
  checkOptions(options, BREAKER_OPTIONS, 'breaker.');
  const { threshold, halfOpenAfter, trials = 1, onStateChange } = options;
  if (onStateChange !== undefined) checkFunction('breaker.onStateChange', onStateChange);
  return {
    threshold: checkThreshold(threshold),
    halfOpenAfter: checkTimeout('breaker.halfOpenAfter', halfOpenAfter) ?? DEFAULT_HALF_OPEN_AFTER,
    trials: checkWhole('breaker.trials', trials, 1, MOST),
    onStateChange,
  };
}

function checkThreshold(threshold: number | FailureRate): number | FailureRate {
  const where = 'breaker.threshold';
  if (typeof threshold === 'number') return checkWhole(where, threshold, 1, MOST);
  if (typeof threshold !== 'object' || threshold === null) {
    throw wrongType(where, 'a number of failures in a row, or { failureRate, window, minimum }', threshold);
  }
  checkOptions(threshold, RATE_OPTIONS, `${where}.`);
  const { failureRate, window, minimum = DEFAULT_MINIMUM } = threshold;
  return {
    failureRate: checkBetween(`${where}.failureRate`, failureRate, 0.001, 1, 'a share from 0.001 to 1'),
    window: checkBetween(
      `${where}.window`,
      window,
      1,
      366 * DAY,
      'a number of milliseconds from 1 to 366 days',
    ),
    minimum: checkWhole(`${where}.minimum`, minimum, 1, MOST),
  };
}

function checkBetween(option: string, value: unknown, least: number, most: number, expected: string): number {
  if (typeof value !== 'number') throw wrongType(option, expected, value);
  if (!(value >= least && value <= most)) throw outOfRange(option, expected, value);
  return value;
}

/** A breaker as the engine takes it. */
export function fuseOf({ threshold, halfOpenAfter, trials }: BreakerPlan): Fuse {
  if (typeof threshold === 'number') {
    return { trip: 'consecutive', failures: threshold, minimum: 0, window: 0, halfOpenAfter, trials };
  }
  const { failureRate, window, minimum } = threshold;
  return {
    trip: 'rate',
    failures: Math.round(failureRate * 1000),
    minimum: minimum ?? DEFAULT_MINIMUM,
    window,
    halfOpenAfter,
    trials,
  };
}
