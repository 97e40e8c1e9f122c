import { checkOptions, type Names } from '../check/names.js';
import { checkCount, checkOneOf, checkWhole } from '../check/options.js';
import { wrongType } from '../errors/misuse.js';
import { setAdaptive } from '../host/guard-commands.js';
import type { CapacityCore } from './capacity-core.js';
import type { AdaptiveAlgorithm, AdaptiveConcurrency, AdaptiveOptions } from './types.js';

const ADAPTIVE_OPTIONS: Names<AdaptiveOptions> = { min: true, max: true, initial: true, algorithm: true };
const MOST = 2 ** 31;
const DEFAULT_MAX = 1000;
const DEFAULT_INITIAL = 20;

/** A limit that was checked, and is no number. */
export class AdaptiveLimit implements AdaptiveConcurrency {
  readonly min: number;
  readonly max: number;
  readonly initial: number;
  readonly algorithm: AdaptiveAlgorithm;

  constructor(options: AdaptiveOptions) {
    checkOptions(options, ADAPTIVE_OPTIONS);
    const { min = 1, max, initial } = options;
    this.min = checkWhole('min', min, 1, MOST);
    this.max = checkWhole('max', max ?? Math.max(DEFAULT_MAX, min), min, MOST);
    const byDefault = Math.min(Math.max(DEFAULT_INITIAL, min), this.max);
    this.initial = checkWhole('initial', initial ?? byDefault, min, this.max);
    this.algorithm = checkOneOf('algorithm', options.algorithm, ['gradient', 'aimd', 'vegas']);
    Object.freeze(this);
  }
}

/**
 * A limit for `concurrency` that is found while it runs: as many at a time as the service can do without a line of
 * those who wait there. `limiter.concurrency` tells the limit of now.
 *
 * - It is judged by windows of calls: how long they take, and whether they fail (`isFailure`). A window in which a
 *   twentieth fails lowers it by a tenth, with any algorithm.
 * - Windows in which less than half of the limit was in use change nothing: there the caller is the bottleneck.
 * - Times in which the event loop was stalled are taken off.
 * - Every 32 windows, sooner at first, a seventh less is tried for one window, to learn how long calls take without a line.
 *   Permits (`acquire`) say nothing about the service, and are no samples.
 *
 * @throws TypeError or RangeError naming the option that is wrong.
 *
 * @example
 * ```ts
 * const api = createLimiter({ concurrency: adaptive({ min: 2, max: 200 }) });
 * ```
 */
export function adaptive(options: AdaptiveOptions = {}): AdaptiveConcurrency {
  return new AdaptiveLimit(options);
}

/** A limit: a count, or an adaptive one. */
export function checkConcurrency(value: number | AdaptiveConcurrency): number | AdaptiveLimit {
  if (value instanceof AdaptiveLimit) return value;
  if (typeof value === 'object' && value !== null) {
    throw wrongType('concurrency', 'an integer from 1 up, Infinity, or what `adaptive()` gave', value);
  }
  return checkCount('concurrency', value, 1);
}

/** The limit follows what is called from now on. */
export function follow(core: CapacityCore, { min, max, initial, algorithm }: AdaptiveLimit): void {
  core.record.concurrency = initial;
  core.record.least = min;
  setAdaptive(core.host, core.id, algorithm, min, max, initial);
}
