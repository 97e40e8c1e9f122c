// The drop-in's types are async-mutex's types: not alike, the same. Whatever one accepts or refuses, so does the other.
// As CommonJS, since async-mutex has types for that only. Its classes have private members, by which TypeScript tells
// classes apart: what can be the same is all that users see of them.
import type ours = require('fanfold/async-mutex');
import type theirs = require('async-mutex');

import type { Holds, Same } from './expect.ts' with { 'resolution-mode': 'import' };

/** What all can use of a class. */
type Visible<Class> = { readonly [Key in keyof Class]: Class[Key] };

type OurMutex = typeof ours.Mutex;
type TheirMutex = typeof theirs.Mutex;
type OurSemaphore = typeof ours.Semaphore;
type TheirSemaphore = typeof theirs.Semaphore;

export type MutexType = Holds<Same<Visible<ours.Mutex>, Visible<theirs.Mutex>>>;
export type MutexParameters = Holds<Same<ConstructorParameters<OurMutex>, ConstructorParameters<TheirMutex>>>;
export type SemaphoreType = Holds<Same<Visible<ours.Semaphore>, Visible<theirs.Semaphore>>>;
export type SemaphoreParameters = Holds<
  Same<ConstructorParameters<OurSemaphore>, ConstructorParameters<TheirSemaphore>>
>;
export type MutexInterfaceType = Holds<Same<ours.MutexInterface, theirs.MutexInterface>>;
export type MutexWorkerType = Holds<Same<ours.MutexInterface.Worker<1>, theirs.MutexInterface.Worker<1>>>;
export type MutexReleaserType = Holds<Same<ours.MutexInterface.Releaser, theirs.MutexInterface.Releaser>>;
export type SemaphoreInterfaceType = Holds<Same<ours.SemaphoreInterface, theirs.SemaphoreInterface>>;
export type SemaphoreWorkerType = Holds<
  Same<ours.SemaphoreInterface.Worker<1>, theirs.SemaphoreInterface.Worker<1>>
>;
export type SemaphoreReleaserType = Holds<
  Same<ours.SemaphoreInterface.Releaser, theirs.SemaphoreInterface.Releaser>
>;
export type WithTimeoutExport = Holds<Same<typeof ours.withTimeout, typeof theirs.withTimeout>>;
export type TryAcquireExport = Holds<Same<typeof ours.tryAcquire, typeof theirs.tryAcquire>>;
export type Errors = Holds<Same<typeof ours.E_TIMEOUT, typeof theirs.E_TIMEOUT>>;

// The exported names as well, in both directions.
export type Names = Holds<Same<keyof typeof ours, keyof typeof theirs>>;
