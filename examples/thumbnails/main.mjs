// Makes a small picture of every picture in a folder, as many at once as this machine does best.
// Run it with --help for the options. The exit code is 0 if all went well, 1 if pictures failed, 2 if it could not
// begin or go on, 130 or 143 after an interrupt (SIGINT, SIGTERM).

import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import colors from 'chalk';
import { measureConcurrency } from 'fanfold';
import prettyBytes from 'pretty-bytes';
import { createCommand, fromCaller, wholeNumber } from '../shared/arguments.mjs';
import { runProgram } from '../shared/program.mjs';
import { makeSamples } from './samples.mjs';
import { makeThumbnail, thumbnails } from './thumbnails.mjs';

const OWN_OUT = fileURLToPath(new URL('./out/', import.meta.url));

const command = createCommand('thumbnails', 'Makes a small picture of every picture in a folder.')
  .argument('[folder]', 'the folder with the pictures; without it, some are painted, one of which is broken')
  .option('-o, --out <folder>', 'where the small ones go (default: the out folder of this example)')
  .option('-w, --width <pixels>', 'how wide the small ones are', wholeNumber(1, 10_000), 320)
  .option('-c, --concurrency <n>', 'how many are made at once (default: measured)', wholeNumber(1, 1000))
  .parse();

await runProgram(async (signal) => {
  const [folder] = command.args;
  const painted = folder === undefined ? await mkdtemp(path.join(tmpdir(), 'fanfold-pictures-')) : undefined;
  try {
    if (painted !== undefined) await makeSamples(painted, { signal });
    return await run(painted ?? fromCaller(folder), signal);
  } finally {
    if (painted !== undefined) await rm(painted, { recursive: true });
  }
});

/**
 * @param {string} folder
 * @param {AbortSignal} signal
 */
async function run(folder, signal) {
  const { width, out, concurrency = undefined } = command.opts();
  const target = out === undefined ? OWN_OUT : fromCaller(out);
  await mkdir(target, { recursive: true });

  const names = (await readdir(folder)).filter((name) => /\.(avif|gif|jpe?g|png|tiff?|webp)$/i.test(name));
  const files = names.sort().map((name) => path.join(folder, name));
  if (files.length === 0) throw new Error(`${folder} has no pictures`);
  const slots = concurrency ?? (await findConcurrency(files, width, signal));

  /** @type {readonly Error[]} */
  let failures = [];
  try {
    // While one is written here, the next ones are made.
    for await (const { file, data, info } of thumbnails(files, { width, concurrency: slots, signal })) {
      await writeFile(path.join(target, `${path.basename(file)}.webp`), data);
      console.log(`${path.basename(file)}  ${info.width} × ${info.height}  ${prettyBytes(data.length)}`);
    }
  } catch (error) {
    if (!(error instanceof AggregateError)) throw error;
    failures = error.errors;
  }
  for (const { message } of failures) console.error(colors.red(message));
  return failures.length === 0 ? 0 : 1;
}

/**
 * How many at once this machine does best, tried out on some of the pictures. Nothing is written.
 *
 * @param {readonly string[]} files
 * @param {number} width
 * @param {AbortSignal} signal
 */
async function findConcurrency(files, width, signal) {
  const table = await measureConcurrency(files, (file) => makeThumbnail(file, width), {
    candidates: [1, 2, 4, 8],
    items: 12,
    rounds: 2,
    signal,
  });
  console.log(`${table}\n`);
  return table.best;
}
