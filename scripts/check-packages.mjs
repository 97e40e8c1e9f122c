// The packed tarballs under the eyes of publint (are the files and fields right?) and attw (do the types tell the truth?).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from './lib/pack.mjs';
import { attempt } from './lib/run.mjs';

const folder = mkdtempSync(join(tmpdir(), 'fanfold-pack-'));
let failed = false;
try {
  const tarballs = pack(folder);
  for (const [name, tarball] of Object.entries(tarballs)) {
    console.log(`publint ${name}`);
    failed = attempt('npx', ['publint', 'run', tarball, '--strict']) !== 0 || failed;
  }
  for (const name of ['fanfold', '@fanfold/p-limit']) {
    console.log(`attw ${name}`);
    const args = [
      'attw',
      tarballs[name],
      '--profile',
      'node16',
      '--exclude-entrypoints',
      'fanfold.wasm',
      '--format',
      'table-flipped',
    ];
    failed = attempt('npx', args) !== 0 || failed;
  }
} finally {
  rmSync(folder, { recursive: true });
}
process.exitCode = failed ? 1 : 0;
