import Table from 'cli-table3';
import { caseOf } from '../work/cases.mjs';
import { idsOf } from '../work/rosters.mjs';
import { figure, times } from './format.mjs';
import { median } from './statistics.mjs';

/**
 * @typedef {object} Measured one job's result with the place where it ran
 * @property {{ label: string, backend: 'native' | 'wasm', major: number, browser: boolean }} place
 * @property {import('../work/job.mjs').JobResult} result
 */

/**
 * The tables of all figures, one for each roster: a block per case, a row per place and metric, a column per subject.
 * A peer's cell also says how many times Fanfold's figure it is: first that of `fanfold`, then that of the drop-in.
 * @param {readonly Measured[]} measured
 * @param {boolean} quick whether the cases had their small sizes
 * @returns {string}
 */
export function renderFigures(measured, quick) {
  const tables = grouped(measured, ({ result }) => caseOf(result.case).roster);
  return [...tables].map(([roster, ofRoster]) => renderTable(roster, ofRoster, quick)).join('\n');
}

function renderTable(roster, measured, quick) {
  const seen = idsOf(roster).filter((id) => measured.some(({ result }) => result.samples[id]));
  const table = new Table({
    head: ['', ...seen],
    colAligns: ['left', ...seen.map(() => 'right')],
    style: plain,
  });
  for (const [id, ofCase] of grouped(measured, ({ result }) => result.case)) {
    const { title, unit, note } = caseOf(id);
    const heading = `${typeof title === 'string' ? title : title(quick)}: ${unit}${note ? `\n(${note})` : ''}`;
    table.push([{ colSpan: seen.length + 1, content: heading }]);
    for (const { place, result } of ofCase) {
      for (const metric of metricsOf(result)) {
        const unitHere = caseOf(id).units?.[metric];
        const name = unitHere ? `${metric} (${unitHere})` : metric;
        table.push([
          `${place.label} ${place.backend}\n  ${name}`,
          ...seen.map((who) => cell(result, roster.own, who, metric)),
        ]);
      }
    }
  }
  return table.toString();
}

export const plain = { head: [], border: [], compact: true };

/**
 * @param {readonly Measured[]} measured
 * @param {(one: Measured) => unknown} keyOf
 */
function grouped(measured, keyOf) {
  const groups = new Map();
  for (const one of measured) {
    const key = keyOf(one);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(one);
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

function cell(result, ownIds, who, metric) {
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
