// The picture of a run: how many waited, a lane per slot, a bar per task. A standalone SVG in plain text.

import { scaleLinear } from 'd3-scale';
import prettyBytes from 'pretty-bytes';
import { element, escapeText } from './markup.mjs';
import { OUTCOMES } from './outcome.mjs';

/**
 * @typedef {import('./run.mjs').Record} Record
 * @typedef {import('./outcome.mjs').Kind} Kind
 *
 * @typedef {object} Frame  where things are; x maps milliseconds to pixels
 * @property {import('d3-scale').ScaleLinear<number, number>} x
 * @property {number} lanes
 * @property {number} laneHeight
 * @property {number} queueTop
 * @property {number} lanesTop
 * @property {number} stripTop
 * @property {number} axisTop
 */

const WIDTH = 1280;
const LEFT = 96;
const RIGHT = 28;
const HEAD = 138;
const QUEUE_HEIGHT = 64;
const STRIP_HEIGHT = 26;
const GAP = 14;

/**
 * @param {readonly Record[]} records
 * @param {object} run
 * @param {string} run.title
 * @param {readonly string[]} run.notes  lines below the title
 * @param {number} run.concurrency
 * @param {number} run.elapsed  milliseconds
 * @returns {string}  a whole SVG document
 */
export function drawPicture(records, { title, notes, concurrency, elapsed }) {
  const peak = records.reduce((most, { lane }) => Math.max(most, lane === undefined ? 0 : lane + 1), 0);
  const lanes = Math.max(peak, Math.min(concurrency, 12));
  const laneHeight = Math.min(30, Math.max(5, Math.floor(720 / lanes)));
  const neverStarted = records.filter(
    ({ startedAt, settledAt }) => startedAt === undefined && settledAt !== undefined,
  );

  const queueTop = HEAD;
  const lanesTop = queueTop + QUEUE_HEIGHT + GAP;
  const stripTop = lanesTop + lanes * laneHeight + GAP;
  const axisTop = stripTop + (neverStarted.length > 0 ? STRIP_HEIGHT + GAP : 0);
  const height = axisTop + 52;
  const x = scaleLinear([0, Math.max(elapsed, 1)], [LEFT, WIDTH - RIGHT]);
  const frame = { x, lanes, laneHeight, queueTop, lanesTop, stripTop, axisTop };

  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width: WIDTH,
      height,
      viewBox: `0 0 ${WIDTH} ${height}`,
      role: 'img',
    },
    element('title', {}, escapeText(title)),
    element('desc', {}, escapeText(notes.join('\n'))),
    element('style', {}, style()),
    element('defs', {}, hatch()),
    element('rect', { class: 'ground', width: WIDTH, height }),
    element('text', { class: 'title', x: 28, y: 38 }, escapeText(title)),
    ...notes.map((note, line) =>
      element('text', { class: 'muted', x: 28, y: 60 + 18 * line }, escapeText(note)),
    ),
    legend(records),
    grid(frame),
    queue(records, frame),
    laneGrounds(frame),
    ...records.filter(({ lane }) => lane !== undefined).map((record) => bar(record, frame)),
    neverStarted.length > 0 ? strip(neverStarted, frame) : '',
    '\n',
  );
}

/** @param {readonly Record[]} records */
function legend(records) {
  /** @type {string[]} */
  const parts = [];
  let left = 28;
  const add = (/** @type {string} */ mark, /** @type {string} */ label) => {
    parts.push(
      element(
        'g',
        { transform: `translate(${left} 98)` },
        mark,
        element('text', { x: 20, y: 12 }, escapeText(label)),
      ),
    );
    // Text cannot be measured here; 7 pixels a letter leaves room in every font that may come.
    left += 44 + label.length * 6.6;
  };

  for (const [kind, { label }] of Object.entries(OUTCOMES)) {
    const tasks = records.filter((record) => record.kind === kind).length;
    if (tasks > 0)
      add(element('rect', { class: `k-${kind}`, width: 14, height: 14, rx: 3 }), `${label} ${tasks}`);
  }
  if (
    records.some(
      ({ startedAt, settledAt, freedAt }) => startedAt && settledAt && freedAt && settledAt < freedAt,
    )
  ) {
    add(element('path', { class: 'mark', d: 'M2 2h10l-5 9z' }), 'promise rejected');
    add(element('path', { class: 'mark', d: 'M2 12h10l-5-9z' }), 'slot free');
    add(
      element('rect', { class: 'held', width: 14, height: 14, rx: 3 }) +
        element('rect', { fill: 'url(#hatch)', width: 14, height: 14, rx: 3 }),
      'slot still held',
    );
  }
  return element('g', { class: 'legend' }, ...parts);
}

/** @param {Frame} frame */
function grid({ x, queueTop, axisTop }) {
  const seconds = scaleLinear(
    x.domain().map((at) => at / 1000),
    x.range(),
  );
  const ticks = seconds.ticks(12);
  const write = seconds.tickFormat(12);
  return element(
    'g',
    { class: 'grid' },
    ...ticks.map((at) => element('line', { x1: seconds(at), x2: seconds(at), y1: queueTop, y2: axisTop })),
    ...ticks.map((at) =>
      element('text', { x: seconds(at), y: axisTop + 18, 'text-anchor': 'middle' }, write(at)),
    ),
    element('text', { x: WIDTH - RIGHT, y: axisTop + 38, 'text-anchor': 'end' }, 'seconds since the start'),
  );
}

/**
 * How many waited, over time.
 *
 * @param {readonly Record[]} records
 * @param {Frame} frame
 */
function queue(records, { x, queueTop }) {
  const changes = records.flatMap(({ queuedAt, startedAt, settledAt }) => {
    const left = startedAt ?? settledAt;
    return left === undefined
      ? []
      : [
          { at: queuedAt, by: 1 },
          { at: left, by: -1 },
        ];
  });
  changes.sort((one, other) => one.at - other.at || other.by - one.by);

  let waiting = 0;
  let most = 1;
  const steps = changes.map(({ at, by }) => {
    waiting += by;
    most = Math.max(most, waiting);
    return { at, waiting };
  });
  const y = scaleLinear([0, most], [queueTop + QUEUE_HEIGHT, queueTop + 4]);
  const outline = steps.map((step) => `H${x(step.at).toFixed(2)}V${y(step.waiting).toFixed(2)}`).join('');
  return element(
    'g',
    { class: 'queue' },
    element('path', { d: `M${x(0)} ${y(0)}${outline}Z` }),
    element('text', { class: 'label', x: LEFT - 12, y: queueTop + 16, 'text-anchor': 'end' }, 'waiting'),
    element(
      'text',
      { class: 'muted', x: LEFT - 12, y: queueTop + 32, 'text-anchor': 'end' },
      `up to ${most}`,
    ),
  );
}

/** @param {Frame} frame */
function laneGrounds({ lanes, laneHeight, lanesTop }) {
  const every = Math.ceil(14 / laneHeight);
  return element(
    'g',
    { class: 'lanes' },
    ...Array.from({ length: lanes }, (_, lane) => {
      const y = lanesTop + lane * laneHeight;
      const label =
        lane % every === 0
          ? element(
              'text',
              { class: 'label', x: LEFT - 12, y: y + laneHeight / 2 + 4, 'text-anchor': 'end' },
              lane === 0 ? 'slot 1' : String(lane + 1),
            )
          : '';
      const ground = element('rect', {
        x: LEFT,
        y: y + 1,
        width: WIDTH - LEFT - RIGHT,
        height: laneHeight - 2,
        rx: 3,
      });
      return ground + label;
    }),
  );
}

/**
 * A task in its slot, from its start until the slot was free. Where the promise rejected earlier than that, the
 * bar shows both moments and the time between them.
 *
 * @param {Record} record
 * @param {Frame} frame
 */
function bar(record, { x, laneHeight, lanesTop }) {
  const {
    job,
    kind = 'cancelled',
    startedAt = 0,
    settledAt = startedAt,
    freedAt = settledAt,
    lane = 0,
  } = record;
  const inset = laneHeight >= 12 ? 3 : 1;
  const y = lanesTop + lane * laneHeight + inset;
  const height = laneHeight - 2 * inset;
  const left = x(startedAt);
  const right = Math.max(x(freedAt), left + 1.5);
  const rejectedFirst = settledAt < freedAt;
  const rejected = rejectedFirst ? Math.max(x(settledAt), left) : right;

  const parts = [element('title', {}, escapeText(describeRecord(record)))];
  const shape = {
    x: left + 0.5,
    y,
    width: Math.max(right - left - 1, 1),
    height,
    rx: Math.min(3, height / 4),
  };
  parts.push(element('rect', { class: `k-${kind}`, ...shape }));
  if (rejectedFirst) {
    const tail = { x: rejected, y, width: Math.max(right - rejected - 0.5, 0), height };
    if (tail.width >= 1)
      parts.push(
        element('rect', { class: 'held', ...tail }),
        element('rect', { fill: 'url(#hatch)', ...tail }),
      );
    if (laneHeight >= 12) {
      const size = Math.min(4.5, height / 3);
      const bottom = y + height;
      parts.push(
        element('path', { class: 'mark', d: triangle(rejected, y - 2, size, 1) }),
        element('path', { class: 'mark', d: triangle(right, bottom + 2, size, -1) }),
      );
    }
    parts.push(element('line', { class: 'moment', x1: rejected, x2: rejected, y1: y, y2: y + height }));
  }
  const text = String(job.number);
  const room = (rejectedFirst ? rejected : right) - left;
  if (laneHeight >= 16 && room > 10 + text.length * 7) {
    parts.push(element('text', { class: `n-${kind}`, x: left + 6, y: y + height / 2 + 4 }, text));
  }
  return element('g', { class: 'task' }, ...parts);
}

/** @type {(at: number, y: number, size: number, down: 1 | -1) => string} */
const triangle = (at, y, size, down) =>
  `M${(at - size).toFixed(2)} ${y}h${size * 2}l${-size} ${(size * 1.7 * down).toFixed(2)}z`;

/**
 * The tasks that never had a slot, at the moment they ended. They often end together, so what would fall on one
 * spot is shown as one mark with a number.
 *
 * @param {readonly Record[]} records
 * @param {Frame} frame
 */
function strip(records, { x, stripTop }) {
  /** @type {Map<string, Record[]>} */
  const spots = new Map();
  for (const record of records) {
    const spot = `${record.kind} ${Math.round(x(record.settledAt ?? 0) / 26)}`;
    const there = spots.get(spot);
    if (there) there.push(record);
    else spots.set(spot, [record]);
  }
  const y = stripTop + STRIP_HEIGHT / 2;
  return element(
    'g',
    {},
    element('text', { class: 'label', x: LEFT - 12, y: y + 4, 'text-anchor': 'end' }, 'no slot'),
    element('rect', {
      class: 'strip',
      x: LEFT,
      y: stripTop,
      width: WIDTH - LEFT - RIGHT,
      height: STRIP_HEIGHT,
      rx: 3,
    }),
    ...[...spots.values()].map((together) => {
      const [{ kind = 'cancelled', settledAt = 0 }] = together;
      const names = together.slice(0, 20).map(describeRecord);
      if (together.length > 20) names.push(`and ${together.length - 20} more`);
      const text = String(together.length);
      const width = Math.max(18, 10 + text.length * 7);
      const left = Math.min(x(settledAt) - width / 2, WIDTH - RIGHT - width);
      return element(
        'g',
        { class: 'task' },
        element('title', {}, escapeText(names.join('\n'))),
        element('rect', { class: `k-${kind}`, x: left, y: y - 9, width, height: 18, rx: 9 }),
        element('text', { class: `n-${kind}`, x: left + width / 2, y: y + 4, 'text-anchor': 'middle' }, text),
      );
    }),
  );
}

/** @param {Record} record */
function describeRecord({ job, kind, message, queuedAt, startedAt, settledAt = 0, freedAt, bytes, total }) {
  const outcome = kind === undefined ? 'unfinished' : OUTCOMES[kind].label;
  const lines = [`${job.number} ${job.name}: ${outcome}`];
  if (message !== undefined && kind !== 'cancelled') lines.push(message);
  if (startedAt === undefined || freedAt === undefined) {
    lines.push(`waited ${seconds(settledAt - queuedAt)}, never had a slot`);
    return lines.join('\n');
  }
  lines.push(`waited ${seconds(startedAt - queuedAt)}, ran ${seconds(freedAt - startedAt)}`);
  if (settledAt < freedAt) {
    const later =
      freedAt - settledAt < 10 ? `${(freedAt - settledAt).toFixed(1)} ms` : seconds(freedAt - settledAt);
    lines.push(`promise rejected at ${seconds(settledAt)}, slot free ${later} later`);
  }
  lines.push(total === undefined ? prettyBytes(bytes) : `${prettyBytes(bytes)} of ${prettyBytes(total)}`);
  if (job.deaf) lines.push('by a client that cannot be cancelled');
  return lines.join('\n');
}

/** @param {number} ms */
const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;

const hatch = () =>
  element(
    'pattern',
    { id: 'hatch', width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
    element('rect', { class: 'stripe', width: 3, height: 6 }),
  );

/** Colours for a light and for a dark ground, written out because some viewers know no custom properties. */
function style() {
  const kinds = /** @type {Kind[]} */ (Object.keys(OUTCOMES));
  const onLight = kinds.map((kind) => `.k-${kind}{fill:${OUTCOMES[kind].light}}.n-${kind}{fill:#fff}`);
  const onDark = kinds.map((kind) => `.k-${kind}{fill:${OUTCOMES[kind].dark}}.n-${kind}{fill:#14181f}`);
  return `
text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:#1f2933}
.title{font-size:20px;font-weight:600}.muted,.grid text{fill:#6b7683}.muted{font-size:12.5px}.label{fill:#46515e}
.task text{font-size:11px;font-weight:600;pointer-events:none}
.ground{fill:#fff}.lanes rect,.strip{fill:#eef1f5;fill-opacity:.75}.grid line{stroke:#d5dbe3}
.queue path{fill:#9fb3c8;fill-opacity:.55;stroke:#7b93ab}
.held{fill:#e4d9f3}.stripe{fill:#7b4fb5;fill-opacity:.55}.mark{fill:#1f2933}.moment{stroke:#1f2933;stroke-width:1.2}
.task:hover rect{stroke:#1f2933;stroke-width:1.5}
${onLight.join('')}.n-refused,.n-failed{fill:#1f2933}
@media (prefers-color-scheme:dark){
text{fill:#e5e9f0}.muted,.grid text{fill:#96a1b0}.label{fill:#b9c2ce}
.ground{fill:#14181f}.lanes rect,.strip{fill:#222934}.grid line{stroke:#2c3542}
.queue path{fill:#3d5168;stroke:#5b7590}
.held{fill:#3a2f4f}.stripe{fill:#a27bdc}.mark{fill:#f4f6f9}.moment{stroke:#f4f6f9}.task:hover rect{stroke:#f4f6f9}
${onDark.join('')}}
`;
}
