// The main job: every download through one limiter, with a record of what happened to each and when.

import path from 'node:path';
import { createLimiter } from 'fanfold';
import { download } from './download.mjs';
import { describe, kindOf } from './outcome.mjs';

/**
 * @typedef {import('./jobs.mjs').Job} Job
 *
 * @typedef {object} Record  one download; times are milliseconds since the run began
 * @property {Job} job
 * @property {number} queuedAt
 * @property {number | undefined} startedAt  its function was called; a queue timeout never gets there
 * @property {number | undefined} settledAt  its promise settled: what the caller saw
 * @property {number | undefined} freedAt  its function settled: the slot was really free again
 * @property {number | undefined} lane  the slot it ran in, from 0
 * @property {number} bytes  written so far
 * @property {number | undefined} total  bytes expected, where the server said so
 * @property {import('./outcome.mjs').Kind | undefined} kind
 * @property {string | undefined} message  why it did not succeed
 *
 * @typedef {object} Run
 * @property {readonly Record[]} records  one per job, in their order, alive while the run goes on
 * @property {import('fanfold').Limiter} limiter
 * @property {() => number} elapsed  milliseconds since the run began, standing still once it is over
 * @property {Promise<void>} finished  fulfils when every promise has settled and every slot is free; never rejects
 */

/**
 * Starts all downloads. The limiter decides which of them run; nothing here counts or waits.
 *
 * @param {readonly Job[]} jobs
 * @param {object} options
 * @param {string} options.out  an existing directory
 * @param {number} options.concurrency
 * @param {number} options.queueTimeout  milliseconds
 * @param {number} options.runTimeout  milliseconds
 * @param {AbortSignal} options.signal  ends the whole run: queued downloads at once, running ones through their signal
 * @param {(record: Record) => void} [options.onSettled]
 * @returns {Run}
 */
export function startRun(jobs, { out, concurrency, queueTimeout, runTimeout, signal, onSettled = () => {} }) {
  const limiter = createLimiter({ name: 'downloads', concurrency, queueTimeout, runTimeout, signal });
  const lanes = new Lanes();
  const began = performance.now();
  /** @type {number | undefined} */
  let ended;
  const elapsed = () => ended ?? performance.now() - began;

  const records = jobs.map((job) => {
    /** @type {Record} */
    const record = {
      job,
      queuedAt: elapsed(),
      startedAt: undefined,
      settledAt: undefined,
      freedAt: undefined,
      lane: undefined,
      bytes: 0,
      total: undefined,
      kind: undefined,
      message: undefined,
    };
    const transfer = limiter.run(async (task) => {
      record.startedAt = elapsed();
      record.lane = lanes.take();
      try {
        await download(job.url, path.join(out, job.name), {
          signal: task.signal,
          deaf: job.deaf,
          onProgress(bytes, total) {
            record.bytes = bytes;
            record.total = total;
          },
        });
      } finally {
        record.freedAt = elapsed();
        lanes.giveBack(record.lane);
      }
    });
    // Both outcomes are handled here, so that one lost file never ends the run.
    const settled = transfer.then(
      () => {
        record.kind = 'saved';
      },
      (error) => {
        record.kind = kindOf(error, signal);
        record.message = describe(error);
      },
    );
    return {
      record,
      settled: settled.then(() => {
        record.settledAt = elapsed();
        onSettled(record);
      }),
    };
  });

  const finished = (async () => {
    await Promise.all(records.map(({ settled }) => settled));
    // A promise that timed out has settled while its function may still hold its slot.
    await limiter.onIdle();
    ended = elapsed();
  })();

  return { records: records.map(({ record }) => record), limiter, elapsed, finished };
}

/**
 * Numbers the slots for the picture: a task takes the lowest free one. A limiter has slots but does not name them,
 * since they are all alike.
 */
class Lanes {
  /** @type {boolean[]} */
  #taken = [];

  take() {
    const free = this.#taken.indexOf(false);
    const lane = free === -1 ? this.#taken.length : free;
    this.#taken[lane] = true;
    return lane;
  }

  /** @param {number} lane */
  giveBack(lane) {
    this.#taken[lane] = false;
  }
}
