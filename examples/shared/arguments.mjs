// What the command lines of the examples have in common: refusals with exit code 2, numbers, durations, paths.

import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import parseDuration from 'parse-duration';

/**
 * A command that says what was expected and ends the process with code 2 where the command line is wrong.
 *
 * @param {string} name
 * @param {string} description
 */
export function createCommand(name, description) {
  return new Command(name)
    .description(description)
    .configureOutput({ outputError: (text, write) => write(text) })
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .showHelpAfterError('(--help lists the options)');
}

/** @type {(least: number, most: number) => (text: string) => number} */
export const wholeNumber = (least, most) => (text) => {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  }
  return value;
};

/** @param {string} text */
export function duration(text) {
  if (text === 'none') return Infinity;
  const value = /^[\d.]+[a-zµ]+([\d.]+[a-zµ]+)*$/i.test(text) ? parseDuration(text) : null;
  if (value === null || !(value > 0)) {
    throw new InvalidArgumentError(
      'Expected a duration above zero with its unit, such as 250ms, 5s or 2m, or none.',
    );
  }
  return value;
}

/**
 * npm runs a script in the package's directory and keeps the directory it was called from in INIT_CWD:
 * paths on the command line are meant from there.
 *
 * @param {string} name
 */
export function fromCaller(name) {
  return path.resolve(process.env.INIT_CWD ?? process.cwd(), name);
}
