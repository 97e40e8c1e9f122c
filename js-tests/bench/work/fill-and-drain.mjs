import { gate, immediate } from './tasks.mjs';

/** Small sizes are repeated until so many tasks were timed. */
const fewest = 100_000;

/**
 * Every slot is held by a task behind a gate while the queue fills; the gate opens and the queue drains.
 * @param {(task: () => Promise<unknown>) => PromiseLike<unknown>} submit
 * @returns {Promise<number>} nanoseconds per task
 */
export async function fillAndDrain(submit, concurrency, size, host) {
  const repeats = Math.max(1, fewest / size);
  let spent = 0;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const { open, task } = gate();
    const holders = Array.from({ length: concurrency }, () => submit(task));
    await host.turn();
    let promise;
    const from = host.now();
    for (let i = 0; i < size; i++) promise = submit(immediate);
    open();
    await promise;
    spent += host.now() - from;
    await Promise.all(holders);
  }
  return (spent * 1e6) / (size * repeats);
}
