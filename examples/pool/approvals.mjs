// Expenses that somebody has to approve: each is checked, waits for its answer without a slot, and is paid.
//
//     node examples/pool/approvals.mjs                         # asks at the terminal
//     printf '2 no\n1 yes\n' | node examples/pool/approvals.mjs  # answers in any order; who is not answered is late
//     node examples/pool/approvals.mjs --expenses 12 --at-once 2 --patience 3s

import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { Option } from 'commander';
import { TaskPool, TimeoutError } from 'fanfold';
import { createCommand, duration, wholeNumber } from '../shared/arguments.mjs';
import { runProgram } from '../shared/program.mjs';

const command = createCommand('approvals', 'Pays what somebody approves.')
  .option('-n, --expenses <n>', 'how many there are', wholeNumber(1, 1000), 6)
  .option('-c, --at-once <n>', 'how many are checked or paid at once', wholeNumber(1, 1000), 2)
  .addOption(
    new Option('-p, --patience <duration>', 'how long an answer is waited for')
      .argParser(duration)
      .default(60_000, '1m'),
  )
  .parse();

/** @param {number} number */
const amountOf = (number) => 40 + ((number * 137) % 900);

/**
 * One expense, from the check to the payment.
 *
 * @param {number} number
 */
const expense = (number) =>
  /** @param {import('fanfold').PoolTask} task */
  async function* ({ receive, signal }) {
    yield 'checked';
    await delay(5, undefined, { signal });
    if (amountOf(number) < 100) return 'paid, too small to ask for';
    yield 'asked';
    // Whoever waits here has no slot, for as long as it takes, and has one again for the payment.
    /** @type {string} */
    const answer = await receive();
    if (answer !== 'yes') return 'refused';
    yield 'approved';
    await delay(5, undefined, { signal });
    return 'paid';
  };

await runProgram(async (signal) => {
  const { expenses, atOnce, patience } = command.opts();
  const tasks = Array.from({ length: expenses }, (_, at) => ({
    id: at + 1,
    name: `expense ${at + 1}`,
    run: expense(at + 1),
  }));
  const pool = new TaskPool('expenses', tasks, atOnce, { suspendTimeout: patience, signal });
  let mostWaiting = 0;
  let mostRunning = 0;
  pool.onProgress(({ suspended, running }) => {
    mostWaiting = Math.max(mostWaiting, suspended);
    mostRunning = Math.max(mostRunning, running);
  });

  const lines = createInterface({ input: process.stdin });
  /** @type {string[]} */
  const early = [];
  const answer = (/** @type {string} */ line) => {
    const [, id, said] = /^\s*(\d+)\s+(yes|no)\s*$/.exec(line) ?? [];
    if (id === undefined) console.log(`not understood: ${line} (say "3 yes" or "3 no")`);
    // One that was not taken from the list yet hears of it as soon as it is.
    else if (!pool.send(Number(id), said)) early.push(line);
  };
  lines.on('line', answer);

  let failed = 0;
  for await (const envelope of pool.runTasks()) {
    const { taskId } = envelope;
    const row = `${String(taskId).padStart(3)} ${String(amountOf(Number(taskId))).padStart(4)} EUR`;
    if (envelope.type === 'INTERMEDIATE') {
      console.log(`${row}  ${steps(envelope.value)}`);
      for (const line of early.splice(0)) answer(line);
      if (envelope.value === 'asked' && process.stdin.isTTY)
        console.log(`     approve ${taskId}? (${taskId} yes, ${taskId} no)`);
    } else if (envelope.type === 'FINAL') {
      console.log(`${row}  ${envelope.value}`);
    } else {
      failed++;
      const isLate = envelope.error instanceof TimeoutError;
      console.log(`${row}  ${isLate ? 'not answered in time' : String(envelope.error)}`);
    }
  }
  for (const line of early) console.log(`nobody waits for: ${line}`);
  lines.close();
  process.stdin.destroy();
  const { done } = pool.progress;
  console.log(
    `${done} decided, ${failed} late; up to ${mostWaiting} waited at once, up to ${mostRunning} had a slot`,
  );
  return failed === 0 ? 0 : 1;
});

/** @param {string} step */
function steps(step) {
  const all = ['checked', 'asked', 'approved'];
  return all.map((one, at) => (at <= all.indexOf(step) ? `[${one}]` : ' '.repeat(one.length + 2))).join(' ');
}
