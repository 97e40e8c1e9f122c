// The main job: all services at once, each tried again by itself, and an answer for each, well or not.

import { httpRetry, RetryError, settle, TimeoutError } from 'fanfold';
import { get } from '../shared/http.mjs';

/**
 * @typedef {import('./services.mjs').Service} Service
 *
 * @typedef {object} Check  how a service is
 * @property {Service} service
 * @property {boolean} isWell
 * @property {number} attempts  how often it was asked
 * @property {number | undefined} ms  how long its good answer took
 * @property {string} problem  why it is not well
 */

/**
 * @param {readonly Service[]} services
 * @param {object} options
 * @param {number} options.concurrency  how many are asked at once
 * @param {number} options.retries  how often one that failed is asked again
 * @param {number} options.timeout  milliseconds that one attempt may take
 * @param {number} options.patience  milliseconds: a service that asks for a longer pause is not asked again
 * @param {AbortSignal} [options.signal]
 * @returns {Promise<Check[]>}  in the order of the services; rejects only with the reason of the signal
 */
export async function checkAll(services, { concurrency, retries, timeout, patience, signal }) {
  /** @type {Check[]} */
  const checks = services.map((service) => ({
    service,
    isWell: false,
    attempts: 0,
    ms: undefined,
    problem: '',
  }));

  const { results } = await settle(
    checks.map((check) => async ({ signal }) => {
      check.attempts++;
      const began = performance.now();
      const response = await get(check.service.url, signal);
      check.ms = performance.now() - began;
      await response.body?.cancel();
    }),
    {
      concurrency,
      signal,
      retry: {
        // Not every failure is worth another attempt: a 404 stays one. What the server says of Retry-After is obeyed.
        ...httpRetry({ maxAfter: patience }),
        retries,
        // For each attempt, so that a service that was slow once has another chance.
        attemptTimeout: timeout,
        backoff: { base: 200, max: 2000 },
      },
    },
  );

  for (const [index, result] of results.entries()) {
    checks[index].isWell = result.status === 'fulfilled';
    if (result.status === 'rejected') checks[index].problem = describe(result.reason, timeout);
  }
  return checks;
}

/**
 * One line about what was wrong in the last attempt.
 *
 * @param {unknown} error
 * @param {number} timeout
 * @returns {string}
 */
function describe(error, timeout) {
  // An error that is worth no retry comes as it is, the others as the cause of a RetryError.
  if (error instanceof RetryError) return describe(error.cause, timeout);
  if (error instanceof TimeoutError) return `no answer within ${timeout} ms`;
  if (!(error instanceof Error)) return String(error);
  // fetch says "fetch failed" and keeps the true reason as the cause.
  const { message, code } = /** @type {NodeJS.ErrnoException} */ (error.cause ?? error);
  return message || code || error.message;
}
