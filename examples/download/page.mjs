// The picture with its table on one page that needs nothing else: to open, to mail, to keep with a build.

import { element, escapeText } from './markup.mjs';
import { OUTCOMES } from './outcome.mjs';
import { COLUMNS, cells } from './summary.mjs';

const MOST_LOST = 500;

/**
 * @param {object} run
 * @param {string} run.title
 * @param {string} run.svg
 * @param {import('./summary.mjs').Summary} run.summary
 * @param {readonly string[]} run.facts
 * @param {readonly import('./run.mjs').Record[]} run.records
 * @returns {string}  a whole HTML document
 */
export function renderPage({ title, svg, summary, facts, records }) {
  const lost = records.filter(({ kind }) => kind !== 'saved');
  const head = element('tr', {}, ...COLUMNS.map((column) => element('th', {}, escapeText(column))));
  const rows = summary.rows.map((row) =>
    element('tr', { class: row.kind }, ...cells(row).map((cell) => element('td', {}, escapeText(cell)))),
  );
  const lostRows = lost
    .slice(0, MOST_LOST)
    .map(({ job, kind = 'cancelled', message = '' }) =>
      element(
        'tr',
        {},
        ...[String(job.number), job.url, OUTCOMES[kind].label, message].map((cell) =>
          element('td', {}, escapeText(cell)),
        ),
      ),
    );
  const rest = lost.length > MOST_LOST ? element('p', {}, `and ${lost.length - MOST_LOST} more`) : '';

  return [
    '<!doctype html>',
    '<html lang="en">',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    element('title', {}, escapeText(title)),
    element('style', {}, STYLE),
    '<main>',
    svg,
    element('table', { class: 'figures' }, element('thead', {}, head), element('tbody', {}, ...rows)),
    ...facts.map((fact) => element('p', {}, escapeText(fact))),
    lost.length === 0
      ? ''
      : element(
          'details',
          {},
          element('summary', {}, `${lost.length} not saved`),
          element('table', {}, element('tbody', {}, ...lostRows)),
          rest,
        ),
    '</main>',
    '</html>',
    '',
  ].join('\n');
}

const STYLE = `
:root{color-scheme:light dark}
body{margin:0;background:#fff;color:#1f2933;font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1280px;margin:0 auto;padding:0 0 40px}
main>*:not(svg){margin-left:28px;margin-right:28px}
svg{display:block;width:100%;height:auto}
table{border-collapse:collapse;margin-top:12px}
td,th{padding:3px 14px 3px 0;text-align:left;vertical-align:top;overflow-wrap:anywhere}
.figures td:not(:first-child),.figures th:not(:first-child){text-align:right;font-variant-numeric:tabular-nums}
th{font-weight:500;color:#6b7683;border-bottom:1px solid #d5dbe3}
tr.all td{border-top:1px solid #d5dbe3;font-weight:600}
summary{cursor:pointer}
@media (prefers-color-scheme:dark){body{background:#14181f;color:#e5e9f0}th{color:#96a1b0;border-color:#2c3542}tr.all td{border-color:#2c3542}}
`;
