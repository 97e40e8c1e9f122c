// The functions that the cases submit. They do nothing, so that what is timed is the limiter.

/** An async task that is done at once. */
export const immediate = async () => 1;

/** An async function of an item that is done at once. */
export const increment = async (item) => item + 1;

/** How many items the cases over many have. @param {boolean} quick */
export const itemsOf = (quick) => (quick ? 10_000 : 100_000);

/** A count for a title. @param {number} count */
export const shown = (count) => count.toLocaleString('en-US');

/** The items that it is given: 0, 1, 2 and so on. */
export const numbers = (size) => Array.from({ length: size }, (_, at) => at);

/** A task that never ends: it holds a slot while the queue behind it is filled and weighed. */
export const endless = () => new Promise(() => {});

/** A gate: tasks that wait for it hold their slots until it opens. */
export function gate() {
  let open;
  const opened = new Promise((resolve) => {
    open = resolve;
  });
  return { open, task: () => opened };
}

export const ignore = () => {};
