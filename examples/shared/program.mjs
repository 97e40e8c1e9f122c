// How the examples begin and end: one signal for Ctrl-C, one place that turns outcomes into exit codes.

import colors from 'chalk';
import { listenForInterrupt } from './interrupt.mjs';

/** The program could not do its work. What its own codes mean each program says. */
const REFUSED = 2;

/**
 * Runs a program to its end. The process is never cut off: it ends by itself when what it left open has been closed.
 *
 * @param {(signal: AbortSignal) => Promise<number>} main  gives the exit code; its signal is aborted by Ctrl-C
 */
export async function runProgram(main) {
  // A reader that has seen enough, such as head, is no failure.
  process.stdout.on('error', (error) => {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EPIPE') throw error;
    process.exit();
  });

  const interrupt = listenForInterrupt();
  try {
    process.exitCode = await main(interrupt.signal);
  } catch (error) {
    const isInterrupt = interrupt.signal.aborted && error === interrupt.signal.reason;
    console.error(
      isInterrupt ? colors.yellow(/** @type {Error} */ (error).message) : colors.red(describeFailure(error)),
    );
    process.exitCode = REFUSED;
  } finally {
    interrupt.dispose();
  }
  process.exitCode = interrupt.exitCode() ?? process.exitCode;
}

/**
 * What cannot go on for a reason outside the program is told in a line; a bug keeps its stack.
 *
 * @param {unknown} error
 */
export function describeFailure(error) {
  if (!(error instanceof Error)) return `error: ${error}`;
  return error.constructor === Error ? `error: ${error.message}` : `${error.stack}`;
}
