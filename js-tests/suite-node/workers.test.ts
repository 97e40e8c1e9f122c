// Worker threads: each has an engine of its own, and may be ended at any moment.
import { Worker } from 'node:worker_threads';
import { backend, createLimiter } from 'fanfold';
import { describe, expect, test } from 'vitest';

const program = `
const { parentPort, workerData } = require('node:worker_threads');
const { createLimiter, backend } = require('fanfold');
const limiter = createLimiter(4);
if (workerData.endless) {
  const forever = () => limiter(() => new Promise((resolve) => setImmediate(resolve))).then(forever);
  for (let index = 0; index < 100; index++) forever();
  limiter.run(() => new Promise(() => {}), { runTimeout: 1e6 }).catch(() => {});
  parentPort.postMessage({ backend });
} else {
  let running = 0;
  let peak = 0;
  const task = async (index) => {
    peak = Math.max(peak, ++running);
    await null;
    running--;
    return index;
  };
  Promise.all(Array.from({ length: workerData.count }, (_, index) => limiter(task, index))).then((results) => {
    parentPort.postMessage({ backend, peak, sum: results.reduce((a, b) => a + b, 0) });
  });
}
`;

interface Answer {
  readonly backend: string;
  readonly peak?: number;
  readonly sum?: number;
}

function start(workerData: object): { worker: Worker; answer: Promise<Answer>; exit: Promise<number> } {
  const worker = new Worker(program, { eval: true, workerData });
  const answer = new Promise<Answer>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  const exit = new Promise<number>((resolve) => {
    worker.once('exit', resolve);
  });
  return { worker, answer, exit };
}

describe('worker threads', () => {
  test('run side by side, each with its own limits, on the backend that was asked for', async () => {
    const here = createLimiter(1);
    const started = Array.from({ length: 4 }, () => start({ count: 5000 }));
    const answers = await Promise.all([...started.map(({ answer }) => answer), here(() => undefined)]);
    for (const answer of answers.slice(0, 4)) {
      expect(answer).toEqual({ backend, peak: 4, sum: (5000 * 4999) / 2 });
    }
    expect(await Promise.all(started.map(({ exit }) => exit))).toEqual([0, 0, 0, 0]);
  });

  test('ended in the middle of their work leave this thread as it was', async () => {
    const limiter = createLimiter(2);
    for (let round = 0; round < 8; round++) {
      const { worker, answer } = start({ endless: true });
      expect((await answer).backend).toBe(backend);
      const mine = Promise.all(Array.from({ length: 100 }, (_, index) => limiter(async () => index)));
      expect(await worker.terminate()).toBe(1);
      expect((await mine).length).toBe(100);
    }
  });
});
