// Taken at import, so that a test which installs fake timers can still let the real event loop turn.
const realSetTimeout = globalThis.setTimeout;

/** Lets `count` rounds of the microtask queue pass. */
export async function microtasks(count: number): Promise<void> {
  for (let round = 0; round < count; round++) await null;
}

/** Lets every microtask that is due, and all that these lead to, run: one turn of the real event loop. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    realSetTimeout(resolve, 0);
  });
}
