import Table from 'cli-table3';
import { ownIds } from '../work/subjects.mjs';
import { figure } from './format.mjs';
import { median, spreadOfRatio } from './statistics.mjs';
import { plain } from './table.mjs';

/** @typedef {import('./table.mjs').Measured['place']} Place */

/**
 * What the project wants to reach. Printed with what was measured, never asserted: a busy machine is no bug.
 * @typedef {object} Target
 * @property {string} case
 * @property {string} title
 * @property {(place: Place) => number} bound
 * @property {'at least' | 'at most'} sense
 * @property {readonly string[]} subjects
 * @property {(own: Record<string, number[]>, peer: Record<string, number[]>) => { value: number, spread?: number[] } | undefined} value
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
    subjects: ownIds,
    value: (own, peer) => ratio(peer?.last, own.last),
  },
  {
    case: 'steady',
    title: "steady stream: times p-limit's throughput",
    sense: 'at least',
    bound: () => 1,
    subjects: ownIds,
    value: (own, peer) => ratio(peer?.each, own.each),
  },
  {
    case: 'million',
    title: 'time per task at 1,000,000, of that at 10,000',
    sense: 'at most',
    bound: () => 1.5,
    subjects: ownIds,
    value: (own) => ratio(own['1,000,000'], own['10,000']),
  },
  {
    case: 'memory',
    // At 100,000 the estimate of what lies outside the heap is off by a hundred bytes a task for every library;
    // at a million by a tenth of that.
    title: "bytes per queued task at 1,000,000, of p-limit's",
    sense: 'at most',
    bound: () => 0.5,
    subjects: ownIds,
    value: (own, peer) => ratio(own['total 1,000,000'], peer?.['total 1,000,000']),
  },
  {
    case: 'abort',
    title: '100,000 aborted and every caller told: ms',
    sense: 'at most',
    bound: () => 100,
    subjects: ['fanfold'],
    value: (own) => (own['told 100,000'] ? { value: median(own['told 100,000']) } : undefined),
  },
];

function ratio(over, under) {
  if (!over || !under) return undefined;
  return {
    value: median(over) / median(under),
    spread: over.length > 2 ? spreadOfRatio(over, under) : undefined,
  };
}

/**
 * @param {readonly import('./table.mjs').Measured[]} measured
 * @returns {string | undefined} nothing where no target can be judged
 */
export function renderTargets(measured) {
  const table = new Table({ head: ['target', 'where', 'wanted', ...ownIds], style: plain });
  for (const target of targets) {
    for (const { place, result } of measured) {
      if (result.case !== target.case) continue;
      const bound = target.bound(place);
      const verdicts = ownIds.map((id) =>
        target.subjects.includes(id) ? verdict(target, bound, result, id) : '–',
      );
      if (verdicts.every((text) => text === '–')) continue;
      table.push([target.title, `${place.label} ${place.backend}`, `${target.sense} ${bound}`, ...verdicts]);
    }
  }
  return table.length > 0 ? table.toString() : undefined;
}

function verdict(target, bound, result, id) {
  const own = result.samples[id];
  const got = own && target.value(own, result.samples['p-limit']);
  if (!got) return '–';
  const met = target.sense === 'at least' ? got.value >= bound : got.value <= bound;
  const spread = got.spread ? ` (${figure(got.spread[0])} to ${figure(got.spread[1])})` : '';
  return `${figure(got.value)}${spread} ${met ? 'met' : 'MISSED'}`;
}
