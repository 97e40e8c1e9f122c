// Health check: asks many services at once whether they are well, and tries again what may only be a hiccup.
// Run it with --help for the options. The exit code is 0 if all are well, 1 if not, 2 if it could not ask, 130 or 143
// after an interrupt (SIGINT, SIGTERM).

import { Option } from 'commander';
import { createCommand, duration, fromCaller, wholeNumber } from '../shared/arguments.mjs';
import { runProgram } from '../shared/program.mjs';
import { checkAll } from './check.mjs';
import { startDemo } from './demo.mjs';
import { renderTable } from './report.mjs';
import { readServices } from './services.mjs';

const command = createCommand('health-check', 'Asks many services whether they are well.')
  .argument(
    '[file]',
    'a JSON file [{ "name": …, "url": … }, …]; without it, services of this machine that fail',
  )
  .option('-c, --concurrency <n>', 'how many are asked at once', wholeNumber(1, 1000), 8)
  .option('-r, --retries <n>', 'how often one that failed is asked again', wholeNumber(0, 100), 2)
  .addOption(
    new Option('-t, --timeout <duration>', 'how long one attempt may take')
      .argParser(duration)
      .default(500, '500ms'),
  )
  .addOption(
    new Option('--patience <duration>', 'the longest Retry-After that is waited for')
      .argParser(duration)
      .default(5000, '5s'),
  )
  .parse();

await runProgram(async (signal) => {
  const { concurrency, retries, timeout, patience } = command.opts();
  const [file] = command.args;
  const demo = file === undefined ? await startDemo() : undefined;
  try {
    const services = demo?.services ?? (await readServices(fromCaller(file)));
    const checks = await checkAll(services, { concurrency, retries, timeout, patience, signal });
    const unwell = checks.filter((check) => !check.isWell).length;
    console.log(renderTable(checks));
    console.log(unwell === 0 ? 'all are well' : `${unwell} of ${checks.length} are not well`);
    return unwell === 0 ? 0 : 1;
  } finally {
    await demo?.close();
  }
});
