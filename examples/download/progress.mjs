// What the user sees while it runs: a live block on a terminal, plain lines everywhere else.

import colors from 'chalk';
import { createLogUpdate } from 'log-update';
import prettyBytes from 'pretty-bytes';
import { OUTCOMES } from './outcome.mjs';

/**
 * @typedef {import('./run.mjs').Run} Run
 * @typedef {import('./run.mjs').Record} Record
 *
 * @typedef {object} Progress
 * @property {(record: Record) => void} settled  to be called for every download that ended
 * @property {() => void} stop  draws the last state and gives the terminal back
 */

const REDRAW_EVERY = 100;
const LINE_EVERY = 1000;
const BAR_WIDTH = 28;
const NAME_WIDTH = 22;

/**
 * @param {() => Run} getRun
 * @param {object} [options]
 * @param {NodeJS.WriteStream} [options.stream]
 * @param {boolean} [options.live]  false: plain lines, also on a terminal
 * @returns {Progress}
 */
export function startProgress(getRun, { stream = process.stdout, live = true } = {}) {
  // Some terminals, such as those of containers, do not know their own width.
  const canDraw = stream.isTTY && stream.columns > 0 && process.env.TERM !== 'dumb';
  return live && canDraw ? liveBlock(getRun, stream) : plainLines(getRun, stream);
}

/**
 * @param {() => Run} getRun
 * @param {NodeJS.WriteStream} stream
 * @returns {Progress}
 */
function liveBlock(getRun, stream) {
  const update = createLogUpdate(stream);
  const draw = () => {
    const run = getRun();
    const counts = count(run.records);
    const settled = run.records.length - counts.waiting - counts.running;
    const filled = Math.round((BAR_WIDTH * settled) / Math.max(1, run.records.length));
    const bar = colors.green('━'.repeat(filled)) + colors.gray('━'.repeat(BAR_WIDTH - filled));
    const lines = [`${bar} ${settled}/${run.records.length}  ${headline(run, counts)}`];

    // Slots that are busy, as many as the window can show below the first line.
    const room = Math.min(12, (stream.rows ?? 24) - 4);
    const busy = run.records
      .filter((record) => record.startedAt !== undefined && record.freedAt === undefined)
      .sort((one, other) => Number(one.lane) - Number(other.lane));
    lines.push(...busy.slice(0, room).map((record) => slotLine(record, run.elapsed())));
    if (busy.length > room) lines.push(colors.gray(`  and ${busy.length - room} more`));
    update(lines.join('\n'));
  };

  const timer = setInterval(draw, REDRAW_EVERY);
  return {
    settled() {},
    stop() {
      clearInterval(timer);
      draw();
      update.done();
    },
  };
}

/**
 * @param {() => Run} getRun
 * @param {NodeJS.WriteStream} stream
 * @returns {Progress}
 */
function plainLines(getRun, stream) {
  let last = '';
  const print = () => {
    const run = getRun();
    const counts = count(run.records);
    const settled = run.records.length - counts.waiting - counts.running;
    const line = `${settled}/${run.records.length}  ${headline(run, counts)}`;
    if (line !== last) stream.write(`${line}\n`);
    last = line;
  };
  const timer = setInterval(print, LINE_EVERY);
  return {
    settled({ job, kind, message }) {
      if (kind === undefined || kind === 'saved' || kind === 'cancelled') return;
      stream.write(`  ${job.name}: ${OUTCOMES[kind].label}${message ? ` (${message})` : ''}\n`);
    },
    stop() {
      clearInterval(timer);
      print();
    },
  };
}

/** @param {readonly Record[]} records */
function count(records) {
  const counts = { waiting: 0, running: 0, saved: 0, lost: 0, bytes: 0 };
  for (const { startedAt, settledAt, freedAt, kind, bytes } of records) {
    counts.bytes += bytes;
    if (startedAt !== undefined && freedAt === undefined) counts.running++;
    else if (settledAt === undefined && startedAt === undefined) counts.waiting++;
    if (settledAt !== undefined) counts[kind === 'saved' ? 'saved' : 'lost']++;
  }
  return counts;
}

/**
 * @param {Run} run
 * @param {ReturnType<typeof count>} counts
 */
function headline(run, { waiting, running, saved, lost, bytes }) {
  const seconds = run.elapsed() / 1000;
  return [
    ...(run.limiter.isClosed && running > 0 ? [colors.yellow('stopping')] : []),
    `${running} running`,
    `${waiting} waiting`,
    colors.green(`${saved} saved`),
    lost > 0 ? colors.red(`${lost} lost`) : '0 lost',
    `${prettyBytes(bytes)} at ${prettyBytes(bytes / Math.max(seconds, 0.001))}/s`,
    `${seconds.toFixed(1)} s`,
  ].join(' · ');
}

/**
 * @param {Record} record
 * @param {number} now
 */
function slotLine({ job, lane, startedAt = 0, kind, bytes, total }, now) {
  const name =
    job.name.length > NAME_WIDTH ? `${job.name.slice(0, NAME_WIDTH - 1)}…` : job.name.padEnd(NAME_WIDTH);
  const amount = total === undefined ? prettyBytes(bytes) : `${prettyBytes(bytes)} of ${prettyBytes(total)}`;
  const text = `  ${String(Number(lane) + 1).padStart(4)}  ${name}  ${((now - startedAt) / 1000).toFixed(1)} s  ${amount}`;
  // Its promise has settled, its function has not.
  return kind === undefined ? text : colors.magenta(`${text}  ${OUTCOMES[kind].label}, still holds its slot`);
}
