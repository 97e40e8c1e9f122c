/** What an `acquire` rejects with that `withTimeout` has given up on, unless it was given an error of its own. */
export const E_TIMEOUT = new Error('timeout while waiting for mutex to become available');

/** What an `acquire` rejects with that `tryAcquire` has given up on, unless it was given an error of its own. */
export const E_ALREADY_LOCKED = new Error('mutex already locked');

/** What those who wait reject with after `cancel()`, unless the constructor was given an error of its own. */
export const E_CANCELED = new Error('request for lock canceled');
