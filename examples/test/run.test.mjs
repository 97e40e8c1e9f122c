// The main job as a whole: a limiter, a server that does everything wrong, and the records of what happened.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { makeJobs } from '../download/jobs.mjs';
import { startRun } from '../download/run.mjs';
import { contents, startServer } from '../download/server.mjs';
import { summarize } from '../download/summary.mjs';
import { directory, moment, names } from './support/support.mjs';

/** @typedef {import('../download/plan.mjs').Behaviour} Behaviour */

/**
 * Files that answer at once, so that only those that never end meet a timeout.
 *
 * @param {readonly Behaviour[]} behaviours
 */
const planOf = (behaviours) =>
  behaviours.map((behaviour, key) => ({
    name: `${key}-${behaviour}.bin`,
    behaviour,
    size: 50_000 + key,
    latency: 0,
    duration: behaviour === 'endless' ? 4000 : 0,
    key,
  }));

/**
 * @param {import('node:test').TestContext} t
 * @param {readonly Behaviour[]} behaviours
 * @param {() => void} [onRequest]
 */
async function prepare(t, behaviours, onRequest) {
  const plan = planOf(behaviours);
  const server = await startServer(plan, { onRequest });
  t.after(() => server.close());
  const out = await directory(t);
  const urls = plan.map(({ name }) => `${server.origin}/files/${name}`);
  const jobs = makeJobs(urls, (index) => plan[index].behaviour === 'endless');
  return { plan, server, out, jobs };
}

const EXPECTED = {
  steady: 'saved',
  error: 'failed',
  missing: 'refused',
  reset: 'broken',
  truncated: 'broken',
  hang: 'ran-out',
  stall: 'ran-out',
  endless: 'ran-out',
};

test('every download ends as its server made it end, inside the limit, with true times', async (t) => {
  /** @type {Behaviour[]} */
  const behaviours = [
    'hang',
    'stall',
    'endless',
    'error',
    'missing',
    'reset',
    'truncated',
    ...Array(40).fill('steady'),
  ];
  const { plan, server, out, jobs } = await prepare(t, behaviours);
  const settled = new Set();
  const run = startRun(jobs, {
    out,
    concurrency: 5,
    queueTimeout: Infinity,
    runTimeout: 2000,
    signal: new AbortController().signal,
    onSettled: (record) => settled.add(record),
  });
  await run.finished;

  assert.equal(settled.size, jobs.length);
  for (const [index, record] of run.records.entries()) {
    const { behaviour } = plan[index];
    assert.equal(
      record.kind,
      EXPECTED[/** @type {'steady'} */ (behaviour)],
      `${record.job.name}: ${record.message}`,
    );
    assert.equal(record.message === undefined, record.kind === 'saved');
  }

  const saved = plan.filter(({ behaviour }) => behaviour === 'steady');
  assert.deepEqual(await names(out), saved.map(({ name }) => name).sort());
  for (const file of saved) assert.deepEqual(await readFile(path.join(out, file.name)), contents(file));

  // The slots are truthful: never more than five, and no two tasks in one lane at a time.
  for (let lane = 0; lane < 5; lane++) {
    const bars = run.records
      .filter((record) => record.lane === lane)
      .sort((a, b) => Number(a.startedAt) - Number(b.startedAt));
    assert.ok(bars.length > 0);
    for (const [index, bar] of bars.entries()) {
      assert.ok(Number(bar.startedAt) <= Number(bar.freedAt));
      if (index > 0) assert.ok(Number(bars[index - 1].freedAt) <= Number(bar.startedAt));
    }
  }
  assert.ok(run.records.every(({ lane }) => lane !== undefined && lane < 5));

  // A timeout rejects first and frees the slot when the transfer has really ended.
  for (const record of run.records.filter(({ kind }) => kind === 'ran-out')) {
    assert.ok(Number(record.settledAt) <= Number(record.freedAt), record.job.name);
  }
  const deaf = run.records[2];
  const whole = server.served.find(({ name }) => name === plan[2].name);
  assert.equal(whole?.complete, true, 'the deaf transfer was not cut');
  assert.equal(deaf.bytes, plan[2].size);

  const summary = summarize(run.records, { elapsed: run.elapsed(), concurrency: 5 });
  assert.equal(summary.peakRunning, 5);
  assert.equal(summary.held.tasks, 3);
  assert.equal(summary.rows.at(-1)?.tasks, jobs.length);
  const { started, fulfilled, failed, timedOut, active, queued } = run.limiter.stats();
  assert.deepEqual(
    { started, fulfilled, failed, timedOut, active, queued },
    { started: 47, fulfilled: 40, failed: 4, timedOut: 3, active: 0, queued: 0 },
  );
});

test('what waits too long is given up without a slot', async (t) => {
  const { server, out, jobs } = await prepare(t, ['hang', 'steady', 'steady']);
  const controller = new AbortController();
  const gaveUp = moment(2);
  const run = startRun(jobs, {
    out,
    concurrency: 1,
    queueTimeout: 50,
    runTimeout: Infinity,
    signal: controller.signal,
    onSettled: gaveUp.hit,
  });
  await gaveUp.reached;
  controller.abort();
  await run.finished;
  assert.deepEqual(
    run.records.map(({ kind, startedAt }) => [kind, startedAt === undefined]),
    [
      ['cancelled', false],
      ['gave-up', true],
      ['gave-up', true],
    ],
  );
  assert.deepEqual(
    server.served.map(({ name }) => name),
    ['0-hang.bin'],
  );
});

test('one signal ends the whole run: the waiting at once, the running through their transfers', async (t) => {
  const arrivals = moment(4);
  const { server, out, jobs } = await prepare(t, Array(500).fill('hang'), arrivals.hit);
  const controller = new AbortController();
  const run = startRun(jobs, {
    out,
    concurrency: 4,
    queueTimeout: Infinity,
    runTimeout: Infinity,
    signal: controller.signal,
  });
  await arrivals.reached;
  controller.abort(new Error('stop'));
  await run.finished;
  await Promise.all(server.served.map(({ closed }) => closed));
  assert.ok(run.records.every(({ kind }) => kind === 'cancelled'));
  assert.equal(run.records.filter(({ startedAt }) => startedAt !== undefined).length, 4);
  assert.equal(server.served.length, 4);
  assert.deepEqual(await names(out), []);
});

test('a disk that refuses is told apart from a network that does', async (t) => {
  const { out, jobs } = await prepare(t, ['steady']);
  const run = startRun(jobs, {
    out: path.join(out, 'missing'),
    concurrency: 1,
    queueTimeout: Infinity,
    runTimeout: Infinity,
    signal: new AbortController().signal,
  });
  await run.finished;
  assert.equal(run.records[0].kind, 'disk');
  assert.match(String(run.records[0].message), /ENOENT/);
});
