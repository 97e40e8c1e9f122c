// What the user gets to see: the live view, the table, the picture and the page, from records whose figures are known.

import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { renderPage } from '../download/page.mjs';
import { drawPicture } from '../download/picture.mjs';
import { startProgress } from '../download/progress.mjs';
import { facts, renderTable, summarize } from '../download/summary.mjs';

/** @typedef {import('../download/run.mjs').Record} Record */

/**
 * @param {Partial<Record> & { name?: string, deaf?: boolean }} details
 * @param {number} [number]
 * @returns {Record}
 */
function record({ name = 'file.bin', deaf = false, ...details }, number = 1) {
  return {
    job: { number, url: `http://h/${number}`, name, deaf },
    queuedAt: 0,
    startedAt: undefined,
    settledAt: undefined,
    freedAt: undefined,
    lane: undefined,
    bytes: 0,
    total: undefined,
    kind: undefined,
    message: undefined,
    ...details,
  };
}

const records = [
  record(
    { kind: 'saved', startedAt: 0, freedAt: 1000, settledAt: 1000, lane: 0, bytes: 3000, total: 3000 },
    1,
  ),
  record(
    { kind: 'saved', startedAt: 1000, freedAt: 4000, settledAt: 4000, lane: 0, bytes: 1000, total: 1000 },
    2,
  ),
  record(
    {
      kind: 'ran-out',
      startedAt: 0,
      settledAt: 2000,
      freedAt: 3000,
      lane: 1,
      bytes: 500,
      message: 'too <slow> & "late"',
    },
    3,
  ),
  record({ kind: 'gave-up', settledAt: 2500, message: 'waited' }, 4),
  record({ kind: 'gave-up', settledAt: 2500, message: 'waited', name: 'a\u0007<b>.bin' }, 5),
];
const run = { elapsed: 4000, concurrency: 2 };
const summary = summarize(records, run);

test('the summary counts, measures and adds up', () => {
  assert.deepEqual(
    summary.rows.map(({ kind, tasks, bytes }) => [kind, tasks, bytes]),
    [
      ['saved', 2, 4000],
      ['ran-out', 1, 500],
      ['gave-up', 2, 0],
      ['all', 5, 4500],
    ],
  );
  const [saved, , gaveUp] = summary.rows;
  assert.deepEqual(saved.waiting, { p50: 500, p95: 950 });
  assert.deepEqual(saved.running, { p50: 2000, p95: 2900 });
  assert.deepEqual(gaveUp.waiting, { p50: 2500, p95: 2500 });
  assert.deepEqual(gaveUp.running, { p50: undefined, p95: undefined });
  assert.equal(summary.throughput, 1125);
  assert.equal(summary.busy, 7 / 8);
  assert.equal(summary.peakRunning, 2);
  assert.deepEqual(summary.held, { tasks: 1, total: 1000 });
});

test('nothing at all is a summary too', () => {
  const { rows, busy, throughput } = summarize([], { elapsed: 0, concurrency: 3 });
  assert.deepEqual([rows.length, rows[0].tasks, busy, throughput], [1, 0, 0, 0]);
});

test('the table has a row per outcome and one for all', () => {
  const lines = renderTable(summary).split('\n');
  assert.match(lines[1], /outcome.*tasks.*bytes.*waited p50.*p95.*ran p50.*p95/);
  assert.match(String(lines.find((line) => line.includes('run timeout'))), /1.*500 B.*0ms.*0ms.*3s.*3s/);
  assert.match(String(lines.find((line) => line.includes('all'))), /5.*4\.5 kB/);
  const [first, second] = facts(summary, { concurrency: 2, backend: 'wasm' });
  assert.match(
    first,
    /4s in all, 1\.13 kB\/s; at most 2 of 2 slots in use, busy 88 % of the time; engine: wasm/,
  );
  assert.match(second, /1 task kept the slot after the promise had rejected.*: 1s in all/);
});

test('the picture has a bar per task in its lane, both moments of a timeout, and no text that breaks it', () => {
  const svg = drawPicture(records, { ...run, title: 'five <downloads>', notes: ['by hand', 'for a test'] });
  assert.equal(svg.match(/<g class="task">/g)?.length, 4, 'three bars and one mark for those without a slot');
  assert.equal(svg.match(/class="moment"/g)?.length, 1);
  assert.match(svg, /promise rejected at 2\.00 s, slot free 1\.00 s later/);
  assert.match(svg, /too &lt;slow&gt; &amp; &quot;late&quot;/);
  assert.match(svg, /5 a\uFFFD&lt;b&gt;\.bin: queue timeout\nwaited\nwaited 2\.50 s, never had a slot/);
  assert.match(svg, /five &lt;downloads&gt;/);

  // The lane of a bar, and its place on the axis of seconds.
  const bars = [...svg.matchAll(/<rect class="k-(\S+)" x="(\S+)" y="(\S+)" width="(\S+)"/g)].map((found) => [
    found[1],
    Number(found[2]),
    Number(found[3]),
    Number(found[4]),
  ]);
  const [one, two, three] = /** @type {[string, number, number, number][]} */ (bars);
  assert.equal(one[2], two[2]);
  assert.ok(three[2] > one[2]);
  assert.ok(Math.abs(two[3] / one[3] - 3) < 0.02, 'three seconds are three times as wide as one');
  assert.match(svg, /seconds since the start/);
});

test('the page holds the picture, the figures and what was lost, without anything from elsewhere', () => {
  const svg = drawPicture(records, { ...run, title: 'five', notes: [] });
  const page = renderPage({ title: 'five', svg, summary, facts: ['a fact'], records });
  assert.ok(page.includes(svg));
  assert.match(page, /<td>all<\/td><td>5<\/td>/);
  assert.match(page, /3 not saved/);
  assert.doesNotMatch(page, /<script|<link|src=|@import/);
});

/** @type {(isTTY: boolean, columns?: number) => { stream: any, text: () => string }} */
const screen = (isTTY, columns = 120) => {
  let shown = '';
  const stream = new Writable({
    decodeStrings: false,
    write(text, _encoding, done) {
      shown += text;
      done();
    },
  });
  Object.assign(stream, { isTTY, columns, rows: 30 });
  return { stream, text: () => shown };
};

const unfinished = [
  records[0],
  record({ startedAt: 3000, lane: 0, bytes: 2000, total: 8000, name: 'running.bin' }, 2),
  record({ startedAt: 0, settledAt: 2000, kind: 'ran-out', lane: 1, name: 'stubborn.bin' }, 3),
  record({ name: 'waiting.bin' }, 4),
];
const live = () =>
  /** @type {any} */ ({ records: unfinished, elapsed: () => 4000, limiter: { isClosed: false } });

test('on a terminal there is a bar and a line per busy slot', () => {
  const { stream, text } = screen(true);
  startProgress(live, { stream }).stop();
  const shown = text();
  assert.match(shown, /1\/4 {2}2 running · 1 waiting · .*1 saved.* · .*1 lost/);
  assert.match(shown, /1 {2}running\.bin +1\.0 s {2}2 kB of 8 kB/);
  assert.match(shown, /2 {2}stubborn\.bin +4\.0 s {2}0 B {2}run timeout, still holds its slot/);
  assert.doesNotMatch(shown, /waiting\.bin/);
});

test('without a terminal there are plain lines', () => plainLines(screen(false)));

test('on a terminal without a width there are plain lines', () => plainLines(screen(true, 0)));

/** @param {ReturnType<typeof screen>} screen */
function plainLines({ stream, text }) {
  const progress = startProgress(live, { stream });
  progress.settled(records[2]);
  progress.settled(records[0]);
  progress.stop();
  const lines = text().trimEnd().split('\n');
  assert.equal(lines.length, 2);
  assert.equal(lines[0].trim(), 'file.bin: run timeout (too <slow> & "late")');
  assert.match(lines[1], /^1\/4 {2}2 running · 1 waiting/);
}
