// The drop-in's types are p-retry's types: not alike, the same. Whatever one accepts or refuses, so does the other.
import type * as ours from 'fanfold/p-retry';
import type * as theirs from 'p-retry';
import type { Holds, Same } from './expect.ts';

export type DefaultExport = Holds<Same<typeof ours.default, typeof theirs.default>>;
export type MakeRetriableExport = Holds<Same<typeof ours.makeRetriable, typeof theirs.makeRetriable>>;
export type AbortErrorType = Holds<Same<ours.AbortError, theirs.AbortError>>;
export type AbortErrorParameters = Holds<
  Same<ConstructorParameters<typeof ours.AbortError>, ConstructorParameters<typeof theirs.AbortError>>
>;
export type OptionsType = Holds<Same<ours.Options, theirs.Options>>;
export type RetryContextType = Holds<Same<ours.RetryContext, theirs.RetryContext>>;

// The exported names as well, in both directions.
export type Names = Holds<Same<keyof typeof ours, keyof typeof theirs>>;
