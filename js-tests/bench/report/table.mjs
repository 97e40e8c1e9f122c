import Table from 'cli-table3';
import { caseOf } from '../work/cases.mjs';
import { ownIds, subjectIds } from '../work/subjects.mjs';
import { figure, times } from './format.mjs';
import { median } from './statistics.mjs';

/**
 * @typedef {object} Measured one job's result with the place where it ran
 * @property {{ label: string, backend: 'native' | 'wasm', major: number, browser: boolean }} place
 * @property {import('../work/job.mjs').JobResult} result
 */

/**
 * The table of all figures: a block per case, a row per place and metric, a column per subject. A peer's cell
 * also says how many times Fanfold's figure it is: first that of `fanfold`, then that of `fanfold/p-limit`.
 * @param {readonly Measured[]} measured
 * @returns {string}
 */
export function renderFigures(measured) {
  const seen = subjectIds.filter((id) => measured.some(({ result }) => result.samples[id]));
  const table = new Table({
    head: ['', ...seen],
    colAligns: ['left', ...seen.map(() => 'right')],
    style: plain,
  });
  for (const [id, ofCase] of grouped(measured)) {
    const { title, unit, note } = caseOf(id);
    const heading = `${title}: ${unit}${note ? `\n(${note})` : ''}`;
    table.push([{ colSpan: seen.length + 1, content: heading }]);
    for (const { place, result } of ofCase) {
      for (const metric of metricsOf(result)) {
        const unitHere = caseOf(id).units?.[metric];
        const name = unitHere ? `${metric} (${unitHere})` : metric;
        table.push([
          `${place.label} ${place.backend}\n  ${name}`,
          ...seen.map((who) => cell(result, who, metric)),
        ]);
      }
    }
  }
  return table.toString();
}

export const plain = { head: [], border: [], compact: true };

/** @param {readonly Measured[]} measured */
function grouped(measured) {
  const groups = new Map();
  for (const one of measured) {
    if (!groups.has(one.result.case)) groups.set(one.result.case, []);
    groups.get(one.result.case).push(one);
  }
  return groups;
}

function metricsOf(result) {
  const names = new Set();
  for (const ofSubject of Object.values(result.samples)) {
    for (const name of Object.keys(ofSubject)) names.add(name);
  }
  return names;
}

function cell(result, who, metric) {
  const samples = result.samples[who]?.[metric];
  if (!samples) return '–';
  const value = median(samples);
  if (ownIds.includes(who)) return figure(value);
  const ratios = ownIds
    .map((own) => result.samples[own]?.[metric])
    .map((own) => (own ? times(value / median(own)) : undefined))
    .filter(Boolean);
  return ratios.length > 0 ? `${figure(value)}\n${ratios.join(' ')}` : figure(value);
}
