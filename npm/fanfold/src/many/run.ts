import { coreOf } from '../check/limiter.js';
import { ClosedError } from '../errors/index.js';
import { onAbort } from '../host/abort.js';
import { NOBODY, type Scope, ScopeBase } from '../host/context.js';
import { currentHost } from '../host/current.js';
import type { Host } from '../host/host.js';
import { LimiterCore, plainPlan } from '../limiter/core.js';
import { faceOf } from '../limiter/limiter.js';
import type { Limiter } from '../limiter/types.js';
import { budgetId } from '../retry/budget.js';
import type { Settle } from '../task/promise.js';
import type { AnyFunction } from '../task/task.js';
import { Sleeper } from '../time/sleeper.js';
import { tookTooLong } from '../time/timeout.js';
import { ItemSignal, NOT_NEEDED, type Reason, SharedContext } from './context.js';
import { Group, type Need } from './group.js';
import { ItemRetry } from './item-retry.js';
import { Lane } from './lane.js';
import type { ManyPlan } from './options.js';
import { type ItemSource, isThenable } from './source.js';
import type { ItemContext } from './types.js';

const then = Promise.prototype.then;
const settled = Promise.resolve();
const makeScope = (): Scope => new ScopeBase('fanfold.item');

/** Where the outcomes of items go. Nothing of the user's is called in here. */
export interface Sink {
  fulfilled(index: number, value: unknown, item: unknown): void;
  failed(index: number, reason: unknown): void;
  /** Whether there is room for the result of another item, of so many that were taken from the source. */
  hasRoom(taken: number): boolean;
  /** The verdict is in: whose end it was that decided it, `undefined` for the end of all. */
  decided(fulfilled: boolean, by: number | undefined): void;
  /** It was ended from outside. */
  aborted(reason: unknown): void;
}

/** What is done with items, and how the outcomes are judged. */
export interface Work {
  /** Called with an item, its index and a context. */
  readonly fn: AnyFunction;
  /** Whether items are functions to be called: whatever is none is its own outcome, and takes no slot. */
  readonly tasks: boolean;
  readonly need: Need;
  readonly plan: ManyPlan;
  /** Whether results are given out before the end of all, and whoever asks for them may go away without a word. */
  readonly isStream?: boolean;
  /**
   * Whether the sink alone says how many items are taken, by its `hasRoom`, and those beyond the limit wait for their
   * slots. Otherwise no more are taken than may run.
   */
  readonly isBoundBySink?: boolean;
  /** The other end of a promise. Stacks of errors lead on to whoever waits for it, as far as lanes keep their slots. */
  readonly caller?: Settle | undefined;
}

/**
 * Takes items from a source into lanes, as many as may run at once, and reports how they end: to the engine, which
 * judges, and to a sink, which keeps what is to be kept.
 */
export class ItemRun extends ScopeBase {
  readonly host: Host = currentHost();
  readonly fn: AnyFunction;
  /** The other end of the promise of whoever began it, if stacks are to lead there. */
  readonly caller: Settle | undefined;
  /** Whether lanes keep their slots from item to item. */
  stays: boolean;
  readonly #plan: ManyPlan;
  readonly #source: ItemSource;
  readonly #sink: Sink;
  readonly #group: Group;
  readonly #need: Need;
  readonly #tasks: boolean;
  /** Whether the group has to know how many there are as soon as that is known. */
  readonly #sealsEarly: boolean;
  readonly #core: LimiterCore;
  readonly #isOwn: boolean;
  /** Whether a function may be given up on without the others, whose results are still of use to somebody. */
  readonly #ownSignals: boolean;
  readonly #isBoundBySink: boolean;
  /** Whether there is nothing to a next item but to pull it. */
  readonly #isPlain: boolean;
  readonly #runTimeout: number | undefined;
  readonly #signal = new ItemSignal();
  readonly #context: ItemContext = new SharedContext(this.#signal, this);
  #face: Limiter | undefined;
  #isFreed = false;
  /** With an item, or waiting for one. */
  readonly #lanes = new Set<Lane>();
  /** Those that wait until the source has answered another one. */
  #hungry: Lane[] = [];
  /** Those that keep their slots until there is room for another result. */
  readonly #parked: Lane[] = [];
  #puller: Lane | undefined;
  #exhausted = false;
  #sealed = false;
  /** The rest was given up on, and is waited for. */
  #stopping = false;
  /** The verdict is in, and the rest goes on. */
  #isSettled = false;
  /** Nothing goes on. */
  #over = false;
  #taken = 0;
  #done = 0;
  #failed = 0;
  /** How many have ended, and all has been done about it. */
  #reported = 0;
  #running = 0;
  #sleeping = 0;
  /** The failure that came first. */
  #first: Reason | undefined;
  #sleeper: Sleeper | undefined;
  #unlisten: (() => void) | undefined;

  constructor(source: ItemSource, work: Work, sink: Sink) {
    super('fanfold.work');
    const { plan, need, tasks } = work;
    const { limiter, retry } = plan;
    this.#source = source;
    this.#sink = sink;
    this.#plan = plan;
    this.#need = need;
    this.#tasks = tasks;
    this.#isOwn = limiter === undefined;
    this.#face = limiter;
    this.#core =
      limiter === undefined
        ? new LimiterCore(plainPlan(plan.concurrency, plan.name), work.isStream === true)
        : coreOf(limiter);
    this.fn = this.#core.track(work.fn);
    this.caller = work.caller;
    const attemptTimeout = retry?.attemptTimeout ?? Number.POSITIVE_INFINITY;
    this.#runTimeout = attemptTimeout === Number.POSITIVE_INFINITY ? undefined : attemptTimeout;
    const isTimed = this.#runTimeout !== undefined || this.#core.hasRunTimeout;
    this.#isPlain = source.isSync && !tasks && retry === undefined;
    this.#isBoundBySink = work.isBoundBySink === true;
    // A lane that kept its slot would pass those that wait for one.
    this.stays = this.#isOwn && !isTimed && !this.#isBoundBySink;
    this.#sealsEarly = need !== 'all' && need !== 'every';
    this.#ownSignals = isTimed || this.#sealsEarly || work.isStream === true;
    this.#group = new Group(this.host, need, plan.onFailure);
  }

  /** Whether no function is to be called any more. */
  get over(): boolean {
    return this.#over || this.#stopping;
  }

  /** The limiter that the functions run in, as users hold it. From then on it is not the work's alone. */
  get limiter(): Limiter {
    if (this.#face === undefined) {
      this.stays = false;
      // Who keeps a slot without an item would be in the way of others now.
      this.#dismissParked();
      if (this.#isFreed) {
        // A function that was given up on and still runs: there is nothing left that it could submit to.
        this.#face = faceOf(new LimiterCore(plainPlan(1, this.#plan.name)), undefined);
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
    while (!this.over && !this.#exhausted && !this.#isAsking) {
      const parked = this.#sink.hasRoom(this.#taken) ? this.#parked.pop() : undefined;
      if (parked !== undefined) {
        this.#pull(parked);
        parked.unpark();
      } else {
        if (!this.#hasPlace()) return;
        this.#pull(this.#newLane());
      }
      this.#feed();
    }
  }

  /** Ends all for this reason, unless it has ended. Tells what the source made of it. */
  giveUp(reason: unknown): unknown {
    if (this.#over) return undefined;
    this.#over = true;
    this.#group.disband();
    this.#sink.aborted(reason);
    return this.#leave({ reason });
  }

  // ---------------------------------------------------------------- from lanes

  /**
   * The short way to the next item, for a lane that keeps its slot: `'ready'` where it has one, `'left'` where it has
   * to leave its slot, `'ask'` where {@link next} has to be asked, since nothing was done.
   */
  advance(lane: Lane): 'ready' | 'left' | 'ask' {
    const source = this.#source;
    if (!this.#isPlain || !this.stays || this.over || this.#exhausted || !this.#sink.hasRoom(this.#taken)) {
      return 'ask';
    }
    try {
      if (source.pull() === false) {
        this.#exhausted = true;
        return 'ask';
      }
    } catch (error) {
      this.#broke(error);
      return 'ask';
    }
    // What the source did may have ended everything.
    if (this.over) {
      silence(source.item);
      return 'ask';
    }
    lane.item = source.item;
    lane.index = this.#taken++;
    if (this.#hungry.length > 0) this.#feed();
    // More than one result may have gone at once.
    if (this.#parked.length > 0) this.fill();
    if (!isThenable(lane.item)) return this.over ? 'left' : 'ready';
    lane.begin();
    return 'left';
  }

  /** A lane is free for another item. */
  next(lane: Lane): void {
    if (this.over || this.#exhausted || lane.abandoned) {
      this.#retire(lane);
    } else if (!this.#sink.hasRoom(this.#taken)) {
      if (this.stays && lane.park()) this.#parked.push(lane);
      else this.#retire(lane);
    } else if (!this.#isBoundBySink && this.#lanes.size - this.#sleepers() > this.#core.concurrency) {
      // Somebody took its place while it slept, or there are fewer by now.
      this.#retire(lane);
    } else if (this.#isAsking) {
      this.#hungry.push(lane);
    } else {
      this.#pull(lane);
      this.#feed();
      // There may be room for more than there was.
      this.fill();
    }
  }

  /** Lets a lane wait for its slot. */
  submit(lane: Lane): void {
    lane.unmark();
    try {
      const enter = (): number => this.#core.enter(lane, this.#runTimeout);
      // Whoever handed over a slot is not the one that submits the next item.
      lane.handle = this.#core.tracked ? lane.runInAsyncScope(enter) : enter();
    } catch (error) {
      this.giveUp(error);
    }
  }

  /** The context of whoever began the work. For one function. */
  newScope(): Scope {
    return this.runInAsyncScope(makeScope);
  }

  /** The function of a lane's item is called now: what it is told. */
  begins(lane: Lane): ItemContext {
    this.#running++;
    if (!this.#ownSignals) return this.#context;
    lane.signal = new ItemSignal();
    return new SharedContext(lane.signal, this);
  }

  /** A lane's function has ended well. Whether the lane is free for another item. */
  fulfilled(lane: Lane, value: unknown): boolean {
    this.#running--;
    if (this.#over || lane.abandoned) return this.#returned(lane);
    lane.retry?.stop();
    lane.retry = undefined;
    this.#succeeds(lane.index, value, lane.item);
    return true;
  }

  /** A lane's function has failed. Whether the lane is free for another item. */
  failed(lane: Lane, reason: unknown): boolean {
    this.#running--;
    return this.#over || lane.abandoned ? this.#returned(lane) : this.#retried(lane, reason);
  }

  /** A lane's item never came. Whether the lane is free for another one. */
  missed(lane: Lane, reason: unknown): boolean {
    return this.over ? false : this.gaveUp(lane, reason);
  }

  /** The limiter does not run a lane's function, or waits for it no longer. */
  refused(lane: Lane, reason: unknown): void {
    if (lane.abandoned || this.#over) return;
    let heir = lane;
    if (lane.running) {
      // It has its slot until it really ends, and its place among the lanes. Another one goes on with its item.
      heir = this.#newLane();
      heir.item = lane.item;
      heir.index = lane.index;
      heir.begun = lane.begun;
      heir.retry = lane.retry;
      if (heir.retry !== undefined) heir.retry.lane = heir;
      lane.retry = undefined;
      lane.abandoned = true;
      lane.signal?.abort({ reason });
      // Whoever listens may have ended it all.
      if (this.over) return;
    }
    heir.handle = NOBODY;
    // Where nothing can run any more there is no next item either.
    const isShut = reason instanceof ClosedError || this.#core.aborted?.reason === reason;
    if (isShut && this.#need === 'all') this.giveUp(reason);
    else if (this.#retried(heir, reason)) this.next(heir);
  }

  /** A lane's item is tried again: it waits for its slot as if it were new. */
  awake(lane: Lane): void {
    this.#sleeping--;
    this.submit(lane);
  }

  /** A lane's item has failed for good. Whether the lane is free for another one. */
  gaveUp(lane: Lane, reason: unknown): boolean {
    if (lane.retry !== undefined) {
      lane.retry = undefined;
      this.#sleeping--;
    }
    this.#fails(lane.index, reason);
    return true;
  }

  // ---------------------------------------------------------------- items

  /** A lane in the context of whoever began the work, whatever brought it about. */
  #newLane(): Lane {
    const lane = this.runInAsyncScope(() => new Lane(this));
    this.#lanes.add(lane);
    return lane;
  }

  /** Whether another lane may be opened. Who sleeps leaves its place to another, as far as that keeps a bound. */
  #hasPlace(): boolean {
    const isBelowLimit = this.#isBoundBySink || this.#lanes.size - this.#sleepers() < this.#core.concurrency;
    return isBelowLimit && this.#sink.hasRoom(this.#taken);
  }

  /** Those who sleep, and no more than may run: a source is not emptied into sleepers. */
  #sleepers(): number {
    return Math.min(this.#sleeping, this.#core.concurrency);
  }

  /** Whether the source has not answered yet: an async one, or one that brings this about while it is asked. */
  get #isAsking(): boolean {
    return this.#puller !== undefined || this.#source.isBusy;
  }

  /** Lets those ask who had to wait until the source had answered. */
  #feed(): void {
    while (this.#hungry.length > 0 && !this.#isAsking) this.next(this.#hungry.pop() as Lane);
  }

  #pull(lane: Lane): void {
    try {
      for (;;) {
        const answer = this.#source.pull();
        if (typeof answer !== 'boolean') {
          this.#puller = lane;
          answer.then(this.#came, this.#broke);
          return;
        }
        if (this.#answered(lane, answer)) return;
      }
    } catch (error) {
      this.#broke(error);
    }
  }

  /** The source has answered. Whether the lane has what it needs. */
  #answered(lane: Lane, hasItem: boolean): boolean {
    if (this.over) {
      if (hasItem) silence(this.#source.item);
      this.#retire(lane);
    } else if (!hasItem) {
      this.#exhausted = true;
      this.#retire(lane);
      if (this.#sealsEarly && !this.#isSettled) this.#seal();
    } else if (this.#tasks && typeof this.#source.item !== 'function') {
      this.#watch(this.#source.item);
      return false;
    } else {
      lane.item = this.#source.item;
      lane.index = this.#taken++;
      const { retry } = this.#plan;
      if (retry !== undefined) {
        lane.begun = this.host.now();
        if (retry.budget !== undefined) this.host.deposit(budgetId(retry.budget, this.host));
      }
      lane.begin();
    }
    return true;
  }

  /** Takes an outcome that is there, or is under way already. */
  #watch(outcome: unknown): void {
    const index = this.#taken++;
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

  readonly #came = (hasItem: boolean): void => {
    const lane = this.#puller as Lane;
    this.#puller = undefined;
    if (!this.#answered(lane, hasItem)) this.next(lane);
    this.#feed();
    this.fill();
  };

  readonly #broke = (error: unknown): void => {
    this.#puller = undefined;
    this.#exhausted = true;
    // Nobody wants its items any more, and what it makes of that is its own business.
    if (!this.#stopping) this.giveUp(error);
  };

  /** A lane goes. */
  #retire(lane: Lane): void {
    this.#lanes.delete(lane);
    this.#endIfAllEnded();
  }

  #endIfAllEnded(): void {
    if (!this.#exhausted) return;
    this.#dismissParked();
    if (!this.#haveAllEnded) return;
    if (this.#isSettled) this.#end(NOT_NEEDED, true);
    else this.#seal();
  }

  get #haveAllEnded(): boolean {
    return this.#exhausted && this.#reported === this.#taken;
  }

  /** There will be no item for those that wait for room. */
  #dismissParked(): void {
    for (const lane of this.#parked.splice(0)) {
      this.#lanes.delete(lane);
      lane.unpark();
    }
  }

  #seal(): void {
    if (this.#over || this.#sealed) return;
    this.#sealed = true;
    this.#group.seal(this.#taken);
    this.#judge();
  }

  // ---------------------------------------------------------------- ends

  /** A function whose outcome nobody waits for has ended. */
  #returned(lane: Lane): false {
    this.#lanes.delete(lane);
    if (this.#over) return false;
    if (lane.waitedFor) this.#report(lane.index, false);
    else void then.call(settled, () => this.fill());
    return false;
  }

  #retried(lane: Lane, reason: unknown): boolean {
    const { retry } = this.#plan;
    if (retry === undefined) return this.gaveUp(lane, reason);
    lane.unmark();
    lane.retry ??= lane.runInAsyncScope(() => new ItemRetry(this, retry, this.host, lane, this.#core));
    const { retry: run } = lane;
    this.#sleeping++;
    void then.call(settled, () => {
      if (this.over) return;
      run.failed(reason);
      this.fill();
    });
    return false;
  }

  #succeeds(index: number, value: unknown, item: unknown): void {
    this.#done++;
    const { onProgress } = this.#plan;
    // Its error, if it throws, is what the last one ends with too: nothing is clear before it was told.
    if (onProgress === undefined) this.#reportGood(index, value, item);
    else this.#tellProgress(onProgress, () => this.#reportGood(index, value, item));
  }

  #reportGood(index: number, value: unknown, item: unknown): void {
    if (this.#counts) this.#sink.fulfilled(index, value, item);
    this.#report(index, true);
  }

  #fails(index: number, reason: unknown): void {
    this.#failed++;
    this.#first ??= { reason };
    if (this.#counts) this.#sink.failed(index, reason);
    const { onProgress } = this.#plan;
    if (onProgress === undefined) {
      this.#report(index, false);
      return;
    }
    // Nobody is let in between a failure and its consequences.
    if (this.#group.settle(index, false)) this.#judge();
    this.#tellProgress(onProgress, () => void this.#reported++);
  }

  /** Whether it still matters how one ends: not once it is clear what is settled with. */
  get #counts(): boolean {
    return !this.#stopping && !this.#isSettled;
  }

  #report(index: number, fulfilled: boolean): void {
    this.#reported++;
    if (this.#group.settle(index, fulfilled)) this.#judge();
  }

  #tellProgress(onProgress: NonNullable<ManyPlan['onProgress']>, report: () => void): void {
    const progress = {
      done: this.#done,
      failed: this.#failed,
      running: this.#running,
      total: this.#source.total,
    };
    void then.call(settled, () => {
      try {
        const told: unknown = this.newScope().runInAsyncScope(onProgress, undefined, progress);
        // One that is async by mistake is waited for by nobody, and fails like any other.
        if (told instanceof Promise) told.catch((error: unknown) => this.giveUp(error));
      } catch (error) {
        // Where it has ended already it was with another error, which came first.
        this.giveUp(error);
      }
      if (this.#over) return;
      report();
      // A result that was left out has made room.
      this.fill();
      this.#endIfAllEnded();
    });
  }

  /** Does what the engine has said. The user's own code hears of it in a microtask: a slot may be changing hands. */
  #judge(): void {
    const { verdict, broken, stopped } = this.#group;
    if (this.#over || this.#isSettled) return;
    if (verdict !== undefined || broken !== undefined) {
      if (verdict === undefined) this.#sink.aborted(broken?.reason);
      else this.#sink.decided(verdict.fulfilled, verdict.by);
      // The others are run to their end, and nobody waits for that.
      const isContinued = broken === undefined && this.#plan.onFailure === 'continue';
      this.#isSettled = isContinued && !this.#haveAllEnded;
      if (this.#isSettled) return;
      const isEndOfAll = this.#haveAllEnded && (isContinued || verdict?.fulfilled === true);
      this.#end(this.#abortReason(verdict?.fulfilled !== false), isEndOfAll);
    } else if (stopped && !this.#stopping) {
      this.#stopping = true;
      void then.call(settled, () => this.#waitForRest());
    }
  }

  #waitForRest(): void {
    const reason = this.#abortReason(this.#need !== 'all' && this.#need !== 'first');
    const running = this.#giveUpRest(reason);
    silence(this.#closeSource());
    // What was dropped is no member any more.
    this.#group.seal(this.#done + this.#failed + running);
    this.#judge();
  }

  #abortReason(isEnough: boolean): Reason {
    return isEnough || this.#first === undefined ? NOT_NEEDED : this.#first;
  }

  #end(reason: Reason, isEndOfAll: boolean): void {
    if (this.#over) return;
    this.#over = true;
    void then.call(settled, () => {
      this.#leave(reason, isEndOfAll);
    });
  }

  /** Nothing is waited for any more. Tells what the source made of it. */
  #leave(reason: Reason, isEndOfAll = false): unknown {
    this.#unlisten?.();
    this.#sleeper?.stop();
    if (!isEndOfAll) this.#giveUpRest(reason);
    if (this.#isOwn && this.#face === undefined) {
      this.#isFreed = true;
      this.#core.free();
    }
    return this.#closeSource();
  }

  /** Drops what does not run and aborts what does. Tells how many run. */
  #giveUpRest(reason: Reason): number {
    this.#dismissParked();
    const queued: number[] = [];
    let running = 0;
    for (const lane of this.#lanes) {
      if (lane.running) {
        running++;
        lane.waitedFor = true;
      }
      // Its item is somebody else's already.
      if (lane.abandoned) continue;
      lane.abandoned = true;
      lane.retry?.stop();
      if (lane.running) {
        lane.signal?.abort(reason);
        continue;
      }
      this.#lanes.delete(lane);
      if (lane.handle !== NOBODY) queued.push(lane.handle);
    }
    this.#hungry = [];
    if (queued.length > 0) this.host.cancelAll(queued);
    this.#signal.abort(reason);
    return running;
  }

  #closeSource(): unknown {
    try {
      const closed = this.#source.close();
      silence(closed);
      return closed;
    } catch (error) {
      return refused(error);
    }
  }
}

/** A rejection that somebody may look at. */
function refused(reason: unknown): Promise<never> {
  const promise = Promise.reject(reason);
  silence(promise);
  return promise;
}

/** Lets nobody hear of what a promise comes to who does not ask. */
function silence(promise: unknown): void {
  if (isThenable(promise)) promise.then(undefined, () => {});
}
