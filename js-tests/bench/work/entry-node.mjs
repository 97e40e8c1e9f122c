// The child process: takes one job from its argument, sends the result over the IPC channel.
import { setMaxListeners } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';
import { clockOf } from './clock-node.mjs';
import { runJob } from './job.mjs';
import { residentPeak } from './peak-node.mjs';
import { countsLinearMemory, watchWasmMemories } from './wasm-memories.mjs';

const job = JSON.parse(process.argv[2]);
const wasmBytes = watchWasmMemories();
const counted = await countsLinearMemory(() => process.memoryUsage().external);

/** @type {import('./measure.mjs').Host} */
const host = {
  now: clockOf(job.clock),
  collect: () => globalThis.gc(),
  turn: () => turn(),
  peak: residentPeak,
  quietSignal: (signal) => setMaxListeners(0, signal),
  async memory() {
    const { heapUsed, external, rss } = process.memoryUsage();
    const v8 = getHeapStatistics();
    return {
      heap: heapUsed,
      external: counted ? external - wasmBytes() : external,
      wasm: wasmBytes(),
      outside: rss - v8.total_physical_size - v8.malloced_memory - external,
    };
  },
};

const run = job.profile ? (await import('./profile-node.mjs')).runProfiled : runJob;
process.send(await run(job, host), () => process.disconnect());
