// As many workers as there are slots, without counting: the limiter lets no more tasks in than it has slots, so a task
// finds a free worker or may start a new one.

/** @type {Worker[]} */
const free = [];

/**
 * Lets a worker compute a tile. Settles when the worker has answered, not before: until then it is busy, and so is
 * the slot of the task that waits here.
 *
 * @param {import('./tile-worker.mjs').Tile} tile
 * @param {import('./tile-worker.mjs').View} view
 * @returns {Promise<Uint8ClampedArray<ArrayBuffer>>}
 */
export async function computeTile(tile, view) {
  const worker = free.pop() ?? new Worker(new URL('./tile-worker.mjs', import.meta.url), { type: 'module' });
  try {
    const pixels = await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data.pixels);
      worker.onerror = (event) => reject(new Error(event.message || 'the worker could not be loaded'));
      worker.postMessage({ tile, view });
    });
    free.push(worker);
    return pixels;
  } catch (error) {
    worker.terminate();
    throw error;
  }
}
