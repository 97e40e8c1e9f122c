import { checkOptions, type Names } from '../check/names.js';
import { outOfRange, wrongType } from '../errors/misuse.js';
import type { Host } from '../host/host.js';
import type { Milliseconds } from '../limiter/types.js';

/** The options of a `RetryBudget`. */
export interface RetryBudgetOptions {
  /**
   * How many retries there may be for each call, on average over the window: a finite number from 0 up. 0.2 is one retry
   * for five calls. Default 0.2.
   */
  readonly share?: number | undefined;
  /** Retries a second that are allowed besides, for times of little traffic: a finite number from 0 up. Default 10. */
  readonly minPerSecond?: number | undefined;
  /** How long a call counts, in milliseconds above 0, not `Infinity`. Default 10,000. */
  readonly window?: Milliseconds | undefined;
}

const BUDGET_OPTIONS: Names<RetryBudgetOptions> = { share: true, minPerSecond: true, window: true };

/**
 * Keeps retries to a small share of the traffic. While little fails, all that fails is tried again; in an outage, where
 * all fails, the load on what is down already grows by that share instead of by the number of retries.
 *
 * Share one between all callers of the same service: `retry` counts every call in it, and takes from it before every
 * retry. Where there is nothing left it gives up with a `RetryError` whose `exhausted` is `'budget'`.
 *
 * @example
 * ```ts
 * const budget = new RetryBudget({ share: 0.1 });
 * await Promise.all(urls.map((url) => retry(() => get(url), { budget })));
 * ```
 */
export class RetryBudget {
  readonly #share: number;
  readonly #minPerSecond: number;
  readonly #window: Milliseconds;

  /** @throws TypeError or RangeError naming the option that is wrong. */
  constructor(options: RetryBudgetOptions = {}) {
    checkOptions(options, BUDGET_OPTIONS);
    const { share = 0.2, minPerSecond = 10, window = 10_000 } = options;
    this.#share = checkAmount('share', share);
    this.#minPerSecond = checkAmount('minPerSecond', minPerSecond);
    this.#window = checkWindow('window', window);
  }

  /** How many retries there may be for each call. */
  get share(): number {
    return this.#share;
  }

  /** Retries a second that are allowed besides. */
  get minPerSecond(): number {
    return this.#minPerSecond;
  }

  /** How long a call counts. */
  get window(): Milliseconds {
    return this.#window;
  }
}

/** What the engine calls the budgets, from their first use on. */
const ids = new WeakMap<RetryBudget, number>();

const collected = new FinalizationRegistry<{ host: Host; id: number }>(({ host, id }) => host.freeBudget(id));

/** What the engine calls a budget. */
export function budgetId(budget: RetryBudget, host: Host): number {
  let id = ids.get(budget);
  if (id === undefined) {
    id = host.openBudget(budget.share, budget.minPerSecond, budget.window);
    ids.set(budget, id);
    collected.register(budget, { host, id });
  }
  return id;
}

function checkAmount(option: string, value: unknown): number {
  const expected = 'a finite number from 0 up';
  if (typeof value !== 'number') throw wrongType(option, expected, value);
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) throw outOfRange(option, expected, value);
  return value;
}

function checkWindow(option: string, value: unknown): Milliseconds {
  const expected = 'a finite number of milliseconds above 0';
  if (typeof value !== 'number') throw wrongType(option, expected, value);
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) throw outOfRange(option, expected, value);
  return value;
}
