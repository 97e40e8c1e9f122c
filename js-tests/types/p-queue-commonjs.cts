// The drop-in from CommonJS: the class itself, as p-queue gave it while it was CommonJS, and its names on it.
import PQueue = require('fanfold/p-queue');

const options: PQueue.Options<PQueue.PriorityQueue, PQueue.QueueAddOptions> = { concurrency: 2 };
const queue: PQueue = new PQueue(options);
const promise: Promise<string> = queue.add(async () => 'text', { priority: 1 });
const same: typeof PQueue.default = PQueue.default;
const waiting: PQueue.PriorityQueue = new PQueue.PriorityQueue();
const error: PQueue.TimeoutError = new PQueue.TimeoutError('text');

// @ts-expect-error the concurrency is a number
new PQueue({ concurrency: '2' });
// @ts-expect-error the function is missing
queue.add();

export = [promise, same, waiting, error];
