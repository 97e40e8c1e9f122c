// What a user downloads: the engine (`cargo xtask sizes`) and whole browser bundles, beside the sizes reviewed last.
// Fails over a limit or where a size is no longer the reviewed one; `npm run sizes -- --update` accepts what it sees.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { attempt, root } from './lib/run.mjs';

const SNAPSHOT = join(root, 'scripts/sizes.snapshot.json');
const BUNDLES = {
  'drop-in bundle': {
    code: `export { default, limitFunction } from 'fanfold/p-limit'`,
    gzipLimit: 32 * 1024,
  },
  'p-map bundle': { code: `export { default, pMapIterable } from 'fanfold/p-map'` },
  'p-retry bundle': { code: `export { default } from 'fanfold/p-retry'` },
  'p-queue bundle': { code: `export { default } from 'fanfold/p-queue'` },
  'async-mutex bundle': { code: `export { Mutex, Semaphore } from 'fanfold/async-mutex'` },
  'createLimiter bundle': { code: `export { createLimiter } from 'fanfold'` },
  'whole bundle': { code: `export * from 'fanfold'` },
};
/** Compressors of two machines differ by less than one part in this many. */
const TOLERANCE = 50;

const update = process.argv.includes('--update');
const engine = attempt('cargo', ['xtask', 'sizes', update ? '--write' : '--check']);

const now = {};
for (const [name, { code }] of Object.entries(BUNDLES)) now[name] = await bundleSize(code);
if (update) writeFileSync(SNAPSHOT, `${JSON.stringify(now, null, 2)}\n`);
const reviewed = JSON.parse(readFileSync(SNAPSHOT, 'utf8'));

const complaints = [];
console.log(line('', 'bytes', 'gzip', 'reviewed gzip', 'limit'));
for (const [name, { gzipLimit }] of Object.entries(BUNDLES)) {
  const { bytes, gzip } = now[name];
  const before = reviewed[name]?.gzip ?? 0;
  console.log(line(name, bytes, gzip, before, gzipLimit ?? ''));
  if (gzip > (gzipLimit ?? Number.POSITIVE_INFINITY)) complaints.push(`the ${name} is over its limit`);
  if (Math.abs(gzip - before) > before / TOLERANCE) {
    complaints.push(`the ${name} has changed; look at why, then run \`npm run sizes -- --update\``);
  }
}
for (const complaint of complaints) console.error(`✗ ${complaint}`);
process.exitCode = engine !== 0 || complaints.length > 0 ? 1 : 0;

async function bundleSize(contents) {
  const result = await build({
    stdin: { contents, resolveDir: join(root, 'js-tests') },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
  });
  const bytes = result.outputFiles[0].contents;
  return { bytes: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length };
}

function line(name, ...cells) {
  return name.padEnd(22) + cells.map((cell) => String(cell).padStart(14)).join('');
}
