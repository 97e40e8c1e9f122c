// A client of a model's API for many tenants: one budget of requests and tokens for all, shared fairly between them.

import { createLimiter, httpFeedback, httpRetry } from 'fanfold';
import { HttpError } from '../shared/http.mjs';

/**
 * @typedef {object} Budget
 * @property {number} requests  how many may start in an interval
 * @property {number} tokens  how many tokens they may cost together
 * @property {number} interval  milliseconds
 *
 * @typedef {object} Answer
 * @property {string} text
 * @property {number} tokens  what it cost in truth
 *
 * @typedef {object} Tenant
 * @property {string} name
 * @property {(prompt: string, signal: AbortSignal) => Promise<Answer>} ask
 */

/**
 * @param {object} options
 * @param {string} options.url
 * @param {readonly string[]} options.tenants
 * @param {Budget} options.budget
 * @param {number} options.concurrency  requests at a time, of all tenants together
 * @param {number} options.retries
 */
export function openClient({ url, tenants, budget, concurrency, retries }) {
  const { requests, tokens, interval } = budget;
  const api = createLimiter({
    name: 'api',
    concurrency,
    rate: [
      { limit: requests, interval },
      { limit: tokens, interval, resource: 'tokens' },
    ],
  });
  return {
    api,
    tenants: tenants.map((name) => openTenant(name, url, api, { concurrency, tokens, retries })),
  };
}

/**
 * A limiter of its own below that of all: where the budget is used up, tenants take turns, however many requests each of
 * them has waiting.
 *
 * @param {string} name
 * @param {string} url
 * @param {import('fanfold').Limiter} api
 * @param {{ concurrency: number, tokens: number, retries: number }} options
 * @returns {Tenant}
 */
function openTenant(name, url, api, { concurrency, tokens, retries }) {
  const limiter = createLimiter({
    name,
    concurrency,
    parent: api,
    // What the server tells one tenant counts for all of them.
    feedback: httpFeedback({ scope: 'parent' }),
    retry: { retries, backoff: { base: 100 }, ...httpRetry() },
  });
  return {
    name,
    ask(prompt, signal) {
      // What it costs is known when the answer is there: until then as much is set aside as it can be.
      const atMost = Math.min(estimate(prompt), tokens);
      return limiter.run(
        async (task) => {
          try {
            const answer = await post(url, name, prompt, task.signal);
            task.settleCost({ tokens: answer.tokens });
            return answer;
          } catch (error) {
            // Who was refused was charged nothing.
            if (error instanceof HttpError) task.settleCost({ tokens: 0 });
            throw error;
          }
        },
        { signal, cost: { tokens: atMost } },
      );
    },
  };
}

/** A token has about four letters, and an answer is as long as its prompt at most. @param {string} prompt */
function estimate(prompt) {
  return Math.ceil(prompt.length / 4) * 2;
}

/**
 * @param {string} url
 * @param {string} tenant
 * @param {string} prompt
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
async function post(url, tenant, prompt, signal) {
  const response = await fetch(url, { method: 'POST', headers: { tenant }, body: prompt, signal });
  if (response.ok) return response.json();
  // A body that nobody reads keeps its connection open.
  await response.body?.cancel();
  throw new HttpError(response);
}
