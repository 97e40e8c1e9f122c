// Who asks what, and when: one tenant floods, one asks steadily, one comes late and seldom.

import { setTimeout as delay } from 'node:timers/promises';

/**
 * @typedef {object} Demand
 * @property {string} tenant
 * @property {number} count  requests
 * @property {number} from  milliseconds until the first one
 * @property {number} every  milliseconds between two; 0 for all at once
 * @property {number} words  of a prompt
 */

/** @type {readonly Demand[]} */
export const DEMANDS = [
  { tenant: 'nightly batch', count: 90, from: 0, every: 0, words: 40 },
  { tenant: 'shop', count: 45, from: 0, every: 60, words: 20 },
  { tenant: 'support', count: 20, from: 1500, every: 100, words: 30 },
];

/**
 * Asks everything, and tells what became of it.
 *
 * @param {readonly import('./client.mjs').Tenant[]} tenants
 * @param {readonly Demand[]} demands
 * @param {AbortSignal} signal
 */
export async function askAll(tenants, demands, signal) {
  const asked = demands.map(async ({ tenant, count, from, every, words }) => {
    const { ask } = /** @type {import('./client.mjs').Tenant} */ (
      tenants.find(({ name }) => name === tenant)
    );
    await delay(from, undefined, { signal });
    const answers = [];
    for (let nth = 0; nth < count; nth++) {
      // Each is looked at from its beginning: one that fails meanwhile must not end the process.
      answers.push(
        ask('word '.repeat(words), signal).then(
          () => true,
          () => false,
        ),
      );
      if (every > 0) await delay(every, undefined, { signal });
    }
    const answered = (await Promise.all(answers)).filter(Boolean).length;
    return { tenant, asked: count, answered };
  });
  return Promise.all(asked);
}
