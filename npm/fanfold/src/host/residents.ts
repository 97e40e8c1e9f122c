// Who the engine knows by a number, as far as the host has to do with them.
import type { CloseReport } from '../limiter/types.js';
import type { Scope } from './context.js';

/** Where a task is run that has its slot. */
export interface Runner {
  run(task: Runnable, handle: number, limiter: number): void;
  /** Gives a slot back by hand. */
  release(handle: number): void;
}

/** Something that waits for a slot. */
export interface Slottable {
  /** The slot is there. */
  start(runner: Runner, handle: number, limiter: number): void;
  /** Its promise is to be rejected; the slot, if it has one, is kept. */
  reject(reason: unknown): void;
  /** The reason that its own signal or its handle's `cancel` gave. */
  cancelReason(): unknown;
}

/** A function in a slot. */
export interface Runnable extends Scope {
  call(): unknown;
  fulfill(value: unknown): void;
  /** Its function failed. */
  fail(reason: unknown): void;
}

/** A promise for something about a limiter. */
export interface Watcher {
  wake(): void;
  close(report: CloseReport): void;
  reject(reason: unknown): void;
}

/** A call that may be tried again: it sleeps before its next attempt. */
export interface Retrier extends Watcher {
  /** Its number where its limiter holds it: its own until it is let go, whatever it is told. */
  readonly held: number | undefined;
  /** There is a next attempt, after so many milliseconds. */
  retryAfter(ms: number): void;
  /** There is none, as one of the EXHAUSTED numbers says why. */
  exhausted(what: number): void;
}

/** Tasks whose outcomes are judged together. */
export interface Judged {
  /** The rest is to be given up on, and nobody new let in. */
  stop(): void;
  /** The verdict, and whose end it was that decided it: `undefined` for the end of all. */
  decide(fulfilled: boolean, by: number | undefined): void;
  reject(reason: unknown): void;
}

/** A buffer. */
export interface Buffered {
  /** What happens in it, one of the EFFECT numbers: to who is in a seat, or to the value in a slot. */
  tell(effect: number, seat: number, slot: number): void;
  /** The engine is not to be used any more. */
  reject(reason: unknown): void;
}

/** What is kept of a limiter. */
export interface LimiterLedger {
  /** Whether its tasks must be seen from inside after awaits too, whatever it costs. */
  readonly tracked: boolean;
  /** Whether a task submitted now may get a slot at once, as the engine said last. */
  room: boolean;
  /** Its keys, if a task ever had one. */
  readonly keys: { forget(number: number): void } | undefined;
  /** The limit of now. */
  concurrency: number;
  /** The fewest slots that it has as long as nobody says otherwise, where the limit is adaptive. */
  least: number | undefined;
  /** What protects the service behind it, or those who wait: set before the engine can say anything of that. */
  guard: GuardLedger | undefined;
  /** Rejects a task as the verdict says. */
  reject(resident: Slottable, verdict: number, queuedMs: number, ranMs: number): void;
  /** Says that the limiter is probably stuck for good. */
  warnNested(): void;
  /** Nothing of it is left in the engine. Gives what is to be called when all effects are done. */
  left(): (() => void) | undefined;
}

/** What a limiter has to do with a service that is ill. Drop-ins have no such thing, and do not load it. */
export interface GuardLedger {
  /** Rejects a task by a verdict that says when to come back: after so many milliseconds, if that is known. */
  refuse(resident: Slottable, verdict: number, queuedMs: number, afterMs: number): void;
  /**
   * Its breaker is in another state, one of the CIRCUIT numbers, and half-open after so many milliseconds. Gives what is
   * to be called when all effects are done.
   */
  changed(circuit: number, halfOpenAfterMs: number): (() => void) | undefined;
}

/** How a limiter listens to a signal. */
export interface SignalLedger {
  /** Nobody of the limiter waits for it any more. Gives what is to be called when all effects are done. */
  left(): (() => void) | undefined;
}
