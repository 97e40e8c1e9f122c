// Taken at import, so that a test which installs fake timers can still let the real event loop turn.
const realSetTimeout = globalThis.setTimeout;

/** In a page a message, since a browser makes nested timers wait for 4 ms. On Node a port would keep it alive. */
const turn = 'document' in globalThis ? byMessage() : (next: () => void) => realSetTimeout(next, 0);

/** Lets `count` rounds of the microtask queue pass. */
export async function microtasks(count: number): Promise<void> {
  for (let round = 0; round < count; round++) await null;
}

/** Lets every microtask that is due, and all that these lead to, run: one turn of the real event loop. */
export function settle(): Promise<void> {
  return new Promise<void>((resolve) => void turn(resolve));
}

function byMessage(): (next: () => void) => void {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()?.();
  return (next) => {
    waiting.push(next);
    port2.postMessage(null);
  };
}
