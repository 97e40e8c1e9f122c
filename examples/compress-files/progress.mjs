// How far it is: one line that changes on a terminal, a line now and then elsewhere.

import { createLogUpdate } from 'log-update';

const REDRAW_EVERY_MS = 100;
const LINE_EVERY_FILES = 500;

/**
 * @param {NodeJS.WriteStream} [output]  standard error, which leaves standard output to the result
 */
export function startProgress(output = process.stderr) {
  let line = '';
  const live = output.isTTY ? createLogUpdate(output) : undefined;
  // Files may end much faster than anybody can read.
  const timer = setInterval(() => live?.(line), REDRAW_EVERY_MS);
  return {
    /** @param {import('fanfold').Progress} progress */
    update({ done, failed, running }) {
      line = `${done} done, ${failed} failed, ${running} running`;
      if (!live && (done + failed) % LINE_EVERY_FILES === 0) output.write(`${line}\n`);
    },
    /** Takes the line away. Again changes nothing. */
    stop() {
      clearInterval(timer);
      live?.clear();
    },
  };
}
