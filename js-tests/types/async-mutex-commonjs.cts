// The drop-in from CommonJS: what an ES module exports, as names.
import asyncMutex = require('fanfold/async-mutex');

const mutex: asyncMutex.MutexInterface = new asyncMutex.Mutex();
const semaphore: asyncMutex.SemaphoreInterface = asyncMutex.withTimeout(new asyncMutex.Semaphore(2), 10);
const ticket: Promise<[number, asyncMutex.SemaphoreInterface.Releaser]> = semaphore.acquire(2);
const promise: Promise<string> = asyncMutex.tryAcquire(mutex).runExclusive(async () => 'text');
const error: Error = asyncMutex.E_TIMEOUT;

// @ts-expect-error there is no default export
asyncMutex.default;
// @ts-expect-error a value is a number
new asyncMutex.Semaphore('2');

export = [ticket, promise, error];
