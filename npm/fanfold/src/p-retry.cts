// What `require('fanfold/p-retry')` gives: the function itself, as p-retry gave it while it was CommonJS, and
// on it what an ES module would export. Compiled for CommonJS only; the build reuses it for bundlers.
import dropIn = require('./p-retry.js');

const pRetry: typeof dropIn.default & typeof dropIn = Object.defineProperties(dropIn.default, {
  default: { value: dropIn.default, configurable: true },
  makeRetriable: { value: dropIn.makeRetriable, configurable: true },
  AbortError: { value: dropIn.AbortError, configurable: true },
}) as typeof dropIn.default & typeof dropIn;

declare namespace pRetry {
  export type AbortError = dropIn.AbortError;
  export type Options = dropIn.Options;
  export type RetryContext = dropIn.RetryContext;
}

export = pRetry;
