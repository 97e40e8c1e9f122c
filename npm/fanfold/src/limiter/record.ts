import {
  VERDICT_CANCELLED,
  VERDICT_CLEARED,
  VERDICT_CLOSED,
  VERDICT_LIMITER_ABORTED,
  VERDICT_NESTED,
  VERDICT_QUEUE_FULL,
  VERDICT_QUEUE_TIMEOUT,
  VERDICT_RUN_TIMEOUT,
  VERDICT_SIGNAL_ABORTED,
  VERDICT_TOO_HEAVY,
} from '../engine/mailbox.gen.js';
import { InternalError } from '../errors/internal.js';
import {
  ClearedError,
  ClosedError,
  NestedLimitError,
  QueueFullError,
  TimeoutError,
  type VerdictDetails,
} from '../errors/verdicts.js';
import type { GuardLedger, LimiterLedger, Slottable } from '../host/residents.js';
import type { LimiterPlan } from './plan.js';
import type { SignalListener } from './signals.js';

/** Tasks that may run for so long because an `attemptTimeout` says so. */
export const timedAttempts = new WeakSet<Slottable>();

/** How a cleared task ends; `undefined` for not at all. */
export type ClearedAs = ((details: VerdictDetails) => unknown) | undefined;

/**
 * What the host keeps of a limiter, by its number. It does not hold the limiter itself: one that nobody
 * can reach any more can thereby be collected, and is then freed here too.
 */
export class LimiterRecord implements LimiterLedger {
  readonly name: string;
  readonly signal: AbortSignal | undefined;
  readonly tracked: boolean;
  /** That of the limiter above it. */
  above: LimiterRecord | undefined = undefined;
  readonly signals = new Map<AbortSignal, SignalListener>();
  /** Whether a task submitted now may get a slot at once, as the engine said last. */
  room = true;
  concurrency: number;
  least: number | undefined = undefined;
  guard: GuardLedger | undefined;
  /** During a clear: how its tasks end. */
  clearedAs: ClearedAs = undefined;
  keys: LimiterLedger['keys'] = undefined;
  /** What its queue may hold, as messages say it. */
  bounds: string;
  /** Takes the listener off the limiter's own signal. */
  unlisten: (() => void) | undefined = undefined;

  constructor({ name, signal, maxQueue, concurrency, guard }: LimiterPlan, tracked: boolean) {
    this.name = name;
    this.signal = signal;
    this.tracked = tracked;
    this.bounds = `maxQueue: ${maxQueue}`;
    this.concurrency = concurrency;
    this.guard = guard;
  }

  /** The signal that was aborted, its own or that of a limiter above, if one was. */
  get aborted(): AbortSignal | undefined {
    return this.signal?.aborted ? this.signal : this.above?.aborted;
  }

  /** Rejects a task as the verdict says. */
  reject(resident: Slottable, verdict: number, queuedMs: number, ranMs: number): void {
    // A signal may end a hundred thousand at once: nothing is made for each.
    if (verdict === VERDICT_SIGNAL_ABORTED || verdict === VERDICT_CANCELLED) {
      resident.reject(resident.cancelReason());
      return;
    }
    const details = { limiter: this.name, queuedMs, ranMs };
    if (verdict === VERDICT_CLEARED) {
      if (this.clearedAs !== undefined) resident.reject(this.clearedAs(details));
    } else {
      resident.reject(this.#reason(verdict, details, timedAttempts.has(resident)));
    }
  }

  #reason(verdict: number, details: VerdictDetails, isAttempt: boolean): unknown {
    const name = JSON.stringify(this.name);
    switch (verdict) {
      case VERDICT_LIMITER_ABORTED:
        return this.aborted?.reason;
      case VERDICT_QUEUE_FULL:
        return new QueueFullError(`The queue of limiter ${name} is full (${this.bounds})`, details);
      case VERDICT_QUEUE_TIMEOUT:
        return new TimeoutError(
          `A task waited in limiter ${name} for ${round(details.queuedMs)} ms, longer than its queueTimeout`,
          details,
          'queue',
        );
      case VERDICT_RUN_TIMEOUT:
        return new TimeoutError(
          `${isAttempt ? 'An attempt' : 'A task'} ran in limiter ${name} for ${round(details.ranMs)} ms, longer ` +
            `than its ${isAttempt ? 'attemptTimeout' : 'runTimeout'}; its slot stays taken until its promise settles`,
          details,
          'run',
        );
      case VERDICT_CLOSED:
        return new ClosedError(
          details.queuedMs + details.ranMs > 0
            ? `Limiter ${name} was closed before the task ended`
            : `Limiter ${name} is closed and takes no tasks`,
          details,
        );
      case VERDICT_NESTED:
        return new NestedLimitError(
          `A task of limiter ${name} submitted another to it, which its option nested: 'error' forbids. ` +
            "Use another limiter for inner tasks, or nested: 'inherit'",
          details,
        );
      case VERDICT_TOO_HEAVY:
        return new RangeError(
          `A task needs more slots than limiter ${name}, or one above it, has now, or is sure to have where it is ` +
            'adaptive, or costs more than a rate of theirs',
        );
      default:
        return new InternalError(`Unknown verdict ${verdict}`);
    }
  }

  /** Says that the limiter is probably stuck for good. */
  warnNested(): void {
    const message =
      `Every running task of limiter ${JSON.stringify(this.name)} has submitted a task to the same limiter, which ` +
      'is full. If they wait for them, nothing can run any more. Use another limiter for inner tasks, or for all of ' +
      "them one of createLimiter({ concurrency, nested: 'inherit' }), which map and its kin take as `limiter`";
    const { process } = globalThis;
    if (typeof process?.emitWarning === 'function') {
      process.emitWarning(message, { type: 'FanfoldWarning', code: 'FANFOLD_NESTED' });
    } else {
      console.warn(`FanfoldWarning [FANFOLD_NESTED]: ${message}`);
    }
  }

  /** Nothing of it is left in the engine. */
  left(): (() => void) | undefined {
    return this.unlisten;
  }
}

/** The error of a clear. */
export function cleared(reason: unknown): ClearedAs {
  return (details) =>
    new ClearedError(
      `The queue of limiter ${JSON.stringify(details.limiter)} was cleared`,
      details,
      reason === undefined ? undefined : { cause: reason },
    );
}

/** Milliseconds for a message. */
export function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
