// The drop-in's types are p-queue's types: not alike, the same. Whatever one accepts or refuses, so does the other. Its
// classes have private members, by which TypeScript tells classes apart: what can be the same is all that users see.
import type * as ours from 'fanfold/p-queue';
import type * as theirs from 'p-queue';
import type { Holds, Same } from './expect.ts';

type Ours = ours.default;
type Theirs = theirs.default;

/** What gives the queue itself, or is generic: p-queue.ts states what these take and give. */
type Chained = 'start' | 'on' | 'addListener' | 'once' | 'off' | 'removeListener' | 'removeAllListeners';
type Generic = 'add' | 'addAll';

/** What all can use of a class. */
type Visible<Class, Except = never> = { [Key in Exclude<keyof Class, Except>]: Class[Key] };

export type QueueMembers = Holds<Same<keyof Ours, keyof Theirs>>;
export type QueueType = Holds<Same<Visible<Ours, Chained | Generic>, Visible<Theirs, Chained | Generic>>>;
export type ListenerParameters = Holds<
  { [Method in Chained]: Same<Parameters<Ours[Method]>, Parameters<Theirs[Method]>> }[Chained]
>;
export type AddParameters = Holds<Same<Parameters<Ours['add']>, Parameters<Theirs['add']>>>;
export type AddAllParameters = Holds<Same<Parameters<Ours['addAll']>, Parameters<Theirs['addAll']>>>;
export type AddResult = Holds<Same<ReturnType<Ours['add']>, ReturnType<Theirs['add']>>>;
/** On p-queue's hangs eventemitter3's class too, which there is none of here. */
export type Statics = Holds<
  Same<keyof typeof ours.default, Exclude<keyof typeof theirs.default, 'EventEmitter'>>
>;

type Run = () => Promise<unknown>;
type Custom = theirs.Queue<Run, theirs.QueueAddOptions & { colour: string }>;
type CustomOptions = theirs.QueueAddOptions & { colour: string };

export type OptionsType = Holds<
  Same<ours.Options<Custom, CustomOptions>, theirs.Options<Custom, CustomOptions>>
>;
export type QueueInterface = Holds<Same<ours.Queue<Run, CustomOptions>, theirs.Queue<Run, CustomOptions>>>;
export type QueueAddOptionsType = Holds<Same<ours.QueueAddOptions, theirs.QueueAddOptions>>;
export type PriorityQueueType = Holds<Same<Visible<ours.PriorityQueue>, Visible<theirs.PriorityQueue>>>;
export type TimeoutErrorType = Holds<Same<ours.TimeoutError, theirs.TimeoutError>>;
export type TimeoutErrorParameters = Holds<
  Same<ConstructorParameters<typeof ours.TimeoutError>, ConstructorParameters<typeof theirs.TimeoutError>>
>;

// The exported names as well, in both directions.
export type Names = Holds<Same<keyof typeof ours, keyof typeof theirs>>;
