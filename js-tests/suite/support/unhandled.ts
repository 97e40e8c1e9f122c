import { settle } from './turns.ts';

/** What a program is told of as unhandled, from now on until `stop`. Those who listen otherwise are set aside in Node. */
export function watchUnhandled(): { stop(): Promise<unknown[]> } {
  const reasons: unknown[] = [];
  const { process } = globalThis as { process?: Partial<NodeJS.Process> };
  if (typeof process?.on !== 'function') {
    const heard = (event: Event) => {
      event.preventDefault();
      reasons.push((event as PromiseRejectionEvent).reason);
    };
    addEventListener('unhandledrejection', heard);
    return {
      async stop() {
        await settle();
        removeEventListener('unhandledrejection', heard);
        return reasons;
      },
    };
  }
  const node = process as NodeJS.Process;
  const others = node.listeners('unhandledRejection');
  node.removeAllListeners('unhandledRejection');
  const heard = (reason: unknown) => {
    reasons.push(reason);
  };
  node.on('unhandledRejection', heard);
  return {
    async stop() {
      // Told once all microtasks are done.
      await settle();
      node.off('unhandledRejection', heard);
      for (const other of others) node.on('unhandledRejection', other);
      return reasons;
    },
  };
}
