// What `require('fanfold/p-queue')` gives: the class itself, as p-queue gave it while it was CommonJS, and on it what an
// ES module would export. Compiled for CommonJS only; the build reuses it for bundlers.
import dropIn = require('./p-queue.js');

const PQueue: typeof dropIn.default & typeof dropIn = Object.defineProperties(dropIn.default, {
  default: { value: dropIn.default, configurable: true },
  PriorityQueue: { value: dropIn.PriorityQueue, configurable: true },
  TimeoutError: { value: dropIn.TimeoutError, configurable: true },
}) as typeof dropIn.default & typeof dropIn;

type RunFunction = () => Promise<unknown>;

type PQueue<
  QueueType extends dropIn.Queue<RunFunction, EnqueueOptionsType> = dropIn.PriorityQueue,
  EnqueueOptionsType extends dropIn.QueueAddOptions = dropIn.QueueAddOptions,
> = dropIn.default<QueueType, EnqueueOptionsType>;

declare namespace PQueue {
  export type Options<
    QueueType extends dropIn.Queue<RunFunction, QueueOptions>,
    QueueOptions extends dropIn.QueueAddOptions,
  > = dropIn.Options<QueueType, QueueOptions>;
  export type PriorityQueue = dropIn.PriorityQueue;
  export type Queue<Element, QueueOptions> = dropIn.Queue<Element, QueueOptions>;
  export type QueueAddOptions = dropIn.QueueAddOptions;
  export type TimeoutError = dropIn.TimeoutError;
}

export = PQueue;
