import { coreOf } from '../check/limiter.js';
import { ClosedError } from '../errors/index.js';
import { onAbort } from '../host/abort.js';
import { NOBODY, type Scope, ScopeBase } from '../host/context.js';
import type { Host } from '../host/host.js';
import { inMicrotask } from '../host/microtask.js';
import { CapacityCore } from '../limiter/capacity-core.js';
import { faceOf } from '../limiter/limiter.js';
import { plainPlan } from '../limiter/plan.js';
import type { Limiter } from '../limiter/types.js';
import { budgetId } from '../retry/budget.js';
import { isThenable, type Settle } from '../task/promise.js';
import type { AnyFunction } from '../task/task.js';
import { Sleeper } from '../time/sleeper.js';
import { tookTooLong } from '../time/timeout.js';
import { NOT_NEEDED, type Reason } from './context.js';
import { Group, type Need } from './group.js';
import { Intake } from './intake.js';
import { ItemRetry } from './item-retry.js';
import { Lane } from './lane.js';
import { Lanes } from './lanes.js';
import type { ManyPlan } from './options.js';
import type { ItemSource } from './source.js';
import { Tally } from './tally.js';
import type { Sink, Work } from './work.js';

const makeScope = (): Scope => new ScopeBase('fanfold.item');

/**
 * How far a work has come:
 *
 * - `'open'`: items are taken in, and what they come to counts
 * - `'settled'`: the verdict is in, and the rest goes on all the same
 * - `'stopping'`: the rest was given up on, and is waited for
 * - `'over'`: nothing is waited for
 */
type Phase = 'open' | 'settled' | 'stopping' | 'over';

/**
 * Takes items from a source into lanes, as many as may run at once, and reports how they end: to the engine, which
 * judges, and to a sink, which keeps what is to be kept.
 */
export class ItemRun extends ScopeBase {
  readonly host: Host;
  readonly fn: AnyFunction;
  /** The other end of the promise of whoever began it, if stacks are to lead there. */
  readonly caller: Settle | undefined;
  /** Whether lanes keep their slots from item to item. */
  stays: boolean;
  readonly #plan: ManyPlan;
  readonly #sink: Sink;
  readonly #group: Group;
  readonly #need: Need;
  /** Whether the group has to know how many there are as soon as that is known. */
  readonly #sealsEarly: boolean;
  readonly #core: CapacityCore;
  readonly #isOwn: boolean;
  readonly #isBoundBySink: boolean;
  /** Whether there is nothing to a next item but to pull it. */
  readonly #isPlain: boolean;
  readonly #runTimeout: number | undefined;
  readonly #intake: Intake;
  readonly #lanes = new Lanes();
  readonly #tally = new Tally();
  #face: Limiter | undefined;
  #isFreed = false;
  #phase: Phase = 'open';
  /** Lanes that wait for their slots. */
  #waiting = 0;
  /** Whether the group knows how many there are. */
  #isSealed = false;
  #sleeper: Sleeper | undefined;
  #unlisten: (() => void) | undefined;

  constructor(source: ItemSource, work: Work, sink: Sink) {
    super('fanfold.work');
    const { plan, need, tasks } = work;
    const { limiter, retry } = plan;
    this.#intake = new Intake(source, tasks, this);
    this.#sink = sink;
    this.#plan = plan;
    this.#need = need;
    this.#isOwn = limiter === undefined;
    this.#face = limiter;
    this.#core =
      limiter === undefined
        ? new CapacityCore(plainPlan(plan.concurrency, plan.name), work.isStream === true)
        : coreOf(limiter);
    this.host = this.#core.host;
    this.fn = this.#core.track(
      limiter === undefined
        ? work.fn
        : this.#core.hear(work.fn, limiter, 1, retry === undefined ? 'nothing' : 'failures'),
    );
    this.caller = work.caller;
    this.#runTimeout = retry?.attemptTimeout;
    const isTimed = this.#runTimeout !== undefined || this.#core.hasRunTimeout;
    this.#isPlain = source.isSync && !tasks && retry === undefined;
    this.#isBoundBySink = work.isBoundBySink === true;
    // A lane that kept its slot would pass those that wait for one.
    this.stays = this.#isOwn && !isTimed && !this.#isBoundBySink;
    this.#sealsEarly = need !== 'all' && need !== 'every';
    this.#group = new Group(this.host, need, plan.onFailure);
  }

  /** Whether no function is to be called any more. */
  get over(): boolean {
    return this.#phase === 'over' || this.#phase === 'stopping';
  }

  /** Whether a lane may keep its slot for another item: nobody waits for it, as an item that is tried again does. */
  get keepsSlots(): boolean {
    return this.stays && this.#waiting === 0;
  }

  /** The limiter that the functions run in, as users hold it. From then on it is not the work's alone. */
  get limiter(): Limiter {
    if (this.#face === undefined) {
      this.stays = false;
      // Who keeps a slot without an item would be in the way of others now.
      this.#lanes.dismissParked();
      if (this.#isFreed) {
        // A function that was given up on and still runs: there is nothing left that it could submit to.
        this.#face = faceOf(new CapacityCore(plainPlan(1, this.#plan.name)), undefined);
        void this.#face.close();
      } else {
        this.#core.share();
        this.#face = faceOf(this.#core, undefined);
      }
    }
    return this.#face;
  }

  // ---------------------------------------------------------------- from outside

  /** Begins. What is decided without running anything is so when this returns. */
  begin(): void {
    const { signal, timeout, name } = this.#plan;
    if (signal !== undefined) {
      if (signal.aborted) {
        this.giveUp(signal.reason);
        return;
      }
      this.#unlisten = onAbort(signal, () => this.giveUp(signal.reason));
    }
    if (timeout !== Number.POSITIVE_INFINITY) {
      const giveUp = (reason: unknown): void => void this.giveUp(reason);
      this.#sleeper = new Sleeper(this.host, () => giveUp(tookTooLong(name, timeout)), giveUp);
      this.#sleeper.begin(timeout, true);
    }
    this.fill();
  }

  /** Lets in as many items as may be. */
  fill(): void {
    const intake = this.#intake;
    while (!this.over && !intake.isExhausted && !intake.isAsking) {
      const parked = this.#sink.hasRoom(intake.taken) ? this.#lanes.takeParked() : undefined;
      if (parked !== undefined) {
        intake.pull(parked);
        parked.unpark();
      } else {
        if (!this.#hasPlace()) return;
        intake.pull(this.#newLane());
      }
    }
  }

  /** Ends all for this reason, unless it has ended. Tells what the source made of it. */
  giveUp(reason: unknown): unknown {
    if (this.#phase === 'over') return undefined;
    this.#phase = 'over';
    this.#group.disband();
    this.#sink.aborted(reason);
    return this.#leave({ reason });
  }

  // ---------------------------------------------------------------- from the source

  took(lane: Lane): void {
    const { retry } = this.#plan;
    if (retry !== undefined) {
      lane.firstBegan = this.host.now();
      if (retry.budget !== undefined) this.host.deposit(budgetId(retry.budget, this.host));
    }
    lane.begin();
  }

  watch(index: number, outcome: unknown): void {
    Promise.resolve(outcome).then(
      (value) => {
        if (this.over) return;
        this.#succeeds(index, value, outcome);
        this.#endIfAllEnded();
      },
      (reason: unknown) => {
        if (this.over) return;
        this.#fails(index, reason);
        this.#endIfAllEnded();
      },
    );
  }

  exhausted(): void {
    if (this.#sealsEarly && this.#phase === 'open') this.#seal();
  }

  broke(error: unknown): void {
    // Once the rest was given up on, nobody wants its items, and what it makes of that is its own business.
    if (this.#phase !== 'stopping') this.giveUp(error);
  }

  // ---------------------------------------------------------------- from lanes

  /**
   * The short way to the next item, for a lane that keeps its slot: `'ready'` where it has one, `'left'` where it has
   * to leave its slot, `'ask'` where {@link next} has to be asked, since nothing was done.
   */
  advance(lane: Lane): 'ready' | 'left' | 'ask' {
    const intake = this.#intake;
    if (!this.#isPlain || !this.stays || this.over || intake.isExhausted) return 'ask';
    if (!this.#sink.hasRoom(intake.taken) || !intake.pullNow(lane)) return 'ask';
    // More than one result may have gone at once.
    if (this.#lanes.hasParked) this.fill();
    if (!isThenable(lane.item)) return this.over ? 'left' : 'ready';
    lane.begin();
    return 'left';
  }

  /** A lane is free for another item. */
  next(lane: Lane): void {
    const intake = this.#intake;
    if (this.over || intake.isExhausted || lane.abandoned) {
      this.retire(lane);
    } else if (!this.#sink.hasRoom(intake.taken)) {
      // An item that sleeps may need its slot before there is room.
      if (this.keepsSlots && this.#plan.retry === undefined && lane.park()) this.#lanes.park(lane);
      else this.retire(lane);
    } else if (!this.#isBoundBySink && this.#lanes.size - this.#sleepers() > this.#core.concurrency) {
      // Somebody took its place while it slept, or there are fewer by now.
      this.retire(lane);
    } else if (intake.isAsking) {
      intake.queue(lane);
    } else {
      intake.pull(lane);
      // There may be room for more than there was.
      this.fill();
    }
  }

  /** A lane goes. */
  retire(lane: Lane): void {
    this.#lanes.remove(lane);
    this.#endIfAllEnded();
  }

  /** Lets a lane wait for its slot. */
  submit(lane: Lane): void {
    lane.unmark();
    try {
      if (!this.#isOwn) this.#watch(lane);
      const enter = (): number => this.#core.enter(lane, this.#runTimeout);
      // Whoever handed over a slot is not the one that submits the next item.
      lane.handle = this.#core.tracked ? lane.runInAsyncScope(enter) : enter();
      this.#waiting++;
    } catch (error) {
      this.giveUp(error);
    }
  }

  /** Shows an item that waits for its slot to those who observe the limiter. */
  #watch(lane: Lane): void {
    if (lane.retry === undefined) {
      lane.watch = this.runInAsyncScope(() => this.#core.watch(this.#plan.retry !== undefined));
    }
    lane.watch?.queued(lane.attempt);
  }

  /** A lane has its slot. */
  gotSlot(): void {
    this.#waiting--;
  }

  /** The context of whoever began the work. For one function. */
  newScope(): Scope {
    return this.runInAsyncScope(makeScope);
  }

  /** The function of a lane's item is called now. */
  begins(lane: Lane): void {
    this.#tally.running++;
    if (this.#plan.retry !== undefined) lane.calledAt = this.host.now();
  }

  /** A lane's function has ended well. Whether the lane is free for another item. */
  fulfilled(lane: Lane, value: unknown): boolean {
    this.#tally.running--;
    if (lane.watch !== undefined) {
      lane.watch.fulfilled(lane.attempt);
      lane.watch.succeeds();
      lane.watch = undefined;
    }
    if (this.#phase === 'over' || lane.abandoned) return this.#returned(lane);
    lane.retry?.stop();
    lane.retry = undefined;
    this.#succeeds(lane.index, value, lane.item);
    return true;
  }

  /** A lane's function has failed. Whether the lane is free for another item. */
  failed(lane: Lane, reason: unknown): boolean {
    this.#tally.running--;
    lane.watch?.failed(lane.attempt, reason);
    if (this.#phase !== 'over' && !lane.abandoned) return this.#retried(lane, reason);
    lane.watch?.ends(reason);
    return this.#returned(lane);
  }

  /** A lane's item never came. Whether the lane is free for another one. */
  missed(lane: Lane, reason: unknown): boolean {
    return this.over ? false : this.gaveUp(lane, reason);
  }

  /** The limiter does not run a lane's function, or waits for it no longer. */
  refused(lane: Lane, reason: unknown): void {
    if (lane.abandoned || this.#phase === 'over') return;
    lane.watch?.rejected(lane.attempt, reason);
    let heir = lane;
    if (lane.running) {
      // It has its slot until it really ends, and its place among the lanes. Another one goes on with its item.
      heir = this.#newLane();
      heir.item = lane.item;
      heir.index = lane.index;
      heir.firstBegan = lane.firstBegan;
      heir.calledAt = lane.calledAt;
      heir.watch = lane.watch;
      lane.watch = undefined;
      heir.retry = lane.retry;
      if (heir.retry !== undefined) heir.retry.lane = heir;
      lane.retry = undefined;
      lane.abandoned = true;
      lane.context?.giveUp({ reason });
      // Whoever listens may have ended it all.
      if (this.over) return;
    }
    heir.handle = NOBODY;
    if (reason instanceof ClosedError || this.#core.aborted?.reason === reason) this.#shut(heir, reason);
    else if (this.#retried(heir, reason)) this.next(heir);
  }

  /** A lane's item is tried again: it waits for its slot as if it were new. */
  awake(lane: Lane): void {
    this.#tally.sleeping--;
    this.submit(lane);
  }

  /** A lane's item has failed for good. Whether the lane is free for another one. */
  gaveUp(lane: Lane, reason: unknown): boolean {
    if (lane.retry !== undefined) {
      lane.retry = undefined;
      this.#tally.sleeping--;
    }
    lane.unwatch(reason);
    this.#fails(lane.index, reason);
    return true;
  }

  /** A lane in the context of whoever began the work, whatever brought it about. */
  #newLane(): Lane {
    const lane = this.runInAsyncScope(() => new Lane(this));
    this.#lanes.add(lane);
    return lane;
  }

  /** Whether another lane may be opened. Who sleeps leaves its place to another, as far as that keeps a bound. */
  #hasPlace(): boolean {
    const isBelowLimit = this.#isBoundBySink || this.#lanes.size - this.#sleepers() < this.#core.concurrency;
    return isBelowLimit && this.#sink.hasRoom(this.#intake.taken);
  }

  /** Those who sleep, and no more than may run: a source is not emptied into sleepers. */
  #sleepers(): number {
    return Math.min(this.#tally.sleeping, this.#core.concurrency);
  }

  /** The limiter takes nothing any more: this item has failed with that for good, and no other one can run. */
  #shut(lane: Lane, reason: unknown): void {
    lane.retry?.stop();
    lane.retry = undefined;
    lane.unwatch(reason);
    this.#fails(lane.index, reason);
    if (!this.over) this.#intake.shut((index) => this.#fails(index, reason));
    this.retire(lane);
  }

  // ---------------------------------------------------------------- ends of items

  /** A function whose outcome nobody waits for has ended. */
  #returned(lane: Lane): false {
    this.#lanes.remove(lane);
    // It may have ended before the rest was given up on, by which it would have been let go.
    lane.retry?.stop();
    lane.retry = undefined;
    if (this.#phase === 'over') return false;
    if (lane.waitedFor) this.#report(lane.index, false);
    else inMicrotask(() => this.fill());
    return false;
  }

  #retried(lane: Lane, reason: unknown): boolean {
    const { retry } = this.#plan;
    if (retry === undefined) return this.gaveUp(lane, reason);
    lane.unmark();
    lane.retry ??= lane.runInAsyncScope(() => new ItemRetry(this, retry, this.host, lane, this.#core));
    const { retry: run, calledAt } = lane;
    lane.calledAt = undefined;
    this.#tally.sleeping++;
    inMicrotask(() => {
      if (this.over) return;
      run.failed(reason, calledAt);
      this.fill();
    });
    return false;
  }

  #succeeds(index: number, value: unknown, item: unknown): void {
    this.#tally.done++;
    const { onProgress } = this.#plan;
    // Its error, if it throws, is what the last one ends with too: nothing is clear before it was told.
    if (onProgress === undefined) this.#reportGood(index, value, item);
    else this.#tellProgress(onProgress, () => this.#reportGood(index, value, item));
  }

  #reportGood(index: number, value: unknown, item: unknown): void {
    if (this.#phase === 'open') this.#sink.fulfilled(index, value, item);
    this.#report(index, true);
  }

  #fails(index: number, reason: unknown): void {
    const tally = this.#tally;
    tally.failed++;
    tally.first ??= { reason };
    if (this.#phase === 'open') this.#sink.failed(index, reason);
    const { onProgress } = this.#plan;
    if (onProgress === undefined) {
      this.#report(index, false);
      return;
    }
    // Nobody is let in between a failure and its consequences.
    if (this.#group.settle(index, false)) this.#judge();
    this.#tellProgress(onProgress, () => void tally.reported++);
  }

  #report(index: number, fulfilled: boolean): void {
    this.#tally.reported++;
    if (this.#group.settle(index, fulfilled)) this.#judge();
  }

  #tellProgress(onProgress: NonNullable<ManyPlan['onProgress']>, report: () => void): void {
    const { done, failed, running } = this.#tally;
    const progress = { done, failed, running, total: this.#intake.total };
    inMicrotask(() => {
      try {
        const told: unknown = this.newScope().runInAsyncScope(onProgress, undefined, progress);
        // One that is async by mistake is waited for by nobody, and fails like any other.
        if (told instanceof Promise) told.catch((error: unknown) => this.giveUp(error));
      } catch (error) {
        // Where it has ended already it was with another error, which came first.
        this.giveUp(error);
      }
      if (this.#phase === 'over') return;
      report();
      // A result that was left out has made room.
      this.fill();
      this.#endIfAllEnded();
    });
  }

  // ---------------------------------------------------------------- end of all

  #endIfAllEnded(): void {
    if (!this.#intake.isExhausted) return;
    this.#lanes.dismissParked();
    if (!this.#haveAllEnded) return;
    if (this.#phase === 'settled') this.#end(NOT_NEEDED, true);
    else this.#seal();
  }

  get #haveAllEnded(): boolean {
    return this.#intake.isExhausted && this.#tally.reported === this.#intake.taken;
  }

  #seal(): void {
    if (this.#phase === 'over' || this.#isSealed) return;
    this.#isSealed = true;
    this.#group.seal(this.#intake.taken);
    this.#judge();
  }

  /** Does what the engine has said. The user's own code hears of it in a microtask: a slot may be changing hands. */
  #judge(): void {
    const { verdict, broken, stopped } = this.#group;
    if (this.#phase === 'over' || this.#phase === 'settled') return;
    if (broken !== undefined) {
      this.#sink.aborted(broken.reason);
      this.#end(NOT_NEEDED, false);
    } else if (verdict !== undefined) {
      const tell = (): void => this.#sink.decided(verdict.fulfilled, verdict.by);
      const isContinued = this.#plan.onFailure === 'continue';
      if (isContinued && !this.#haveAllEnded) {
        // The others are run to their end, and nobody waits for that.
        this.#phase = 'settled';
        tell();
        return;
      }
      const isEndOfAll = this.#haveAllEnded && (isContinued || verdict.fulfilled);
      const isGoodNews = verdict.fulfilled && !isEndOfAll;
      if (!isGoodNews) tell();
      this.#end(this.#abortReason(verdict.fulfilled), isEndOfAll, isGoodNews ? tell : undefined);
    } else if (stopped && this.#phase === 'open') {
      this.#phase = 'stopping';
      inMicrotask(() => this.#waitForRest());
    }
  }

  #waitForRest(): void {
    const { done, failed } = this.#tally;
    const running = this.#giveUpRest(this.#abortReason(this.#need !== 'all' && this.#need !== 'first'));
    this.#intake.close();
    // What was dropped is no member any more.
    this.#group.seal(done + failed + running);
    this.#judge();
  }

  #abortReason(isEnough: boolean): Reason {
    return isEnough ? NOT_NEEDED : (this.#tally.first ?? NOT_NEEDED);
  }

  /**
   * Nothing is waited for any more. Whoever is given up on hears of it before the caller goes on with good news, which
   * are heard a microtask after they are told. Bad ones take longer.
   */
  #end(reason: Reason, isEndOfAll: boolean, goodNews?: () => void): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    inMicrotask(() => {
      goodNews?.();
      this.#leave(reason, isEndOfAll);
    });
  }

  /** Tells what the source made of it. */
  #leave(reason: Reason, isEndOfAll = false): unknown {
    this.#unlisten?.();
    this.#sleeper?.stop();
    if (!isEndOfAll) this.#giveUpRest(reason);
    if (this.#isOwn && this.#face === undefined) {
      this.#isFreed = true;
      this.#core.free();
    }
    return this.#intake.close();
  }

  /** Drops what does not run and aborts what does. Tells how many run. */
  #giveUpRest(reason: Reason): number {
    const { queued, running } = this.#lanes.giveUp(reason);
    this.#intake.dismiss();
    if (queued.length > 0) this.host.cancelAll(queued);
    return running;
  }
}
