import * as mailbox from '../engine/mailbox.gen.js';
import type { Host } from '../host/host.js';
import type { Judged } from '../host/residents.js';
import type { OnFailure } from './types.js';

/** What a group needs: all fulfilled, all ended, the first end, or so many fulfilled. */
export type Need = 'all' | 'every' | 'first' | { readonly some: number };

/** The verdict on a group. */
export interface Verdict {
  readonly fulfilled: boolean;
  /** Whose end decided it; `undefined` for the end of all. */
  readonly by: number | undefined;
}

const RESTS: Readonly<Record<OnFailure, number>> = {
  abort: mailbox.GROUP_REST_ABORT,
  'abort-and-wait': mailbox.GROUP_REST_ABORT_AND_WAIT,
  continue: mailbox.GROUP_REST_CONTINUE,
};

const NEEDS = {
  all: mailbox.GROUP_NEED_ALL,
  every: mailbox.GROUP_NEED_EVERY,
  first: mailbox.GROUP_NEED_FIRST,
} as const;

/** A count in the ring is a word. */
const MOST_UNTOLD = 2 ** 31;

/**
 * Members whose outcomes the engine judges together. What it says is found here after each report; what cannot
 * decide anything is told in one go with what can.
 */
export class Group implements Judged {
  readonly #host: Host;
  readonly #handle: number;
  /** Whether each fulfilment may be the one that decides. */
  readonly #counts: boolean;
  #untold = 0;
  /** Whether the rest is to be given up on, and nobody new let in. */
  stopped = false;
  verdict: Verdict | undefined;
  /** Why the engine is not to be used any more. */
  broken: { readonly reason: unknown } | undefined;

  constructor(host: Host, need: Need, rest: OnFailure) {
    this.#host = host;
    this.#counts = need !== 'all' && need !== 'every';
    const some = typeof need === 'object' ? need.some : 0;
    const code = typeof need === 'object' ? mailbox.GROUP_NEED_SOME : NEEDS[need];
    this.#handle = host.gather(this, code, RESTS[rest], Math.min(some, mailbox.NONE - 1));
  }

  /** Whether anything that is reported still matters. */
  get open(): boolean {
    return this.verdict === undefined && this.broken === undefined;
  }

  /** A member has ended. Whether the engine was asked: nothing has changed if not. */
  settle(member: number, fulfilled: boolean): boolean {
    if (!this.open) return false;
    // After a stop it is the end of each that is waited for.
    if (fulfilled && !this.#counts && !this.stopped && this.#untold < MOST_UNTOLD) {
      this.#untold++;
      return false;
    }
    this.#say(() => this.#host.settled(this.#handle, member % mailbox.NONE, fulfilled));
    return true;
  }

  /** No more members come: there are so many. */
  seal(members: number): void {
    if (!this.open) return;
    this.#say(() => this.#host.seal(this.#handle, members));
  }

  /** Nobody waits for the verdict any more. */
  disband(): void {
    if (!this.open) return;
    this.verdict = { fulfilled: false, by: undefined };
    this.#host.disband(this.#handle);
  }

  stop(): void {
    this.stopped = true;
  }

  decide(fulfilled: boolean, by: number | undefined): void {
    this.verdict = { fulfilled, by };
  }

  reject(reason: unknown): void {
    this.broken = { reason };
  }

  /** Says something, after what was left unsaid. An engine that fails has rejected this by then, as all its residents. */
  #say(something: () => void): void {
    try {
      if (this.#untold > 0) this.#host.tally(this.#handle, this.#untold);
      this.#untold = 0;
      something();
    } catch (error) {
      this.broken ??= { reason: error };
    }
  }
}
