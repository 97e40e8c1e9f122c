// The drop-in for async-mutex 0.5: mutexes and semaphores by tickets, with weights and priorities. The values are plain
// numbers that users may set to anything, so the arithmetic is here; who is next of those who wait, the engine knows.
// Nothing is asked of it before somebody has to wait: a program may have a mutex for each of a million things.
import './engine/inline.js';

export { E_ALREADY_LOCKED, E_CANCELED, E_TIMEOUT } from './async-mutex/errors.js';
export type { MutexInterface, SemaphoreInterface } from './async-mutex/interfaces.js';
export { Mutex } from './async-mutex/mutex.js';
export { Semaphore } from './async-mutex/semaphore.js';
export { tryAcquire, withTimeout } from './async-mutex/with-timeout.js';
