// Bulk download: many files through one limiter, with timeouts, a live view, a summary and a picture.
// Run it with --help for the options.

import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import colors from 'chalk';
import { backend } from 'fanfold';
import prettyMilliseconds from 'pretty-ms';
import { listenForInterrupt } from '../shared/interrupt.mjs';
import { parseArguments } from './arguments.mjs';
import { makeJobs, readJobs } from './jobs.mjs';
import { renderPage } from './page.mjs';
import { drawPicture } from './picture.mjs';
import { makePlan } from './plan.mjs';
import { startProgress } from './progress.mjs';
import { startRun } from './run.mjs';
import { startServer } from './server.mjs';
import { facts, renderTable, summarize } from './summary.mjs';

/** The exit codes besides 0: files were lost, or the run could not begin. An interrupt has the code of its signal. */
const SOME_LOST = 1;
const REFUSED = 2;

const MOST_PROBLEMS = 20;

/**
 * The jobs of this run, and how to end where they come from.
 *
 * @param {import('./arguments.mjs').Settings} settings
 */
async function prepare(settings) {
  if (settings.file !== undefined) {
    const { jobs, problems } = await readJobs(settings.file);
    const name = settings.file === '-' ? 'standard input' : path.relative(process.cwd(), settings.file);
    for (const { line, text, reason } of problems.slice(0, MOST_PROBLEMS)) {
      console.error(colors.yellow(`${name}:${line}: ${reason}: ${text}`));
    }
    if (problems.length > MOST_PROBLEMS)
      console.error(colors.yellow(`and ${problems.length - MOST_PROBLEMS} more`));
    if (problems.length > 0 && settings.strict) {
      throw new Error(`${name} has ${count(problems.length, 'bad line')}, and --strict was given`);
    }
    if (jobs.length === 0) throw new Error(`${name} has no URL to download`);
    if (problems.length > 0) console.error(colors.yellow(`${count(problems.length, 'bad line')} skipped`));
    return { jobs, source: name, close: async () => {} };
  }

  const plan = makePlan({ seed: settings.seed, jobs: settings.jobs, endless: settings.deaf });
  const server = await startServer(plan);
  const urls = plan.map((file) => `${server.origin}/files/${file.name}`);
  const jobs = makeJobs(urls, (index) => plan[index].behaviour === 'endless');
  console.log(
    `A local server misbehaves at ${server.origin} by seed ${settings.seed} (again: --seed ${settings.seed}).`,
  );
  return { jobs, source: `a local server, seed ${settings.seed}`, close: server.close };
}

/** @type {(number: number, noun: string) => string} */
const count = (number, noun) => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** @param {number} ms */
const limit = (ms) => (ms === Infinity ? 'none' : prettyMilliseconds(ms));

/** @param {import('./arguments.mjs').Settings} settings */
async function main(settings) {
  const { jobs, source, close } = await prepare(settings);
  const files = path.join(settings.out, 'files');
  if (settings.ownOut) await rm(files, { recursive: true, force: true });
  await mkdir(files, { recursive: true }).catch((error) => {
    throw new Error(`cannot make the directory for the files: ${error.message}`, { cause: error });
  });

  const title = `${count(jobs.length, 'download')} through ${count(settings.concurrency, 'slot')}`;
  const limits = `queue timeout ${limit(settings.queueTimeout)}, run timeout ${limit(settings.runTimeout)}`;
  console.log(`${title}, ${limits}. Ctrl-C stops in good order.`);
  const deaf = jobs.filter((job) => job.deaf).length;
  if (deaf > 0)
    console.log(
      `${count(deaf, 'file')} by a client that cannot be cancelled: watch its slot after the timeout.`,
    );
  console.log();

  // The first fetch of a process loads the HTTP client, which would show in the picture as a late start.
  await fetch('data:,');

  const interrupt = listenForInterrupt();
  /** @type {import('./run.mjs').Run} */
  let run;
  const progress = startProgress(() => run, { live: settings.live });
  run = startRun(jobs, { ...settings, out: files, signal: interrupt.signal, onSettled: progress.settled });
  await run.finished;
  progress.stop();
  interrupt.dispose();
  await close();

  const summary = summarize(run.records, { elapsed: run.elapsed(), concurrency: settings.concurrency });
  const lines = facts(summary, { concurrency: settings.concurrency, backend });
  if (interrupt.signal.aborted) console.log(colors.yellow(`\n${interrupt.signal.reason.message}`));
  console.log(`\n${renderTable(summary)}${lines.join('\n')}`);

  const notes = [`from ${source}; ${limits}`, lines[0]];
  const svg = drawPicture(run.records, {
    title,
    notes,
    concurrency: settings.concurrency,
    elapsed: run.elapsed(),
  });
  const page = renderPage({ title, svg, summary, facts: lines, records: run.records });
  await writeFile(path.join(settings.out, 'run.svg'), svg);
  await writeFile(path.join(settings.out, 'run.html'), page);
  console.log(`\nfiles    ${files}`);
  console.log(`picture  ${pathToFileURL(path.join(settings.out, 'run.html'))}`);

  const lost = run.records.some(({ kind }) => kind !== 'saved');
  process.exitCode = interrupt.exitCode() ?? (lost && settings.file !== undefined ? SOME_LOST : 0);
}

// A reader that has seen enough, such as head, is no failure.
process.stdout.on('error', (error) => {
  if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EPIPE') throw error;
  process.exit();
});

main(parseArguments(process.argv)).catch((error) => {
  // What cannot go on for a reason outside the program is told in a line; a bug keeps its stack.
  const outside = error.constructor === Error;
  console.error(colors.red(outside ? `error: ${error.message}` : error.stack));
  process.exit(REFUSED);
});
