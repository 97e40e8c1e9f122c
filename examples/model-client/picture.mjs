// The picture: how many tokens each tenant was given over time, stacked, and when the server said no.

import { max } from 'd3-array';
import { scaleLinear } from 'd3-scale';
import { element, escapeText } from '../download/markup.mjs';

const WIDTH = 1100;
const HEIGHT = 420;
const LEFT = 70;
const RIGHT = 24;
const TOP = 70;
const BOTTOM = 50;
/** Milliseconds that a step of the picture looks back on. */
const STEP = 250;
const COLOURS = ['#3b6fb6', '#e08e2d', '#5a9a56', '#a55194'];

/**
 * @param {readonly import('./server.mjs').Served[]} served
 * @param {object} run
 * @param {readonly string[]} run.tenants
 * @param {number} run.elapsed  milliseconds
 * @param {import('./client.mjs').Budget} run.budget
 * @returns {string}  a whole SVG document
 */
export function drawShares(served, { tenants, elapsed, budget }) {
  const steps = Math.max(Math.ceil(elapsed / STEP), 1);
  const given = tenants.map((tenant) => tokensByStep(served, tenant, steps));
  const sums = Array.from({ length: steps }, (_, step) => given.reduce((sum, row) => sum + row[step], 0));
  const x = scaleLinear([0, steps * STEP], [LEFT, WIDTH - RIGHT]);
  const y = scaleLinear([0, Math.max(max(sums) ?? 0, 1)], [HEIGHT - BOTTOM, TOP]).nice();
  const base = Array.from({ length: steps }, () => 0);
  const areas = given.map((row, nth) => {
    const lower = [...base];
    for (const [step, tokens] of row.entries()) base[step] += tokens;
    return element('path', { d: area(base, lower, x, y), fill: COLOURS[nth % COLOURS.length] });
  });
  const refused = served.filter(({ status }) => status !== 200);
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width: WIDTH,
      height: HEIGHT,
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      'font-family': 'system-ui, sans-serif',
      'font-size': 13,
    },
    element('rect', { width: WIDTH, height: HEIGHT, fill: '#fff' }),
    label(LEFT, 26, 'Tokens of each tenant, a quarter of a second a step', { 'font-size': 17 }),
    label(
      LEFT,
      48,
      `budget: ${budget.requests} requests and ${budget.tokens} tokens in ${budget.interval} ms; ▼ the server refused`,
    ),
    ...y
      .ticks(5)
      .map((tokens) =>
        element(
          'g',
          {},
          element('line', { x1: LEFT, x2: WIDTH - RIGHT, y1: y(tokens), y2: y(tokens), stroke: '#ddd' }),
          label(LEFT - 8, y(tokens) + 4, String(tokens), { 'text-anchor': 'end' }),
        ),
      ),
    ...areas,
    ...refused.map(({ at }) => label(x(at), TOP - 4, '▼', { fill: '#b22', 'text-anchor': 'middle' })),
    ...x
      .ticks(10)
      .map((at) => label(x(at), HEIGHT - BOTTOM + 18, `${at / 1000} s`, { 'text-anchor': 'middle' })),
    ...tenants.flatMap((tenant, nth) => [
      element('rect', {
        x: LEFT + nth * 160,
        y: HEIGHT - 22,
        width: 12,
        height: 12,
        fill: COLOURS[nth % COLOURS.length],
      }),
      label(LEFT + nth * 160 + 18, HEIGHT - 11, tenant),
    ]),
  );
}

/**
 * @param {readonly import('./server.mjs').Served[]} served
 * @param {string} tenant
 * @param {number} steps
 */
function tokensByStep(served, tenant, steps) {
  const row = Array.from({ length: steps }, () => 0);
  for (const { at, tokens, tenant: who } of served) {
    if (who === tenant) row[Math.min(Math.floor(at / STEP), steps - 1)] += tokens;
  }
  return row;
}

/**
 * Between two rows of heights, in steps.
 *
 * @param {readonly number[]} upper
 * @param {readonly number[]} lower
 * @param {import('d3-scale').ScaleLinear<number, number>} x
 * @param {import('d3-scale').ScaleLinear<number, number>} y
 */
function area(upper, lower, x, y) {
  const edge = (/** @type {readonly number[]} */ row) =>
    row.flatMap((tokens, step) => [
      [x(step * STEP), y(tokens)],
      [x((step + 1) * STEP), y(tokens)],
    ]);
  const points = [...edge(upper), ...edge(lower).reverse()];
  return `M${points.map(([left, top]) => `${left.toFixed(1)} ${top.toFixed(1)}`).join('L')}Z`;
}

/** @type {(x: number, y: number, text: string, attributes?: { [name: string]: string | number }) => string} */
function label(x, y, text, attributes = {}) {
  return element('text', { x, y, ...attributes }, escapeText(text));
}
