// The page: bundled together with everything it measures, driven from outside through `globalThis.bench`.
import { runJob } from './job.mjs';
import { countsLinearMemory, watchWasmMemories } from './wasm-memories.mjs';

const wasmBytes = watchWasmMemories();

/** @type {import('./measure.mjs').Host} */
const host = {
  now: () => performance.now(),
  // From outside: the browser's own protocol collects and weighs more exactly than a page can.
  collect: () => globalThis.gc(),
  turn: () => new Promise((resolve) => setTimeout(resolve, 0)),
  peak: () => undefined,
  quietSignal: () => {},
  async memory() {
    const { used, backing } = await globalThis.benchHeap();
    const wasm = wasmBytes();
    return { heap: used, external: counted ? backing - wasm : backing, wasm, outside: undefined };
  },
};

let counted = false;

globalThis.bench = async (job) => {
  counted = await countsLinearMemory(async () => (await globalThis.benchHeap()).backing);
  return runJob(job, host);
};
