// Loads the native engine in worker threads, ends them at any moment, and loads it again, many times over.
//
//   node stress/workers.mjs [--count 300] [--parallel 4] [--tasks 200000] [--seed N]
//
// Over thousands of workers a few thousand tasks each are enough to show a leak, and ten times as fast.
//
// What must hold: no crash, no error in any worker, and memory that does not grow with the number of workers.
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { randomFrom } from './random.mjs';

/** Tasks that make an engine heavy: six megabytes then, so that a few dozen that leak cannot hide. */
const TASKS = 200_000;
/** Workers after which V8, the allocator and the thread pool have grown to what they need. */
const WARM_UP = 60;
/**
 * What memory may grow after that, from an early third of the workers to the last: two of the engines above.
 * Measured without a leak: from -3 to 5 MB. A leak grows with the workers: of 600, 360 lie between the middles of
 * the thirds, and with a mailbox (66 KB) of each still there it would be 23 MB.
 */
const GROWTH_LIMIT_BYTES = 12 * 1024 * 1024;

const constants = fileURLToPath(new URL('../../npm/fanfold/dist/cjs/engine/mailbox.gen.js', import.meta.url));

/**
 * Runs `count` workers, `parallel` at a time, and tells how it went. Rejects with the first error of a worker.
 */
export async function stress({ count, parallel, seed, tasks = TASKS, report = () => {} }) {
  const random = randomFrom(seed);
  const addon = (await nativeFile()) ?? fail('the native engine is not built');
  const ended = { 'at once': 0, starting: 0, heavy: 0, busy: 0 };
  let started = 0;
  let done = 0;
  const samples = [];

  async function lane() {
    while (started < count) {
      started++;
      ended[await once({ addon, tasks, random })]++;
      done++;
      if (done > WARM_UP) samples.push(memory());
      if (done % 100 === 0) report(`${done} of ${count} workers, ${megabytes(memory())} MB`);
    }
  }
  await Promise.all(Array.from({ length: parallel }, lane));
  // Each sample has other workers half way in it: medians of a third at the beginning and at the end do not.
  const third = Math.ceil(samples.length / 3);
  const baseline = median(samples.slice(0, third));
  const growth = median(samples.slice(-third)) - baseline;
  if (growth > GROWTH_LIMIT_BYTES)
    fail(`memory grew by ${megabytes(growth)} MB after the first ${WARM_UP} workers`);
  return { workers: done, ended, baseline: megabytes(baseline), growth: megabytes(growth) };
}

/** The file of the addon, or undefined where the native engine cannot run. */
export async function nativeFile() {
  const { backendInfo } = await import('fanfold');
  return backendInfo.candidates.find(({ backend, error }) => backend === 'native' && !error)?.file;
}

/** One worker from start to end; resolves with the moment it was ended in. */
function once({ addon, tasks, random }) {
  const script = random.below(3) ? 'addon-worker.mjs' : 'library-worker.mjs';
  const moment = ['at once', 'starting', 'heavy', 'busy'][random.below(4)];
  const after = { starting: random.below(40), heavy: 1, busy: 2 + random.below(6) }[moment];
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(script, import.meta.url), {
      workerData: { addon, constants, seed: random.word(), tasks },
      env: { ...process.env, FANFOLD_BACKEND: 'native' },
    });
    const end = () => worker.terminate();
    worker.on('error', reject);
    worker.on('exit', () => resolve(moment));
    if (moment === 'at once') end();
    // Only a real clock can end a worker in the middle of loading the addon.
    else if (moment === 'starting') worker.on('online', () => setTimeout(end, after));
    else {
      let messages = 0;
      worker.on('message', () => {
        if (++messages === after) end();
      });
    }
  });
}

/** Memory of the process, as far as it does not wait for the collector. */
function memory() {
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

function median(values) {
  return values.sort((left, right) => left - right)[values.length >> 1] ?? 0;
}

function megabytes(bytes) {
  return Math.round(bytes / 1024 / 1024);
}

function fail(message) {
  throw new Error(message);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: {
      count: { type: 'string' },
      parallel: { type: 'string' },
      tasks: { type: 'string' },
      seed: { type: 'string' },
    },
  });
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
  console.log(`seed ${seed}`);
  const result = await stress({
    count: Number(values.count ?? 300),
    parallel: Number(values.parallel ?? 4),
    seed,
    tasks: Number(values.tasks ?? TASKS),
    report: console.log,
  });
  console.log(result);
}
