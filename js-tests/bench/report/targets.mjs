import Table from 'cli-table3';
import { allOwnIds } from '../work/rosters.mjs';
import { buffers } from '../work/subjects/buffers.mjs';
import { limiters } from '../work/subjects/limiters.mjs';
import { mappers } from '../work/subjects/mappers.mjs';
import { mergers } from '../work/subjects/mergers.mjs';
import { pools } from '../work/subjects/pools.mjs';
import { retriers } from '../work/subjects/retriers.mjs';
import { schedulers } from '../work/subjects/schedulers.mjs';
import { figure } from './format.mjs';
import { median, spreadWithin } from './statistics.mjs';
import { plain } from './table.mjs';

/** @typedef {import('./table.mjs').Measured['place']} Place */

/**
 * What the project wants to reach. Printed with what was measured, never asserted: a busy machine is no bug.
 * @typedef {object} Target
 * @property {string} case
 * @property {string} title
 * @property {(place: Place) => number} bound
 * @property {'at least' | 'at most'} sense
 * @property {readonly string[]} subjects which of Fanfold's faces are judged
 * @property {(own: Samples, all: Record<string, Samples>) => { value: number, spread?: number[] } | undefined} value
 *
 * @typedef {Record<string, number[]>} Samples of one subject, by metric
 */

/** @type {readonly Target[]} */
const targets = [
  {
    case: 'burst',
    title: "burst: times p-limit's throughput",
    sense: 'at least',
    bound(place) {
      const modern = place.browser || place.major >= 24;
      if (place.backend === 'native') return modern ? 3 : 2;
      return modern ? 2.5 : 2;
    },
    subjects: limiters.own,
    value: (own, all) => ratio(all['p-limit']?.last, own.last),
  },
  {
    case: 'steady',
    title: "steady stream: times p-limit's throughput",
    sense: 'at least',
    bound: () => 1,
    subjects: limiters.own,
    value: (own, all) => ratio(all['p-limit']?.each, own.each),
  },
  {
    case: 'million',
    title: 'time per task at 1,000,000, of that at 10,000',
    sense: 'at most',
    bound: () => 1.5,
    subjects: limiters.own,
    value: (own) => ratio(own['1,000,000'], own['10,000']),
  },
  ...[
    ['10,000', 8],
    ['100,000', 30],
  ].map(([size, times]) => ({
    case: 'priorities',
    title: `random priorities, ${size} queued: times p-queue's throughput`,
    sense: 'at least',
    bound: () => times,
    subjects: schedulers.own,
    value: (own, all) => ratio(all['p-queue']?.[size], own[size]),
  })),
  {
    case: 'priorities',
    title: "random priorities, 1,000 queued: times Bottleneck's throughput",
    sense: 'at least',
    bound: () => 500,
    subjects: ['fanfold'],
    value: (own, all) => ratio(all.bottleneck?.['1,000'], own['1,000']),
  },
  {
    case: 'rated',
    title: 'tree of three with a rate: time, of a plain limiter',
    sense: 'at most',
    bound: () => 2.5,
    subjects: ['fanfold'],
    value: (_, all) => ratio(all['fanfold tree']?.each, all['fanfold plain']?.each),
  },
  {
    case: 'rated',
    title: "a rate: times p-throttle's throughput",
    sense: 'at least',
    bound: () => 1,
    subjects: ['fanfold'],
    value: (own, all) => ratio(all['p-throttle']?.each, own.each),
  },
  {
    case: 'rated',
    title: "a rate: times Bottleneck's throughput",
    sense: 'at least',
    bound: () => 500,
    subjects: ['fanfold'],
    value: (own, all) => ratio(all.bottleneck?.each, own.each),
  },
  {
    case: 'lengths',
    title: 'the costliest: time per task at 1,000,000, of that at 10,000',
    sense: 'at most',
    bound: () => 1.5,
    subjects: ['fanfold'],
    value(_, all) {
      const grown = Object.values(all).map((of) => ratio(of['1,000,000'], of['10,000']));
      return grown.filter(Boolean).sort((a, b) => b.value - a.value)[0];
    },
  },
  {
    case: 'memory',
    // At 100,000 the estimate of what lies outside the heap is off by a hundred bytes a task for every library;
    // at a million by a tenth of that.
    title: "bytes per queued task at 1,000,000, of p-limit's",
    sense: 'at most',
    bound: () => 0.5,
    subjects: limiters.own,
    value: (own, all) => ratio(own['total 1,000,000'], all['p-limit']?.['total 1,000,000']),
  },
  {
    case: 'abort',
    title: '100,000 aborted and every caller told: ms',
    sense: 'at most',
    bound: () => 100,
    subjects: ['fanfold'],
    value: (own) => (own['told 100,000'] ? { value: median(own['told 100,000']) } : undefined),
  },
  ...['warm', 'first'].flatMap(overMany),
  ...['warm', 'first'].flatMap(merged),
  {
    case: 'source',
    title: 'memory held with 1,000,000 items, of that with 10,000',
    sense: 'at most',
    bound: () => 1.2,
    subjects: ['fanfold'],
    value: (own) => ratio(own['held 1,000,000'], own['held 10,000']),
  },
  {
    case: 'source',
    title: 'resident set with 1,000,000 items, of that with 10,000',
    sense: 'at most',
    bound: () => 1.2,
    subjects: ['fanfold'],
    value: (own) => ratio(own['resident 1,000,000'], own['resident 10,000']),
  },
  ...Object.keys(buffers.loaders)
    .filter((id) => !id.startsWith('fanfold') && id !== 'by hand')
    .map((peer) => ({
      case: 'buffer',
      title: `buffer: times the throughput of ${peer}`,
      sense: 'at least',
      bound: () => 1.3,
      subjects: ['fanfold'],
      value: (own, all) => ratio(all[peer]?.each, own.each),
    })),
  {
    case: 'pool',
    title: 'flat memory: bytes that a pool keeps per task',
    sense: 'at most',
    bound: () => 16,
    subjects: pools.own,
    value: (own) => (own.kept ? { value: median(own.kept) } : undefined),
  },
  {
    case: 'retry',
    title: 'retry: ns above the call itself',
    sense: 'at most',
    bound: () => 1_000,
    subjects: ['fanfold'],
    value: (own, all) => difference(own.each, all['direct call']?.each),
  },
  {
    case: 'retry',
    title: "retry: times p-retry's throughput",
    sense: 'at least',
    bound: () => 1,
    subjects: retriers.own,
    value: (own, all) => ratio(all['p-retry']?.each, own.each),
  },
];

/** What `merge` is to reach, by one of its two metrics. @returns {Target[]} */
function merged(metric) {
  return [
    ['streaming-iterables', "parallelMerge's"],
    ['repeater', "Repeater.merge's"],
  ].map(([peer, whose]) => ({
    case: 'merge',
    title: `merge, ${metric}: times ${whose} throughput`,
    sense: 'at least',
    bound: () => 1.3,
    subjects: mergers.own,
    value: (own, all) => ratio(all[peer]?.[metric], own[metric]),
  }));
}

/** What `map` and `stream` are to reach, by one of their two metrics. @returns {Target[]} */
function overMany(metric) {
  return [
    {
      case: 'map',
      title: `map, ${metric}: times p-map's throughput`,
      sense: 'at least',
      bound: () => 3,
      subjects: ['fanfold'],
      value: (own, all) => ratio(all['p-map']?.[metric], own[metric]),
    },
    {
      case: 'map',
      title: `map, ${metric}: time, of the hand-written loop's`,
      sense: 'at most',
      bound: () => 2.5,
      subjects: ['fanfold'],
      value: (own, all) => ratio(own[metric], all['by hand']?.[metric]),
    },
    {
      case: 'stream',
      title: `stream, ${metric}: times pMapIterable's throughput`,
      sense: 'at least',
      bound: () => 1,
      subjects: mappers.own,
      value: (own, all) => ratio(all['p-map']?.[metric], own[metric]),
    },
    {
      case: 'stream',
      title: `stream, ${metric}: times parallelMap's throughput`,
      sense: 'at least',
      bound: () => 1,
      subjects: mappers.own,
      value: (own, all) => ratio(all['streaming-iterables']?.[metric], own[metric]),
    },
  ];
}

function ratio(over, under) {
  return compared(over, under, (a, b) => a / b);
}

function difference(from, what) {
  return compared(from, what, (a, b) => a - b);
}

function compared(left, right, compare) {
  if (!left || !right) return undefined;
  return {
    value: compare(median(left), median(right)),
    spread: left.length > 2 ? spreadWithin(left, right, compare) : undefined,
  };
}

/**
 * @param {readonly import('./table.mjs').Measured[]} measured
 * @returns {string | undefined} nothing where no target can be judged
 */
export function renderTargets(measured) {
  const rows = [];
  for (const target of targets) {
    for (const { place, result } of measured) {
      if (result.case !== target.case) continue;
      const bound = target.bound(place);
      const verdicts = allOwnIds.map((id) =>
        target.subjects.includes(id) ? verdict(target, bound, result, id) : '–',
      );
      if (verdicts.every((text) => text === '–')) continue;
      const where = `${place.label} ${place.backend}`;
      rows.push({ about: [target.title, where, `${target.sense} ${bound}`], verdicts });
    }
  }
  if (rows.length === 0) return undefined;
  const judged = (_, at) => rows.some(({ verdicts }) => verdicts[at] !== '–');
  const table = new Table({ head: ['target', 'where', 'wanted', ...allOwnIds.filter(judged)], style: plain });
  for (const { about, verdicts } of rows) table.push([...about, ...verdicts.filter(judged)]);
  return table.toString();
}

function verdict(target, bound, result, id) {
  const own = result.samples[id];
  const got = own && target.value(own, result.samples);
  if (!got) return '–';
  const met = target.sense === 'at least' ? got.value >= bound : got.value <= bound;
  const spread = got.spread ? ` (${figure(got.spread[0])} to ${figure(got.spread[1])})` : '';
  return `${figure(got.value)}${spread} ${met ? 'met' : 'MISSED'}`;
}
