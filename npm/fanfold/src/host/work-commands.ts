import * as mailbox from '../engine/mailbox.gen.js';
import { inMicrotask } from './microtask.js';
import type { Judged, Retrier, Watcher } from './residents.js';
import { Ring } from './ring.js';

const NONE = mailbox.NONE;

/** An attempt that failed, and how its call is retried. Spans in milliseconds. */
export interface FailedAttempt {
  /** The numbers of the kind of backoff and of the jitter, see the RETRY flags. */
  readonly flags: number;
  readonly attempt: number;
  readonly retries: number;
  readonly base: number;
  readonly factor: number;
  readonly max: number;
  readonly maxElapsed: number;
  readonly elapsed: number;
  readonly slept: number;
  /** The delay that takes the place of the rule's, if the flags say so. */
  readonly given: number;
  readonly seed: number;
  /** `undefined` for none. */
  readonly budget: number | undefined;
}

/** Has the place of a call that is held until it rests for the first time: the engine has nothing to tell it. */
const HELD: Watcher = { wake() {}, close() {}, reject() {} };

/** What can be said of work that is more than one task: sleepers, calls with several attempts, budgets, groups. */
export abstract class WorkCommands extends Ring {
  /** Enters a sleeper, which wakes when a span is over or when it is cancelled. Tells its handle. */
  sleep(sleeper: Watcher, ms: number, holds: boolean): number {
    const handle = this.register(sleeper);
    const at = this.append(mailbox.COMMAND_SLEEP | (Number(holds) << 8), handle, 4);
    this.writeSpan(at + 2, ms);
    this.exchange();
    return handle;
  }

  /**
   * A call begins, or may have another attempt, whose attempts are tasks of this limiter: the limiter is not at rest
   * until the call is {@link letGo}. Gives its handle. To be said before the one is submitted or the other ends, with
   * which it is taken.
   */
  hold(limiter: number): number {
    const handle = this.register(HELD);
    this.append(mailbox.COMMAND_HOLD | (limiter << 8), handle);
    return handle;
  }

  /**
   * A call that is held has no further attempt. Its promise is settled in the same breath: a microtask is left to a
   * rejection, which needs two to reach the caller, before whoever waits for the limiter can hear of it.
   */
  letGo(call: number): void {
    this.residents.remove(call);
    this.append(mailbox.COMMAND_CANCEL, call);
    inMicrotask(this.#flushLater);
  }

  readonly #flushLater = (): void => this.flush();

  /**
   * A call has failed: it is told at once whether it is tried again, and woken when it is. One that is held rests in its
   * limiter, which may reject it; any other is entered as a sleeper, in no limiter.
   */
  retry(sleeper: Retrier, failed: FailedAttempt): number {
    const handle = sleeper.held ?? this.register(sleeper);
    if (sleeper.held !== undefined) this.residents.put(handle, sleeper);
    const at = this.append(mailbox.COMMAND_RETRY | (failed.flags << 8), handle, 21);
    this.words[at + 2] = failed.attempt;
    this.words[at + 3] = failed.retries;
    this.writeSpan(at + 4, failed.base);
    this.writeFloat(at + 6, failed.factor);
    this.writeSpan(at + 8, failed.max);
    this.writeSpan(at + 10, failed.maxElapsed);
    this.writeSpan(at + 12, failed.elapsed);
    this.writeSpan(at + 14, failed.slept);
    this.writeSpan(at + 16, failed.given);
    this.writeWide(at + 18, failed.seed);
    this.words[at + 20] = failed.budget ?? NONE;
    this.exchange();
    return handle;
  }

  /** A new retry budget: its window in milliseconds. Gives its number. */
  openBudget(share: number, minPerSecond: number, window: number): number {
    const budget = this.budgets.add({});
    const at = this.append(mailbox.COMMAND_OPEN_BUDGET, budget, 8);
    this.writeFloat(at + 2, share);
    this.writeFloat(at + 4, minPerSecond);
    this.writeSpan(at + 6, window);
    return budget;
  }

  /** Nobody can reach the budget any more. */
  freeBudget(budget: number): void {
    this.budgets.remove(budget);
    this.append(mailbox.COMMAND_FREE_BUDGET, budget);
    this.turnQuietly(0);
  }

  /** A first attempt that counts for a budget. */
  deposit(budget: number): void {
    this.append(mailbox.COMMAND_DEPOSIT, budget);
    this.flush();
  }

  /** Enters a group; `some` is how many fulfilments are enough, where the need is for some. */
  gather(group: Judged, need: number, rest: number, some: number): number {
    const handle = this.register(group);
    const flags = need | (rest << mailbox.GROUP_REST_SHIFT);
    const at = this.append(mailbox.COMMAND_GATHER | (flags << 8), handle, 3);
    this.words[at + 2] = some;
    return handle;
  }

  /** A member of a group has ended. The verdict, if it is clear now, has come when this returns. */
  settled(group: number, member: number, fulfilled: boolean): void {
    const at = this.append(mailbox.COMMAND_SETTLED | (Number(fulfilled) << 8), group, 3);
    this.words[at + 2] = member;
    this.exchange();
  }

  /** So many members of a group were fulfilled; taken with the next command of the group. */
  tally(group: number, fulfilled: number): void {
    const at = this.append(mailbox.COMMAND_TALLY, group, 3);
    this.words[at + 2] = fulfilled;
  }

  /** A group has so many members, ended or not. The verdict, if it is clear now, has come when this returns. */
  seal(group: number, members: number): void {
    const at = this.append(mailbox.COMMAND_SEAL, group, 4);
    this.writeWide(at + 2, members);
    this.exchange();
  }

  /** Nobody waits for the verdict on a group any more. */
  disband(group: number): void {
    this.residents.remove(group);
    this.append(mailbox.COMMAND_DISBAND, group);
    this.flush();
  }
}
