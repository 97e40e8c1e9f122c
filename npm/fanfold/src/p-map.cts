// What `require('fanfold/p-map')` gives: the function itself, as p-map gave it while it was CommonJS, and
// on it what an ES module would export. Compiled for CommonJS only; the build reuses it for bundlers.
import dropIn = require('./p-map.js');

const pMap: typeof dropIn.default & typeof dropIn = Object.defineProperties(dropIn.default, {
  default: { value: dropIn.default, configurable: true },
  pMapSettled: { value: dropIn.pMapSettled, configurable: true },
  pMapKeyed: { value: dropIn.pMapKeyed, configurable: true },
  pMapSettledKeyed: { value: dropIn.pMapSettledKeyed, configurable: true },
  pMapIterable: { value: dropIn.pMapIterable, configurable: true },
  pMapSkip: { value: dropIn.pMapSkip, configurable: true },
  pMapStop: { value: dropIn.pMapStop, configurable: true },
}) as typeof dropIn.default & typeof dropIn;

declare namespace pMap {
  export type Options = dropIn.Options;
  export type SettledOptions = dropIn.SettledOptions;
  export type IterableOptions = dropIn.IterableOptions;
  // biome-ignore lint/suspicious/noExplicitAny: p-map's own default
  export type Mapper<Element = any, NewElement = unknown> = dropIn.Mapper<Element, NewElement>;
  // biome-ignore lint/suspicious/noExplicitAny: p-map's own default
  export type KeyedMapper<Input extends object = any, NewValue = unknown> = dropIn.KeyedMapper<
    Input,
    NewValue
  >;
}

export = pMap;
