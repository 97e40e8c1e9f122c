// The drop-in's types are p-map's types. Those that name pMapSkip or pMapStop cannot be the same, since each module has
// symbols of its own; p-map.ts says the same of both instead.
import type * as ours from 'fanfold/p-map';
import type * as theirs from 'p-map';
import type { Holds, Same } from './expect.ts';

export type OptionsType = Holds<Same<ours.Options, theirs.Options>>;
export type SettledOptionsType = Holds<Same<ours.SettledOptions, theirs.SettledOptions>>;
export type IterableOptionsType = Holds<Same<ours.IterableOptions, theirs.IterableOptions>>;
export type MapperParameters = Holds<
  Same<Parameters<ours.Mapper<string, number>>, Parameters<theirs.Mapper<string, number>>>
>;
export type KeyedMapperParameters = Holds<
  Same<
    Parameters<ours.KeyedMapper<{ a: 1; 5: Date }, number>>,
    Parameters<theirs.KeyedMapper<{ a: 1; 5: Date }, number>>
  >
>;

// Functions that were declared for one are accepted by the other.
export type Interchangeable = [
  Holds<
    ours.Mapper<string, number> extends (...args: Parameters<theirs.Mapper<string, number>>) => unknown
      ? true
      : false
  >,
  Holds<Same<Parameters<typeof ours.default>[2], Parameters<typeof theirs.default>[2]>>,
  Holds<Same<Parameters<typeof ours.pMapSettled>[2], Parameters<typeof theirs.pMapSettled>[2]>>,
  Holds<Same<Parameters<typeof ours.pMapIterable>[2], Parameters<typeof theirs.pMapIterable>[2]>>,
  Holds<Same<Parameters<typeof ours.pMapKeyed>[2], Parameters<typeof theirs.pMapKeyed>[2]>>,
  Holds<Same<Parameters<typeof ours.pMapSettledKeyed>[2], Parameters<typeof theirs.pMapSettledKeyed>[2]>>,
];

// The exported names as well, in both directions.
export type Names = Holds<Same<keyof typeof ours, keyof typeof theirs>>;
