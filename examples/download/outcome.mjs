// How a download ended, sorted into kinds that mean something to the person who waits for the files.

import { TimeoutError } from 'fanfold';
import { HttpError } from './download.mjs';

/**
 * @typedef {'saved' | 'refused' | 'failed' | 'broken' | 'ran-out' | 'gave-up' | 'cancelled' | 'disk'} Kind
 *
 * @typedef {object} Outcome
 * @property {string} label  for tables and legends
 * @property {string} light  colour on a light ground
 * @property {string} dark  colour on a dark ground
 * @property {'green' | 'yellow' | 'magenta' | 'red' | 'blue' | 'cyan' | 'gray'} terminal
 */

/**
 * In the order of tables and legends. The colours differ in lightness as well as in hue, for eyes and printers
 * that see no hue.
 *
 * @type {Readonly<Record<Kind, Outcome>>}
 */
export const OUTCOMES = {
  saved: { label: 'saved', light: '#2a9d8f', dark: '#35b3a4', terminal: 'green' },
  refused: { label: 'refused (4xx)', light: '#e9c46a', dark: '#f0d080', terminal: 'yellow' },
  failed: { label: 'server error (5xx)', light: '#ee8b3a', dark: '#f59d52', terminal: 'yellow' },
  broken: { label: 'broken connection', light: '#c8443a', dark: '#e2635a', terminal: 'red' },
  'ran-out': { label: 'run timeout', light: '#7b4fb5', dark: '#a27bdc', terminal: 'magenta' },
  'gave-up': { label: 'queue timeout', light: '#4a6fa5', dark: '#7c9fd3', terminal: 'blue' },
  cancelled: { label: 'cancelled', light: '#8a8f98', dark: '#9aa1ac', terminal: 'gray' },
  disk: { label: 'disk error', light: '#1f2933', dark: '#e5e9f0', terminal: 'cyan' },
};

/**
 * @param {unknown} error  what a download's promise rejected with
 * @param {AbortSignal} interrupt  the signal of the whole run
 * @returns {Kind}
 */
export function kindOf(error, interrupt) {
  if (error instanceof TimeoutError) return error.clock === 'queue' ? 'gave-up' : 'ran-out';
  if (interrupt.aborted && error === interrupt.reason) return 'cancelled';
  if (error instanceof HttpError) return error.status >= 500 ? 'failed' : 'refused';
  const { syscall, path } = /** @type {NodeJS.ErrnoException} */ (error);
  return syscall !== undefined && path !== undefined ? 'disk' : 'broken';
}

/**
 * One line about an error. fetch says "fetch failed" and keeps the true reason as the cause.
 *
 * @param {unknown} error
 * @returns {string}
 */
export function describe(error) {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause;
  if (!(cause instanceof Error)) return error.message;
  const code = /** @type {NodeJS.ErrnoException} */ (cause).code;
  return cause.message || code || error.message;
}
