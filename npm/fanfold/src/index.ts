import './engine/inline.js';
import { type BackendInfo, backendInfo as describe } from './engine/select.js';

export * from './api.js';

/** Which engine runs, the file it came from, and the load error of each candidate that could not be had. */
export const backendInfo: BackendInfo = describe();

/**
 * Which engine runs: the native addon or WebAssembly; `'none'` where neither can, and then the first use
 * throws a `BackendError` that says why. The environment variable `FANFOLD_BACKEND` forces one.
 */
export const backend: BackendInfo['backend'] = backendInfo.backend;
