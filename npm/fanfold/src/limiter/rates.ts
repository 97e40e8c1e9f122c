import { coreOf } from '../check/limiter.js';
import { checkOptions, type Names } from '../check/names.js';
import { checkOneOf, checkWhole } from '../check/options.js';
import * as mailbox from '../engine/mailbox.gen.js';
import { outOfRange, wrongType } from '../errors/misuse.js';
import type { LimiterCore } from './core.js';
import type { CompleteRate, Cost, Rate } from './types.js';

/** A rate, checked and complete. */
export interface RatePlan extends CompleteRate {
  /** The number of the resource. */
  readonly nth: number;
}

/** Units of resources, by their numbers. */
export type Costs = readonly (readonly [resource: number, units: number])[];

const RATE_OPTIONS: Names<Rate> = { limit: true, interval: true, shape: true, at: true, resource: true };
const DAY = 86_400_000;

/** The numbers of resources, which are the same in all limiters: a task costs the same in each on its path. */
const resources = new Map<string, number>([['requests', 0]]);

function resourceNumber(option: string, name: unknown): number {
  if (typeof name !== 'string') throw wrongType(option, 'a string', name);
  const known = resources.get(name);
  if (known !== undefined) return known;
  if (resources.size === mailbox.RATE_RESOURCES) {
    throw outOfRange(
      option,
      `one of the ${mailbox.RATE_RESOURCES} that a program may name, ${list(resources.keys())}`,
      name,
    );
  }
  resources.set(name, resources.size);
  return resources.size - 1;
}

/** One rate or several, or none. */
export function checkRates(value: Rate | readonly Rate[] | undefined): readonly RatePlan[] {
  if (value === undefined) return [];
  const rates: readonly Rate[] = Array.isArray(value) ? value : [value as Rate];
  if (rates.length > mailbox.RATE_RULES)
    throw outOfRange('rate', `no more than ${mailbox.RATE_RULES} rates`, value);
  return rates.map((rate, index) => checkRate(rate, Array.isArray(value) ? `rate[${index}]` : 'rate'));
}

function checkRate(rate: Rate, where: string): RatePlan {
  checkOptions(rate, RATE_OPTIONS, `${where}.`);
  const { limit, interval, resource = 'requests' } = rate;
  const span = 'a number of milliseconds from 1 to 366 days';
  if (typeof interval !== 'number') throw wrongType(`${where}.interval`, span, interval);
  if (!(interval >= 1 && interval <= 366 * DAY)) throw outOfRange(`${where}.interval`, span, interval);
  return {
    limit: checkWhole(`${where}.limit`, limit, 1, Number.MAX_SAFE_INTEGER),
    interval,
    shape: checkOneOf<'burst' | 'smooth'>(`${where}.shape`, rate.shape, ['burst', 'smooth']),
    at: checkOneOf<'start' | 'end' | 'both'>(`${where}.at`, rate.at, ['start', 'end', 'both']),
    resource,
    nth: resourceNumber(`${where}.resource`, resource),
  };
}

/** What a task costs, if each resource is one that a rate of its limiter, or of one above, counts. */
export function checkCost(core: LimiterCore, cost: Cost): Costs {
  return checkUnits(core, 'cost', cost, (option, units, limits) =>
    checkWhole(option, units, 0, Math.min(...limits), ', the limit of the rate'),
  );
}

/** What a task turned out to cost: no limit holds that back any more. */
export function checkActual(core: LimiterCore, actual: Cost): Costs {
  return checkUnits(core, 'actual', actual, (option, units) =>
    checkWhole(option, units, 0, Number.MAX_SAFE_INTEGER),
  );
}

function checkUnits(
  core: LimiterCore,
  option: string,
  cost: Cost,
  check: (option: string, units: unknown, limits: number[]) => number,
): Costs {
  const named = typeof cost === 'number' ? { requests: cost } : cost;
  if (typeof named !== 'object' || named === null) {
    throw wrongType(option, 'a number, or an object of numbers by the names of resources', cost);
  }
  const rates = ratesOf(core);
  const costs: [number, number][] = [];
  for (const [name, units] of Object.entries(named)) {
    const limits = rates.filter((rate) => rate.resource === name).map((rate) => rate.limit);
    const where = typeof cost === 'number' ? option : `${option}.${name}`;
    if (limits.length === 0 && rates.length > 0) {
      const counted = list(new Set(rates.map((rate) => rate.resource)));
      throw new RangeError(`\`${where}\` is of no resource that a rate counts; counted are ${counted}`);
    }
    const checked = check(where, units, limits.length > 0 ? limits : [Number.MAX_SAFE_INTEGER]);
    const nth = resources.get(name);
    // Without any rate there is nothing to count, and no need to remember the name.
    if (nth !== undefined) costs.push([nth, checked]);
  }
  return costs;
}

/** The rates of a limiter and of all above it. */
function ratesOf({ rates, parent }: LimiterCore): readonly RatePlan[] {
  return parent === undefined ? rates : [...rates, ...ratesOf(coreOf(parent))];
}

function list(names: Iterable<string>): string {
  return [...names].map((name) => JSON.stringify(name)).join(', ');
}
