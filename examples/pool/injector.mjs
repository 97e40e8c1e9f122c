// A producer brings orders while the pool runs, at its own pace, and two consumers share what comes out.
//
//     node examples/pool/injector.mjs [--orders 40] [--every 5ms] [--at-once 4]

import { setTimeout as delay } from 'node:timers/promises';
import { Option } from 'commander';
import { PushPullBuffer, TaskPool } from 'fanfold';
import { createCommand, duration, wholeNumber } from '../shared/arguments.mjs';
import { runProgram } from '../shared/program.mjs';

const command = createCommand('injector', 'Takes orders while it works on them.')
  .option('-n, --orders <n>', 'how many orders come', wholeNumber(1, 100_000), 40)
  .addOption(
    new Option('-e, --every <duration>', 'how often one comes').argParser(duration).default(4, '4ms'),
  )
  .option('-c, --at-once <n>', 'how many are worked on at once', wholeNumber(1, 1000), 4)
  .parse();

/** @typedef {import('fanfold').PoolItem<string, { part: number, of: number }>} Order */

await runProgram(async (signal) => {
  const { orders, every, atOnce } = command.opts();
  /** @type {PushPullBuffer<Order>} */
  const inbox = new PushPullBuffer({ capacity: 16, name: 'inbox', signal });
  const pool = new TaskPool('orders', inbox.source, atOnce, { signal });

  /** @type {{ [event: string]: string }} */
  const lanes = { came: '', 'in work': '', parts: '', done: '' };
  /** @param {string} event  what happened in this moment; a lane that is silent moves on */
  const note = (event) => {
    for (const name of Object.keys(lanes)) lanes[name] += name === event ? '█' : ' ';
  };

  const producing = (async () => {
    for (let number = 1; number <= orders; number++) {
      await delay(every, undefined, { signal });
      note('came');
      const { done } = await inbox.sink.next({
        id: `order-${number}`,
        run: order(number, () => note('in work')),
      });
      if (done) return;
    }
    // From now on the pool knows that it may end.
    inbox.sink.return();
  })();

  const stream = pool.runTasks();
  const shares = await Promise.all(
    ['north', 'south'].map(async (name) => {
      let finished = 0;
      let parts = 0;
      for await (const envelope of stream) {
        if (envelope.type === 'ERROR') throw envelope.error;
        note(envelope.type === 'FINAL' ? 'done' : 'parts');
        if (envelope.type === 'FINAL') finished++;
        else parts++;
      }
      return { name, finished, parts };
    }),
  );
  await producing;

  for (const [name, lane] of Object.entries(lanes)) console.log(`${name.padEnd(8)}${lane.slice(0, 100)}`);
  console.log('each column is a moment, from the first order on');
  for (const { name, finished, parts } of shares) console.log(`${name}: ${finished} orders, ${parts} parts`);
  const { done, total } = pool.progress;
  console.log(`${done} of ${total} orders done`);
  return 0;
});

/**
 * @param {number} number
 * @param {() => void} begins
 */
function order(number, begins) {
  /** @param {import('fanfold').PoolTask} task */
  return async function* ({ signal }) {
    begins();
    const of = 1 + (number % 3);
    for (let part = 1; part <= of; part++) {
      await delay(3, undefined, { signal });
      yield { part, of };
    }
    return `order ${number}`;
  };
}
