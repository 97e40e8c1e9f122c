import { checkOptions, type Names } from '../check/names.js';
import { checkCount, checkFunction, checkOneOf, checkSignal } from '../check/options.js';
import { outOfRange, wrongType } from '../errors/misuse.js';
import type { BufferOrder, BufferOverflow, PushPullBufferOptions, WaitOptions } from './types.js';

const BUFFER_OPTIONS: Names<PushPullBufferOptions<unknown>> = {
  capacity: true,
  weigh: true,
  overflow: true,
  order: true,
  priority: true,
  signal: true,
  name: true,
};
export const WAIT_OPTIONS: Names<WaitOptions> = { signal: true };

/** How much is held for slow readers where nothing is said, and nothing has to be. */
export const DEFAULT_CAPACITY = 1_024;

/** Priorities are integers of 32 bits. */
const LOWEST = -(2 ** 31);
const HIGHEST = 2 ** 31 - 1;

/** The highest number of units that is not taken for no limit. */
const MOST = 2 ** 32 - 2;

/** The options of a buffer, read, checked and complete. */
export interface BufferPlan<T> {
  readonly name: string;
  readonly capacity: number;
  readonly overflow: BufferOverflow;
  readonly order: BufferOrder;
  readonly weigh: ((value: T) => number) | undefined;
  readonly priority: ((value: T) => number) | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Reads the options, each once.
 *
 * @throws TypeError or RangeError naming the option that is wrong.
 */
export function bufferPlan<T>(options: PushPullBufferOptions<T>): BufferPlan<T> {
  checkOptions(options, BUFFER_OPTIONS);
  const { weigh, priority, name = 'buffer' } = options;
  const order = checkOneOf('order', options.order, ['fifo', 'lifo', 'priority']);
  if (weigh !== undefined) checkFunction('weigh', weigh);
  if (priority !== undefined) {
    checkFunction('priority', priority);
    if (order !== 'priority')
      throw wrongType('priority', "left out, or given beside `order: 'priority'`", priority);
  }
  if (typeof name !== 'string') throw wrongType('name', 'a string', name);
  return {
    name,
    capacity: checkCapacity(options.capacity),
    overflow: checkOneOf('overflow', options.overflow, [
      'suspend',
      'drop-oldest',
      'drop-newest',
      'conflate',
      'error',
    ]),
    order,
    weigh,
    priority,
    signal: checkSignal('signal', options.signal),
  };
}

function checkCapacity(capacity: unknown): number {
  const units = checkCount('capacity', capacity, 0);
  if (units > MOST && units !== Number.POSITIVE_INFINITY) {
    throw outOfRange('capacity', `at most ${MOST}, or Infinity`, units);
  }
  return units;
}

/** What a value weighs. */
export function weightOf<T>({ weigh, capacity }: BufferPlan<T>, value: T): number {
  if (weigh === undefined) return 1;
  const weight: unknown = weigh(value);
  // With no capacity, what is handed over has to weigh something all the same.
  const most = Math.max(Math.min(capacity, MOST), 1);
  const expected = `an integer from 1 to ${most}${most === capacity ? ', the capacity' : ''}`;
  if (typeof weight !== 'number') throw wrongType('weigh(value)', expected, weight);
  if (!Number.isInteger(weight) || weight < 1 || weight > most) {
    throw outOfRange('weigh(value)', expected, weight);
  }
  return weight;
}

/** What its priority is. */
export function rankOf<T>({ priority }: BufferPlan<T>, value: T): number {
  if (priority === undefined) return 0;
  const rank: unknown = priority(value);
  const expected = `an integer from ${LOWEST} to ${HIGHEST}`;
  if (typeof rank !== 'number') throw wrongType('priority(value)', expected, rank);
  if (!Number.isInteger(rank) || rank < LOWEST || rank > HIGHEST) {
    throw outOfRange('priority(value)', expected, rank);
  }
  return rank;
}

/** The signal of a wait. */
export function waitSignal(options: WaitOptions | undefined): AbortSignal | undefined {
  if (options === undefined) return undefined;
  checkOptions(options, WAIT_OPTIONS);
  return checkSignal('signal', options.signal);
}
