// Ctrl-C as an AbortSignal: the first one ends the work in good order, a later one ends the process.

/**
 * npm passes a signal on that the terminal has already sent to the whole group, so one Ctrl-C may arrive twice.
 * Only what comes after this many milliseconds is taken for a second one.
 */
const SAME_KEYSTROKE = 700;

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 };

/**
 * @typedef {object} Interrupt
 * @property {AbortSignal} signal
 * @property {() => number | undefined} exitCode  of the signal that came, if one did
 * @property {() => void} dispose  stops listening
 */

/** @returns {Interrupt} */
export function listenForInterrupt() {
  const controller = new AbortController();
  /** @type {number | undefined} */
  let code;
  let came = 0;

  const on = (/** @type {NodeJS.Signals} */ name) => {
    if (code !== undefined) {
      if (performance.now() - came > SAME_KEYSTROKE) process.exit(code);
      return;
    }
    came = performance.now();
    code = EXIT_CODES[/** @type {'SIGINT'} */ (name)];
    controller.abort(new DOMException(`interrupted by ${name}`, 'AbortError'));
  };
  const names = /** @type {NodeJS.Signals[]} */ (Object.keys(EXIT_CODES));
  for (const name of names) process.on(name, on);

  return {
    signal: controller.signal,
    exitCode: () => code,
    dispose() {
      for (const name of names) process.off(name, on);
    },
  };
}
