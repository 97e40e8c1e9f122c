import * as mailbox from '../engine/mailbox.gen.js';
import { InternalError } from '../errors/internal.js';
import { BreakerOpenError, OverloadedError } from '../errors/verdicts.js';
import { setMaxWait } from '../host/capacity-commands.js';
import { setBreaker } from '../host/guard-commands.js';
import type { GuardLedger, Slottable } from '../host/residents.js';
import { type AdaptiveLimit, follow } from './adaptive.js';
import { type BreakerPlan, fuseOf, stateOf } from './breaker.js';
import type { CapacityCore } from './capacity-core.js';
import { round } from './record.js';
import type { BreakerChange } from './types.js';

/** What a guard begins with. */
interface Guards {
  readonly maxWait: number;
  readonly breaker: BreakerPlan | undefined;
  readonly adaptive: AdaptiveLimit | undefined;
}

/**
 * What protects the service behind a limiter, and those who wait for it: a breaker, an adaptive limit, a longest wait.
 * Told by the engine. It keeps nothing of the user's alive, since the engine may know a limiter that nobody else does.
 */
export class Guard implements GuardLedger {
  readonly #name: string;
  /** Until it was told. */
  #begins: Guards | undefined;
  #listener: WeakRef<(change: BreakerChange) => void> | undefined;

  constructor(name: string, begins?: Guards) {
    this.#name = name;
    this.#begins = begins;
  }

  /** That of a limiter, made if it has none. */
  static of({ record }: CapacityCore): Guard {
    record.guard ??= new Guard(record.name);
    return record.guard as Guard;
  }

  /** Tells the engine what its limiter begins with. */
  install(core: CapacityCore): void {
    if (this.#begins === undefined) return;
    const { maxWait, breaker, adaptive } = this.#begins;
    this.#begins = undefined;
    if (maxWait !== Number.POSITIVE_INFINITY) setMaxWait(core.host, core.id, maxWait);
    if (adaptive !== undefined) follow(core, adaptive);
    if (breaker !== undefined) this.breakBy(core, breaker);
  }

  /** Another breaker, closed at first, or none. */
  breakBy(core: CapacityCore, breaker: BreakerPlan | undefined): void {
    const listener = breaker?.onStateChange;
    this.#listener = listener && new WeakRef(listener);
    core.breaker = breaker;
    setBreaker(core.host, core.id, breaker && fuseOf(breaker));
  }

  refuse(resident: Slottable, verdict: number, queuedMs: number, afterMs: number): void {
    const details = { limiter: this.#name, queuedMs, ranMs: 0 };
    const name = JSON.stringify(this.#name);
    const isKnown = afterMs !== Number.POSITIVE_INFINITY;
    let reason: Error;
    if (verdict === mailbox.VERDICT_OVERLOADED) {
      const wait = isKnown ? `${round(afterMs)} ms` : 'nobody knows how long';
      const message = `A task would probably wait in limiter ${name} for ${wait}, longer than its maxWait`;
      reason = new OverloadedError(message, details, afterMs);
    } else if (verdict === mailbox.VERDICT_BREAKER_OPEN) {
      const when = isKnown ? `lets a trial through in ${round(afterMs)} ms` : 'stays so until it is set anew';
      reason = new BreakerOpenError(`The breaker of limiter ${name} is open and ${when}`, details, afterMs);
    } else {
      reason = new InternalError(`Unknown verdict ${verdict}`);
    }
    resident.reject(reason);
  }

  changed(circuit: number, halfOpenAfterMs: number): (() => void) | undefined {
    const listener = this.#listener?.deref();
    const state = stateOf(circuit);
    if (listener === undefined || state === undefined) return undefined;
    const halfOpenAfter = state === 'open' ? halfOpenAfterMs : undefined;
    return () => listener({ state, limiter: this.#name, halfOpenAfter });
  }
}
