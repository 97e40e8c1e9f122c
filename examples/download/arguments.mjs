// The command line: every option with its unit, its default and a refusal that says what was expected.

import { randomInt } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Option } from 'commander';
import { createCommand, duration, fromCaller, wholeNumber } from '../shared/arguments.mjs';

/**
 * @typedef {object} Settings
 * @property {string | undefined} file  a file of URLs, '-' for standard input; without it the local server plays
 * @property {number} concurrency  slots
 * @property {number} queueTimeout  milliseconds a download may wait for a slot, Infinity for no limit
 * @property {number} runTimeout  milliseconds a download may run, Infinity for no limit
 * @property {string} out  directory of the downloaded files and of the picture
 * @property {boolean} ownOut  true where `out` is the example's own directory, which it may empty
 * @property {boolean} strict  refuse a list with a bad line instead of skipping the line
 * @property {boolean} live  whether a live block may be drawn on a terminal
 * @property {number} seed  of the local server's misbehaviour
 * @property {number} jobs  how many files the local server has
 * @property {number} deaf  how many of them are fetched by a client that cannot be cancelled
 */

/** What the two kinds of run take where the command line says nothing. */
const LOCAL_DEFAULTS = { queueTimeout: 4500, runTimeout: 1500 };
const LIST_DEFAULTS = { queueTimeout: Infinity, runTimeout: 30_000 };

const OWN_OUT = fileURLToPath(new URL('../out/', import.meta.url));

/**
 * Reads the command line. Prints a message and ends the process with code 2 where it is wrong.
 *
 * @param {readonly string[]} argv  as in `process.argv`
 * @returns {Settings}
 */
export function parseArguments(argv) {
  const command = createCommand(
    'download',
    'Downloads many files through one Fanfold limiter, with a limit, two timeouts and a picture of the run.\n' +
      'Without a file of URLs it starts a local server that misbehaves, and downloads from that.',
  )
    .argument('[urls]', 'a file with one http(s) URL per line, # for comments, or - for standard input')
    .option('-c, --concurrency <slots>', 'how many downloads run at once', wholeNumber(1, 10_000), 6)
    .option(
      '-q, --queue-timeout <duration>',
      'how long a download may wait (default: none, 4.5s locally)',
      duration,
    )
    .option(
      '-r, --run-timeout <duration>',
      'how long a download may run (default: 30s, 1.5s locally)',
      duration,
    )
    .option('-o, --out <dir>', 'where files and picture go (default: the out directory of the examples)')
    .option('--strict', 'refuse a list that has a bad line, instead of skipping the line', false)
    .option('--plain', 'print lines instead of a live block, also on a terminal', false)
    .addOption(
      localOption('--seed <n>', 'the seed of the local misbehaviour (default: random)', 0, 2 ** 31 - 1),
    )
    .addOption(localOption('--jobs <n>', 'how many files the local server has (default: 60)', 1, 5000))
    .addOption(
      localOption(
        '--deaf <n>',
        'how many local files come from a client without cancel (default: 2)',
        0,
        5000,
      ),
    )
    .parse([...argv]);

  const given = command.opts();
  const [file] = command.args;
  if (file !== undefined) {
    for (const name of ['seed', 'jobs', 'deaf']) {
      if (given[name] !== undefined)
        command.error(`error: --${name} is for the local server and means nothing with a file of URLs`);
    }
  }

  const defaults = file === undefined ? LOCAL_DEFAULTS : LIST_DEFAULTS;
  const jobs = given.jobs ?? 60;
  if (given.deaf > jobs) {
    command.error(
      `error: --deaf is how many of the ${jobs} local files: expected at most that, got ${given.deaf}`,
    );
  }
  return {
    file: file === undefined || file === '-' ? file : fromCaller(file),
    concurrency: given.concurrency,
    queueTimeout: given.queueTimeout ?? defaults.queueTimeout,
    runTimeout: given.runTimeout ?? defaults.runTimeout,
    out: given.out === undefined ? OWN_OUT : fromCaller(given.out),
    ownOut: given.out === undefined,
    strict: given.strict,
    live: !given.plain,
    seed: given.seed ?? randomInt(1, 100_000),
    jobs,
    deaf: file === undefined ? Math.min(given.deaf ?? 2, jobs) : 0,
  };
}

/** @type {(flags: string, description: string, least: number, most: number) => Option} */
const localOption = (flags, description, least, most) =>
  new Option(flags, description).argParser(wholeNumber(least, most));
