// Uses the library as a program would, with tasks queued, running and waiting for timers, until somebody
// ends this worker.
import { parentPort, workerData } from 'node:worker_threads';
import { backend, createLimiter } from 'fanfold';
import { randomFrom } from './random.mjs';

const { seed } = workerData;
if (backend !== 'native') throw new Error(`the native engine was asked for, and ${backend} runs`);

const random = randomFrom(seed);
const limiter = createLimiter({ concurrency: 8, queueTimeout: 60_000 });
const burst = Array.from({ length: 5_000 }, () => limiter(() => undefined));
parentPort.postMessage('heavy');
await Promise.all(burst);

for (;;) {
  const controller = new AbortController();
  const round = Array.from({ length: 200 }, (_, index) =>
    limiter.run(() => (index % 16 ? index : new Promise((resolve) => setTimeout(resolve, random.below(3)))), {
      signal: controller.signal,
    }),
  );
  if (random.below(4) === 0) controller.abort();
  await Promise.allSettled(round);
  parentPort.postMessage('busy');
}
