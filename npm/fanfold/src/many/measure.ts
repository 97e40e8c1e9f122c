import { checkOptions, type Names } from '../check/names.js';
import { checkCount, checkFunction, checkSignal } from '../check/options.js';
import { outOfRange, wrongType } from '../errors/misuse.js';
import { currentHost } from '../host/current.js';
import { chunk } from './chunk.js';
import { map } from './map.js';
import { manyPlan } from './options.js';
import { FailureCount } from './results.js';
import { ItemRun } from './run.js';
import { checkSource, openSource } from './source.js';
import type { Mapper, Source } from './types.js';

/** The options of {@link measureConcurrency}. */
export interface MeasureOptions {
  /** What is tried: integers from 1 up. Default 1, 2, 4, 8, 16, 32, 64. */
  readonly candidates?: readonly number[] | undefined;
  /** How many items of the source are used, the same ones for each candidate: an integer from 1 up. Default 1000. */
  readonly items?: number | undefined;
  /** How often each is tried, in turns; the fastest counts. An integer from 1 up. Default 3. */
  readonly rounds?: number | undefined;
  /** Whether the table is printed with `console.log`. Default `false`. */
  readonly print?: boolean | undefined;
  /** Ends it with the signal's reason, at once. */
  readonly signal?: AbortSignal | undefined;
}

/** What a candidate came to. */
export interface ConcurrencyRow {
  readonly concurrency: number;
  /** Items of its fastest round. */
  readonly items: number;
  /** How many of them failed. A job that fails for being run too wide is no gain. */
  readonly failed: number;
  /** How long its fastest round took, in milliseconds with fractions. */
  readonly ms: number;
  /** Items a second that did not fail. */
  readonly perSecond: number;
}

/** What was measured. */
export interface ConcurrencyTable {
  /**
   * The candidate to take: the lowest of those that come within 5 % of the highest rate, since what is run wider for
   * nothing only costs memory. `undefined` where nothing succeeded: then no rate says anything.
   */
  readonly best: number | undefined;
  /** In the order of the candidates. */
  readonly rows: readonly ConcurrencyRow[];
  /** The table as text. */
  toString(): string;
}

const MEASURE_OPTIONS: Names<MeasureOptions> = {
  candidates: true,
  items: true,
  rounds: true,
  print: true,
  signal: true,
};
const CANDIDATES = [1, 2, 4, 8, 16, 32, 64] as const;
const WORTH_IT = 0.95;

/**
 * Finds the best concurrency for a job by trying candidates on the same items. The job is really done, once for each
 * candidate and round: give it one that may be repeated.
 *
 * @param source Items; of an endless source only so many are read (`items`).
 * @param fn As for {@link map}. One that fails counts as failed and ends nothing.
 * @returns Rejects with the error of the source and with the signal's reason.
 * @throws TypeError or RangeError naming the argument or option that is wrong.
 *
 * @example
 * ```ts
 * const { best } = await measureConcurrency(urls, (url) => fetchPage(url), { items: 200, print: true });
 * ```
 */
export function measureConcurrency<Item>(
  source: Source<Item>,
  fn: Mapper<Item, unknown>,
  options: MeasureOptions = {},
): Promise<ConcurrencyTable> {
  checkSource(source);
  checkFunction('fn', fn);
  checkOptions(options, MEASURE_OPTIONS);
  const candidates = checkCandidates(options.candidates ?? CANDIDATES);
  const rounds = checkCount('rounds', options.rounds ?? 3, 1);
  const signal = checkSignal('signal', options.signal);
  const { print = false } = options;
  if (typeof print !== 'boolean') throw wrongType('print', 'a boolean', print);
  const count = checkCount('items', options.items ?? 1000, 1);
  const trial = { candidates, rounds, signal, print };
  return firstItems(source, count, signal).then((items) => tryAll(items, fn, trial));
}

/** What is tried, how often, and whether the table is printed. */
interface Trial {
  readonly candidates: readonly number[];
  readonly rounds: number;
  readonly signal: AbortSignal | undefined;
  readonly print: boolean;
}

async function tryAll<Item>(
  items: readonly Item[],
  fn: Mapper<Item, unknown>,
  { candidates, rounds, signal, print }: Trial,
): Promise<ConcurrencyTable> {
  const fastest = new Map<number, ConcurrencyRow>();
  // In turns, so that what slows the machine down for a while slows all of them down.
  for (let round = 0; round < rounds; round++) {
    for (const concurrency of candidates) {
      const row = await measure(items, fn, concurrency, signal);
      const before = fastest.get(concurrency);
      if (before === undefined || row.perSecond > before.perSecond) fastest.set(concurrency, row);
    }
  }
  const table = tableOf(candidates.map((concurrency) => fastest.get(concurrency) as ConcurrencyRow));
  if (print) console.log(String(table));
  return table;
}

async function measure<Item>(
  items: readonly Item[],
  fn: Mapper<Item, unknown>,
  concurrency: number,
  signal: AbortSignal | undefined,
): Promise<ConcurrencyRow> {
  const plan = manyPlan('measureConcurrency', { concurrency, signal }, concurrency);
  // Results are not kept: a thousand pictures may be more than the memory holds.
  const count = new FailureCount();
  const host = currentHost();
  const begun = host.now();
  new ItemRun(openSource(items), { fn, tasks: false, need: 'every', plan }, count).begin();
  const failed = (await count.promise) as number;
  const ms = Math.max(host.now() - begun, Number.MIN_VALUE);
  return { concurrency, items: items.length, failed, ms, perSecond: ((items.length - failed) / ms) * 1000 };
}

/** The first so many items, which are there when the first candidate begins. */
async function firstItems<Item>(
  source: Source<Item>,
  count: number,
  signal: AbortSignal | undefined,
): Promise<Item[]> {
  const whole = Number.isSafeInteger(count) ? count : Number.MAX_SAFE_INTEGER;
  const first = firstOf(chunk(source, whole));
  const [items = []] = await map(first, (items) => Promise.all(items), { concurrency: 1, signal });
  return items;
}

async function* firstOf<Value>(values: Iterable<Value> | AsyncIterable<Value>): AsyncGenerator<Value> {
  for await (const value of values) {
    yield value;
    return;
  }
}

function tableOf(rows: readonly ConcurrencyRow[]): ConcurrencyTable {
  const highest = Math.max(...rows.map((row) => row.perSecond));
  const worthIt = rows.filter((row) => row.perSecond >= highest * WORTH_IT);
  const best = highest > 0 ? Math.min(...worthIt.map((row) => row.concurrency)) : undefined;
  return { best, rows, toString: () => text(rows, best) };
}

function text(rows: readonly ConcurrencyRow[], best: number | undefined): string {
  const lines = [
    ['concurrency', 'items', 'failed', 'ms', 'per second'],
    ...rows.map((row) => [
      String(row.concurrency),
      String(row.items),
      String(row.failed),
      row.ms.toFixed(1),
      row.perSecond.toFixed(1) + (row.concurrency === best ? '  <- best' : ''),
    ]),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...lines.map((line) => width(line[column]))));
  return lines
    .map((line) =>
      line
        .map((cell, column) => ' '.repeat(Math.max((widths[column] ?? 0) - width(cell), 0)) + cell)
        .join('  '),
    )
    .join('\n');
}

/** Without the mark, which stands beside its column. */
function width(cell = ''): number {
  return cell.replace(/ {2}<- best$/, '').length;
}

function checkCandidates(candidates: unknown): readonly number[] {
  const expected = 'an array of at least one integer from 1 up';
  if (!Array.isArray(candidates)) throw wrongType('candidates', expected, candidates);
  if (candidates.length === 0) throw outOfRange('candidates', expected, candidates);
  return [...new Set(candidates.map((candidate, index) => checkCount(`candidates[${index}]`, candidate, 1)))];
}
