// The drop-in from CommonJS: the function itself, as p-retry gave it while it was CommonJS, and its names on it.
import pRetry = require('fanfold/p-retry');

const options: pRetry.Options = { retries: 1, onFailedAttempt: ({ retriesLeft }) => void retriesLeft };
const promise: Promise<string> = pRetry(async (attempt) => attempt.toFixed(), options);
const same: typeof pRetry.default = pRetry.default;
const error: pRetry.AbortError = new pRetry.AbortError('text');
const retriable: (value: number) => Promise<number> = pRetry.makeRetriable((value: number) => value * 2);
const describe = (context: pRetry.RetryContext): string => `${context.error.message} ${context.retryDelay}`;

// @ts-expect-error retries are a number
pRetry(() => 1, { retries: '1' });
// @ts-expect-error the function is missing
pRetry();

export = [promise, same, error, retriable, describe];
