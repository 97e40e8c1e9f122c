import { type Frame, frameKey, hasNoContext, NOBODY, ScopeBase, scopesLast } from '../host/context.js';
import { inMicrotask } from '../host/microtask.js';
import type { Runnable, Runner, Slottable } from '../host/residents.js';
import type { TaskWatch } from '../observe/watch.js';
import { isThenable, lastSettle, pending, type Settle } from '../task/promise.js';
import { leadingTo } from '../task/stack.js';
import { CallContext } from './context.js';
import type { ItemRetry } from './item-retry.js';
import type { ItemRun } from './run.js';

/** What a call comes to that has told by itself how its items ended. */
const TOLD = Symbol('told');

/**
 * Takes one item after the other. To its limiter it is a task: one for each item where others use the limiter too, or
 * one for many items, which keeps its slot from item to item, where the limiter is the work's own and nobody else
 * knows it.
 */
export class Lane extends ScopeBase implements Runnable, Slottable {
  readonly #run: ItemRun;
  item: unknown;
  index = 0;
  /** How its item is retried, from the first failure on. */
  retry: ItemRetry | undefined;
  /** What its function was told that was called last. */
  context: CallContext | undefined;
  /** When the first attempt of its item began, where that has to be known. */
  firstBegan = 0;
  /** When the function was called for the attempt that is under way, if it was and that has to be known. */
  calledAt: number | undefined;
  /** What is seen of its item, where somebody observes its limiter. */
  watch: TaskWatch | undefined;
  /** Whether its function runs. */
  running = false;
  /** Whether nobody waits for its function any more, or for its item to come. */
  abandoned = false;
  /** Whether its end is waited for all the same, though not its outcome. */
  waitedFor = false;
  /** Its place in the queue of its limiter. */
  handle = NOBODY;
  /** Its context, without the slot that it was in last. */
  readonly #frame: Frame = frameKey && (this as unknown as Record<symbol, Frame>)[frameKey];
  /** Whether it has a slot that it keeps. */
  #stays = false;
  /** Whether it goes on after an `await` of its own. */
  #isOnItsOwn = false;
  /** Whether it has another item for the slot that it keeps. */
  #isReady = false;
  /** Lets it go on that keeps its slot without an item. */
  #unpark: Settle | undefined;
  #parked: Promise<void> | undefined;

  constructor(run: ItemRun) {
    super('fanfold.item');
    this.#run = run;
  }

  /** Which attempt of its item it makes: 1 for the first. */
  get attempt(): number {
    return this.retry?.attempt ?? 1;
  }

  /** Its item has ended, and not well: whoever observes the limiter is told. */
  unwatch(reason: unknown): void {
    this.watch?.ends(reason);
    this.watch = undefined;
  }

  /** Begins with an item. One that is still to come is waited for first. */
  begin(): void {
    if (isThenable(this.item)) Promise.resolve(this.item).then(this.#came, this.#missed);
    else if (this.#stays && this.#run.keepsSlots) this.#isReady = true;
    else this.#run.submit(this);
  }

  /** Keeps its slot until there is an item for it. `false` where it has none to keep. */
  park(): boolean {
    if (!this.#stays) return false;
    this.#parked = pending<void>();
    this.#unpark = lastSettle();
    return true;
  }

  /** Goes on after a {@link park}: with its item, or else it leaves. */
  unpark(): void {
    this.#unpark?.(undefined);
    this.#unpark = undefined;
  }

  start(runner: Runner, handle: number, limiter: number): void {
    runner.run(this, handle, limiter);
  }

  call(): unknown {
    this.handle = NOBODY;
    this.#run.gotSlot();
    if (this.abandoned || this.#run.over) return TOLD;
    if (!this.#run.stays) return this.#invoke();
    const { caller } = this.#run;
    return caller === undefined ? this.#stay() : leadingTo(caller, () => this.#stay());
  }

  /** Its one item is done. Where it kept its slot it may have another item by now, and another slot. */
  fulfill(value: unknown): void {
    if (value === TOLD) return;
    this.running = false;
    if (this.#run.fulfilled(this, value)) inMicrotask(this.#next);
  }

  fail(reason: unknown): void {
    this.running = false;
    if (this.#run.failed(this, reason)) inMicrotask(this.#next);
  }

  /** A verdict of its limiter. */
  reject(reason: unknown): void {
    if (!this.abandoned) this.#run.host.defer(() => this.#run.refused(this, reason));
  }

  /** Who cancels it abandons it first. */
  cancelReason(): unknown {
    return undefined;
  }

  /** It has left its slot, which is another's by now: its context must not name that one any more. */
  unmark(): void {
    if (frameKey !== undefined) (this as unknown as Record<symbol, Frame>)[frameKey] = this.#frame;
  }

  /** Runs items in one slot, as long as there are any at hand. An `await` costs an item less than two handlers do. */
  async #stay(): Promise<typeof TOLD> {
    const run = this.#run;
    const { host } = run;
    const { slot } = host;
    this.#stays = true;
    for (;;) {
      let value: unknown;
      let hasFailed = false;
      try {
        host.enter(slot);
        try {
          value = this.#invoke();
        } catch (reason) {
          // What throws at once is no reason to call the next one at once, before others whose turn it is.
          value = Promise.reject(reason);
        } finally {
          host.exit();
        }
        value = await value;
      } catch (reason) {
        hasFailed = true;
        value = reason;
      }
      this.running = false;
      this.#isOnItsOwn = true;
      const isFree = hasFailed ? run.failed(this, value) : run.fulfilled(this, value);
      const advance = isFree ? run.advance(this) : 'left';
      if (advance === 'ready') continue;
      this.#isReady = false;
      if (advance === 'ask') run.next(this);
      if (this.#parked !== undefined) {
        await this.#parked;
        this.#parked = undefined;
      }
      if (!this.#isReady) break;
    }
    this.#stays = false;
    this.#isOnItsOwn = false;
    return TOLD;
  }

  #invoke(): unknown {
    const run = this.#run;
    this.running = true;
    const fn = this.watch === undefined ? run.fn : this.watch.wrap(run.fn);
    const context = new CallContext(run);
    this.context = context;
    run.begins(this);
    if (hasNoContext(this.#isOnItsOwn)) return fn(this.item, this.index, context);
    const scope = scopesLast ? this : run.newScope();
    return scope.runInAsyncScope(fn, undefined, this.item, this.index, context);
  }

  readonly #next = (): void => this.#run.next(this);

  readonly #came = (item: unknown): void => {
    if (this.abandoned) return;
    this.item = item;
    this.#run.submit(this);
  };

  readonly #missed = (reason: unknown): void => {
    if (!this.abandoned && this.#run.missed(this, reason)) this.#run.next(this);
  };
}
