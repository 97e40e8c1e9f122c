import { coreOf } from '../check/limiter.js';
import { checkOptions, isPlain, type Names } from '../check/names.js';
import { checkOneOf, checkWhole } from '../check/options.js';
import * as mailbox from '../engine/mailbox.gen.js';
import { outOfRange, wrongType } from '../errors/misuse.js';
import type { CapacityCore } from './capacity-core.js';
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

function resourceNumber(option: string, name: string): number {
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

/** One rate or several, or none, as an option of this name. */
export function checkRates(value: Rate | readonly Rate[] | undefined, option = 'rate'): readonly RatePlan[] {
  if (value === undefined) return [];
  const rates: readonly Rate[] = Array.isArray(value) ? value : [value as Rate];
  if (rates.length > mailbox.RATE_RULES)
    throw outOfRange(option, `no more than ${mailbox.RATE_RULES} rates`, value);
  const where = (index: number) => (Array.isArray(value) ? `${option}[${index}]` : option);
  const checked = rates.map((rate, index) => checkRate(rate, where(index)));
  // Names are given numbers when all is well: those of options that were refused would be taken for ever.
  return checked.map((rate, index) => ({
    ...rate,
    nth: resourceNumber(`${where(index)}.resource`, rate.resource),
  }));
}

function checkRate(rate: Rate, where: string): CompleteRate {
  checkOptions(rate, RATE_OPTIONS, `${where}.`);
  const { limit, interval, resource = 'requests' } = rate;
  const span = 'a number of milliseconds from 1 to 366 days';
  if (typeof interval !== 'number') throw wrongType(`${where}.interval`, span, interval);
  if (!(interval >= 1 && interval <= 366 * DAY)) throw outOfRange(`${where}.interval`, span, interval);
  if (typeof resource !== 'string') throw wrongType(`${where}.resource`, 'a string', resource);
  return {
    limit: checkWhole(`${where}.limit`, limit, 1, Number.MAX_SAFE_INTEGER),
    interval,
    shape: checkOneOf<'burst' | 'smooth'>(`${where}.shape`, rate.shape, ['burst', 'smooth']),
    at: checkOneOf<'start' | 'end' | 'both'>(`${where}.at`, rate.at, ['start', 'end', 'both']),
    resource,
  };
}

/** What a task costs, if each resource is one that a rate of its limiter, or of one above, counts. */
export function checkCost(core: CapacityCore, cost: Cost): Costs {
  const rates = [...(core.perKey?.rates ?? []), ...ratesOf(core)];
  return checkUnits('cost', cost, (option, name, units) => {
    const limits = rates.filter((rate) => rate.resource === name).map((rate) => rate.limit);
    // Without any rate there is nothing that could have been meant.
    if (limits.length === 0 && rates.length > 0) {
      const counted = list(new Set(rates.map((rate) => rate.resource)));
      throw new RangeError(`\`${option}\` is of no resource that a rate counts; counted are ${counted}`);
    }
    return limits.length === 0
      ? checkWhole(option, units, 0, Number.MAX_SAFE_INTEGER)
      : checkWhole(option, units, 0, Math.min(...limits), ', the limit of the rate');
  });
}

/** What a task turned out to cost: no limit holds that back any more, nor a rate that was there when it started. */
export function checkActual(actual: Cost): Costs {
  return checkUnits('actual', actual, (option, name, units) => {
    if (!resources.has(name)) {
      throw new RangeError(`\`${option}\` is of no resource; there are ${list(resources.keys())}`);
    }
    return checkWhole(option, units, 0, Number.MAX_SAFE_INTEGER);
  });
}

function checkUnits(
  option: string,
  cost: Cost,
  check: (option: string, name: string, units: unknown) => number,
): Costs {
  const named = typeof cost === 'number' ? { requests: cost } : cost;
  if (typeof named !== 'object' || named === null || !isPlain(named)) {
    throw wrongType(option, 'a number, or an object of numbers by the names of resources', cost);
  }
  const costs: [number, number][] = [];
  for (const [name, units] of Object.entries(named)) {
    const checked = check(typeof cost === 'number' ? option : `${option}.${name}`, name, units);
    const nth = resources.get(name);
    // A name that no rate has yet is not worth one of the few numbers.
    if (nth !== undefined) costs.push([nth, checked]);
  }
  return costs;
}

/** The rates of a limiter and of all above it. */
function ratesOf({ rates, parent }: CapacityCore): readonly RatePlan[] {
  return parent === undefined ? rates : [...rates, ...ratesOf(coreOf(parent))];
}

function list(names: Iterable<string>): string {
  return [...names].map((name) => JSON.stringify(name)).join(', ');
}
