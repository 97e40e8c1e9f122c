// The symbols of `using` and `await using`. A runtime that has neither would call the methods "undefined"; what
// compilers turn `using` into looks for these registered symbols there.

/** `Symbol.dispose`, or its stand-in where the runtime has none. */
export const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');

/** `Symbol.asyncDispose`, or its stand-in where the runtime has none. */
export const asyncDispose: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');
