// A client of a model's API: several tenants, one budget of requests and tokens, 429 answers, retries. Runs against a
// server of this machine, and draws the tenants' shares over time. --help lists the options.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Option } from 'commander';
import { table } from 'table';
import { createCommand, duration, fromCaller, wholeNumber } from '../shared/arguments.mjs';
import { runProgram } from '../shared/program.mjs';
import { openClient } from './client.mjs';
import { drawShares } from './picture.mjs';
import { startServer } from './server.mjs';
import { askAll, DEMANDS } from './workload.mjs';

const command = createCommand('model-client', 'Several tenants share one budget of requests and tokens.')
  .option('-r, --requests <n>', 'requests in an interval', wholeNumber(1, 100_000), 40)
  .option('-t, --tokens <n>', 'tokens in an interval', wholeNumber(100, 10_000_000), 3000)
  .addOption(
    new Option('-i, --interval <duration>', 'length of the interval')
      .argParser(duration)
      .default(1500, '1500ms'),
  )
  .option('-c, --concurrency <n>', 'requests at a time', wholeNumber(1, 1000), 12)
  .option('--hiccups <percent>', 'requests that the server refuses without a reason', wholeNumber(0, 50), 2)
  .option('--seed <n>', 'of the hiccups and the answers', wholeNumber(0, 2 ** 31 - 1), 7)
  .option('-o, --out <folder>', 'where the picture goes', fromCaller, fromCaller('out'))
  .parse();

await runProgram(async (signal) => {
  const { requests, tokens, interval, concurrency, hiccups, seed, out } = command.opts();
  const budget = { requests, tokens, interval };
  const server = await startServer({ budget, seed, hiccups: hiccups / 100 });
  try {
    const names = DEMANDS.map(({ tenant }) => tenant);
    const { api, tenants } = openClient({ url: server.url, tenants: names, budget, concurrency, retries: 5 });
    const outcomes = await askAll(tenants, DEMANDS, signal);
    await api.onIdle();
    const refused = server.served.filter(({ status }) => status !== 200).length;
    const spent = (/** @type {string} */ name) =>
      server.served.reduce((sum, one) => sum + (one.tenant === name ? one.tokens : 0), 0);
    const rows = outcomes.map(({ tenant, asked, answered }) => [tenant, asked, answered, spent(tenant)]);
    console.log(table([['tenant', 'asked', 'answered', 'tokens'], ...rows]).trimEnd());
    console.log(`${refused} of ${server.served.length} requests were refused by the server`);
    const file = path.join(out, 'shares.svg');
    await mkdir(out, { recursive: true });
    await writeFile(file, drawShares(server.served, { tenants: names, elapsed: server.elapsed(), budget }));
    console.log(`the picture: ${file}`);
    return outcomes.every(({ asked, answered }) => asked === answered) ? 0 : 1;
  } finally {
    await server.close();
  }
});
