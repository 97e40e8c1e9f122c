// The drop-in's types are p-limit's types: not alike, the same. Whatever one accepts or refuses, so does the other.
import type * as ours from 'fanfold/p-limit';
import type * as theirs from 'p-limit';
import type { Holds, Same } from './expect.ts';

export type DefaultExport = Holds<Same<typeof ours.default, typeof theirs.default>>;
export type LimitFunctionExport = Holds<Same<typeof ours.limitFunction, typeof theirs.limitFunction>>;
export type LimitFunctionType = Holds<Same<ours.LimitFunction, theirs.LimitFunction>>;
export type OptionsType = Holds<Same<ours.Options, theirs.Options>>;

// The exported names as well, in both directions.
export type Names = Holds<Same<keyof typeof ours, keyof typeof theirs>>;
