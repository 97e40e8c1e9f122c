// A hundred documents, ten at a time: each is a task of several steps, some fail at first, one for good.
//
//     node examples/pool/documents.mjs [--documents 100] [--at-once 10]

import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { TaskPool } from 'fanfold';
import prettyBytes from 'pretty-bytes';
import { createCommand, wholeNumber } from '../shared/arguments.mjs';
import { bar, percent } from '../shared/bar.mjs';
import { runProgram } from '../shared/program.mjs';

const STEPS = ['read', 'convert', 'pack'];
const WIDTH = 50;

const command = createCommand('documents', 'Works on many documents, a few at a time.')
  .option('-n, --documents <n>', 'how many there are', wholeNumber(1, 100_000), 100)
  .option('-c, --at-once <n>', 'how many are worked on at once', wholeNumber(1, 1000), 10)
  .parse();

/**
 * One document. Every seventh is out of reach at first, and the last one for good.
 *
 * @param {number} number  from 0
 * @param {boolean} isLast
 */
const document = (number, isLast) =>
  /** @param {import('fanfold').PoolTask} task */
  async function* ({ attempt, signal }) {
    yield { step: STEPS[0], fraction: 0 };
    await delay(1 + (number % 5), undefined, { signal });
    if (isLast || (number % 7 === 3 && attempt === 1)) throw new Error('out of reach');
    yield { step: STEPS[1], fraction: 1 / 3 };
    const text = randomBytes(2_000).toString('hex');
    yield { step: STEPS[2], fraction: 2 / 3 };
    return (await promisify(gzip)(text)).length;
  };

await runProgram(async (signal) => {
  const { documents, atOnce } = command.opts();
  /** A character for each document. */
  const picture = Array(documents).fill('·');
  let most = 0;
  let bytes = 0;
  let ended = 0;

  /** One at a time, as they are asked for: there may be any number. */
  function* tasks() {
    for (let number = 0; number < documents; number++) yield document(number, number === documents - 1);
  }
  const pool = new TaskPool('documents', tasks(), atOnce, {
    retry: { retries: 2, backoff: 5 },
    signal,
  });
  pool.onProgress(({ running }) => {
    most = Math.max(most, running);
  });

  for await (const envelope of pool.runTasks()) {
    const { index } = envelope;
    if (envelope.type === 'INTERMEDIATE') {
      picture[index] = envelope.attempt > 1 ? 'r' : String(STEPS.indexOf(envelope.value.step) + 1);
    } else if (envelope.type === 'FINAL') {
      bytes += envelope.value;
      picture[index] = envelope.attempt > 1 ? '▒' : '█';
    } else {
      picture[index] = '✗';
      const { message } = /** @type {Error} */ (envelope.error);
      console.log(`document ${envelope.taskId} is lost: ${message}`);
    }
    if (envelope.type === 'INTERMEDIATE') continue;
    ended++;
    if (ended % 20 === 0 && ended < documents) show(picture, ended / documents);
  }
  show(picture, 1);
  const { done, failed } = pool.progress;
  console.log('· not begun, 1 2 3 its steps, r tried again, █ done, ▒ done at last, ✗ lost');
  console.log(`${done} done (${prettyBytes(bytes)}), ${failed} lost, at most ${most} at once`);
  return failed > 1 ? 1 : 0;
});

/**
 * @param {string[]} picture
 * @param {number} fraction
 */
function show(picture, fraction) {
  console.log(`\n${bar(fraction)} ${percent(fraction)}`);
  for (let at = 0; at < picture.length; at += WIDTH) console.log(picture.slice(at, at + WIDTH).join(''));
}
