import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const entry = fileURLToPath(new URL('../work/entry-node.mjs', import.meta.url));

// Forced collections between the turns age code that its owner will use again a turn later; without the first
// flag V8 would throw that code away, and subjects would be timed while they compile.
const flags = ['--no-flush-bytecode', '--expose-gc', '--max-old-space-size=8192'];

/**
 * Runs one job in a child process of its own.
 * @param {{ file: string, backend: 'native' | 'wasm' }} place
 * @param {import('../work/job.mjs').Job} job
 * @returns {Promise<import('../work/job.mjs').JobResult>}
 */
export function runNodeJob({ file, backend }, job) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, [...flags, entry, JSON.stringify(job)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, FANFOLD_BACKEND: backend },
      serialization: 'advanced',
    });
    let result;
    child.on('message', (message) => {
      result = message;
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (code === 0 && result) resolve(result);
      else reject(new Error(`the process of case ${job.case} ended with ${signal ?? `code ${code}`}`));
    });
  });
}
