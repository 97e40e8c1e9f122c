import { builtin } from '../engine/builtin.js';
import { isThenable } from '../task/promise.js';
import type { AnyFunction } from '../task/task.js';
import type { Stage, StageRecord } from './stage.js';

/** A channel of Node's `diagnostics_channel`, as far as it is used. */
interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
  runStores<Result>(context: object, fn: () => Result): Result;
}

interface DiagnosticsChannel {
  channel(name: string): Channel;
}

/** What a subscriber to the tracing channel is told: one object for all that becomes of a call of the function. */
type TraceContext = { -readonly [Key in keyof StageRecord]: StageRecord[Key] } & {
  result?: unknown;
};

const NAME = 'fanfold:task';

/** The channels that tasks are told of on, which last as long as the process. */
class Channels {
  readonly start: Channel;
  readonly end: Channel;
  readonly asyncStart: Channel;
  readonly asyncEnd: Channel;
  readonly error: Channel;
  readonly queued: Channel;
  readonly progress: Channel;
  readonly retry: Channel;
  readonly aborted: Channel;

  constructor({ channel }: DiagnosticsChannel) {
    // What `tracingChannel` makes of the name.
    this.start = channel(`tracing:${NAME}:start`);
    this.end = channel(`tracing:${NAME}:end`);
    this.asyncStart = channel(`tracing:${NAME}:asyncStart`);
    this.asyncEnd = channel(`tracing:${NAME}:asyncEnd`);
    this.error = channel(`tracing:${NAME}:error`);
    this.queued = channel(`${NAME}:queued`);
    this.progress = channel(`${NAME}:progress`);
    this.retry = channel(`${NAME}:retry`);
    this.aborted = channel(`${NAME}:aborted`);
  }

  /** Whether anybody listens to the channel around calls. */
  get isTraced(): boolean {
    return (
      this.start.hasSubscribers ||
      this.end.hasSubscribers ||
      this.asyncStart.hasSubscribers ||
      this.asyncEnd.hasSubscribers ||
      this.error.hasSubscribers
    );
  }

  get hasSubscribers(): boolean {
    return (
      this.isTraced ||
      this.queued.hasSubscribers ||
      this.progress.hasSubscribers ||
      this.retry.hasSubscribers ||
      this.aborted.hasSubscribers
    );
  }

  /** The plain channel of a stage, if it has one: the others are told around the call. */
  of(stage: Stage): Channel | undefined {
    switch (stage) {
      case 'queued':
      case 'progress':
      case 'retry':
      case 'aborted':
        return this[stage];
      default:
        return undefined;
    }
  }
}

const channels = open();

function open(): Channels | undefined {
  const module = builtin('node:diagnostics_channel') as Partial<DiagnosticsChannel> | undefined;
  if (typeof module?.channel !== 'function') return undefined;
  const opened = new Channels(module as DiagnosticsChannel);
  // Not all that calls itself Node has it.
  return typeof opened.start.runStores === 'function' ? opened : undefined;
}

/** Whether anybody in the process hears of tasks on a channel. Asked for each task: it is a few comparisons. */
export function isPublished(): boolean {
  return channels?.hasSubscribers === true;
}

/** A call that goes on after its function, and the promise that this may have given: tells how it ended, once. */
export interface Trace {
  succeeds(value: unknown): void;
  fails(reason: unknown): void;
}

/**
 * Whether what a function returned, or its promise came to, is not the end of it. Then whoever says so tells of that by the
 * trace. Called in the context that the function has run in, with the stores that are bound to `start`.
 */
export type GoesOn = (value: unknown, trace: Trace) => boolean;

const isAll: GoesOn = () => false;

/**
 * Calls a function, and tells of that on the tracing channel where anybody listens.
 *
 * @param record Of the stage `'start'`.
 * @param ran Milliseconds that it has run, asked when it ends.
 */
export function callTraced(
  record: () => StageRecord,
  ran: () => number,
  fn: AnyFunction,
  args: readonly unknown[],
  goesOn: GoesOn = isAll,
): unknown {
  if (channels === undefined || !channels.isTraced) return fn(...args);
  const context: TraceContext = { ...record() };
  const ends = (stage: Stage): void => {
    context.stage = stage;
    context.runningMs = ran();
  };
  return traced(channels, context, fn, args, ends, goesOn);
}

/** Tells a stage that has a plain channel. Node itself reports what a subscriber throws. */
export function publish(record: StageRecord): void {
  const channel = channels?.of(record.stage);
  if (channel?.hasSubscribers) channel.publish(record);
}

/**
 * Calls a function as Node's `TracingChannel` does: `start` and `end` around the call, `asyncStart` and `asyncEnd`
 * around the end of its promise, or of what goes on, if it gives one, and `error` before the end of what failed. Stores that are bound to
 * `start` hold inside the function.
 *
 * @param ends Called with the context before it is told of the end: brings it up to date.
 */
function traced(
  { start, end, asyncStart, asyncEnd, error }: Channels,
  context: TraceContext,
  fn: AnyFunction,
  args: readonly unknown[],
  ends: (stage: 'success' | 'error') => void,
  goesOn: GoesOn,
): unknown {
  const succeeds = (value: unknown): void => {
    context.result = value;
    ends('success');
  };
  const fails = (reason: unknown): void => {
    context.error = reason;
    ends('error');
    error.publish(context);
  };
  const later = (): void => {
    asyncStart.publish(context);
    asyncEnd.publish(context);
  };
  const trace: Trace = {
    succeeds(value) {
      succeeds(value);
      later();
    },
    fails(reason) {
      fails(reason);
      later();
    },
  };
  return start.runStores(context, () => {
    let result: unknown;
    let isLater = false;
    try {
      result = fn(...args);
      if (goesOn(result, trace)) return result;
      isLater = isThenable(result);
      if (!isLater) succeeds(result);
    } catch (reason) {
      fails(reason);
      throw reason;
    } finally {
      end.publish(context);
    }
    if (!isLater) return result;
    const failed = (reason: unknown): never => {
      trace.fails(reason);
      throw reason;
    };
    return Promise.resolve(result).then((value) => {
      let isGoingOn: boolean;
      try {
        isGoingOn = goesOn(value, trace);
      } catch (reason) {
        return failed(reason);
      }
      if (!isGoingOn) trace.succeeds(value);
      return value;
    }, failed);
  });
}
