// What `require('fanfold/p-limit')` gives: the function itself, as p-limit gave it while it was CommonJS, and
// on it what an ES module would export. Compiled for CommonJS only; the build reuses it for bundlers.
import dropIn = require('./p-limit.js');

const pLimit: typeof dropIn.default & typeof dropIn = Object.defineProperties(dropIn.default, {
  default: { value: dropIn.default, configurable: true },
  limitFunction: { value: dropIn.limitFunction, configurable: true },
}) as typeof dropIn.default & typeof dropIn;

declare namespace pLimit {
  export type LimitFunction = dropIn.LimitFunction;
  export type Options = dropIn.Options;
}

export = pLimit;
