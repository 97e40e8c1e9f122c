import * as mailbox from '../engine/mailbox.gen.js';
import { BufferFullError } from '../errors/buffer.js';
import { onAbort } from '../host/abort.js';
import * as commands from '../host/buffer-commands.js';
import { currentHost } from '../host/current.js';
import type { Host } from '../host/host.js';
import type { Buffered } from '../host/residents.js';
import { DONE } from '../task/done.js';
import { lastSettle, pending, Rejection, type Settle } from '../task/promise.js';
import { type BufferPlan, rankOf, weightOf } from './options.js';
import type { Taken } from './types.js';
import { Waiter, type Want } from './waiter.js';

const { EFFECT_ADMIT, EFFECT_REFUSE_VALUE, EFFECT_GIVE, EFFECT_GIVE_NOW, EFFECT_DROP } = mailbox;

const TAKEN: Taken = Object.freeze({ done: false });
const LEFT: Taken = Object.freeze({ done: true });

/** What is told where a value was taken at once, or will never be. A promise that is settled can be anybody's. */
export const taken: Promise<Taken> = Promise.resolve(TAKEN);
const left = Promise.resolve(LEFT);

/** How far a buffer is. */
const OPEN = 0;
/** The sink is closed: what is in it still comes out. */
const ENDING = 1;
/** Nothing comes out any more. */
const OVER = 2;

/** What the engine and signals know of a buffer. Does not hold it, so that it is collected when nobody else does. */
class Door implements Buffered {
  readonly #core: WeakRef<BufferCore<unknown>>;
  /** The same, while it waits for an answer. */
  asking: BufferCore<unknown> | undefined;

  constructor(core: BufferCore<unknown>) {
    this.#core = new WeakRef(core);
  }

  tell(effect: number, seat: number, slot: number): void {
    (this.asking ?? this.#core.deref())?.tell(effect, seat, slot);
  }

  reject(reason: unknown): void {
    this.#core.deref()?.fail(reason);
  }

  abort(reason: unknown): void {
    this.#core.deref()?.leave({ reason });
  }
}

/** What is left of a buffer that was collected. */
interface Remains {
  readonly host: Host;
  readonly handle: number;
  readonly unlisten: (() => void) | undefined;
}

const collected = new FinalizationRegistry<Remains>(({ host, handle, unlisten }) => {
  unlisten?.();
  commands.freeBuffer(host, handle);
});

/**
 * The two ends of a buffer as commands: who waits for what, and what became of it. The values are kept by the classes below.
 * Which of those who wait is next, what is dropped and what comes of the end the engine says.
 */
export abstract class BufferCore<T> {
  readonly plan: BufferPlan<T>;
  protected readonly host: Host;
  protected readonly handle: number;
  readonly #door: Door;
  #phase: typeof OPEN | typeof ENDING | typeof OVER = OPEN;
  /** What the producer failed with, until somebody was told. */
  #failed: { readonly reason: unknown } | undefined;
  /** What producers and those who wait are told, if it ended with an error from the other side. */
  #left: { readonly reason: unknown } | undefined;
  readonly #seats: (Waiter<T> | undefined)[] = [];
  readonly #free: number[] = [];
  /** How many sit there. */
  protected waiting = 0;
  #pushes = 0;
  #pulls = 0;
  /** What a question is answered with. */
  #given: T[] = [];
  dropped = 0;
  #unlisten: (() => void) | undefined;

  protected constructor(plan: BufferPlan<T>, counted: boolean) {
    this.plan = plan;
    this.host = currentHost();
    this.#door = new Door(this as BufferCore<unknown>);
    const { capacity, order, overflow, signal } = plan;
    this.handle = commands.openBuffer(this.host, this.#door, { capacity, order, overflow, counted });
    if (signal !== undefined) this.#listen(signal);
    collected.register(this, { host: this.host, handle: this.handle, unlisten: this.#unlisten });
  }

  /** How many values are stored. */
  abstract readonly size: number;

  /** Whether nothing can come of a value, or of waiting for room, before somebody pulls. */
  protected abstract readonly isStuck: boolean;

  /** Takes in the value of somebody who is let in. */
  protected abstract put(waiter: Waiter<T>): void;
  /** The value in this slot, or the next one, which is not stored any more. */
  protected abstract takeOut(slot: number): T;
  /** The value in this slot, or the oldest or newest one, goes. */
  protected abstract drop(slot: number, newest: boolean): void;
  /** Keeps what somebody brings who may have to wait. Gives the slot. */
  protected abstract keep(value: T): number;
  /** It is not let in. */
  protected abstract forget(waiter: Waiter<T>): void;
  protected abstract clear(): void;
  /** Tells the engine what it does not know yet. */
  protected abstract report(): void;

  get waitingPushes(): number {
    return this.#pushes;
  }

  get waitingPulls(): number {
    return this.#pulls;
  }

  get isOpen(): boolean {
    return this.#phase === OPEN;
  }

  // -------------------------------------------------------------------- sink

  push(value: T): boolean {
    if (this.#phase !== OPEN) return false;
    const waiter = this.#bring(value, undefined);
    if (waiter === undefined) return false;
    if (!waiter.taken && this.plan.overflow === 'error') throw this.#full();
    return waiter.taken;
  }

  next(value: T, signal: AbortSignal | undefined): Promise<Taken> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#phase !== OPEN) return this.#closed();
    try {
      const promise = pending<Taken>();
      this.#bring(value, lastSettle(), signal);
      return promise;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  ready(signal: AbortSignal | undefined): Promise<Taken> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#phase !== OPEN) return this.#closed();
    const promise = pending<Taken>();
    const seat = this.#sit(new Waiter<T>('room', lastSettle()), signal);
    this.report();
    commands.awaitRoom(this.host, this.handle, seat);
    if (signal !== undefined || !this.isStuck) this.ask();
    return promise;
  }

  end(failed?: { readonly reason: unknown }): void {
    if (this.#phase !== OPEN) return;
    this.#phase = ENDING;
    this.#failed = failed;
    this.report();
    commands.end(this.host, this.handle);
    if (this.waiting > 0) this.ask();
    else this.restIfOver();
  }

  // ------------------------------------------------------------------ source

  pull(signal: AbortSignal | undefined): Promise<IteratorResult<T, undefined>> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const value = this.takeNow(1);
    if (value.length > 0) return Promise.resolve({ value: value[0] as T, done: false });
    const promise = pending<IteratorResult<T, undefined>>();
    this.#await('pull', lastSettle(), signal);
    return promise;
  }

  pullMany(count: number, signal: AbortSignal | undefined): Promise<T[]> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const values = this.takeNow(count);
    if (values.length > 0) return Promise.resolve(values);
    const promise = pending<T[]>();
    this.#await('values', lastSettle(), signal);
    return promise;
  }

  /** Nobody wants any more of it; with an error if that is why, or of a signal. */
  leave(left?: { readonly reason: unknown }): void {
    if (this.#phase === OVER) return;
    this.#phase = OVER;
    this.#failed = undefined;
    this.#left = left;
    this.report();
    this.clear();
    commands.abandon(this.host, this.handle);
    this.ask();
    this.#rest();
  }

  /** The engine is not to be used any more. */
  fail(reason: unknown): void {
    this.#phase = OVER;
    this.#left = { reason };
    this.#failed = undefined;
    this.clear();
    for (let seat = 0; seat < this.#seats.length; seat++) {
      if (this.#seats[seat] !== undefined) this.#release(this.#stand(seat));
    }
  }

  // ---------------------------------------------------------- what is told

  tell(effect: number, seat: number, slot: number): void {
    if (effect === EFFECT_GIVE_NOW) {
      this.#given.push(this.takeOut(slot));
    } else if (effect === EFFECT_DROP) {
      this.dropped++;
      this.drop(slot, seat === 1);
    } else {
      const waiter = this.#stand(seat);
      if (effect === EFFECT_GIVE) this.#give(waiter, this.takeOut(slot));
      else if (effect === EFFECT_ADMIT) this.#admit(waiter);
      else if (effect === EFFECT_REFUSE_VALUE) this.#refuse(waiter);
      else this.#release(waiter);
    }
  }

  #admit(waiter: Waiter<T>): void {
    waiter.taken = true;
    this.put(waiter);
    waiter.settle?.(TAKEN);
  }

  #give(waiter: Waiter<T>, value: T): void {
    waiter.settle?.(waiter.want === 'values' ? [value] : { value, done: false });
  }

  #refuse(waiter: Waiter<T>): void {
    this.forget(waiter);
    const { overflow } = this.plan;
    if (overflow === 'error') {
      waiter.settle?.(new Rejection(this.#full()));
    } else {
      // Whoever does not wait is told by what comes back.
      if (overflow !== 'suspend') this.dropped++;
      waiter.settle?.(TAKEN);
    }
  }

  /** Nothing comes of it any more; or there is room. */
  #release(waiter: Waiter<T>): void {
    const { want, settle, signal } = waiter;
    if (want === 'push') this.forget(waiter);
    if (signal?.aborted) settle?.(new Rejection(signal.reason));
    else if (this.#left !== undefined) settle?.(new Rejection(this.#left.reason));
    else if (want === 'push') settle?.(LEFT);
    else if (want === 'room') settle?.(this.isOpen ? TAKEN : LEFT);
    else this.#sayEnd(want, settle);
  }

  #sayEnd(want: Want, settle: Settle | undefined): void {
    const failed = this.#failed;
    this.#failed = undefined;
    if (failed !== undefined) settle?.(new Rejection(failed.reason));
    else settle?.(want === 'values' ? [] : DONE);
  }

  // ------------------------------------------------------------------ inside

  /** Values that are there, up to so many, at once. */
  protected takeNow(count: number): T[] {
    if (this.size === 0 && this.#pushes === 0) return [];
    const given: T[] = [];
    this.#given = given;
    this.report();
    commands.take(this.host, this.handle, count);
    this.ask();
    this.#given = [];
    return given;
  }

  /** Lets the engine take what was said, and does what follows. */
  protected ask(): void {
    const door = this.#door;
    const outer = door.asking;
    door.asking = this as BufferCore<unknown>;
    try {
      this.host.exchangeUntimed();
    } finally {
      door.asking = outer;
    }
    if (this.#phase === ENDING) this.restIfOver();
  }

  /** Enters a value. Gives its waiter, which may have been answered; `undefined` where there was no need to. */
  #bring(value: T, settle: Settle | undefined, signal?: AbortSignal): Waiter<T> | undefined {
    const weight = weightOf(this.plan, value);
    const rank = rankOf(this.plan, value);
    // What the user's functions did may have ended it.
    if (this.#phase !== OPEN) {
      settle?.(this.#left === undefined ? LEFT : new Rejection(this.#left.reason));
      return undefined;
    }
    if (signal?.aborted) throw signal.reason;
    const waiter = new Waiter('push', settle, value);
    const seat = this.#sit(waiter, signal);
    waiter.slot = this.keep(value);
    this.report();
    commands.push(this.host, this.handle, seat, settle !== undefined, waiter.slot, weight, rank);
    if (settle === undefined || signal !== undefined || !this.isStuck) this.ask();
    return waiter;
  }

  /** Somebody waits for values, of which there are none now. */
  #await(want: 'pull' | 'values', settle: Settle, signal: AbortSignal | undefined): void {
    // Whoever waits is released in its turn; nobody who comes after the end has to.
    if (this.#phase === OVER || (this.#phase === ENDING && this.waiting === 0)) {
      this.#phase = OVER;
      if (this.#left !== undefined) settle(new Rejection(this.#left.reason));
      else this.#sayEnd(want, settle);
      this.#rest();
      return;
    }
    const others = this.waiting - this.#pulls;
    const seat = this.#sit(new Waiter<T>(want, settle), signal);
    this.report();
    commands.pull(this.host, this.handle, seat);
    // Nothing comes of it before somebody brings something, and then it is taken before that.
    if (others > 0 || signal !== undefined) this.ask();
  }

  /** Whoever sits down with a signal has to ask: to listen to it may be somebody else's code, which may have done anything. */
  #sit(waiter: Waiter<T>, signal: AbortSignal | undefined): number {
    if (signal !== undefined) {
      waiter.signal = signal;
      waiter.unlisten = onAbort(signal, () => this.#giveUp(waiter));
    }
    const seat = this.#free.pop() ?? this.#seats.length;
    waiter.seat = seat;
    this.#seats[seat] = waiter;
    this.waiting++;
    if (waiter.want === 'push') this.#pushes++;
    else if (waiter.want !== 'room') this.#pulls++;
    return seat;
  }

  /** Its signal was aborted. That may be heard of after it has been served, until the listener is gone. */
  #giveUp(waiter: Waiter<T>): void {
    if (this.#seats[waiter.seat] !== waiter) return;
    commands.leave(this.host, this.handle, waiter.seat);
    this.ask();
  }

  #stand(seat: number): Waiter<T> {
    const waiter = this.#seats[seat] as Waiter<T>;
    this.#seats[seat] = undefined;
    this.#free.push(seat);
    this.host.defer(waiter.unlisten);
    if (waiter.want === 'push') this.#pushes--;
    else if (waiter.want !== 'room') this.#pulls--;
    if (--this.waiting === 0 && this.#seats.length > SEATS_KEPT) {
      this.#seats.length = 0;
      this.#free.length = 0;
    }
    return waiter;
  }

  #closed(): Promise<Taken> {
    return this.#left === undefined ? left : Promise.reject(this.#left.reason);
  }

  #full(): BufferFullError {
    return new BufferFullError(this.plan.name, this.plan.capacity);
  }

  #listen(signal: AbortSignal): void {
    const door = this.#door;
    if (signal.aborted) {
      this.#phase = OVER;
      this.#left = { reason: signal.reason };
      return;
    }
    this.#unlisten = onAbort(signal, () => door.abort(signal.reason));
  }

  /** Whether all has come out, and the error been told: then there is nothing left that could be aborted. */
  protected restIfOver(): void {
    if (this.#phase !== ENDING || this.size > 0 || this.waiting > 0 || this.#failed !== undefined) return;
    this.#phase = OVER;
    this.#rest();
  }

  /** It is over: nobody listens for it any more. */
  #rest(): void {
    this.#unlisten?.();
    this.#unlisten = undefined;
  }
}

/** Seats that are kept when the last one is free. */
const SEATS_KEPT = 64;
