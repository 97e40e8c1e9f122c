// Compresses every file below a folder into another one, thousands of them with the memory of a few.
// Run it with --help for the options. The exit code is 0 if all went well, 1 if files failed, 2 if it could not begin
// or go on, 130 or 143 after an interrupt (SIGINT, SIGTERM).

import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import colors from 'chalk';
import prettyBytes from 'pretty-bytes';
import { createCommand, fromCaller, wholeNumber } from '../shared/arguments.mjs';
import { runProgram } from '../shared/program.mjs';
import { compressAll } from './compress-all.mjs';
import { filesBelow } from './files-below.mjs';
import { startProgress } from './progress.mjs';

const command = createCommand('compress-files', 'Compresses every file below a folder into another folder.')
  .argument('<from>', 'the folder with the files')
  .argument('<to>', 'the folder for the compressed ones and their SHA256SUMS; made if it is not there')
  .option('-c, --concurrency <n>', 'how many are compressed at once', wholeNumber(1, 1000), 8)
  .parse();

await runProgram(async (signal) => {
  const [from, to] = command.args.map(fromCaller);
  if (!(await stat(from)).isDirectory()) throw new Error(`${from} is no folder`);
  if (from === to) throw new Error('the compressed files need a folder of their own');
  await mkdir(to, { recursive: true });

  const progress = startProgress();
  try {
    const { files, bytes, compressed, failures } = await compressAll(filesBelow(from, to), {
      from,
      to,
      concurrency: command.opts().concurrency,
      signal,
      onProgress: progress.update,
    });
    progress.stop();
    console.log(`${files} files, ${prettyBytes(bytes)} became ${prettyBytes(compressed)}`);
    for (const { file, cause } of failures) {
      console.error(colors.red(`${path.relative(from, file)}: ${/** @type {Error} */ (cause).message}`));
    }
    return failures.length === 0 ? 0 : 1;
  } finally {
    progress.stop();
  }
});
