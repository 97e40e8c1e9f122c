/**
 * Times a piece of work twice: `first` right after the full collection that precedes each turn, `warm` when the same
 * was done three times since. Such a collection throws away the code that V8 made for objects of the last run if
 * none of them is alive, and how soon it comes back says more about the collection than about the library.
 * @param {import('./measure.mjs').Host} host
 * @param {number} size how many items the work has
 * @param {() => Promise<void>} work
 * @returns {Promise<{ first: number, warm: number }>} nanoseconds per item
 */
export async function firstAndWarm(host, size, work) {
  const timed = async () => {
    const from = host.now();
    await work();
    return ((host.now() - from) * 1e6) / size;
  };
  const first = await timed();
  await work();
  await work();
  return { first, warm: await timed() };
}
