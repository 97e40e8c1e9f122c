// What tries again when a function fails: Fanfold's two faces, the peer, and the bare call as a floor.

/**
 * @typedef {object} RetryFace
 * @property {(fn: () => Promise<unknown>) => Promise<unknown>} retry
 * @typedef {import('../rosters.mjs').Subject & RetryFace} RetrySubject
 */

/** @type {import('../rosters.mjs').Roster} */
export const retriers = {
  own: ['fanfold', 'fanfold/p-retry'],
  loaders: {
    async fanfold() {
      const { retry } = await import('fanfold');
      return { kind: 'fanfold', retry: (fn) => retry(fn) };
    },
    async 'fanfold/p-retry'() {
      const { default: pRetry } = await import('fanfold/p-retry');
      return { kind: 'fanfold', retry: (fn) => pRetry(fn) };
    },
    async 'p-retry'() {
      const { default: pRetry } = await import('p-retry');
      return { kind: 'peer', retry: (fn) => pRetry(fn) };
    },
    async 'direct call'() {
      return { kind: 'floor', retry: (fn) => fn() };
    },
  },
};
