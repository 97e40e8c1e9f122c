// The answer as a table for a terminal or a log.

import colors from 'chalk';
import { getBorderCharacters, table } from 'table';

const COLUMNS = ['service', 'state', 'attempts', 'answered in', 'problem'];

/**
 * @param {readonly import('./check.mjs').Check[]} checks
 * @returns {string}
 */
export function renderTable(checks) {
  const rows = checks.map(({ service, isWell, attempts, ms, problem }) => [
    service.name,
    isWell ? colors.green('well') : colors.red('not well'),
    String(attempts),
    isWell ? `${Math.round(ms ?? 0)} ms` : '–',
    problem,
  ]);
  return table([COLUMNS.map((column) => colors.gray(column)), ...rows], {
    border: getBorderCharacters('norc'),
    columns: { 2: { alignment: 'right' }, 3: { alignment: 'right' } },
    drawHorizontalLine: (index, size) => index === 0 || index === 1 || index === size,
  });
}
