// The figures at the end: how many ended how, how long they waited and ran, and how busy the slots were.

import colors from 'chalk';
import { quantile } from 'd3-array';
import prettyBytes from 'pretty-bytes';
import prettyMilliseconds from 'pretty-ms';
import { getBorderCharacters, table } from 'table';
import { OUTCOMES } from './outcome.mjs';

/**
 * @typedef {import('./run.mjs').Record} Record
 * @typedef {import('./outcome.mjs').Kind} Kind
 *
 * @typedef {object} Spread  milliseconds, undefined where there is nothing to measure
 * @property {number | undefined} p50
 * @property {number | undefined} p95
 *
 * @typedef {object} Row
 * @property {Kind | 'all'} kind
 * @property {number} tasks
 * @property {number} bytes
 * @property {Spread} waiting  from the call to the start, or to the queue timeout
 * @property {Spread} running  from the start until the slot was free again
 *
 * @typedef {object} Summary
 * @property {Row[]} rows  the kinds that occurred, then all
 * @property {number} elapsed  milliseconds
 * @property {number} throughput  bytes per second that arrived, of whatever outcome
 * @property {number} busy  the share of the slots' time that was in use, 0 to 1
 * @property {number} peakRunning  the most that ran at once
 * @property {{ tasks: number, total: number }} held  slots still taken after their promise had rejected, milliseconds
 */

/**
 * @param {readonly Record[]} records
 * @param {object} run
 * @param {number} run.elapsed  milliseconds
 * @param {number} run.concurrency
 * @returns {Summary}
 */
export function summarize(records, { elapsed, concurrency }) {
  const kinds = /** @type {Kind[]} */ (Object.keys(OUTCOMES));
  const rows = kinds
    .map((kind) =>
      makeRow(
        kind,
        records.filter((record) => record.kind === kind),
      ),
    )
    .filter((row) => row.tasks > 0);
  const all = makeRow('all', records);

  let inUse = 0;
  const held = { tasks: 0, total: 0 };
  for (const { startedAt, settledAt, freedAt } of records) {
    if (startedAt === undefined || freedAt === undefined) continue;
    inUse += freedAt - startedAt;
    if (settledAt !== undefined && settledAt < freedAt) {
      held.tasks++;
      held.total += freedAt - settledAt;
    }
  }
  return {
    rows: [...rows, all],
    elapsed,
    throughput: elapsed > 0 ? all.bytes / (elapsed / 1000) : 0,
    busy: elapsed > 0 ? inUse / (Math.min(concurrency, Math.max(1, records.length)) * elapsed) : 0,
    peakRunning: records.reduce((most, { lane }) => Math.max(most, lane === undefined ? 0 : lane + 1), 0),
    held,
  };
}

/**
 * @param {Row['kind']} kind
 * @param {readonly Record[]} records
 * @returns {Row}
 */
function makeRow(kind, records) {
  const waiting = records.map((record) => (record.startedAt ?? record.settledAt ?? 0) - record.queuedAt);
  const running = records.flatMap(({ startedAt, freedAt }) =>
    startedAt === undefined || freedAt === undefined ? [] : [freedAt - startedAt],
  );
  return {
    kind,
    tasks: records.length,
    bytes: records.reduce((sum, { bytes }) => sum + bytes, 0),
    waiting: spread(waiting),
    running: spread(running),
  };
}

/** @param {readonly number[]} values */
const spread = (values) => ({ p50: quantile(values, 0.5), p95: quantile(values, 0.95) });

/** @param {number | undefined} value */
const time = (value) => (value === undefined ? '–' : prettyMilliseconds(Math.round(value)));

/** The heads of the columns, for the terminal and for the page. */
export const COLUMNS = ['outcome', 'tasks', 'bytes', 'waited p50', 'p95', 'ran p50', 'p95'];

/**
 * The cells of a row as text.
 *
 * @param {Row} row
 * @returns {string[]}
 */
export function cells({ kind, tasks, bytes, waiting, running }) {
  const label = kind === 'all' ? 'all' : OUTCOMES[kind].label;
  return [
    label,
    String(tasks),
    prettyBytes(bytes),
    time(waiting.p50),
    time(waiting.p95),
    time(running.p50),
    time(running.p95),
  ];
}

/**
 * The lines under the table.
 *
 * @param {Summary} summary
 * @param {object} run
 * @param {number} run.concurrency
 * @param {string} run.backend
 * @returns {string[]}
 */
export function facts({ elapsed, throughput, busy, peakRunning, held }, { concurrency, backend }) {
  const lines = [
    `${prettyMilliseconds(elapsed)} in all, ${prettyBytes(throughput)}/s; at most ${peakRunning} of ${concurrency} slots in use, ` +
      `busy ${Math.round(100 * busy)} % of the time; engine: ${backend}`,
  ];
  if (held.tasks > 0) {
    const tasks = held.tasks === 1 ? '1 task' : `${held.tasks} tasks`;
    lines.push(
      `${tasks} kept the slot after the promise had rejected, until the transfer had really ended: ` +
        `${prettyMilliseconds(held.total)} in all`,
    );
  }
  return lines;
}

/**
 * The table as text for a terminal or a log.
 *
 * @param {Summary} summary
 * @returns {string}
 */
export function renderTable({ rows }) {
  const body = rows.map((row) => {
    const [label, ...rest] = cells(row);
    return [row.kind === 'all' ? colors.bold(label) : colors[OUTCOMES[row.kind].terminal](label), ...rest];
  });
  const last = body.length;
  return table([COLUMNS.map((column) => colors.gray(column)), ...body], {
    border: getBorderCharacters('norc'),
    columnDefault: { alignment: 'right' },
    columns: { 0: { alignment: 'left' } },
    drawHorizontalLine: (index, size) => index === 0 || index === 1 || index === last || index === size,
  });
}
