// The drop-in from CommonJS: the function itself, as p-limit gave it while it was CommonJS, and its names on it.
import pLimit = require('fanfold/p-limit');

const limit: pLimit.LimitFunction = pLimit(2);
const options: pLimit.Options = { concurrency: 1, rejectOnClear: true };
const promise: Promise<string> = limit(async (_a: number) => 'text', 1);
const limited = pLimit.limitFunction(async (a: number) => a, options);
const number: Promise<number> = limited(1);
const same: typeof pLimit.default = pLimit.default;

// @ts-expect-error the concurrency is a number
pLimit('1');
// @ts-expect-error the argument is missing
limit((_a: number) => 'text');

export = [promise, number, same];
